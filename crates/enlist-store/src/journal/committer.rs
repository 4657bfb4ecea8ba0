//! Commits: everything that waits, and everything that was answered and is not synced, in one commit.
//!
//! A thread of the journal makes them, or one that waits for an answer and would otherwise wait for that thread to wake up. Invariant: one
//! thread at a time; sync, then mark, then answers; a tail is emptied only after the sync of its frames. A failed write or sync is never
//! tried again, because the system may have dropped what it could not write and then report success.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::Shared;
use super::buffer::Buffered;
use super::queue::{Appended, Queue};
use crate::error::Error;
use crate::log::LogPosition;
use crate::mark::Mark;
use crate::tail::Tail;

/// What a commit needs besides the table. It belongs to the thread that [commits](Queue::commits).
#[derive(Debug)]
pub(super) struct Committer {
    pub(super) mark: Mark,
    pub(super) turns: Option<Turns>,
}

/// The turns of the two tails.
#[derive(Debug)]
pub(super) struct Turns {
    pub(super) sync_every: Duration,
    /// The tail that is not written now, empty and with a number that was given.
    pub(super) spare: Tail,
}

/// What one commit keeps.
struct Taken {
    /// Answered already, in the tail that is the spare one now.
    buffered: Vec<Arc<Buffered>>,
    /// Answered after the commit.
    waiting: Vec<Appended>,
    failure: Option<Error>,
}

impl Shared {
    /// The life of the journal's thread: commits until the journal closes and nothing waits.
    pub(super) fn run(&self) {
        let sync_every =
            self.committer.lock().as_ref().and_then(|committer| Some(committer.turns.as_ref()?.sync_every));
        while let Some(taken) = self.wait_for_work(sync_every) {
            self.commit(taken);
        }
        *self.committer.lock() = None;
    }

    /// Commits what waits, on the calling thread, if nobody else commits or appends.
    pub(super) fn commit_here(&self) {
        let taken = {
            let mut queue = self.queue.lock();
            // Beside others it would keep its own frame, and the next commit would wait for that instead of having both.
            let is_alone = queue.commits.is_none() && queue.waiting.len() == 1 && queue.last_group <= 1;
            // What is buffered may wait for its time.
            if is_alone && queue.buffer.is_none() { self.take(&mut queue) } else { None }
        };
        if let Some(taken) = taken {
            self.commit(taken);
        }
    }

    /// Waits for work, and for the time at which it is due; `None` if the journal has closed and nothing waits.
    fn wait_for_work(&self, sync_every: Option<Duration>) -> Option<Taken> {
        let mut queue = self.queue.lock();
        loop {
            self.wake.wait_while(&mut queue, |queue| {
                queue.commits.is_some() || (!queue.has_work() && !queue.closes)
            });
            if !queue.has_work() {
                return None;
            }
            if let Some(sync_every) = sync_every {
                self.wake.wait_while_for(&mut queue, |queue| !queue.is_pressing(), sync_every);
            }
            // An append may have failed meanwhile, and then nothing is left to do.
            if queue.has_work() && queue.commits.is_none() {
                return self.take(&mut queue);
            }
        }
    }

    /// Takes all that waits, and the right to commit.
    fn take(&self, queue: &mut Queue) -> Option<Taken> {
        let mut committer = self.committer.lock();
        let taken = committer.as_mut()?.take(queue);
        queue.commits = Some(thread::current().id());
        Some(taken)
    }

    fn keep(&self, taken: &Taken) -> Result<(), Error> {
        let closed = || Err(Error::store(self.table.path(), &"it is closed"));
        self.committer.lock().as_mut().map_or_else(closed, |committer| committer.keep(self, taken))
    }

    fn commit(&self, taken: Taken) {
        let kept = taken.failure.clone().map_or_else(|| self.keep(&taken), Err);
        if let Err(error) = &kept {
            self.fail(error);
        }
        let answered = taken.waiting.iter().map(Appended::counted).sum::<usize>();
        for each in taken.waiting {
            each.reply.answer(kept.clone().map(|()| each.first));
        }
        // Last: until then, what is appended is not answered at once, and nobody else commits and answers.
        let mut queue = self.queue.lock();
        queue.unanswered -= answered;
        queue.commits = None;
        if queue.has_work() || queue.closes {
            drop(queue);
            self.wake.notify_one();
        }
    }
}

impl Committer {
    /// Takes all that waits.
    fn take(&mut self, queue: &mut Queue) -> Taken {
        let failure = queue.failure.clone();
        let waiting = std::mem::take(&mut queue.waiting);
        queue.last_group = waiting.len();
        let buffered = match (&mut queue.buffer, &mut self.turns) {
            (Some(buffer), Some(turns)) if failure.is_none() && !buffer.is_empty() => {
                buffer.take(&mut turns.spare)
            }
            (Some(_) | None, Some(_) | None) => Vec::new(),
        };
        // Other appends gather while this one is synced.
        Taken { buffered, waiting, failure }
    }

    fn keep(&mut self, shared: &Shared, taken: &Taken) -> Result<(), Error> {
        let Taken { buffered, waiting, failure: _ } = taken;
        let buffered_values = buffered.iter().map(|each| (each.first, &each.values));
        // No frame that waits comes before one that is buffered.
        let appends = buffered_values.chain(waiting.iter().map(|each| (each.first, &each.values)));
        let frames = appends.flat_map(|(first, values)| {
            values.iter().enumerate().map(move |(at, value)| (first.plus(at), value.as_slice()))
        });
        let mut frames = frames.peekable();
        let ends = buffered.last().map(|each| each.first.plus(each.values.len()));
        let Some(end) = waiting.iter().map(Appended::end).chain(ends).max() else { return Ok(()) };
        let next_number = match &self.turns {
            Some(turns) if !buffered.is_empty() => Some(turns.spare.number() + 2),
            Some(_) | None => None,
        };
        // An append of no frames only waits for those before it.
        if frames.peek().is_some() {
            shared.table.keep(frames, next_number)?;
            self.mark.write(end)?;
        }
        if let (Some(turns), Some(number)) = (&mut self.turns, next_number) {
            turns.spare.begin(number)?;
        }
        shared.note_kept(taken, end);
        Ok(())
    }
}

impl Shared {
    fn note_kept(&self, taken: &Taken, end: LogPosition) {
        let bytes = taken.waiting.iter().flat_map(|each| &each.values).map(|value| value.len() as u64);
        let mut queue = self.queue.lock();
        queue.synced = end;
        // What was buffered meanwhile is kept too.
        queue.kept = queue.kept.max(end);
        queue.bytes += bytes.sum::<u64>();
        if let Some(buffer) = &mut queue.buffer {
            buffer.forget(taken.buffered.len());
        }
    }
}
