//! A turn: one batch of a workspace from events to what is published. Here is the story of a change over several partitions.
//!
//! The events of a batch are dealt out to their contacts' partitions and carried out there side by side, for as long as each
//! concerns one partition and no day begins: a *run*. What concerns several (a definition, a day, a merge across) ends the
//! run and is done by itself. What the partitions told is put together in the order of the events. What always holds: the
//! outcome is that of applying the events one after the other in a single partition.

use std::iter::Peekable;
use std::sync::Arc;

use enlist_engine::{LabelChange, RuleScan, apply_across, check_across};
use enlist_model::{Event, EventBody, Instant};
use rustc_hash::FxHashMap;

use crate::error::{Error, RefusedEvent};
use crate::partition::execute::{Accepted, Part, Work, inject, message};
use crate::partition::output::{ChangeLog, Output, Trigger, TriggerCause};
use crate::publish::delivery::Stream;
use crate::sequencer::Sequencer;
use crate::sequencer::definition::{HalfDefinition, holds};
use crate::sequencer::limits::DefinitionChange;
use crate::sequencer::state::{Partition, State};
use crate::threads::pool::ForkJoin;

/// From so many events on, a run is worth waking another worker.
const HELPED_EVENTS: usize = 32;
/// From so many contacts on, work on all of them is.
const HELPED_CONTACTS: u64 = 2_000;

/// One batch under way.
pub(crate) struct Turn<'a> {
    pub(crate) core: &'a Sequencer,
    pub(crate) state: &'a mut State,
    pub(crate) fork_join: &'a ForkJoin,
    pub(crate) batch: Arc<Vec<Event>>,
    /// Surveys of the segment that the batch saves, by partition.
    pub(crate) surveys: Vec<Option<RuleScan>>,
    pub(crate) stop_on_refusal: bool,
    pub(crate) merged: ChangeLog,
    pub(crate) refused: Vec<RefusedEvent>,
    /// The segments that the batch dropped.
    pub(crate) dropped: Vec<u32>,
    run: Run,
}

/// Events dealt out and not yet carried out.
#[derive(Default)]
struct Run {
    /// Each event and its partition, in order.
    events: Vec<(u32, usize)>,
    /// The conversations that they save, and where.
    conversations: FxHashMap<String, usize>,
}

/// Where an event belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    Within(usize),
    /// Something goes from one partition to another.
    Across(usize, usize),
    Everywhere,
}

impl<'a> Turn<'a> {
    pub(crate) fn new(
        core: &'a Sequencer,
        state: &'a mut State,
        fork_join: &'a ForkJoin,
        batch: Arc<Vec<Event>>,
    ) -> Self {
        Turn {
            core,
            state,
            fork_join,
            batch,
            surveys: Vec::new(),
            stop_on_refusal: false,
            merged: ChangeLog::default(),
            refused: Vec::new(),
            dropped: Vec::new(),
            run: Run::default(),
        }
    }

    /// Applies the batch's events, each for itself; or up to the first that is refused. Says from where on they were not
    /// looked at.
    pub(crate) fn apply(&mut self) -> usize {
        let batch = Arc::clone(&self.batch);
        let looked_at = self.apply_each(&batch);
        self.refused.sort_by_key(|refused| refused.index);
        self.state.arrivals += batch.len() as u64;
        looked_at
    }

    fn apply_each(&mut self, batch: &[Event]) -> usize {
        // Where the next event depends on whether this one was accepted, each is a run of its own.
        let careful =
            self.contacts_may_run_out() || (self.stop_on_refusal && self.state.partitions.len() > 1);
        for (index, event) in batch.iter().enumerate() {
            if let Err(reason) = self.take(index, event) {
                self.refused.push(RefusedEvent { index, event: event.clone(), reason });
            }
            if careful {
                self.carry_out_run();
            }
            if self.stop_on_refusal && !self.refused.is_empty() {
                break;
            }
        }
        // Those before a refusal may still be waiting, and what it hits may be among the last.
        self.carry_out_run();
        if !self.stop_on_refusal {
            return batch.len();
        }
        self.refused.sort_by_key(|refused| refused.index);
        self.refused.truncate(1);
        self.refused.first().map_or(batch.len(), |refused| refused.index + 1)
    }

