//! A frame: what is executed together under one revision. Deals events to partitions, runs them, and merges the outputs.
//!
//! Events that concern one partition are collected into a *run* until a day begins; then all partitions execute their events of
//! the run in parallel. An event that concerns several partitions (a definition, a day, a merge across) ends the run and is
//! executed alone. Invariant: the outcome is that of applying the events one after the other in a single partition.

use std::sync::Arc;

use enlist_engine::RuleScan;
use enlist_model::{Event, EventBody, Instant};
use parking_lot::RwLockWriteGuard;
use smallvec::SmallVec;

use crate::batch::OnRefusal;
use crate::error::{Error, RefusedEvent};
use crate::partition::execute::{Assignment, Task};
use crate::partition::output::{ChangeLog, TriggerCause};
use crate::partition::{EventIdx, PartitionIdx};
use crate::publish::delivery::Delivery;
use crate::publish::tally::Tallies;
use crate::sequencer::admission::{Awaited, Route};
use crate::sequencer::definitions::{self, CountChange};
use crate::sequencer::formed::{Content, FormedFrame};
use crate::sequencer::label_spelling::Spelled;
use crate::sequencer::prepared::PreparedAdvance;
use crate::sequencer::run::helpers_for;
use crate::sequencer::shared::Sequencer;
use crate::sequencer::state::State;
use crate::threads::pauses::Pauses;
use crate::threads::pool::{ForkJoin, Helpers};

/// Why an event is refused again that made a partition panic.
const PANICKED_BEFORE: &str = "a partition panicked when the event was executed before";

/// A frame under execution.
pub(crate) struct Frame<'a> {
    pub(crate) sequencer: &'a Sequencer,
    pub(crate) state: RwLockWriteGuard<'a, State>,
    /// Held from the frame's first pause on.
    pub(crate) paused: Option<RwLockWriteGuard<'a, ()>>,
    /// For runs that may pause; `None` if a thread that met a pause of an earlier frame still waits.
    pub(super) pauses: Option<Arc<Pauses>>,
    pub(crate) fork_join: &'a ForkJoin<Task>,
    pub(super) formed: &'a FormedFrame,
    pub(crate) events: Arc<Vec<Event>>,
    /// Rule scans of the segment that the frame saves, by partition.
    pub(crate) scans: Vec<Option<RuleScan>>,
    pub(crate) refused: Vec<RefusedEvent>,
    /// How many events were passed over, because their source was there already.
    pub(crate) skipped: usize,
    /// The changes since the last definition.
    pub(super) changes: ChangeLog,
    /// The tallies of these changes, as long as nothing is added to them.
    pub(super) tallies: Option<Tallies>,
    pub(crate) deliveries: Vec<Arc<Delivery>>,
    /// The advance that the frame begins with, and what it replaced once it was taken.
    pub(super) prepared: Option<PreparedAdvance>,
    pub(super) replaced: Option<PreparedAdvance>,
    /// Segments whose shared counts begin or end with the frame.
    pub(crate) count_changes: Vec<CountChange>,
    pub(super) run: Run,
}

/// Events that are routed and not executed yet.
#[derive(Default)]
pub(super) struct Run {
    /// Each event and its partition, in order.
    pub(super) events: SmallVec<[(EventIdx, PartitionIdx); 1]>,
    /// Events to execute in place of those at their index.
    pub(super) respelled: Vec<(EventIdx, Event)>,
    /// The conversations that the events save, and where.
    pub(super) conversations: Awaited,
}

impl<'a> Frame<'a> {
    pub(crate) fn new(
        sequencer: &'a Sequencer,
        state: RwLockWriteGuard<'a, State>,
        fork_join: &'a ForkJoin<Task>,
        formed: &'a FormedFrame,
        scans: Vec<Option<RuleScan>>,
        prepared: Option<PreparedAdvance>,
    ) -> Self {
        Frame {
            sequencer,
            state,
            paused: None,
            pauses: sequencer.pauses.are_allowed().then(|| Arc::clone(&sequencer.pauses)),
            fork_join,
            formed,
            events: Arc::clone(&formed.events),
            scans,
            refused: Vec::new(),
            skipped: 0,
            changes: ChangeLog::default(),
            tallies: None,
            deliveries: Vec::new(),
            prepared,
            replaced: None,
            count_changes: Vec::new(),
            run: Run::default(),
        }
    }

