//! Choices of which some are made far more often than others: rank r with a weight of 1/(r + 1)^s.
//!
//! What always holds: a draw is below the number of choices.

use fastrand::Rng;

/// A Zipf distribution over so many choices.
#[derive(Clone, Debug)]
pub struct Zipf {
    /// The weight of each choice and all before it.
    sums: Vec<f64>,
}

impl Zipf {
    /// So many choices, at least one, whose weights fall with this exponent; 0 is uniform.
    pub fn new(choices: usize, exponent: f64) -> Self {
        let mut sum = 0.0;
        let weights = (1..=choices.max(1)).map(|rank| (rank as f64).powf(-exponent));
        let sums = weights.map(|weight| {
            sum += weight;
            sum
        });
        Zipf { sums: sums.collect() }
    }

    /// A choice.
    pub fn draw(&self, random: &mut Rng) -> usize {
        let last = self.sums.len() - 1;
        let target = random.f64() * self.sums[last];
        self.sums.partition_point(|sum| *sum <= target).min(last)
    }
}
