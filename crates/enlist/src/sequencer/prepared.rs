//! An advance of time over a change of the local date, prepared while others read.
//!
//! Finding what a new date changes takes long where there are many contacts, and only reads. So it is done before the frame takes the
//! write lock: each engine prepares its turn, and the outputs are merged and tallied. Under the lock they are only taken. Invariant:
//! a frame that takes what was prepared has the same outcome as one that advances the partitions itself.

use std::panic::{AssertUnwindSafe, catch_unwind};

use enlist_engine::PreparedTurn;
use enlist_model::Instant;

use crate::partition::PartitionIdx;
use crate::partition::output::{ChangeLog, OutputBuffer, TriggerCause};
use crate::publish::tally::Tallies;
use crate::sequencer::formed::{Content, FormedFrame};
use crate::sequencer::frame::Frame;
use crate::sequencer::shared::Sequencer;
use crate::sequencer::state::State;

/// An advance that is prepared.
pub(crate) struct PreparedAdvance {
    to: Instant,
    /// Of the partitions that serve.
    turns: Vec<(PartitionIdx, PreparedTurn)>,
    changes: ChangeLog,
    tallies: Tallies,
}

impl Sequencer {
    /// Prepares the advance that a frame begins with, if it is over a change of the local date. `None` if there is none, if it will be
    /// refused, and if it must be done step by step.
    pub(super) fn prepare(&self, state: &State, formed: &FormedFrame) -> Option<PreparedAdvance> {
        let to = beginning(formed).filter(|to| state.now.is_some() && state.crosses_date(*to))?;
        let is_accepted = match formed.events.first() {
            Some(event) => self.admits(state, event, formed.readings).is_ok(),
            None => self.check_ahead(to, formed.readings.clock).is_ok(),
        };
        if !is_accepted {
            return None;
        }
        // A panic is left to the frame: it advances the partitions itself, and those that panic again fail.
        let prepared = catch_unwind(AssertUnwindSafe(|| {
            let prepared = state.prepare(to);
            #[cfg(test)]
            crate::partition::fault::strike_prepared(&self.id);
            prepared
        }));
        prepared.ok().flatten()
    }
}

/// The instant of a frame's first step.
fn beginning(formed: &FormedFrame) -> Option<Instant> {
    match formed.content {
        Content::Advance { to } => Some(to),
        Content::Events { .. } | Content::Segment { .. } => formed.events.first().map(|event| event.at),
        Content::Rebuild { .. } => None,
    }
}

impl State {
    fn prepare(&self, to: Instant) -> Option<PreparedAdvance> {
        let (mut turns, mut logs) = (Vec::new(), Vec::new());
        for partition in self.partitions.iter().filter(|partition| partition.failure.is_none()) {
            let mut output = OutputBuffer::new(partition.index);
            turns.push((partition.index, partition.engine.prepare_turn(to, &mut output)?));
            logs.push(output.changes);
        }
        let mut changes = ChangeLog::default();
        changes.append_together(logs, to, TriggerCause::Clock);
        changes.shrink();
        let tallies = self.segments.tally_with(&mut Vec::new(), &changes);
        Some(PreparedAdvance { to, turns, changes, tallies })
    }
}

impl PreparedAdvance {
    /// Whether the partitions are as they were when it was prepared.
    fn is_current(&self, state: &State) -> bool {
        let serving = state.partitions.iter().filter(|partition| partition.failure.is_none());
        serving.clone().count() == self.turns.len()
            && serving.zip(&self.turns).all(|(partition, (index, turn))| {
                partition.index == *index && partition.engine.can_take(turn)
            })
    }
}

impl Frame<'_> {
    /// Takes what was prepared, if it is an advance to this instant and nothing has changed since. Returns whether it did.
    pub(super) fn take_prepared(&mut self, to: Instant) -> bool {
        let Some(mut prepared) =
            self.prepared.take_if(|prepared| prepared.to == to && prepared.is_current(self.state))
        else {
            return false;
        };
        for (index, turn) in &mut prepared.turns {
            let taken = self.state.partitions[index.position()].engine.take_turn(turn);
            debug_assert!(taken.is_ok(), "it is current");
        }
        // No partition has changed in this frame, so there are no changes yet.
        self.changes = std::mem::take(&mut prepared.changes);
        self.tallies = Some(std::mem::take(&mut prepared.tallies));
        self.replaced = Some(prepared);
        true
    }
}
