//! The thread that commits: everything that waits, and everything that was answered and is not synced, in one commit.
//!
//! Invariant: sync, then mark, then answers; a tail is emptied only after the sync of its frames. A failed write or sync is never
//! tried again, because the system may have dropped what it could not write and then report success.

use std::sync::Arc;
use std::time::Duration;

use super::Shared;
use super::buffer::Buffered;
use super::queue::Appended;
use crate::error::Error;
use crate::log::LogPosition;
use crate::mark::Mark;
use crate::tail::Tail;

/// What the thread has for itself.
pub(super) struct Committer {
    pub(super) shared: Arc<Shared>,
    pub(super) mark: Mark,
    pub(super) turns: Option<Turns>,
}

/// The turns of the two tails.
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

impl Committer {
    /// Commits until the journal closes and nothing waits.
    pub(super) fn run(mut self) {
        while let Some(taken) = self.take() {
            let kept = taken.failure.clone().map_or_else(|| self.keep(&taken), Err);
            if let Err(error) = &kept {
                self.shared.fail(error);
            }
            let answered = taken.waiting.iter().map(Appended::counted).sum::<usize>();
            for each in taken.waiting {
                each.reply.answer(kept.clone().map(|()| each.first));
            }
            // Last: until then, what is appended is not answered at once.
            self.shared.queue.lock().unanswered -= answered;
        }
    }

    /// Waits for work, and for the time at which it is due; `None` if the journal has closed and nothing waits.
    fn take(&mut self) -> Option<Taken> {
        let mut queue = self.shared.queue.lock();
        loop {
            self.shared.wake.wait_while(&mut queue, |queue| !queue.has_work() && !queue.closes);
            if !queue.has_work() {
                return None;
            }
            if let Some(turns) = &self.turns {
                self.shared.wake.wait_while_for(&mut queue, |queue| !queue.is_pressing(), turns.sync_every);
            }
            // An append may have failed meanwhile, and then nothing is left to do.
            if queue.has_work() {
                break;
            }
        }
        let failure = queue.failure.clone();
        let waiting = std::mem::take(&mut queue.waiting);
        let buffered = match (&mut queue.buffer, &mut self.turns) {
            (Some(buffer), Some(turns)) if failure.is_none() && !buffer.is_empty() => {
                buffer.take(&mut turns.spare)
            }
            (Some(_) | None, Some(_) | None) => Vec::new(),
        };
        // Other appends gather while this one is synced.
        Some(Taken { buffered, waiting, failure })
    }

    fn keep(&mut self, taken: &Taken) -> Result<(), Error> {
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
            self.shared.table.keep(frames, next_number)?;
            self.mark.write(end)?;
        }
        if let (Some(turns), Some(number)) = (&mut self.turns, next_number) {
            turns.spare.begin(number)?;
        }
        self.note_kept(taken, end);
        Ok(())
    }

    fn note_kept(&self, taken: &Taken, end: LogPosition) {
        let bytes = taken.waiting.iter().flat_map(|each| &each.values).map(|value| value.len() as u64);
        let mut queue = self.shared.queue.lock();
        queue.synced = end;
        // What was buffered meanwhile is kept too.
        queue.kept = queue.kept.max(end);
        queue.bytes += bytes.sum::<u64>();
        if let Some(buffer) = &mut queue.buffer {
            buffer.forget(taken.buffered.len());
        }
    }
}
