//! A fixed number of worker threads, which serve workspaces in turn and share the tasks of a frame.
//!
//! A workspace with work enters the run queue; a worker takes the first, serves it, and puts it behind all others if it has
//! more. A frame over several partitions forks into tasks that any idle worker takes. The forking thread runs tasks too, so it
//! never waits for a worker that is busy elsewhere. The pool knows neither engines nor events: it is generic over its task.
//! Invariant: a worker waits only for work and for tasks that are running.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded, select_biased, unbounded};
use parking_lot::{Condvar, Mutex};

use crate::threads::worker_thread::WorkerThread;

/// Invitations to tasks that the channel holds for each worker. When it is full, every worker is busy.
const INVITATIONS_PER_WORKER: usize = 64;

/// A workspace, as the pool sees it.
pub(crate) trait Runnable<T: Task>: Send + Sync {
    /// Serves the workspace for a while; returns whether it must enter the run queue again.
    fn run(self: Arc<Self>, fork_join: &ForkJoin<T>) -> bool;

    /// Called when `run` panicked, so the state of the workspace is unknown. Answers every caller that waits for it.
    fn abandon(&self);
}

/// A part of a frame that any thread can run.
pub(crate) trait Task: Send + 'static {
    fn run(&mut self);
}

/// The threads, and the run queue in front of them.
pub(crate) struct Pool<T: Task> {
    run_queue: RunQueue<T>,
    /// The threads end when it is dropped.
    goes_on: Mutex<Option<Sender<()>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// Where workspaces wait for a worker.
pub(crate) struct RunQueue<T: Task> {
    /// Each workspace is in it at most once, so their number bounds its length.
    entering: Sender<Arc<dyn Runnable<T>>>,
    waiting: Receiver<Arc<dyn Runnable<T>>>,
    /// The workers end and may all be gone; the thread that enters a workspace serves it.
    is_stopped: Arc<AtomicBool>,
    fork_join: ForkJoin<T>,
    /// Workspaces that are being served. While it equals the number of workers, callers do not serve on their own threads.
    under_way: Arc<AtomicUsize>,
}

/// How the tasks of a frame find idle workers.
pub(crate) struct ForkJoin<T: Task> {
    /// An invitation for each task but one; a late one finds nothing to do.
    invitations: Sender<Arc<Tasks<T>>>,
    workers: usize,
}

/// The tasks of one frame.
struct Tasks<T> {
    waiting: Mutex<Vec<T>>,
    done: Mutex<Vec<T>>,
    all_done: Condvar,
    count: usize,
}

/// Whether tasks are large enough to wake another worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Helpers {
    Invite,
    None,
}

impl<T: Task> Clone for RunQueue<T> {
    fn clone(&self) -> Self {
        RunQueue {
            entering: self.entering.clone(),
            waiting: self.waiting.clone(),
            is_stopped: Arc::clone(&self.is_stopped),
            fork_join: self.fork_join.clone(),
            under_way: Arc::clone(&self.under_way),
        }
    }
}

impl<T: Task> Clone for ForkJoin<T> {
    fn clone(&self) -> Self {
        ForkJoin { invitations: self.invitations.clone(), workers: self.workers }
    }
}

impl<T: Task> Pool<T> {
    pub(crate) fn new(workers: usize) -> std::io::Result<Self> {
        let (entering, waiting) = unbounded();
        let (invitations, invited) = bounded(workers.max(1) * INVITATIONS_PER_WORKER);
        let (goes_on, stopped) = bounded(0);
        let run_queue = RunQueue {
            entering,
            waiting,
            is_stopped: Arc::default(),
            fork_join: ForkJoin { invitations, workers },
            under_way: Arc::default(),
        };
        let start = |number: usize| {
            let (run_queue, invited, stopped) = (run_queue.clone(), invited.clone(), stopped.clone());
            let work = move || work(&run_queue, &invited, &stopped);
            thread::Builder::new().name(format!("enlist-{number}")).spawn(work)
        };
        let threads = (0..workers).map(start).collect::<Result<_, _>>()?;
        Ok(Pool { run_queue, goes_on: Mutex::new(Some(goes_on)), threads: Mutex::new(threads) })
    }

    pub(crate) fn run_queue(&self) -> RunQueue<T> {
        self.run_queue.clone()
    }

    /// Ends the threads when they are idle, and waits for that unless the calling thread is a [worker](WorkerThread). Called
    /// when no workspace has work left.
    pub(crate) fn stop(&self) {
        let threads = std::mem::take(&mut *self.threads.lock());
        // Set before the workers are asked to end: a workspace that enters later is served by the entering thread, and one that
        // entered before by a worker that ends. In the other order, a workspace could be left unserved.
        self.run_queue.is_stopped.store(true, Ordering::SeqCst);
        drop(self.goes_on.lock().take());
        if !WorkerThread::is_current() {
            for thread in threads {
                let _ = thread.join();
            }
        }
    }
}

impl<T: Task> RunQueue<T> {
    pub(crate) fn enter(&self, workspace: Arc<dyn Runnable<T>>) {
        // It cannot fail: the run queue itself holds the receiver.
        let _ = self.entering.send(workspace);
        if self.is_stopped.load(Ordering::SeqCst) {
            self.serve_remaining();
        }
    }

    /// For frames that are executed outside of a worker, while a store is opened.
    pub(crate) fn fork_join(&self) -> &ForkJoin<T> {
        &self.fork_join
    }

    /// Serves the workspaces that entered after the workers had ended.
    fn serve_remaining(&self) {
        while let Ok(workspace) = self.waiting.try_recv() {
            while serve(&workspace, &self.fork_join, || true) {}
        }
    }

