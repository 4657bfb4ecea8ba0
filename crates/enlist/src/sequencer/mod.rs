//! One workspace as its handles, the workers and the clock driver share it: what waits, the state, who listens.
//!
//! A job goes one way: from the queue to a worker, which carries it out under exclusive access to the state, lets go of it,
//! publishes, and answers. What always holds: one job at a time; what a reader sees and what a subscriber was told of a
//! revision are both of whole jobs, and the state comes first.

pub(crate) mod definition;
pub(crate) mod dump;
pub(crate) mod frame;
pub(crate) mod history;
pub(crate) mod label_spelling;
pub(crate) mod limits;
pub(crate) mod recover;
pub(crate) mod segments;
pub(crate) mod state;
pub(crate) mod stats;
pub(crate) mod submit;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use enlist_engine::{Engine, RuleScan};
use enlist_model::{Event, EventBody, Instant, WorkspaceId};
use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::clock_driver::Wake;
use crate::error::{Error, RefusedEvent};
use crate::inbox::coalesce::{CoalesceLimit, Group};
use crate::inbox::queue::{Next, Queue};
use crate::inbox::ticket::{Reply, ticket};
use crate::partition::output::ChangeLog;
use crate::publish::broadcast::Broadcast;
use crate::publish::delivery::{Delivery, Tally};
use crate::revision::Revision;
use crate::sequencer::definition::leading;
use crate::sequencer::frame::Turn;
use crate::sequencer::history::History;
use crate::sequencer::label_spelling::Labels;
use crate::sequencer::segments::Segments;
use crate::sequencer::state::{Counts, Partition, State};
use crate::sequencer::stats::{Counters, Stopwatch};
use crate::settings::WorkspaceSettings;
use crate::threads::clock::Clock;
use crate::threads::pool::{ForkJoin, RunQueue, Runnable};

/// A worker's turn ends after so many events, so that other workspaces have theirs.
const TURN_EVENTS: usize = 256;
/// Bytes are estimated again after so many events.
const ESTIMATE_EVENTS: u64 = 1_000;

/// What is to be done in a workspace.
pub(crate) enum Command {
    /// Events, each for itself or up to the first that is refused.
    Apply { events: Vec<Event>, stop_on_refusal: bool, reply: Reply<Result<Receipt, Error>> },
    /// A segment, if it is as expected, with what surveys found of it.
    SaveSegment {
        event: Event,
        surveys: Vec<Option<RuleScan>>,
        expected: Expected,
        reply: Reply<Result<Receipt, Error>>,
    },
    /// Time passes.
    Advance { to: Instant, reply: Reply<Result<Receipt, Error>> },
    /// A failed partition is computed anew.
    Rebuild { partition: usize, reply: Reply<Result<Receipt, Error>> },
    /// Nothing comes after this.
    End { reply: Reply<Result<Receipt, Error>> },
}

impl Command {
    /// The events in it, for whoever handed it in.
    pub(crate) fn into_events(self) -> Vec<Event> {
        match self {
            Command::Apply { events, .. } => events,
            Command::SaveSegment { event, .. } => vec![event],
            Command::Advance { .. } | Command::Rebuild { .. } | Command::End { .. } => Vec::new(),
        }
    }
}

/// How a segment is expected to be when it is saved or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Anything,
    /// Last saved at that revision, or not there.
    As(Option<Revision>),
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// The state with the batch applied; a read of it or a later one sees it. Batches that waited one behind the other may
    /// share one, but for those with definitions.
    pub revision: Revision,
    /// How many of the events were applied.
    pub applied: usize,
    /// The events that were refused, in order, each whole and with its reason. They changed nothing, time included.
    pub refused: Vec<RefusedEvent>,
    /// What was not looked at any more, where a batch was to stop at the first refusal.
    pub rest: Vec<Event>,
}

/// One workspace.
pub(crate) struct Sequencer {
    pub(crate) id: WorkspaceId,
    pub(crate) settings: WorkspaceSettings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) queue: Queue<Command>,
    line: RunQueue,
    state: RwLock<State>,
    coalesce_limit: CoalesceLimit,
    pub(crate) counts: RwLock<Counts>,
    pub(crate) broadcast: Broadcast,
    pub(crate) counters: Counters,
    /// When the local date changes next, in milliseconds; for the clock driver.
    date_changes_at: AtomicI64,
    /// Whether the clock driver has handed in that time passes, and it has not yet.
    pub(crate) is_driven: AtomicBool,
    wake: Wake,
}

impl Runnable for Sequencer {
    fn serve(self: Arc<Self>, fork_join: &ForkJoin) -> bool {
        let mut events = 0;
        while events < TURN_EVENTS {
            if self.broadcast.is_blocked() && !self.queue.is_closed() {
                return self.queue.stall(|| self.broadcast.is_blocked()) == Next::GetInLine;
            }
            let Some(job) = self.queue.pop() else { break };
            events += self.carry_out(job, fork_join);
        }
        self.queue.end_turn() == Next::GetInLine
    }

