//! The requests that wait to be executed in one workspace, in order, bounded by their number of events.
//!
//! Writers that find the queue full get room in the order in which they asked, so that small batches cannot starve a large one.
//! The queue also knows whether its workspace is scheduled for a worker. Invariant: a queue that has requests and is not stalled
//! is scheduled or being served, exactly once.

use std::collections::{BTreeMap, VecDeque};
use std::task::{Context, Poll, Waker};

use crate::threads::sync::{Condvar, Mutex};

/// Requests that wait. Generic, so that a test can queue numbers.
#[derive(Debug)]
pub(crate) struct Queue<R> {
    waiting: Mutex<Waiting<R>>,
    room: Condvar,
    most_events: usize,
}

#[derive(Debug)]
struct Waiting<R> {
    requests: VecDeque<(R, usize)>,
    events: usize,
    schedule: Schedule,
    /// There is work besides requests.
    is_roused: bool,
    is_closed: bool,
    /// Writers that wait for room, in the order in which they asked.
    writers: BTreeMap<WriterId, Writer>,
    next_writer: WriterId,
}

/// A writer that waits for room. The order of ids is the order of arrival.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WriterId(u64);

#[derive(Debug)]
struct Writer {
    events: usize,
    /// The task to wake; `None` for a thread, which waits on the condition variable.
    waker: Option<Waker>,
}

/// Whether a worker will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Schedule {
    /// Nothing waits.
    Idle,
    /// In the run queue, or being served.
    Scheduled,
    /// A subscriber must make room first, or a journal keep a frame.
    Stalled,
}

/// Why a request was not accepted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotAccepted<R> {
    /// This many events wait, those of waiting writers included.
    Full(R, usize),
    Closed(R),
}

/// What must happen after a change of the queue.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The workspace must enter the run queue.
    Schedule,
    Nothing,
}

impl<R> Queue<R> {
    pub(crate) fn new(most_events: usize) -> Self {
        let waiting = Waiting {
            requests: VecDeque::new(),
            events: 0,
            schedule: Schedule::Idle,
            is_roused: false,
            is_closed: false,
            writers: BTreeMap::new(),
            next_writer: WriterId::default(),
        };
        Queue { waiting: Mutex::new(waiting), room: Condvar::new(), most_events }
    }

    /// Adds a request of `events` events if there is room for it and no writer waits.
    pub(crate) fn try_push(&self, request: R, events: usize) -> Result<Next, NotAccepted<R>> {
        let mut waiting = self.waiting.lock();
        if waiting.is_closed {
            return Err(NotAccepted::Closed(request));
        }
        // A request without events takes no room, so it need not wait for any.
        if events > 0 && (!waiting.writers.is_empty() || !waiting.has_room(events, self.most_events)) {
            // Waiting writers count, because their events come before a retry.
            let ahead: usize = waiting.writers.values().map(|writer| writer.events).sum();
            return Err(NotAccepted::Full(request, waiting.events + ahead));
        }
        Ok(waiting.push(request, events))
    }

    /// Adds a request of `events` events; blocks until there is room and no writer is ahead.
    pub(crate) fn push(&self, request: R, events: usize) -> Result<Next, NotAccepted<R>> {
        let mut request = match self.try_push(request, events) {
            Err(NotAccepted::Full(request, _)) if events <= self.most_events => request,
            // A larger request would wait for ever.
            pushed => return pushed,
        };
        // Between the two locks another writer may come first, or room may appear. Both are harmless: the loop checks both.
        let mut waiting = self.waiting.lock();
        let writer = waiting.enlist(events, None);
        loop {
            request = match waiting.push_as(writer, request, events, self.most_events) {
                Ok(pushed) => {
                    // The next writer may fit too, and no other event would wake it before a worker takes a request.
                    let waker = waiting.next_waker(self.most_events);
                    drop(waiting);
                    self.wake(waker);
                    return pushed;
                }
                Err(request) => request,
            };
            waiting = self.room.wait(waiting);
        }
    }

