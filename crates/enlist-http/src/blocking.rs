//! Long work on threads: as many at once as there are cores, and few that wait.
//!
//! It does not know what the work is. Invariant: work that has begun ends, and keeps its place until then, whether or not anybody
//! still waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::problem::details::Problem;
use crate::problem::refusal::Refusal;

/// How many wait before others are refused.
const WAITING: usize = 64;

/// Threads for long work.
#[derive(Clone, Debug)]
pub(crate) struct LongWork {
    running: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

/// One that waits.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl LongWork {
    /// As many threads as there are cores.
    pub(crate) fn new() -> Self {
        LongWork::of(available_parallelism().map_or(1, std::num::NonZero::get))
    }

    pub(crate) fn of(threads: usize) -> Self {
        LongWork { running: Arc::new(Semaphore::new(threads)), waiting: Arc::default() }
    }

    /// Runs `work` when a thread is free.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = if let Ok(permit) = Arc::clone(&self.running).try_acquire_owned() {
            permit
        } else {
            let waiting = self.waiting.fetch_add(1, Ordering::Relaxed);
            // Counted down also if the request is dropped while it waits.
            let _waiting = Waiting(&self.waiting);
            if waiting >= WAITING {
                return Err(Refusal::Busy.into());
            }
            Arc::clone(&self.running).acquire_owned().await.map_err(|_| Refusal::Busy)?
        };
        let done = spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        done.await.map_err(|error| Refusal::CannotAnswer(format!("the work failed: {error}")).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_sixty_fifth_that_waits_is_refused() {
        let work = Arc::new(LongWork::new());
        let (let_go, held) = tokio::sync::watch::channel(());
        let start = |work: &Arc<LongWork>| {
            let (work, mut held) = (Arc::clone(work), held.clone());
            tokio::spawn(async move {
                work.run(move || {
                    let _ = tokio::runtime::Handle::current().block_on(held.changed());
                })
                .await
                .is_ok()
            })
        };
        let cores = work.running.available_permits();
        let started: Vec<_> = (0..cores + WAITING).map(|_| start(&work)).collect();
        while work.waiting.load(Ordering::Relaxed) < WAITING {
            tokio::task::yield_now().await;
        }
        assert_eq!(work.run(|| ()).await.map_err(|problem| problem.code()), Err("busy"));
        drop(let_go);
        for each in started {
            assert_eq!(each.await.ok(), Some(true));
        }
    }
}