    /// Executes what was formed. Returns how many of the events it considered.
    ///
    /// # Errors
    /// If the frame is refused whole. Then it has changed nothing.
    pub(crate) fn execute(&mut self) -> Result<usize, Error> {
        // By all events, not only the accepted ones: an event's creation number follows from its position, so that a partition can
        // assign it without knowing what the others refuse.
        self.state.next_creation = self.formed.first_creation + self.events.len() as u64;
        match self.formed.content {
            Content::Events { .. } => Ok(self.apply()),
            Content::Segment { expected } => {
                for event in self.events.iter() {
                    self.state.check_expected(event, expected)?;
                }
                Ok(self.apply())
            }
            Content::Advance { to } => {
                self.sequencer.check_ahead(to, self.formed.readings.clock)?;
                self.advance(to);
                Ok(0)
            }
            Content::Rebuild { partition } => {
                partition.map_or(Ok(()), |partition| self.state.rebuild_partition(partition))?;
                Ok(0)
            }
        }
    }

    /// Applies the frame's events: all of them, or up to the first refusal. Returns how many it considered.
    fn apply(&mut self) -> usize {
        let events = Arc::clone(&self.events);
        // Near the limit of contacts, and when a refusal stops the batch, whether an event is executed depends on the outcome of
        // the events before it, so each event is its own run. A single partition stops its run by itself.
        let is_one_by_one = self.contacts_may_run_out() || (self.stops() && self.state.partitions.len() > 1);
        for (position, event) in events.iter().enumerate() {
            let index = EventIdx::new(position);
            if self.has_passed(position as u32) {
                self.skipped += 1;
                continue;
            }
            let taken = if self.has_panicked(position as u32) {
                Err(Error::PartitionFailed { partition: 0, reason: PANICKED_BEFORE.to_owned() })
            } else {
                self.take(index, event)
            };
            if let Err(reason) = taken {
                self.refuse(index, reason);
            }
            if is_one_by_one {
                self.execute_run();
            }
            if self.must_stop() {
                break;
            }
        }
        // The events before a refusal may still be in the run, and one of them may be refused too.
        self.execute_run();
        let considered = self.considered();
        if let Some(source) = &self.formed.source {
            // A refusal that stops is not passed, so that the event comes again.
            let passed = if self.must_stop() { considered - 1 } else { considered };
            self.state.sources.note(source, passed as u32);
        }
        considered
    }

    /// Puts the refusals in order; returns how many of the events count as considered.
    fn considered(&mut self) -> usize {
        // An event refused while routing is noted before earlier events of its run are executed and refused.
        self.refused.sort_by_key(|refused| refused.index);
        if !self.stops() {
            return self.events.len();
        }
        // Events after the first refusal were not executed, even if routing refused some of them: the caller gets them back.
        self.refused.truncate(1);
        self.refused.first().map_or(self.events.len(), |refused| refused.index + 1)
    }

    /// Whether an event of the frame is there already, because its source sent it before.
    fn has_passed(&self, event: u32) -> bool {
        self.formed.source.as_ref().is_some_and(|source| self.state.sources.has_passed(source, event))
    }

    /// Whether a partition panicked at an event, or had failed, when the frame was executed before.
    fn has_panicked(&self, event: u32) -> bool {
        self.formed.outcome.as_ref().is_some_and(|outcome| outcome.refused.binary_search(&event).is_ok())
    }

    pub(super) fn on_refusal(&self) -> OnRefusal {
        match self.formed.content {
            Content::Events { on_refusal } => on_refusal,
            Content::Segment { .. } | Content::Advance { .. } | Content::Rebuild { .. } => {
                OnRefusal::default()
            }
        }
    }

    fn stops(&self) -> bool {
        self.on_refusal() == OnRefusal::Stop
    }

    fn must_stop(&self) -> bool {
        self.stops() && !self.refused.is_empty()
    }