    fn abandon(&self) {
        let (_, reply) = ticket(Err(self.closed(Vec::new())));
        let _ = self.queue.close(Command::End { reply });
        while self.queue.pop().is_some() {}
        self.broadcast.end();
    }
}

impl Sequencer {
    pub(crate) fn new(
        id: WorkspaceId,
        settings: WorkspaceSettings,
        clock: Arc<dyn Clock>,
        line: RunQueue,
        wake: Wake,
        engines: Vec<Engine>,
    ) -> Self {
        let mut partitions: Vec<Partition> = engines.into_iter().map(Partition::new).collect();
        let state = State {
            labels: Labels::of(&mut partitions),
            partitions,
            half_defined: None,
            segments: Vec::new(),
            catalogue: Arc::new(Segments::default()),
            now: None,
            today: enlist_model::Day::from_number(0),
            date_changes_at: None,
            revision: Revision(0),
            event_count: 0,
            arrivals: 0,
            condition_count: 0,
            bytes: 0,
            history: History::new(settings.history),
            scratch: Vec::new(),
        };
        Sequencer {
            id,
            settings,
            clock,
            // Room for one at least, or nothing would ever be done.
            queue: Queue::new(settings.limits.queued_events.max(1)),
            line,
            state: RwLock::new(state),
            coalesce_limit: CoalesceLimit::new(settings.partitions),
            counts: RwLock::new(Counts::default()),
            broadcast: Broadcast::new(settings.retained),
            counters: Counters::default(),
            date_changes_at: AtomicI64::new(i64::MAX),
            is_driven: AtomicBool::new(false),
            wake,
        }
    }

    /// Puts the workspace in line, if that is what comes next.
    pub(crate) fn follow(self: &Arc<Self>, next: Next) {
        if next == Next::GetInLine {
            self.line.get_in(Arc::clone(self) as Arc<dyn Runnable>);
        }
    }

    /// The same for a thread that will wait for it: the workspace has its turn there, if no worker is needed for it.
    pub(crate) fn follow_here(self: &Arc<Self>, next: Next) {
        if next == Next::GetInLine {
            self.line.serve_here(Arc::clone(self) as Arc<dyn Runnable>);
        }
    }

    /// A subscriber has made room, or is gone.
    pub(crate) fn room_was_made(self: &Arc<Self>) {
        self.follow(self.queue.resume());
    }

    /// That nothing more is taken; with what was to be.
    pub(crate) fn closed(&self, events: Vec<Event>) -> Error {
        Error::Closed { workspace: self.id.clone(), events }
    }

    /// When the clock driver must come back.
    pub(crate) fn next_date_change(&self) -> Option<Instant> {
        let at = self.date_changes_at.load(Ordering::Acquire);
        if at == i64::MAX { None } else { Instant::from_milliseconds(at) }
    }