    /// Deals an event out, or does it at once if it concerns several partitions.
    fn take(&mut self, index: usize, event: &Event) -> Result<(), Error> {
        self.core.room_for(self.state, event)?;
        let mut route = self.route(event)?;
        if self.crosses_date(event.at) || !matches!(route, Route::Within(_)) {
            self.carry_out_run();
            if self.stop_on_refusal && !self.refused.is_empty() {
                return Ok(());
            }
            route = self.route(event)?;
        }
        match route {
            Route::Everywhere => self.define(index, event),
            Route::Across(from, to) => self.cross(index, from, to),
            Route::Within(partition) => {
                if self.crosses_date(event.at) {
                    self.state.partitions[partition].engine().check(event)?;
                    self.advance(event.at);
                }
                if let EventBody::ConversationSaved { conversation, .. } = &event.body
                    && self.state.partitions.len() > 1
                {
                    self.run.conversations.insert(conversation.as_str().to_owned(), partition);
                }
                self.run.events.push((index as u32, partition));
                Ok(())
            }
        }
    }

    /// Where an event belongs, as far as what was carried out and what was dealt out says.
    fn route(&self, event: &Event) -> Result<Route, Error> {
        let state = &*self.state;
        let of = |contact: &enlist_model::ContactId| state.partition_of(contact.as_str());
        let pair = |from: usize, to: usize| {
            if from == to { Route::Within(to) } else { Route::Across(from, to) }
        };
        let route = match &event.body {
            EventBody::ContactSaved { contact, .. }
            | EventBody::ContactDeleted { contact }
            | EventBody::Activity { contact, conversation: None } => Route::Within(of(contact)),
            EventBody::ContactMerged { contact, into } => pair(of(contact), of(into)),
            EventBody::ConversationSaved { conversation, contact, .. }
            | EventBody::Activity { contact, conversation: Some(conversation) } => {
                let to = of(contact);
                pair(self.find_conversation(conversation.as_str())?.unwrap_or(to), to)
            }
            EventBody::ConversationDeleted { conversation } => {
                Route::Within(self.find_conversation(conversation.as_str())?.unwrap_or(0))
            }
            EventBody::WorkspaceConfigured { .. }
            | EventBody::FieldDefined { .. }
            | EventBody::FieldDeleted { .. }
            | EventBody::SegmentSaved { .. }
            | EventBody::SegmentDeleted { .. }
            | EventBody::Tick => Route::Everywhere,
        };
        let failure = match route {
            Route::Within(partition) => state.failure(partition),
            Route::Across(from, to) => state.failure(from).or_else(|| state.failure(to)),
            Route::Everywhere if matches!(event.body, EventBody::Tick) => None,
            Route::Everywhere => state.any_failure(),
        };
        failure.map_or(Ok(route), Err)
    }

    /// In which partition a conversation is, if it is anywhere.
    fn find_conversation(&self, conversation: &str) -> Result<Option<usize>, Error> {
        let partitions = &self.state.partitions;
        if partitions.len() == 1 {
            return Ok(None);
        }
        if let Some(partition) = self.run.conversations.get(conversation) {
            return Ok(Some(*partition));
        }
        let has = |partition: &Partition| {
            partition.failure.is_none() && partition.engine().conversation_owner(conversation).is_some()
        };
        match (partitions.iter().position(has), self.state.any_failure()) {
            (None, Some(failure)) => Err(failure),
            (found, _) => Ok(found),
        }
    }

    fn crosses_date(&self, at: Instant) -> bool {
        self.state.now.is_none() || self.state.date_changes_at.is_some_and(|change| at >= change)
    }

    fn contacts_may_run_out(&self) -> bool {
        let most = self.core.settings.limits.contacts as u64;
        most != usize::MAX as u64 && self.state.contact_count() + self.batch.len() as u64 > most
    }

