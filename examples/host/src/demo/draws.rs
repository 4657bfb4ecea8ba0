//! Draws: everything that the demo leaves to chance, from a seed.
//!
//! It reads nothing of the system. Invariant: the same seed and the same questions give the same answers.

use fastrand::Rng;

/// A sequence of draws.
#[derive(Clone, Debug)]
pub(crate) struct Draws {
    generator: Rng,
}

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        Draws { generator: Rng::with_seed(seed) }
    }

    /// A number below `end`, which is at least 1.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.generator.usize(..end)
    }

    /// An instant's milliseconds, from `from` and before `until`; `from` if nothing is between.
    pub(crate) fn between(&mut self, from: i64, until: i64) -> i64 {
        if from < until { self.generator.i64(from..until) } else { from }
    }

    /// A number from 0 to below 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        self.generator.f64()
    }

    /// Whether something happens that does in `percent` of all cases.
    pub(crate) fn happens(&mut self, percent: u32) -> bool {
        self.generator.u32(..100) < percent
    }

    /// One of several, all as likely.
    pub(crate) fn one_of<'a, T>(&mut self, several: &'a [T]) -> &'a T {
        &several[self.below(several.len())]
    }

    /// One of several, each as likely as its weight says.
    pub(crate) fn weighted<'a, T>(&mut self, several: &'a [(T, u32)]) -> &'a T {
        let total: u32 = several.iter().map(|(_, weight)| weight).sum();
        let mut left = self.generator.u32(..total);
        let mut found = &several[0].0;
        for (each, weight) in several {
            found = each;
            if left < *weight {
                break;
            }
            left -= weight;
        }
        found
    }

    /// A number about 0, with a deviation of 1.
    pub(crate) fn normal(&mut self) -> f64 {
        // The sum of twelve is close to normal, and adding gives the same on every machine, which a logarithm may not.
        (0..12).map(|_| self.fraction()).sum::<f64>() - 6.0
    }

    /// Digits, the first not 0.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        let mut digits = self.generator.u8(1..=9).to_string();
        digits.extend((1..count).map(|_| char::from(b'0' + self.generator.u8(..10))));
        digits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_shares_and_normal_numbers_are_about_zero() {
        let mut draws = Draws::new(7);
        let picked =
            (0..10_000).filter(|_| *draws.weighted(&[("a", 3), ("never", 0), ("b", 1)]) == "b").count();
        assert!((2_200..2_800).contains(&picked), "{picked}");
        let mut counts = [0_u32; 3];
        for _ in 0..1_000 {
            counts[*draws.weighted(&[(0, 3), (1, 0), (2, 1)])] += 1;
        }
        assert_eq!(counts[1], 0);
        let numbers: Vec<f64> = (0..10_000).map(|_| draws.normal()).collect();
        assert!((numbers.iter().sum::<f64>() / 10_000.0).abs() < 0.05);
        let within = numbers.iter().filter(|number| number.abs() < 1.0).count();
        assert!((6_500..7_200).contains(&within), "{within}");
    }
}
