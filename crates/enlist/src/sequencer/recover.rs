//! A partition that failed is mended: everything derived is computed anew from its facts, a definition that it lacks is carried
//! out, and subscribers are told how memberships differ from what they were told before.

use enlist_engine::{Engine, Sink};
use enlist_model::{Instant, Notice, NoticeOutcome, SegmentId};
use roaring::RoaringBitmap;

use crate::error::Error;
use crate::partition::execute::Work;
use crate::partition::output::{Output, TriggerCause};
use crate::sequencer::frame::{Turn, take_parts};
use crate::sequencer::segments::SegmentEntry;
use crate::sequencer::state::{Members, State};
use crate::sequencer::{Receipt, Sequencer};
use crate::threads::pool::ForkJoin;

impl Sequencer {
    /// Computes a partition anew from its facts, and tells how memberships differ from what was told before.
    pub(crate) fn rebuild(&self, fork_join: &ForkJoin, partition: usize) -> Result<Receipt, Error> {
        if partition >= self.settings.partitions {
            let partitions = self.settings.partitions;
            return Err(Error::UnknownPartition { found: partition, partitions });
        }
        let had_failed = self.state().failure(partition).is_some();
        let mut failure = None;
        let (receipt, _) = self.turn(fork_join, Vec::new(), |turn| {
            failure = rebuild(turn, partition);
            0
        });
        if let Some(reason) = failure {
            return Err(Error::PartitionFailed { partition, reason });
        }
        self.recount();
        if had_failed {
            // It may have failed after memberships had changed and before that was told.
            self.broadcast.publish_gap(receipt.revision);
        }
        Ok(receipt)
    }

    /// Sets all counts from the engines.
    pub(crate) fn recount(&self) {
        let state = self.state();
        let Ok(engines) = state.engines() else { return };
        for (number, id) in state.catalogue.living() {
            if let Some(segment) = &state.segments[number as usize] {
                segment.cell.set(engines.iter().filter_map(|engine| engine.count(id.as_str()).ok()).sum());
            }
        }
    }
}

/// Computes a partition anew; what a panic says if that fails too.
fn rebuild(turn: &mut Turn<'_>, partition: usize) -> Option<String> {
    let before = members_told(turn.state, partition);
    let was = turn.state.partitions[partition].failure.take();
    let now = turn.state.now;
    let definition = turn.state.half_defined.as_ref().map(|half| Box::new(half.event.clone()));
    let mut work = Some(Work::Rebuild { now, definition });
    let parts = take_parts(turn.state, |number| if number == partition { work.take() } else { None });
    // What days brought meanwhile is part of the difference, and not told by itself.
    let parts = turn.fork_join.carry_out(parts, false);
    turn.put_back(parts);
    if turn.state.partitions[partition].failure.is_none() && !has_same_definitions(turn.state, partition) {
        let reason = was.unwrap_or_default()
            + "; its definitions are not those of the others, restore an earlier dump";
        turn.state.partitions[partition].failure = Some(reason);
    }
    let failure = turn.state.partitions[partition].failure.clone();
    if failure.is_some() {
        turn.state.partitions[partition].members_told = Some(before);
        return failure;
    }
    let State { labels, partitions, .. } = &mut *turn.state;
    labels.gather(partitions);
    let mut told = Output::of(partition);
    let engine = turn.state.partitions[partition].engine();
    for (id, before) in before {
        tell_difference(engine, &id, before, now, &mut told);
    }
    let at = now.unwrap_or(Instant::MIN);
    turn.merged.add_together(vec![told.lists], at, TriggerCause::Rebuild);
    renew_catalogue(turn.state);
    if turn.state.any_failure().is_none() {
        turn.state.half_defined = None;
    }
    turn.note_date();
    None
}

/// A partition's members as subscribers know them.
fn members_told(state: &mut State, partition: usize) -> Members {
    let partition = &mut state.partitions[partition];
    partition.members_told.take().unwrap_or_else(|| {
        let engine = partition.engine();
        let members = |id: &SegmentId| engine.bitmap(id.as_str()).unwrap_or_default();
        state.catalogue.living().map(|(_, id)| (id.clone(), members(id))).collect()
    })
}

/// Whether a partition has the definitions that those have which serve.
fn has_same_definitions(state: &State, partition: usize) -> bool {
    let mut others = state.partitions.iter().enumerate();
    let other = others.find(|(number, other)| *number != partition && other.failure.is_none());
    other.is_none_or(|(_, other)| same_definitions(other.engine(), state.partitions[partition].engine()))
}

fn same_definitions(one: &Engine, other: &Engine) -> bool {
    one.time_zone() == other.time_zone()
        && one.week_start() == other.week_start()
        && one.fields().eq(other.fields())
        && one
            .segments()
            .map(|segment| (segment.id(), segment.name(), segment.rule()))
            .eq(other.segments().map(|segment| (segment.id(), segment.name(), segment.rule())))
}

/// Tells how a segment's members differ from those before, if they do.
fn tell_difference(
    engine: &Engine,
    id: &SegmentId,
    before: RoaringBitmap,
    now: Option<Instant>,
    told: &mut Output,
) {
    let (Ok(after), Ok(place), Some(at)) =
        (engine.bitmap(id.as_str()), engine.segment_order(id.as_str()), now)
    else {
        return;
    };
    let (entered, left) = (&after - &before, before - &after);
    if !entered.is_empty() || !left.is_empty() {
        let outcome = NoticeOutcome::Rebuilt { entered: entered.len(), left: left.len() };
        told.notice(place, Notice { at, segment: id.clone(), outcome }, entered, left);
    }
}

/// The engine calls its conditions by other numbers now.
fn renew_catalogue(state: &mut State) {
    let segments: Vec<(u32, SegmentId)> =
        state.catalogue.living().map(|(number, id)| (number, id.clone())).collect();
    for (number, segment) in segments {
        let conditions = state.conditions_of(segment.as_str());
        std::sync::Arc::make_mut(&mut state.catalogue).put(number, SegmentEntry { segment, conditions });
    }
}
