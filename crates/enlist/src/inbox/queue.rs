//! What waits to be done in one workspace: jobs in order, bounded by the events in them.
//!
//! Whoever adds to it waits for room, or is told that there is none. It also keeps the one bit that makes workspaces take
//! turns: whether this one stands in line for a worker. What always holds: a queue that has jobs and is not stalled is in
//! line, or a worker is at it; never twice.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use crate::threads::sync::{Condvar, Mutex};

/// Jobs that wait.
#[derive(Debug)]
pub(crate) struct Queue<J> {
    waiting: Mutex<Waiting<J>>,
    room: Condvar,
    most_events: usize,
}

#[derive(Debug)]
struct Waiting<J> {
    jobs: VecDeque<(J, usize)>,
    events: usize,
    turn: Turn,
    is_closed: bool,
    wakers: Vec<Waker>,
}

/// Where the workspace stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// Nothing waits.
    Idle,
    /// In line for a worker, or one is at it.
    InLine,
    /// A subscriber must make room first.
    Stalled,
}

/// Why a job was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotTaken<J> {
    /// So many events wait.
    Full(J, usize),
    Closed(J),
}

/// What a job needs besides room: the workspace must get in line for a worker, or is there already.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    GetInLine,
    Nothing,
}

impl<J> Queue<J> {
    pub(crate) fn new(most_events: usize) -> Self {
        let waiting = Waiting {
            jobs: VecDeque::new(),
            events: 0,
            turn: Turn::Idle,
            is_closed: false,
            wakers: Vec::new(),
        };
        Queue { waiting: Mutex::new(waiting), room: Condvar::new(), most_events }
    }

    /// Adds a job of so many events if there is room for them.
    pub(crate) fn try_push(&self, job: J, events: usize) -> Result<Next, NotTaken<J>> {
        let mut waiting = self.waiting.lock();
        if waiting.is_closed {
            return Err(NotTaken::Closed(job));
        }
        if waiting.events + events > self.most_events && events > 0 {
            return Err(NotTaken::Full(job, waiting.events));
        }
        Ok(waiting.push(job, events))
    }

    /// Adds a job of so many events, of which there may be no more than the queue holds; waits for room.
    pub(crate) fn push(&self, job: J, events: usize) -> Result<Next, NotTaken<J>> {
        let mut waiting = self.waiting.lock();
        while !waiting.is_closed && events > 0 && waiting.events + events > self.most_events {
            if events > self.most_events {
                return Err(NotTaken::Full(job, waiting.events));
            }
            waiting = self.room.wait(waiting);
        }
        if waiting.is_closed {
            return Err(NotTaken::Closed(job));
        }
        Ok(waiting.push(job, events))
    }

    /// Ready when there is room for so many events, or never will be; otherwise the task is woken when to look again.
    pub(crate) fn poll_room(&self, events: usize, context: &Context<'_>) -> Poll<()> {
        let mut waiting = self.waiting.lock();
        let has_room = waiting.events + events <= self.most_events || events > self.most_events;
        if has_room || waiting.is_closed {
            return Poll::Ready(());
        }
        if !waiting.wakers.iter().any(|waker| waker.will_wake(context.waker())) {
            waiting.wakers.push(context.waker().clone());
        }
        Poll::Pending
    }

    /// The next job, for the worker whose turn it is.
    pub(crate) fn pop(&self) -> Option<J> {
        self.pop_if(|_, _| true)
    }

    /// The next job, if it is wanted; asked with the number of its events.
    pub(crate) fn pop_if(&self, is_wanted: impl FnOnce(&J, usize) -> bool) -> Option<J> {
        let mut waiting = self.waiting.lock();
        let (job, events) = waiting.jobs.front()?;
        if !is_wanted(job, *events) {
            return None;
        }
        let (job, events) = waiting.jobs.pop_front()?;
        waiting.events -= events;
        let wakers = std::mem::take(&mut waiting.wakers);
        drop(waiting);
        self.room.notify_all();
        wakers.into_iter().for_each(Waker::wake);
        Some(job)
    }

    /// A worker's turn ends: the workspace gets in line again if jobs wait, behind all others.
    pub(crate) fn end_turn(&self) -> Next {
        let mut waiting = self.waiting.lock();
        if waiting.jobs.is_empty() {
            waiting.turn = Turn::Idle;
            return Next::Nothing;
        }
        Next::GetInLine
    }

    /// A worker's turn ends because a subscriber must make room first. `still_full` is asked with the queue locked, so
    /// that room made meanwhile is not missed.
    pub(crate) fn stall(&self, still_full: impl FnOnce() -> bool) -> Next {
        let mut waiting = self.waiting.lock();
        if !waiting.is_closed && still_full() {
            waiting.turn = Turn::Stalled;
            return Next::Nothing;
        }
        Next::GetInLine
    }

    /// A subscriber has made room.
    pub(crate) fn resume(&self) -> Next {
        let mut waiting = self.waiting.lock();
        if waiting.turn != Turn::Stalled {
            return Next::Nothing;
        }
        waiting.get_in_line_or_idle()
    }

    /// Adds a last job and takes no more; those that wait are still done. `None` if it was closed before.
    pub(crate) fn close(&self, last: J) -> Option<Next> {
        let mut waiting = self.waiting.lock();
        if waiting.is_closed {
            return None;
        }
        waiting.is_closed = true;
        waiting.jobs.push_back((last, 0));
        let wakers = std::mem::take(&mut waiting.wakers);
        let next = if waiting.turn == Turn::InLine { Next::Nothing } else { waiting.get_in_line_or_idle() };
        drop(waiting);
        self.room.notify_all();
        wakers.into_iter().for_each(Waker::wake);
        Some(next)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.waiting.lock().is_closed
    }

    /// How many jobs and events wait.
    pub(crate) fn depth(&self) -> (usize, usize) {
        let waiting = self.waiting.lock();
        (waiting.jobs.len(), waiting.events)
    }
}

impl<J> Waiting<J> {
    fn push(&mut self, job: J, events: usize) -> Next {
        self.jobs.push_back((job, events));
        self.events += events;
        if self.turn != Turn::Idle {
            return Next::Nothing;
        }
        self.turn = Turn::InLine;
        Next::GetInLine
    }

    fn get_in_line_or_idle(&mut self) -> Next {
        if self.jobs.is_empty() {
            self.turn = Turn::Idle;
            return Next::Nothing;
        }
        self.turn = Turn::InLine;
        Next::GetInLine
    }
}