    /// Adds an event to the run, or executes it at once if it concerns several partitions.
    fn take(&mut self, index: EventIdx, event: &Event) -> Result<(), Error> {
        let mut route =
            self.sequencer.admit(&self.state, &self.run.conversations, event, self.formed.readings)?;
        if self.state.crosses_date(event.at) || !matches!(route, Route::Run(_)) {
            // The events before this one must take effect first, or a day or a definition would apply to them too early.
            self.execute_run();
            if self.must_stop() {
                return Ok(());
            }
            // The run may have failed a partition, or refused the event that was to create the conversation.
            route = self.state.route(&self.run.conversations, event)?;
        }
        match route {
            Route::Run(partition) => self.deal(index, event, partition),
            Route::Cross(from, to) => self.cross(index, event, from, to),
            Route::Everywhere => self.define(index, event),
            Route::Advance => {
                self.tick(event);
                Ok(())
            }
        }
    }

    /// Adds an event to the run of its partition.
    fn deal(&mut self, index: EventIdx, event: &Event, partition: PartitionIdx) -> Result<(), Error> {
        if self.state.crosses_date(event.at) {
            // A refused event does not move time, so it is checked before the day begins.
            self.state.check_in(partition, event)?;
            self.advance(event.at);
        }
        match self.state.label_spelling.spell(event) {
            Spelled::AsKnown => {}
            Spelled::Rewritten(event) => self.run.respelled.push((index, event)),
            Spelled::ForTheFirstTime => {
                // Only an accepted event decides a spelling, and whether this event is accepted depends on the events before it.
                self.execute_run();
                if self.must_stop() {
                    return Ok(());
                }
                self.state.check_in(partition, event)?;
                self.state.label_spelling.learn(event);
                // Again, because its other labels may be known in another spelling, or it may spell one label in two ways.
                if let Spelled::Rewritten(event) = self.state.label_spelling.spell(event) {
                    self.run.respelled.push((index, event));
                }
            }
        }
        if let EventBody::ConversationSaved { conversation, .. } = &event.body
            && self.state.partitions.len() > 1
        {
            // The engine does not have it before the run is executed, but a later event of the run may name it.
            self.run.conversations.insert(conversation.as_str().to_owned(), partition);
        }
        self.run.events.push((index, partition));
        Ok(())
    }

    fn contacts_may_run_out(&self) -> bool {
        let most = self.sequencer.settings.limits.contacts as u64;
        most != usize::MAX as u64 && self.state.contact_count() + self.events.len() as u64 > most
    }

    pub(super) fn refuse(&mut self, index: EventIdx, reason: Error) {
        let event = self.events[index.position()].clone();
        self.refused.push(RefusedEvent { index: index.position(), event, reason });
    }

    /// Counts an accepted event; returns when it happens.
    pub(super) fn accept(&mut self, event: &Event) -> Instant {
        // Time never goes back: an event from the past happens now.
        let now = self.state.now.map_or(event.at, |now| now.max(event.at));
        self.state.now = Some(now);
        self.state.event_count += 1;
        now
    }

    fn tick(&mut self, event: &Event) {
        if self.state.crosses_date(event.at) {
            self.advance(event.at);
        }
        self.accept(event);
    }

    /// Lets time pass in all partitions, up to the instant of an accepted event or of the clock.
    pub(crate) fn advance(&mut self, to: Instant) {
        if self.take_prepared(to) {
            self.state.now = Some(self.state.now.map_or(to, |now| now.max(to)));
            return;
        }
        let begins_day = self.state.now.is_some() && self.state.deadline().is_some_and(|at| at <= to);
        let helpers = if begins_day { helpers_for(self.state.contact_count()) } else { Helpers::None };
        let shares = self.shares(|_| Some(Assignment::Advance { to }));
        let shares = self.execute_shares(shares, helpers);
        let now = self.state.now.map_or(to, |now| now.max(to));
        self.state.now = Some(now);
        self.append_and_put_back(shares, now, TriggerCause::Clock);
    }

