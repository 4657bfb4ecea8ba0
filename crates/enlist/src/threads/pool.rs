//! The worker threads: a fixed number, which take turns at workspaces and lend each other a hand.
//!
//! A workspace with work stands in one line with all others; a worker takes the first, does one turn, and the workspace goes
//! to the end of the line if it has more. A turn over several partitions is cut into parts, which any idle worker takes up;
//! whoever cut them works too and waits for the last, so nobody waits for a worker that does not come. It knows neither
//! engines nor events. What always holds: a worker never waits but for work, and for parts that are being carried out; not for
//! the pool's end either, when what it calls brings that about.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded, select_biased, unbounded};
use parking_lot::{Condvar, Mutex};

use crate::partition::execute::Part;
use crate::threads::worker_thread::WorkerThread;

/// A workspace that wants a turn.
pub(crate) trait Runnable: Send + Sync {
    /// Does a turn; says whether to get in line again.
    fn serve(self: Arc<Self>, fork_join: &ForkJoin) -> bool;

    /// A turn panicked: nothing of the workspace can be relied on any more, and whoever waits is told.
    fn abandon(&self);
}

/// The threads, and the line in front of them.
pub(crate) struct Pool {
    line: RunQueue,
    /// The threads end when it is gone.
    goes_on: Mutex<Option<Sender<()>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// Where workspaces get in line.
#[derive(Clone)]
pub(crate) struct RunQueue {
    /// Each workspace stands in it at most once, so its length is bounded by their number.
    turns: Sender<Arc<dyn Runnable>>,
    waiting: Receiver<Arc<dyn Runnable>>,
    /// The workers end, and may all have gone; whoever comes serves.
    is_stopped: Arc<AtomicBool>,
    fork_join: ForkJoin,
    /// The turns that are under way. None begins elsewhere than on a worker while there are as many as workers.
    under_way: Arc<AtomicUsize>,
}

/// How a turn's parts find other workers.
#[derive(Clone)]
pub(crate) struct ForkJoin {
    /// An invitation a part; one that comes too late finds nothing to do.
    invitations: Sender<Arc<Tasks>>,
    workers: usize,
}

/// The parts of one turn.
struct Tasks {
    waiting: Mutex<Vec<Part>>,
    done: Mutex<Vec<Part>>,
    all_done: Condvar,
    count: usize,
}

impl Pool {
    pub(crate) fn new(workers: usize) -> std::io::Result<Self> {
        let (turns, next_turn) = unbounded();
        let (invitations, next_invitation) = bounded(workers.max(1) * 64);
        let (goes_on, stopped) = bounded(0);
        let fork_join = ForkJoin { invitations, workers };
        let line = RunQueue {
            turns,
            waiting: next_turn.clone(),
            is_stopped: Arc::default(),
            fork_join: fork_join.clone(),
            under_way: Arc::default(),
        };
        let start = |number: usize| {
            let (line, fork_join, stopped) = (line.clone(), fork_join.clone(), stopped.clone());
            let (next_turn, next_invitation) = (next_turn.clone(), next_invitation.clone());
            let work = move || worker(&line, &fork_join, &next_turn, &next_invitation, &stopped);
            thread::Builder::new().name(format!("enlist-{number}")).spawn(work)
        };
        let threads = (0..workers).map(start).collect::<Result<_, _>>()?;
        Ok(Pool { line, goes_on: Mutex::new(Some(goes_on)), threads: Mutex::new(threads) })
    }

    pub(crate) fn line(&self) -> RunQueue {
        self.line.clone()
    }

    /// Ends the threads, each after its turn, and waits until they have ended, unless the calling thread is on
    /// [duty](WorkerThread). Called when no workspace has work left.
    pub(crate) fn stop(&self) {
        let threads = std::mem::take(&mut *self.threads.lock());
        // Whoever gets in line from here on serves; whoever was in line before, a worker does as it ends, at the latest.
        self.line.is_stopped.store(true, Ordering::SeqCst);
        drop(self.goes_on.lock().take());
        if !WorkerThread::is_current() {
            for thread in threads {
                let _ = thread.join();
            }
        }
    }
}

impl RunQueue {
    pub(crate) fn get_in(&self, workspace: Arc<dyn Runnable>) {
        // It cannot fail: the line itself holds the other end.
        let _ = self.turns.send(workspace);
        if self.is_stopped.load(Ordering::SeqCst) {
            self.serve_left();
        }
    }

    /// Serves whoever got in line when the workers had gone: a workspace that is closed while all of them are.
    fn serve_left(&self) {
        while let Ok(workspace) = self.waiting.try_recv() {
            while serve(&workspace, &self.fork_join, || true) {}
        }
    }

    /// One turn on the calling thread, which would wait for it anyway: two threads need not be woken. Where somebody
    /// stands in line, or no worker is idle, the workspace gets in line like all others.
    pub(crate) fn serve_here(&self, workspace: Arc<dyn Runnable>) {
        let room = |under_way: usize| (under_way < self.fork_join.workers).then_some(under_way + 1);
        let is_let_in = self.turns.is_empty()
            && self.under_way.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).is_ok();
        if !is_let_in {
            return self.get_in(workspace);
        }
        let wants_more = serve(&workspace, &self.fork_join, || false);
        self.under_way.fetch_sub(1, Ordering::Relaxed);
        if wants_more {
            self.get_in(workspace);
        }
    }
}

