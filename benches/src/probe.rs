//! The gain of a second thread on this machine at this moment, for work that only waits for memory.
//!
//! A thread walks over an array at random. Each word names the next one and is overwritten, so a step waits for the
//! one before. Each thread walks over its own share, which has the same size whether or not other threads run. So the
//! difference shows how threads slow each other down, and not what fits a cache. Invariant: the steps follow from the
//! seed of the array.

use std::time::Duration;

use fastrand::Rng;

use crate::digest::mixed;
use crate::failure::Failure;
use crate::stopwatch::timed;

/// The array.
pub struct Probe {
    words: Vec<u64>,
    shares: usize,
}

/// The result of a walk.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    /// The number of threads.
    pub threads: usize,
    /// The steps of each thread.
    pub steps: usize,
    /// The time until the last thread was done.
    pub time: Duration,
}

impl Probe {
    /// An array of this many bytes, divided into shares of at least one word.
    pub fn new(bytes: u64, shares: usize, seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let words = (0..(bytes / 8).max(shares as u64)).map(|_| random.u64(..)).collect();
        Probe { words, shares: shares.max(1) }
    }

    /// The bytes of the array.
    pub fn bytes(&self) -> u64 {
        self.words.len() as u64 * 8
    }

    /// Walks this many steps with each of this many threads, each on its own share of the array. There is at least 1
    /// thread, and no more than there are shares.
    ///
    /// # Errors
    /// [`Failure::Reader`] if a thread panics.
    pub fn walk(&mut self, threads: usize, steps: usize) -> Result<Walk, Failure> {
        let threads = threads.clamp(1, self.shares);
        let share = self.words.len().div_ceil(self.shares);
        let (walked, time) = timed(|| {
            std::thread::scope(|scope| {
                let shares = self.words.chunks_mut(share).take(threads);
                let walks: Vec<_> = shares.map(|words| scope.spawn(move || walk(words, steps))).collect();
                walks.into_iter().map(|walk| walk.join().map_err(|_| Failure::Reader)).collect()
            })
        });
        let last: Result<Vec<u64>, Failure> = walked;
        std::hint::black_box(last?);
        Ok(Walk { threads, steps, time })
    }
}

impl Walk {
    /// Steps a second, of all threads together.
    pub fn rate(self) -> f64 {
        (self.threads * self.steps) as f64 / self.time.as_secs_f64()
    }
}

/// Walks this many steps from the first word; returns the last word.
fn walk(words: &mut [u64], steps: usize) -> u64 {
    let mut state = words[0];
    for step in 0..steps as u64 {
        // The upper bits choose the word; they are evenly distributed.
        let place = (u128::from(state) * words.len() as u128) >> 64;
        let word = &mut words[place as usize];
        state = mixed(state ^ *word ^ step);
        *word = state;
    }
    state
}
