//! An advance of time over a change of the local date, prepared while others read.
//!
//! Finding what a new date changes takes long where there are many contacts, and only reads. So it is done before the frame takes the
//! write lock: each engine prepares its turn, and the outputs are merged and tallied. Under the lock they are only taken. Invariant:
//! a frame that takes what was prepared has the same outcome as one that advances the partitions itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use enlist_engine::PreparedTurn;
use enlist_model::Instant;
use parking_lot::Mutex;

use crate::partition::execute::Task;
use crate::partition::output::{ChangeLog, OutputBuffer, TriggerCause};
use crate::partition::{Partition, PartitionIdx};
use crate::publish::tally::Tallies;
use crate::sequencer::formed::{Content, FormedFrame};
use crate::sequencer::frame::Frame;
use crate::sequencer::run::helpers_for;
use crate::sequencer::shared::Sequencer;
use crate::sequencer::state::State;
use crate::threads::pool::ForkJoin;

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
    pub(super) fn prepare(
        &self,
        state: &State,
        formed: &FormedFrame,
        fork_join: &ForkJoin<Task>,
    ) -> Option<PreparedAdvance> {
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
            let prepared = self.prepare_advance(state, to, fork_join);
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

impl Sequencer {
    /// Prepares the partitions side by side, and merges what they report.
    fn prepare_advance(
        &self,
        state: &State,
        to: Instant,
        fork_join: &ForkJoin<Task>,
    ) -> Option<PreparedAdvance> {
        let parts: Arc<Mutex<Vec<(PartitionIdx, PreparedTurn, ChangeLog)>>> = Arc::default();
        let prepare = |partition: &Partition| {
            let (state, parts, index) = (Arc::clone(&self.state), Arc::clone(&parts), partition.index);
            let preparation = move || {
                let mut output = OutputBuffer::new(index);
                // The lock is upgradable meanwhile, so this does not wait for another writer.
                let turn = state.read().partition(index).engine.prepare_turn(to, &mut output);
                if let Some(turn) = turn {
                    parts.lock().push((index, turn, output.changes));
                }
            };
            Task::Preparation(Some(Box::new(preparation)))
        };
        let tasks: Vec<Task> = state.serving().map(prepare).collect();
        let count = tasks.len();
        fork_join.run(tasks, helpers_for(state.contact_count()));
        let mut parts = std::mem::take(&mut *parts.lock());
        if parts.len() != count {
            return None;
        }
        parts.sort_unstable_by_key(|(index, ..)| *index);
        let (mut turns, mut logs) = (Vec::new(), Vec::new());
        for (index, turn, changes) in parts {
            turns.push((index, turn));
            logs.push(changes);
        }
        let mut changes = ChangeLog::default();
        changes.append_together(logs, to, TriggerCause::Clock);
        changes.shrink();
        let tallies = state.segments.tally_with(&mut Vec::new(), &changes);
        Some(PreparedAdvance { to, turns, changes, tallies })
    }
}

impl State {
    /// The partitions that have not failed.
    fn serving(&self) -> impl Iterator<Item = &Partition> {
        self.partitions.iter().filter(|partition| partition.failure.is_none())
    }
}

impl PreparedAdvance {
    /// Whether the partitions are as they were when it was prepared.
    fn is_current(&self, state: &State) -> bool {
        let can_take = |(partition, (index, turn)): (&Partition, &(PartitionIdx, PreparedTurn))| {
            partition.index == *index && partition.engine.can_take(turn)
        };
        state.serving().count() == self.turns.len() && state.serving().zip(&self.turns).all(can_take)
    }
}

impl Frame<'_> {
    /// Takes what was prepared, if it is an advance to this instant and nothing has changed since. Returns whether it did.
    pub(super) fn take_prepared(&mut self, to: Instant) -> bool {
        let Some(mut prepared) =
            self.prepared.take_if(|prepared| prepared.to == to && prepared.is_current(&self.state))
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
