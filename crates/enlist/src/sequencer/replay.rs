//! Executing kept frames again, when a store is opened.
//!
//! A frame says which state it was formed on. A state that is reached again must have the same revision and the same next sequence,
//! or the process that opens the store evaluates otherwise than the one that wrote it. Nobody else has the workspace yet. Invariant:
//! a frame is executed in the state in which it was executed first, or not at all.

use std::collections::VecDeque;
use std::sync::Arc;

use enlist_store::{Anchor, ConsumerRecord, FrameBody, LogPosition, Outcome};

use crate::cursor::life::Life;
use crate::error::Error;
use crate::partition::execute::Task;
use crate::publish::broadcast::Broadcast;
use crate::publish::delivery::Delivery;
use crate::publish::mailbox::Gap;
use crate::revision::{Revision, Sequence};
use crate::sequencer::formed::{Content, FormedFrame};
use crate::sequencer::pipeline::{FRAMES_MOST, keep};
use crate::sequencer::recorded;
use crate::sequencer::shared::Sequencer;
use crate::sequencer::state::State;
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

/// What a workspace has passed through.
#[derive(Default)]
pub(crate) struct Passed {
    /// The last states, as far back as a frame can be formed ahead.
    anchors: VecDeque<Anchor>,
    /// A partition had failed, and was not rebuilt.
    lacks_rebuild: bool,
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
        if self.anchors.len() > FRAMES_MOST {
            self.anchors.pop_front();
        }
        self.anchors.push_back(anchor);
    }

    /// Whether an anchor is a state that was passed, or one from before those that are known.
    fn has(&self, anchor: Anchor) -> bool {
        let known = self.anchors.iter().find(|passed| passed.revision == anchor.revision);
        known.map_or(anchor.revision < self.anchors.front().map_or(0, |first| first.revision), |passed| {
            *passed == anchor
        })
    }
}

impl Sequencer {
    /// Executes a kept frame; `outcome` is what it came to if a partition had failed when it was executed first.
    ///
    /// # Errors
    /// [`Error::Diverged`].
    pub(crate) fn replay(
        &self,
        fork_join: &ForkJoin<Task>,
        passed: &mut Passed,
        (at, body): (LogPosition, FrameBody),
        outcome: Option<Outcome>,
    ) -> Result<(), Error> {
        let next_creation = self.read().next_creation;
        if let Some(formed) = recorded::formed(body, self.life.incarnation, next_creation, outcome) {
            self.check_anchor(passed, &formed)?;
            let is_rebuild = matches!(formed.content, Content::Rebuild { .. });
            passed.lacks_rebuild = formed.outcome.is_some() || (passed.lacks_rebuild && !is_rebuild);
            // The answer was given when the frame was executed first.
            let _ = self.execute_frame(fork_join, &formed, Vec::new(), Some(at));
        }
        Ok(())
    }

    /// After the last kept frame: if a partition had failed when the process ended, it is as rebuilt now, and subscribers get the gap
    /// of a rebuild, because what it would have published was not.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(crate) fn end_replay(&self, fork_join: &ForkJoin<Task>, passed: &Passed) -> Result<(), Error> {
        let Some(pipeline) = self.pipeline.as_ref().filter(|_| passed.lacks_rebuild) else { return Ok(()) };
        let formed = self.form(Arc::default(), Content::Rebuild { partition: None }, None);
        // Kept first, as every frame: its revision and the sequence of the gap are shown.
        let kept = keep(&*pipeline.log, pipeline.number, recorded::frame(pipeline.number, &formed).body)?;
        self.execute_frame(fork_join, &formed, Vec::new(), Some(LogPosition(kept.0 - 1))).map(drop)
    }

    fn check_anchor(&self, passed: &mut Passed, formed: &FormedFrame) -> Result<(), Error> {
        let (revision, reached) = (formed.revision.number(), self.read().anchor());
        passed.note(reached);
        let is_next = revision == reached.revision + 1;
        let foreign = formed.anchor.filter(|anchor| !passed.has(*anchor));
        match (foreign, passed.divergence) {
            (None, _) if is_next => Ok(()),
            // Every frame takes one revision, whatever its outcome, so a missing frame cannot be accepted.
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
        let mut state = self.write();
        let from = state.next_sequence;
        let until = Sequence::new(self.life.incarnation, from.number().max(beyond) + SKIPPED_SEQUENCES);
        state.next_sequence = until;
        self.broadcast.publish_gap(Gap { from, until, revision: state.revision });
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
        let consumers = self.broadcast.consumers();
        self.broadcast = Broadcast::new(self.settings.retained, incarnation);
        self.broadcast.begin_at(Vec::new(), state.next_sequence, state.revision);
        // What they had not acknowledged had sequences of the life before. They get the gap that follows.
        let acknowledged = state.next_sequence.number() - 1;
        let behind = |(name, record, ..): (String, ConsumerRecord, _, _)| {
            (name, ConsumerRecord { acknowledged, ..record })
        };
        self.broadcast.restore_consumers(consumers.into_iter().map(behind));
    }
}

impl State {
    /// Ends a frame that is executed again with the sequence that it ended with when a partition had failed. If that partition had
    /// something to publish, the items would have other sequences; they are dropped, and the gap in their place is returned.
    pub(super) fn end_as_before(
        &mut self,
        outcome: &Outcome,
        formed: &FormedFrame,
        deliveries: &mut Vec<Arc<Delivery>>,
    ) -> Option<Gap> {
        let until = Sequence::new(formed.revision.incarnation(), outcome.next_sequence);
        if self.next_sequence == until {
            return None;
        }
        let from = deliveries.first().map_or(self.next_sequence, |first| first.first);
        deliveries.clear();
        self.next_sequence = until;
        Some(Gap { from, until, revision: formed.revision })
    }
}