fn worker(
    line: &RunQueue,
    fork_join: &ForkJoin,
    turns: &Receiver<Arc<dyn Runnable>>,
    invitations: &Receiver<Arc<Tasks>>,
    stopped: &Receiver<()>,
) {
    let _duty = WorkerThread::enter();
    loop {
        // A turn that is under way comes before one that is not.
        select_biased! {
            recv(invitations) -> parts => if let Ok(parts) = parts { parts.help() },
            recv(turns) -> workspace => if let Ok(workspace) = workspace {
                let is_alone = || turns.is_empty() && invitations.is_empty();
                line.under_way.fetch_add(1, Ordering::Relaxed);
                let wants_more = serve(&workspace, fork_join, is_alone);
                line.under_way.fetch_sub(1, Ordering::Relaxed);
                if wants_more {
                    line.get_in(workspace);
                }
            },
            recv(stopped) -> _ => return line.serve_left(),
        }
    }
}

/// Serves a workspace for a turn, and on for as long as nobody else waits: on this thread its memory is near. Says
/// whether to get in line again.
fn serve(workspace: &Arc<dyn Runnable>, fork_join: &ForkJoin, is_alone: impl Fn() -> bool) -> bool {
    let _duty = WorkerThread::enter();
    loop {
        // An engine's panic never gets here; should another, the thread and all other workspaces live on.
        match catch_unwind(AssertUnwindSafe(|| Arc::clone(workspace).serve(fork_join))) {
            Ok(true) if is_alone() => {}
            Ok(wants_more) => return wants_more,
            Err(_) => {
                workspace.abandon();
                return false;
            }
        }
    }
}

impl ForkJoin {
    /// Carries out parts, with the help of whoever is idle. They come back in the order of their partitions.
    pub(crate) fn carry_out(&self, mut parts: Vec<Part>, is_worth_help: bool) -> Vec<Part> {
        if !is_worth_help || parts.len() < 2 || self.workers < 2 {
            parts.iter_mut().for_each(Part::carry_out);
            return parts;
        }
        let count = parts.len();
        let shared = Arc::new(Tasks {
            waiting: Mutex::new(parts),
            done: Mutex::new(Vec::with_capacity(count)),
            all_done: Condvar::new(),
            count,
        });
        for _ in 1..count.min(self.workers) {
            // Where so many invitations are out already, everybody is busy.
            let _ = self.invitations.try_send(Arc::clone(&shared));
        }
        shared.help();
        shared.wait()
    }
}

impl Tasks {
    /// Carries out parts until none waits.
    fn help(&self) {
        loop {
            let Some(mut part) = self.waiting.lock().pop() else { return };
            part.carry_out();
            let mut done = self.done.lock();
            done.push(part);
            if done.len() == self.count {
                self.all_done.notify_all();
            }
        }
    }

    fn wait(&self) -> Vec<Part> {
        let mut done = self.done.lock();
        while done.len() < self.count {
            self.all_done.wait(&mut done);
        }
        let mut parts = std::mem::take(&mut *done);
        parts.sort_by_key(|part| part.partition);
        parts
    }
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Counts its turns.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl Runnable for Counting {
        fn serve(self: Arc<Self>, _hands: &ForkJoin) -> bool {
            self.0.fetch_add(1, Ordering::SeqCst) < 9
        }

        fn abandon(&self) {}
    }

    fn have_ended(threads: &[JoinHandle<()>]) -> bool {
        let ended = || threads.iter().all(JoinHandle::is_finished);
        (0..10_000).any(|_| {
            thread::sleep(Duration::from_millis(u64::from(!ended())));
            ended()
        })
    }

    #[test]
    fn a_pool_that_is_stopped_on_duty_ends_its_threads_without_waiting_and_serves_all_who_were_in_line() {
        for workers in [1, 3] {
            let pool = Pool::new(workers).unwrap();
            let line = pool.line();
            let threads = std::mem::take(&mut *pool.threads.lock());
            let served: Vec<Arc<Counting>> = (0..20).map(|_| Arc::default()).collect();
            for workspace in &served[..10] {
                line.get_in(Arc::clone(workspace) as Arc<dyn Runnable>);
            }
            let duty = WorkerThread::enter();
            pool.stop();
            pool.stop();
            drop(duty);
            for workspace in &served[10..] {
                line.get_in(Arc::clone(workspace) as Arc<dyn Runnable>);
            }
            assert!(have_ended(&threads));
            assert!(served.iter().all(|workspace| workspace.0.load(Ordering::SeqCst) == 10));
        }
    }

    #[test]
    fn a_pool_that_is_stopped_from_outside_waits_for_its_threads() {
        let pool = Pool::new(2).unwrap();
        let held = Arc::clone(&pool.line.is_stopped);
        pool.stop();
        // The threads held all but this one and the pool's own.
        assert_eq!(Arc::strong_count(&held), 2);
        assert!(!WorkerThread::is_current());
    }
}