    /// As [`push`](Self::push), but instead of blocking it registers the task as a writer in `writer`. A caller that gives up
    /// must [forget](Self::forget) the writer. `request` is taken when the result is ready.
    pub(crate) fn poll_push(
        &self,
        request: &mut Option<R>,
        events: usize,
        writer: &mut Option<WriterId>,
        context: &Context<'_>,
    ) -> Poll<Result<Next, NotAccepted<R>>> {
        let Some(taken) = request.take() else { return Poll::Pending };
        // A registered writer must not try first: `try_push` refuses while any writer waits, itself included.
        let taken = if writer.is_some() {
            taken
        } else {
            match self.try_push(taken, events) {
                Err(NotAccepted::Full(taken, _)) if events <= self.most_events => taken,
                pushed => return Poll::Ready(pushed),
            }
        };
        let mut waiting = self.waiting.lock();
        let id = *writer.get_or_insert_with(|| waiting.enlist(events, None));
        match waiting.push_as(id, taken, events, self.most_events) {
            Ok(pushed) => {
                *writer = None;
                let waker = waiting.next_waker(self.most_events);
                drop(waiting);
                self.wake(waker);
                Poll::Ready(pushed)
            }
            Err(taken) => {
                *request = Some(taken);
                let waker = Some(context.waker().clone());
                let replaced =
                    waiting.writers.get_mut(&id).map(|writer| std::mem::replace(&mut writer.waker, waker));
                // Dropping a waker runs foreign code, which may call back into this queue.
                drop(waiting);
                drop(replaced);
                Poll::Pending
            }
        }
    }

    /// Removes a writer that no longer waits. The writers behind it may have room now.
    pub(crate) fn forget(&self, writer: WriterId) {
        let mut waiting = self.waiting.lock();
        let forgotten = waiting.writers.remove(&writer);
        let waker = waiting.next_waker(self.most_events);
        drop(waiting);
        // Dropping its waker runs foreign code, so the lock is released before.
        drop(forgotten);
        self.wake(waker);
    }

    /// The next request, for the worker that serves the workspace.
    pub(crate) fn pop(&self) -> Option<R> {
        self.pop_if(|_, _| true)
    }

    /// The next request if it is wanted; `is_wanted` gets it and its number of events.
    pub(crate) fn pop_if(&self, is_wanted: impl FnOnce(&R, usize) -> bool) -> Option<R> {
        let mut waiting = self.waiting.lock();
        let (request, events) = waiting.requests.front()?;
        if !is_wanted(request, *events) {
            return None;
        }
        let (request, events) = waiting.requests.pop_front()?;
        waiting.events -= events;
        let waker = waiting.next_waker(self.most_events);
        drop(waiting);
        self.wake(waker);
        Some(request)
    }

    /// A worker stops serving: the workspace is scheduled again, behind all others, if requests wait.
    pub(crate) fn end_turn(&self) -> Next {
        let mut waiting = self.waiting.lock();
        if waiting.requests.is_empty() && !waiting.is_roused {
            // Decided under the lock: a push after it finds `Idle` and schedules, a push before it was seen here.
            waiting.schedule = Schedule::Idle;
            return Next::Nothing;
        }
        Next::Schedule
    }

    /// A worker stops serving because a subscriber must make room first. `still_full` is called with the queue locked, so that
    /// room made meanwhile is not missed.
    pub(crate) fn stall(&self, still_full: impl FnOnce() -> bool) -> Next {
        let mut waiting = self.waiting.lock();
        if !waiting.is_closed && !waiting.is_roused && still_full() {
            waiting.schedule = Schedule::Stalled;
            return Next::Nothing;
        }
        Next::Schedule
    }

    /// There is work besides requests: a frame was kept.
    pub(crate) fn rouse(&self) -> Next {
        let mut waiting = self.waiting.lock();
        waiting.is_roused = true;
        match waiting.schedule {
            // The worker asks under this lock before it leaves.
            Schedule::Scheduled => Next::Nothing,
            Schedule::Idle | Schedule::Stalled => waiting.schedule(),
        }
    }