    /// Serves a workspace once on the calling thread, which would wait for it anyway; that saves waking two threads. If other
    /// workspaces wait or no worker is idle, the workspace enters the run queue like all others.
    pub(crate) fn serve_here(&self, workspace: Arc<dyn Runnable<T>>) {
        let room = |under_way: usize| (under_way < self.fork_join.workers).then_some(under_way + 1);
        let is_admitted = self.entering.is_empty()
            && self.under_way.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).is_ok();
        if !is_admitted {
            return self.enter(workspace);
        }
        let has_more = serve(&workspace, &self.fork_join, || false);
        self.under_way.fetch_sub(1, Ordering::Relaxed);
        if has_more {
            self.enter(workspace);
        }
    }
}

/// The life of a worker.
fn work<T: Task>(run_queue: &RunQueue<T>, invited: &Receiver<Arc<Tasks<T>>>, stopped: &Receiver<()>) {
    let _worker = WorkerThread::enter();
    let waiting = &run_queue.waiting;
    loop {
        // Biased: a frame that is running holds a workspace's lock, so its tasks come before a new frame.
        select_biased! {
            recv(invited) -> tasks => if let Ok(tasks) = tasks { tasks.help() },
            recv(waiting) -> workspace => if let Ok(workspace) = workspace {
                let is_alone = || waiting.is_empty() && invited.is_empty();
                run_queue.under_way.fetch_add(1, Ordering::Relaxed);
                let has_more = serve(&workspace, &run_queue.fork_join, is_alone);
                run_queue.under_way.fetch_sub(1, Ordering::Relaxed);
                if has_more {
                    run_queue.enter(workspace);
                }
            },
            recv(stopped) -> _ => return run_queue.serve_remaining(),
        }
    }
}

/// Serves a workspace, and continues while no other waits, because its memory is in this core's cache. Returns whether it must
/// enter the run queue again.
fn serve<T: Task>(
    workspace: &Arc<dyn Runnable<T>>,
    fork_join: &ForkJoin<T>,
    is_alone: impl Fn() -> bool,
) -> bool {
    let _worker = WorkerThread::enter();
    loop {
        // A partition catches its engine's panics. Any other panic must not take the worker and all workspaces with it.
        match catch_unwind(AssertUnwindSafe(|| Arc::clone(workspace).run(fork_join))) {
            Ok(true) if is_alone() => {}
            Ok(has_more) => return has_more,
            Err(_) => {
                workspace.abandon();
                return false;
            }
        }
    }
}

impl<T: Task> ForkJoin<T> {
    /// Runs tasks, with the help of idle workers if asked for. They return in any order.
    pub(crate) fn run(&self, mut tasks: Vec<T>, helpers: Helpers) -> Vec<T> {
        if helpers == Helpers::None || tasks.len() < 2 || self.workers < 2 {
            tasks.iter_mut().for_each(Task::run);
            return tasks;
        }
        let count = tasks.len();
        let shared = Arc::new(Tasks {
            waiting: Mutex::new(tasks),
            done: Mutex::new(Vec::with_capacity(count)),
            all_done: Condvar::new(),
            count,
        });
        for _ in 1..count.min(self.workers) {
            // If the channel is full, every worker is busy, and this thread runs the tasks itself.
            let _ = self.invitations.try_send(Arc::clone(&shared));
        }
        shared.help();
        shared.wait()
    }
}

impl<T: Task> Tasks<T> {
    /// Runs tasks until none waits.
    fn help(&self) {
        loop {
            // The lock is released before the task runs; holding it would serialize the tasks.
            let Some(mut task) = self.waiting.lock().pop() else { return };
            task.run();
            let mut done = self.done.lock();
            done.push(task);
            if done.len() == self.count {
                self.all_done.notify_all();
            }
        }
    }

    fn wait(&self) -> Vec<T> {
        let mut done = self.done.lock();
        while done.len() < self.count {
            self.all_done.wait(&mut done);
        }
        std::mem::take(&mut *done)
    }
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Nothing;

    impl Task for Nothing {
        fn run(&mut self) {}
    }

    /// Counts how often it is served.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl Runnable<Nothing> for Counting {
        fn run(self: Arc<Self>, _fork_join: &ForkJoin<Nothing>) -> bool {
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
    fn a_pool_stopped_by_a_worker_ends_without_waiting_and_serves_every_workspace_that_entered() {
        for workers in [1, 3] {
            let pool = Pool::new(workers).unwrap();
            let run_queue = pool.run_queue();
            let threads = std::mem::take(&mut *pool.threads.lock());
            let served: Vec<Arc<Counting>> = (0..20).map(|_| Arc::default()).collect();
            for workspace in &served[..10] {
                run_queue.enter(Arc::clone(workspace) as Arc<dyn Runnable<Nothing>>);
            }
            let worker = WorkerThread::enter();
            pool.stop();
            pool.stop();
            drop(worker);
            for workspace in &served[10..] {
                run_queue.enter(Arc::clone(workspace) as Arc<dyn Runnable<Nothing>>);
            }
            assert!(have_ended(&threads));
            assert!(served.iter().all(|workspace| workspace.0.load(Ordering::SeqCst) == 10));
        }
    }

    #[test]
    fn a_pool_stopped_from_outside_waits_for_its_threads() {
        let pool: Pool<Nothing> = Pool::new(2).unwrap();
        let held = Arc::clone(&pool.run_queue.is_stopped);
        pool.stop();
        // The threads dropped their references, so this one and the pool's own remain.
        assert_eq!(Arc::strong_count(&held), 2);
        assert!(!WorkerThread::is_current());
    }
}