    /// Shared access to the state, which is that after whole turns.
    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.try_read().unwrap_or_else(|| {
            self.coalesce_limit.note_waiting_reader();
            self.state.read()
        })
    }

    /// The same for what a host may do while it reads: it does not wait for a writer that waits for that to end.
    pub(crate) fn state_within(&self) -> RwLockReadGuard<'_, State> {
        self.state.read_recursive()
    }

    /// Exclusive access to the state, for whoever sets a workspace up.
    pub(crate) fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write()
    }

    /// Does a job and answers; says how many events it was.
    fn carry_out(&self, job: Command, fork_join: &ForkJoin) -> usize {
        match job {
            Command::Apply { events, stop_on_refusal, reply } => {
                let mut group = Group::of(events, reply);
                if !stop_on_refusal {
                    let most = self.coalesce_limit.of_next_turn(self.broadcast.least_capacity());
                    group.gather(&self.queue, most);
                }
                let (receipt, events) = self.turn(fork_join, std::mem::take(&mut group.events), |turn| {
                    turn.stop_on_refusal = stop_on_refusal;
                    turn.apply()
                });
                group.answer(receipt);
                // Whoever waits need not wait for this.
                events.len().max(1)
            }
            Command::SaveSegment { event, surveys, expected, reply } => {
                reply.send(self.save_segment(fork_join, event, surveys, expected));
                1
            }
            Command::Advance { to, reply } => {
                self.is_driven.store(false, Ordering::Release);
                let (receipt, _) = self.turn(fork_join, Vec::new(), |turn| {
                    turn.advance(to);
                    0
                });
                reply.send(Ok(receipt));
                1
            }
            Command::Rebuild { partition, reply } => {
                reply.send(self.rebuild(fork_join, partition));
                1
            }
            Command::End { reply } => {
                self.broadcast.end();
                reply.send(Err(self.closed(Vec::new())));
                1
            }
        }
    }

    /// One turn: exclusive access, the work, then broadcast. ForkJoin the events back with the receipt.
    pub(crate) fn turn(
        &self,
        fork_join: &ForkJoin,
        events: Vec<Event>,
        work: impl FnOnce(&mut Turn<'_>) -> usize,
    ) -> (Receipt, Arc<Vec<Event>>) {
        #[cfg(feature = "tracing")]
        let _span =
            tracing::debug_span!("batch", workspace = self.id.as_str(), events = events.len()).entered();
        let began = Stopwatch::now();
        let batch = Arc::new(events);
        let mut state = self.state.write();
        let mut turn = Turn::new(self, &mut state, fork_join, Arc::clone(&batch));
        let looked_at = work(&mut turn);
        let Turn { merged, refused, dropped, .. } = turn;
        state.revision = Revision(state.revision.0 + 1);
        let revision = state.revision;
        let delivery = self.conclude(&mut state, merged, dropped);
        // Nobody else asks for the estimate.
        if self.settings.limits.bytes != usize::MAX {
            self.counters.estimate(&mut state, ESTIMATE_EVENTS);
        }
        let date_changes_at = state.date_changes_at;
        // Whoever waits to read comes first; a writer at full speed would else starve them.
        RwLockWriteGuard::unlock_fair(state);
        let items = delivery.as_ref().map_or(0, |delivery| delivery.told.items.len());
        if let Some(delivery) = delivery {
            self.broadcast.publish(&delivery);
        }
        self.note_date_change(date_changes_at);
        let applied = looked_at - refused.len();
        self.counters.end(began, applied, refused.len(), items);
        (Receipt { revision, applied, refused, rest: batch[looked_at..].to_vec() }, batch)
    }

    /// Counts, history and what is to be published.
    fn conclude(&self, state: &mut State, merged: ChangeLog, dropped: Vec<u32>) -> Option<Arc<Delivery>> {
        let tallies = merged.tally(&mut state.scratch);
        note_history(state, &merged, &tallies);
        for tally in &tallies {
            if let Some(segment) = &state.segments[tally.segment as usize] {
                segment.cell.set(tally.count_after(segment.cell.get()));
            }
        }
        let delivery = (!merged.items.is_empty()).then(|| {
            Arc::new(Delivery {
                workspace: self.id.clone(),
                revision: state.revision,
                first: self.broadcast.next_sequence(),
                catalogue: Arc::clone(&state.catalogue),
                told: merged,
                tallies,
            })
        });
        for number in dropped {
            Arc::make_mut(&mut state.catalogue).forget(number);
            state.history.forget(number);
        }
        delivery
    }

    pub(crate) fn note_date_change(&self, at: Option<Instant>) {
        let at = at.map_or(i64::MAX, Instant::milliseconds);
        if self.date_changes_at.swap(at, Ordering::AcqRel) != at {
            self.wake.ring();
        }
    }

    fn save_segment(
        &self,
        fork_join: &ForkJoin,
        event: Event,
        surveys: Vec<Option<RuleScan>>,
        expected: Expected,
    ) -> Result<Receipt, Error> {
        if let Expected::As(expected) = expected {
            let (EventBody::SegmentSaved { segment: id, .. } | EventBody::SegmentDeleted { segment: id }) =
                &event.body
            else {
                unreachable!("a job that saves or deletes a segment")
            };
            let state = self.state();
            let found = state.find_segment(id).map(|segment| segment.saved_at);
            if found != expected {
                return Err(Error::SegmentChanged { segment: id.clone(), expected, found });
            }
        }
        let (receipt, _) = self.turn(fork_join, vec![event], |turn| {
            turn.surveys = surveys;
            turn.apply()
        });
        Ok(receipt)
    }
}

/// Notes counts over time, as of before they change.
fn note_history(state: &mut State, merged: &ChangeLog, tallies: &[Tally]) {
    let State { history, segments, partitions, half_defined, .. } = state;
    let (Some(first), Some(last)) = (merged.triggers.first(), merged.triggers.last()) else { return };
    let count = |number: u32| segments[number as usize].as_ref().map(|segment| segment.cell.get());
    let engine = leading(partitions, half_defined.as_ref());
    let day = engine.local_day(first.at);
    if history::hour_of(first.at) == history::hour_of(last.at) && day == engine.local_day(last.at) {
        for tally in tallies {
            if let Some(count) = count(tally.segment) {
                history.note(tally.segment, first.at, day, count + tally.made, tally.entered, tally.left);
            }
        }
        return;
    }
    // A batch over several hours or days: change by change.
    let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
    for item in &merged.items {
        let tally = Tally::of(item, merged);
        let Some(before) = count(tally.segment) else { continue };
        let count = counts.entry(tally.segment).or_insert(before);
        let at = merged.trigger(item).at;
        let before = *count + tally.made;
        history.note(tally.segment, at, engine.local_day(at), before, tally.entered, tally.left);
        *count = tally.count_after(*count);
    }
}