    /// A worker begins to look for work besides requests. What comes from now on rouses again.
    pub(crate) fn begin_turn(&self) {
        self.waiting.lock().is_roused = false;
    }

    /// A worker stops serving until the workspace is roused, although requests may wait.
    pub(crate) fn await_rouse(&self) -> Next {
        let mut waiting = self.waiting.lock();
        if waiting.is_roused {
            return Next::Schedule;
        }
        waiting.schedule = Schedule::Stalled;
        Next::Nothing
    }

    /// A subscriber made room.
    pub(crate) fn resume(&self) -> Next {
        let mut waiting = self.waiting.lock();
        match waiting.schedule {
            // Whether or not requests wait: frames that were kept may.
            Schedule::Stalled => waiting.schedule(),
            // A worker that is about to stall asks again under this lock, so it sees the room.
            Schedule::Idle | Schedule::Scheduled => Next::Nothing,
        }
    }

    /// Adds a last request and accepts no more; those that wait are still executed. `None` if it was closed before.
    pub(crate) fn close(&self, last: R) -> Option<Next> {
        let mut waiting = self.waiting.lock();
        if waiting.is_closed {
            return None;
        }
        waiting.is_closed = true;
        waiting.requests.push_back((last, 0));
        // All writers, not only the first: each must learn that the queue is closed.
        let wakers: Vec<Waker> =
            waiting.writers.values_mut().filter_map(|writer| writer.waker.take()).collect();
        let next = match waiting.schedule {
            Schedule::Scheduled => Next::Nothing,
            Schedule::Idle | Schedule::Stalled => waiting.schedule(),
        };
        drop(waiting);
        self.room.notify_all();
        wakers.into_iter().for_each(Waker::wake);
        Some(next)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.waiting.lock().is_closed
    }

    /// How many requests and events wait, without those of writers that wait for room.
    pub(crate) fn depth(&self) -> (usize, usize) {
        let waiting = self.waiting.lock();
        (waiting.requests.len(), waiting.events)
    }

    /// Wakes the first writer: its task, or all threads. Of the threads only the first in order proceeds.
    fn wake(&self, waker: Option<Waker>) {
        self.room.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<R> Waiting<R> {
    fn has_room(&self, events: usize, most_events: usize) -> bool {
        self.events + events <= most_events
    }

    /// Adds a writer behind all others.
    fn enlist(&mut self, events: usize, waker: Option<Waker>) -> WriterId {
        let id = self.next_writer;
        self.next_writer = WriterId(id.0 + 1);
        self.writers.insert(id, Writer { events, waker });
        id
    }

    /// Adds a writer's request if it is the writer's turn; otherwise returns the request. The writer is removed unless it must
    /// keep waiting.
    fn push_as(
        &mut self,
        writer: WriterId,
        request: R,
        events: usize,
        most_events: usize,
    ) -> Result<Result<Next, NotAccepted<R>>, R> {
        if self.is_closed {
            self.writers.remove(&writer);
            return Ok(Err(NotAccepted::Closed(request)));
        }
        let is_first = self.writers.first_key_value().is_some_and(|(first, _)| *first == writer);
        if !is_first || !self.has_room(events, most_events) {
            return Err(request);
        }
        self.writers.remove(&writer);
        Ok(Ok(self.push(request, events)))
    }

    /// The waker of the first writer if there is room for it. Only the first, because no writer may overtake another.
    fn next_waker(&mut self, most_events: usize) -> Option<Waker> {
        let events = self.events;
        let (_, first) = self.writers.iter_mut().next()?;
        if events + first.events > most_events {
            return None;
        }
        first.waker.take()
    }

    fn push(&mut self, request: R, events: usize) -> Next {
        self.requests.push_back((request, events));
        self.events += events;
        // Scheduled: a worker will come anyway. Stalled: the subscriber that makes room schedules.
        if self.schedule != Schedule::Idle {
            return Next::Nothing;
        }
        self.schedule = Schedule::Scheduled;
        Next::Schedule
    }

    fn schedule(&mut self) -> Next {
        self.schedule = Schedule::Scheduled;
        Next::Schedule
    }
}
