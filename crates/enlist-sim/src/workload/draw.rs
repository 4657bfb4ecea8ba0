//! Drawing from a seed: the same on every platform.
//!
//! It knows only numbers and lists.

use fastrand::Rng;

/// A source of choices that a seed determines.
#[derive(Clone, Debug)]
pub(crate) struct Draw(Rng);

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Draw(Rng::with_seed(seed))
    }

    /// A number below another, which is at least 1.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        self.0.u32(0..end.max(1))
    }

    /// A number from one to another, both included.
    pub(crate) fn between(&mut self, first: i64, last: i64) -> i64 {
        self.0.i64(first..=last)
    }

    /// True so many times in a thousand.
    pub(crate) fn per_mille(&mut self, times: u32) -> bool {
        self.below(1_000) < times
    }

    /// One of a list; `None` if it is empty.
    pub(crate) fn one_of<T: Clone>(&mut self, list: &[T]) -> Option<T> {
        let count = u32::try_from(list.len()).unwrap_or(u32::MAX);
        list.get(self.below(count) as usize).cloned()
    }

    /// One of a pool that is not empty.
    pub(crate) fn pick<T: Copy, const N: usize>(&mut self, pool: &[T; N]) -> T {
        const { assert!(N > 0) };
        pool[self.below(N as u32) as usize]
    }

    /// One of a pool, each with its weight; the weights are not all 0.
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
