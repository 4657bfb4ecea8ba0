//! Draws in which some choices are far more frequent than others: rank r has the weight 1/(r + 1)^s.
//!
//! Invariant: a draw is below the number of choices.

use fastrand::Rng;

/// A Zipf distribution over a number of choices.
#[derive(Clone, Debug)]
pub struct Zipf {
    /// The weight of each choice together with all before it.
    sums: Vec<f64>,
}

impl Zipf {
    /// A distribution over this many choices, at least one, whose weights fall with this exponent; 0 is uniform.
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