    /// Carries out what was dealt out, all partitions side by side, and puts together what they tell.
    fn carry_out_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        if run.events.is_empty() {
            return;
        }
        let mut indices: Vec<Vec<u32>> = vec![Vec::new(); self.state.partitions.len()];
        for (index, partition) in &run.events {
            indices[*partition].push(*index);
        }
        let arrivals = self.state.arrivals;
        let work = |partition: usize| {
            let indices = std::mem::take(&mut indices[partition]);
            let batch = Arc::clone(&self.batch);
            let work = Work::Events { batch, indices, arrivals, stop_on_refusal: self.stop_on_refusal };
            (!matches!(&work, Work::Events { indices, .. } if indices.is_empty())).then_some(work)
        };
        let parts = take_parts(self.state, work);
        let mut parts = self.fork_join.carry_out(parts, run.events.len() >= HELPED_EVENTS);
        self.merge_run(&run.events, &mut parts);
        self.put_back(parts);
    }

    /// What partitions told of their events, in the order of the events; and which were refused, and how labels changed.
    fn merge_run(&mut self, events: &[(u32, usize)], parts: &mut [Part]) {
        // As much memory as it takes: what is published is retained.
        let sum = |count: fn(&ChangeLog) -> usize| parts.iter().map(|part| count(&part.told.lists)).sum();
        self.merged.items.reserve(sum(|told| told.items.len()));
        self.merged.transitions.reserve(sum(|told| told.transitions.len()));
        self.merged.flips.reserve(sum(|told| told.flips.len()));
        self.merged.triggers.reserve(sum(|told| told.triggers.len()));
        let mut streams: Vec<Option<EventStream<'_>>> = Vec::new();
        streams.resize_with(self.state.partitions.len(), || None);
        for part in parts {
            let Part { partition, told, outcomes, labels, panic, .. } = part;
            let stream = Stream::of(&mut told.lists, &mut self.merged);
            let outcomes = std::mem::take(outcomes).into_iter();
            let labels = std::mem::take(labels).into_iter().peekable();
            streams[*partition] = Some(EventStream { stream, outcomes, labels, panic: panic.as_deref() });
        }
        let batch = Arc::clone(&self.batch);
        for (index, partition) in events {
            let Some(stream) = &mut streams[*partition] else { continue };
            let event = &batch[*index as usize];
            match stream.outcomes.next() {
                Some(Ok(accepted)) => {
                    let at = self.accept(event);
                    let trigger = Trigger { at, cause: TriggerCause::Event(self.state.event_count) };
                    self.merged.add_event(
                        &mut stream.stream,
                        (accepted.items, accepted.transitions),
                        trigger,
                    );
                    while let Some((_, change)) = stream.labels.next_if(|(of, _)| of == index) {
                        self.state.labels.note(*partition, change);
                    }
                }
                Some(Err(error)) => self.refuse(*index as usize, error.into()),
                None => {
                    if let Some(reason) = stream.panic {
                        let (partition, reason) = (*partition, reason.to_owned());
                        self.refuse(*index as usize, Error::PartitionFailed { partition, reason });
                    }
                }
            }
        }
    }

    fn refuse(&mut self, index: usize, reason: Error) {
        let event = self.batch[index].clone();
        self.refused.push(RefusedEvent { index, event, reason });
    }

    /// Counts an event that was accepted; says when it happens.
    fn accept(&mut self, event: &Event) -> Instant {
        let now = self.state.now.map_or(event.at, |now| now.max(event.at));
        self.state.now = Some(now);
        self.state.event_count += 1;
        now
    }

    /// Time passes in all partitions, up to an instant that an accepted event bears, or the clock.
    pub(crate) fn advance(&mut self, to: Instant) {
        let parts = take_parts(self.state, |_| Some(Work::Advance { to }));
        let helped = self.state.now.is_some() && self.state.date_changes_at.is_some_and(|at| at <= to);
        let contacts: u64 = parts.iter().map(|part| part.engine.contact_count()).sum();
        let parts = self.fork_join.carry_out(parts, helped && contacts >= HELPED_CONTACTS);
        let now = self.state.now.map_or(to, |now| now.max(to));
        self.state.now = Some(now);
        self.put_back_together(parts, now, TriggerCause::Clock);
        self.note_date();
    }

    /// One event over all partitions: a definition, a setting, a tick.
    fn define(&mut self, index: usize, event: &Event) -> Result<(), Error> {
        self.state.leading_engine().check(event)?;
        let definition = self.core.check_definition(self.state, event)?;
        if self.crosses_date(event.at) {
            self.advance(event.at);
        }
        let now = self.accept(event);
        if matches!(event.body, EventBody::Tick) {
            return Ok(());
        }
        let mut surveys = std::mem::take(&mut self.surveys);
        let batch = Arc::clone(&self.batch);
        let work = |partition: usize| {
            let survey = surveys.get_mut(partition).and_then(Option::take).map(Box::new);
            Some(Work::Apply { batch: Arc::clone(&batch), index, survey })
        };
        let parts = take_parts(self.state, work);
        let contacts: u64 = parts.iter().map(|part| part.engine.contact_count()).sum();
        let parts = self.fork_join.carry_out(parts, contacts >= HELPED_CONTACTS);
        let number = self.state.event_count;
        let cause = match &event.body {
            EventBody::WorkspaceConfigured { .. } | EventBody::FieldDefined { .. } => {
                TriggerCause::Settings(number)
            }
            _ => TriggerCause::Event(number),
        };
        self.put_back_together(parts, now, cause);
        self.conclude_definition(event, definition)
    }

    /// A definition is in force if any partition has it; those that failed and lack it get it when they are rebuilt.
    fn conclude_definition(&mut self, event: &Event, definition: DefinitionChange) -> Result<(), Error> {
        let failure = self.state.any_failure();
        let has = |partition: &Partition| partition.failure.is_none() || holds(partition.engine(), event);
        let is_in_force = failure.is_none() || self.state.partitions.iter().any(has);
        if !is_in_force {
            self.state.event_count -= 1;
        } else if failure.is_some() {
            self.state.half_defined = Some(HalfDefinition { event: event.clone() });
        }
        self.note_date();
        if is_in_force {
            self.dropped.extend(self.core.note_definition(self.state, event, definition));
        }
        match failure {
            None => Ok(()),
            Some(Error::PartitionFailed { partition, reason }) if is_in_force => {
                Err(Error::HalfDefined { partition, reason })
            }
            Some(failure) => Err(failure),
        }
    }

    /// One event that takes something out of one partition and puts it into another.
    fn cross(&mut self, index: usize, from: usize, to: usize) -> Result<(), Error> {
        let batch = Arc::clone(&self.batch);
        let event = &batch[index];
        let engine = |partition: usize| self.state.partitions[partition].engine();
        check_across(event, engine(from), engine(to))?;
        if self.crosses_date(event.at) {
            self.advance(event.at);
        }
        let now = self.accept(event);
        let (mut from_told, mut to_told) = (Output::of(from), Output::of(to));
        let mut leaving = self.state.partitions[from].take();
        let mut coming = self.state.partitions[to].take();
        let crossed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            leaving.advance(now, &mut from_told);
            coming.advance(now, &mut to_told);
            inject(event);
            apply_across(event, &mut leaving, &mut coming, (&mut from_told, &mut to_told))
        }));
        self.state.partitions[from].put_back(leaving);
        self.state.partitions[to].put_back(coming);
        match crossed {
            Ok(applied) => applied?,
            Err(panic) => {
                let reason = message(panic.as_ref());
                self.state.partitions[from].failure = Some(reason.clone());
                self.state.partitions[to].failure = Some(reason.clone());
                return Err(Error::PartitionFailed { partition: from, reason });
            }
        }
        let State { labels, partitions, .. } = &mut *self.state;
        // Who stays holds it before who goes lets go of it.
        labels.note_across(partitions, [to, from]);
        let cause = TriggerCause::Event(self.state.event_count);
        self.merged.add_together(vec![from_told.lists, to_told.lists], now, cause);
        Ok(())
    }

    /// Puts engines back, and together what they told of one thing.
    fn put_back_together(&mut self, mut parts: Vec<Part>, now: Instant, cause: TriggerCause) {
        let tellings = parts.iter_mut().map(|part| std::mem::take(&mut part.told.lists)).collect();
        self.merged.add_together(tellings, now, cause);
        self.put_back(parts);
    }

    pub(crate) fn put_back(&mut self, parts: Vec<Part>) {
        for part in parts {
            let partition = &mut self.state.partitions[part.partition];
            partition.put_back(part.engine);
            partition.told = part.told;
            if part.panic.is_some() {
                partition.failure = part.panic;
                self.core.counters.note_failure();
            }
        }
        let State { labels, partitions, .. } = &mut *self.state;
        labels.tell(partitions);
    }

    /// Notes what the calendar says now, which all partitions agree on.
    pub(crate) fn note_date(&mut self) {
        let engine = self.state.leading_engine();
        let (today, date_changes_at) = (engine.today(), engine.next_date_change());
        self.state.today = today;
        self.state.date_changes_at = date_changes_at;
    }
}

/// What one partition told, and what became of its events.
struct EventStream<'a> {
    stream: Stream<'a>,
    outcomes: std::vec::IntoIter<Result<Accepted, enlist_engine::Error>>,
    labels: Peekable<std::vec::IntoIter<(u32, LabelChange)>>,
    panic: Option<&'a str>,
}

/// Takes the engines that serve and have work.
pub(crate) fn take_parts(state: &mut State, mut work: impl FnMut(usize) -> Option<Work>) -> Vec<Part> {
    let now = state.now;
    let partitions = state.partitions.iter_mut().enumerate();
    let serving = partitions.filter(|(_, partition)| partition.failure.is_none());
    let with_work = serving.filter_map(|(number, partition)| Some((number, work(number)?, partition)));
    let part = |(number, work, partition): (usize, Work, &mut Partition)| {
        let told = std::mem::take(&mut partition.told);
        Part::new(number, partition.take(), told, now, work)
    };
    with_work.map(part).collect()
}
