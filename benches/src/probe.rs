//! What two threads bring on this machine at this moment, where memory is all that is waited for.
//!
//! A thread walks over an array at random: each word says where the next one is and is written over, so a step waits for
//! the one before. Each thread walks over a share of its own, as large when it is alone as when there are others, so that
//! what differs is what threads take from one another, and not what a cache holds. What always holds: the steps come from
//! the seed that the array was filled with.

use std::time::Duration;

use fastrand::Rng;

use crate::digest::mixed;
use crate::failure::Failure;
use crate::stopwatch::timed;

/// An array to be walked over.
pub struct Probe {
    words: Vec<u64>,
    shares: usize,
}

/// What a walk took.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    /// How many threads walked.
    pub threads: usize,
    /// How many steps each of them did.
    pub steps: usize,
    /// Until the last one was done.
    pub time: Duration,
}

impl Probe {
    /// An array of so many bytes, of so many shares of one word at least.
    pub fn new(bytes: u64, shares: usize, seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let words = (0..(bytes / 8).max(shares as u64)).map(|_| random.u64(..)).collect();
        Probe { words, shares: shares.max(1) }
    }

    /// The bytes of the array.
    pub fn bytes(&self) -> u64 {
        self.words.len() as u64 * 8
    }

    /// So many steps by each of so many threads, each on its own share of the array; 1 thread at least, and no more than
    /// there are shares.
    ///
    /// # Errors
    /// [`Failure::Reader`] if a thread does not come back.
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

/// So many steps, from the first word on; says where they led.
fn walk(words: &mut [u64], steps: usize) -> u64 {
    let mut state = words[0];
    for step in 0..steps as u64 {
        // The upper bits choose the place, as evenly as they are spread.
        let place = (u128::from(state) * words.len() as u128) >> 64;
        let word = &mut words[place as usize];
        state = mixed(state ^ *word ^ step);
        *word = state;
    }
    state
}
