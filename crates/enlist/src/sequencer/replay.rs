//! Executing kept frames again, when a store is opened.
//!
//! A frame says which state it was formed on. A state that is reached again must have the same revision and the same next sequence,
//! or the process that opens the store evaluates otherwise than the one that wrote it. Nobody else has the workspace yet. Invariant:
//! a frame is executed in the state in which it was executed first, or not at all.

use std::collections::VecDeque;

use enlist_store::{Anchor, FrameBody, LogPosition};

use crate::error::Error;
use crate::life::Life;
use crate::partition::execute::Task;
use crate::publish::broadcast::Broadcast;
use crate::revision::{Revision, Sequence};
use crate::sequencer::formed::FormedFrame;
use crate::sequencer::pipeline::FRAMES_MOST;
use crate::sequencer::recorded;
use crate::sequencer::shared::Sequencer;
use crate::threads::pool::ForkJoin;

/// More sequences than the frames after the last known one can have taken.
const SKIPPED_SEQUENCES: u64 = 1 << 32;

/// What is done when the frames lead to another state than when they were executed first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Divergence {
    /// The execution ends.
    #[default]
    Refused,
    /// The execution goes on, and a gap must follow.
    Accepted,
}

/// The states that a workspace has passed through last, as far back as a frame can be formed ahead.
#[derive(Default)]
pub(crate) struct Passed {
    states: VecDeque<Anchor>,
    divergence: Divergence,
    /// The greatest sequence that a frame was formed at and that this execution did not reach; 0 if there is none.
    pub(crate) beyond: u64,
    pub(crate) has_diverged: bool,
}

impl Passed {
    pub(crate) fn new(divergence: Divergence) -> Self {
        Passed { divergence, ..Passed::default() }
    }

    fn note(&mut self, anchor: Anchor) {
        if self.states.len() > FRAMES_MOST {
            self.states.pop_front();
        }
        self.states.push_back(anchor);
    }

    /// Whether an anchor is a state that was passed, or one from before those that are known.
    fn has(&self, anchor: Anchor) -> bool {
        let known = self.states.iter().find(|passed| passed.revision == anchor.revision);
        known.map_or(anchor.revision < self.states.front().map_or(0, |first| first.revision), |passed| {
            *passed == anchor
        })
    }
}

impl Sequencer {
    /// Executes a kept frame; `panicked` are the events that a panic refused when it was executed first.
    ///
    /// # Errors
    /// [`Error::Diverged`].
    pub(crate) fn replay(
        &self,
        fork_join: &ForkJoin<Task>,
        passed: &mut Passed,
        (at, body): (LogPosition, FrameBody),
        panicked: Vec<u32>,
    ) -> Result<(), Error> {
        let next_creation = self.read().next_creation;
        if let Some(formed) = recorded::formed(body, self.life.incarnation, next_creation, panicked) {
            self.check_anchor(passed, &formed)?;
            // The answer was given when the frame was executed first.
            let _ = self.execute_frame(fork_join, &formed, Vec::new(), Some(at));
        }
        Ok(())
    }

    fn check_anchor(&self, passed: &mut Passed, formed: &FormedFrame) -> Result<(), Error> {
        let (revision, reached) = (formed.revision.number(), self.read().anchor());
        passed.note(reached);
        let is_next = revision == reached.revision + 1;
        let foreign = formed.anchor.filter(|anchor| !passed.has(*anchor));
        match (foreign, passed.divergence) {
            (None, _) if is_next => Ok(()),
            // Every frame takes one revision, whatever comes of it, so a missing frame cannot be accepted.
            (Some(anchor), Divergence::Accepted) if is_next => {
                passed.has_diverged = true;
                passed.beyond = passed.beyond.max(anchor.sequence);
                Ok(())
            }
            _ => Err(Error::Diverged { workspace: self.id.clone(), revision }),
        }
    }

    /// Lets sequences go on behind all that may have been given before. Nobody has the workspace yet.
    pub(crate) fn skip_sequences(&self, beyond: u64) {
        let mut state = self.state.write();
        let reached = state.next_sequence.number().max(beyond);
        state.next_sequence = Sequence::new(self.life.incarnation, reached + SKIPPED_SEQUENCES);
        self.broadcast.begin_at(state.next_sequence, state.revision);
    }

    /// Begins another life: tags and cursors of before are not known any more. Nobody has the workspace yet.
    pub(crate) fn begin_another_life(&mut self) {
        self.life = Life::draw();
        let incarnation = self.life.incarnation;
        let mut state = self.state.write();
        state.revision = Revision::new(incarnation, state.revision.number());
        state.next_sequence = Sequence::new(incarnation, state.next_sequence.number());
        for row in state.segments.iter_mut() {
            row.saved_at = Revision::new(incarnation, row.saved_at.number());
        }
        self.broadcast = Broadcast::new(self.settings.retained, incarnation);
        self.broadcast.begin_at(state.next_sequence, state.revision);
    }
}
