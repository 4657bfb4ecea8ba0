//! Random choices from a seed, the same on every platform, or from given bytes, so that a fuzzer makes the choices.
//!
//! It knows only numbers and lists.

use fastrand::Rng;

/// A source of choices, determined by a seed or bytes.
#[derive(Clone, Debug)]
pub(crate) struct Draw {
    /// The source after the bytes are used up.
    rng: Rng,
    /// Bytes to use first, in reverse order; `None` if all choices come from a seed.
    bytes: Option<Vec<u8>>,
}

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Draw { rng: Rng::with_seed(seed), bytes: None }
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Draw { rng: Rng::with_seed(0), bytes: Some(bytes.iter().rev().copied().collect()) }
    }

    /// Whether there were bytes and all of them are used.
    pub(crate) fn is_spent(&self) -> bool {
        self.bytes.as_ref().is_some_and(Vec::is_empty)
    }

    /// A number below a bound, which is at least 1.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        let end = end.max(1);
        let mut word = 0;
        for _ in 0..(if end <= 256 { 1 } else { 4 }) {
            let Some(byte) = self.bytes.as_mut().and_then(Vec::pop) else { return self.rng.u32(0..end) };
            word = word << 8 | u32::from(byte);
        }
        word % end
    }

    /// A number in a range, both ends included.
    pub(crate) fn between(&mut self, first: i64, last: i64) -> i64 {
        match u32::try_from(last - first) {
            Ok(reach) if reach < u32::MAX => first + i64::from(self.below(reach + 1)),
            _ => self.rng.i64(first..=last),
        }
    }

    /// True with this probability in thousandths.
    pub(crate) fn per_mille(&mut self, times: u32) -> bool {
        self.below(1_000) < times
    }

    /// A member of a list; `None` if it is empty.
    pub(crate) fn one_of<T: Clone>(&mut self, list: &[T]) -> Option<T> {
        let count = u32::try_from(list.len()).unwrap_or(u32::MAX);
        list.get(self.below(count) as usize).cloned()
    }

    /// A member of a pool that is not empty.
    pub(crate) fn pick<T: Copy, const N: usize>(&mut self, pool: &[T; N]) -> T {
        const { assert!(N > 0) };
        pool[self.below(N as u32) as usize]
    }

    /// A member of a pool with weights that are not all 0.
    pub(crate) fn weighted<T: Copy, const N: usize>(&mut self, pool: &[(u32, T); N]) -> T {
        const { assert!(N > 0) };
        let mut left = self.below(pool.iter().map(|(weight, _)| weight).sum());
        for (weight, choice) in pool {
            if left < *weight {
                return *choice;
            }
            left -= weight;
        }
        pool[0].1
    }
}