    /// Executes a definition in all partitions. It closes the delivery before it, and its changes are a delivery of their own,
    /// so that what is published is read with the rules, the time zone and the counts of its own time.
    fn define(&mut self, index: EventIdx, event: &Event) -> Result<(), Error> {
        // All checks come first: nothing may change for a refused event, time included.
        let condition_count = self.sequencer.check_everywhere(&self.state, event)?;
        if self.state.crosses_date(event.at) {
            self.advance(event.at);
        }
        self.close_delivery();
        let now = self.accept(event);
        let mut scans = std::mem::take(&mut self.scans);
        let (events, helpers) = (Arc::clone(&self.events), helpers_for(self.state.contact_count()));
        let shares = self.shares(|partition| {
            let scan = scans.get_mut(partition.position()).and_then(Option::take).map(Box::new);
            Some(Assignment::Define { events: Arc::clone(&events), event: index, scan })
        });
        let shares = self.execute_shares(shares, helpers);
        let cause = definitions::cause(event, self.state.event_count);
        let failed =
            shares.iter().find(|share| share.partition.failure.is_some()).map(|share| share.partition.index);
        let triggers = self.changes.triggers.len();
        self.append_and_put_back(shares, now, cause);
        self.note_origin(triggers, index);
        if let Some(failure) = self.state.leading_failure() {
            // No serving partition has it, so it is not in force. What it changed is not published; the gap of the rebuild covers
            // it. The event was counted above and is not accepted after all.
            self.changes = ChangeLog::default();
            self.state.event_count -= 1;
            return Err(failed.and_then(|partition| self.state.failure_of(partition)).unwrap_or(failure));
        }
        self.note_definition(event, condition_count);
        Ok(())
    }

    /// Notes a definition that is in force, and closes its delivery.
    pub(crate) fn note_definition(&mut self, event: &Event, condition_count: usize) {
        if let EventBody::SegmentSaved { segment, .. } = &event.body
            && let Some(count) = self.state.note_saved(segment, self.formed.revision, condition_count)
        {
            self.count_changes.push(CountChange::Saved(segment.clone(), count));
        }
        // A deleted segment's notice is tallied while the table still has its row.
        self.close_delivery();
        if let EventBody::SegmentDeleted { segment } = &event.body
            && let Some((index, row)) = self.state.segments.delete(segment)
        {
            self.state.history.forget(index);
            self.count_changes.push(CountChange::Deleted(segment.clone(), row.shared));
        }
    }

    /// Notes the position in its source of the event whose triggers are those from `from` on.
    pub(super) fn note_origin(&mut self, from: usize, event: EventIdx) {
        let Some(source) = &self.formed.source else { return };
        if let Some(position) = source.position_of(event.position() as u32) {
            self.changes.note_origin(from, position);
        }
    }

    fn source_of(&self, changes: &ChangeLog) -> Option<Arc<str>> {
        let source = self.formed.source.as_ref()?;
        (!changes.origins.is_empty()).then(|| Arc::from(source.name()))
    }

    /// Closes the delivery: tallies it, notes history and counts, and numbers its items.
    pub(crate) fn close_delivery(&mut self) {
        if self.changes.items.is_empty() {
            return;
        }
        let mut changes = std::mem::take(&mut self.changes);
        changes.shrink();
        let known = self.tallies.take().filter(|tallies| tallies.len() == changes.items.len());
        let tallies = known.unwrap_or_else(|| self.state.segments.tally(&changes));
        // History needs the counts from before the delivery, so it is noted before they change.
        self.state.note_history(&changes, &tallies.by_segment);
        self.state.segments.count(&tallies.by_segment);
        // Retained ids cost memory for every deleted contact, so only a delivery that names contacts by number holds them.
        let names = if changes.notices.is_empty() { Arc::default() } else { self.state.retain_ids() };
        let delivery = Delivery {
            workspace: Arc::clone(&self.sequencer.shared_id),
            revision: self.formed.revision,
            first: self.state.next_sequence,
            source: self.source_of(&changes),
            changes,
            tallies,
            names,
        };
        self.state.next_sequence = delivery.end();
        self.deliveries.push(Arc::new(delivery));
    }
}
