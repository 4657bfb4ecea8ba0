//! Admission: what is decided about an event before it changes anything: where it is executed, and whether it is refused.
//!
//! Applying an event and only checking it decide here, so that they cannot differ. The rest of the checks is in the engines.
//! This file knows no frame. Invariant: nothing here changes the state.

use enlist_engine::check_across;
use enlist_model::{ContactId, Event, EventBody, Instant};

use crate::error::{Error, RefusedEvent};
use crate::hashing::TextMap;
use crate::inbox::command::Expected;
use crate::partition::{Partition, PartitionIdx};
use crate::sequencer::formed::Readings;
use crate::sequencer::shared::Sequencer;
use crate::sequencer::state::State;

/// Where an event is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// In one partition, as part of a run.
    Run(PartitionIdx),
    /// Something moves from one partition to another.
    Cross(PartitionIdx, PartitionIdx),
    Everywhere,
    /// Nowhere: only time passes.
    Advance,
}

/// Conversations that events save which are routed and not executed yet, and where.
pub(super) type Awaited = TextMap<String, PartitionIdx>;

impl Sequencer {
    /// Refuses an event that applying would refuse now, with the same error.
    pub(crate) fn check(&self, state: &State, event: &Event) -> Result<(), Error> {
        if self.queue.is_closed() {
            return Err(self.closed(vec![event.clone()]));
        }
        self.admits(state, event, self.readings(state))
            .map_err(|reason| Error::Refused(Box::new(RefusedEvent::new(0, event.clone(), reason))))
    }

    /// Refuses an event that a frame with these readings would refuse if it came first.
    pub(super) fn admits(&self, state: &State, event: &Event, readings: Readings) -> Result<(), Error> {
        match self.admit(state, &Awaited::default(), event, readings)? {
            // The event as it was written: a known spelling of a label changes how it is shown, and no check reads that.
            Route::Run(partition) => state.check_in(partition, event),
            Route::Cross(from, to) => state.check_across(event, from, to),
            Route::Everywhere => self.check_everywhere(state, event).map(|_| ()),
            Route::Advance => Ok(()),
        }
    }

    /// Routes an event, or refuses it for what only the sequencer sees: the clock, the limits, failed partitions. `readings`
    /// are those of the frame.
    pub(super) fn admit(
        &self,
        state: &State,
        awaited: &Awaited,
        event: &Event,
        readings: Readings,
    ) -> Result<Route, Error> {
        self.check_ahead(event.at, readings.clock)?;
        self.check_room(state, readings.bytes, event)?;
        state.route(awaited, event)
    }

    /// Refuses a definition. Returns the conditions of the rule; 0 for other events.
    pub(super) fn check_everywhere(&self, state: &State, event: &Event) -> Result<usize, Error> {
        state.leading_engine().check(event)?;
        self.check_definition(state, event)
    }
}

impl State {
    /// Where an event is executed, given what was executed before and what is awaited.
    pub(super) fn route(&self, awaited: &Awaited, event: &Event) -> Result<Route, Error> {
        let of = |contact: &ContactId| self.placement.of(contact.as_str());
        let pair = |from: PartitionIdx, to: PartitionIdx| {
            if from == to { Route::Run(to) } else { Route::Cross(from, to) }
        };
        let route = match &event.body {
            EventBody::ContactSaved { contact, .. }
            | EventBody::ContactDeleted { contact }
            | EventBody::Activity { contact, conversation: None } => Route::Run(of(contact)),
            EventBody::ContactMerged { contact, into } => pair(of(contact), of(into)),
            EventBody::ConversationSaved { conversation, contact, .. }
            | EventBody::Activity { contact, conversation: Some(conversation) } => {
                let to = of(contact);
                // A new conversation is created with its contact, so it has nowhere to move from.
                pair(self.find_conversation(awaited, conversation.as_str())?.unwrap_or(to), to)
            }
            EventBody::ConversationDeleted { conversation } => {
                // Any partition refuses a conversation that does not exist, with the same error.
                let found = self.find_conversation(awaited, conversation.as_str())?;
                Route::Run(found.unwrap_or(PartitionIdx::new(0)))
            }
            EventBody::WorkspaceConfigured { .. }
            | EventBody::FieldDefined { .. }
            | EventBody::FieldDeleted { .. }
            | EventBody::SegmentSaved { .. }
            | EventBody::SegmentDeleted { .. } => Route::Everywhere,
            EventBody::Tick => Route::Advance,
        };
        let failure = match route {
            Route::Run(partition) => self.failure_of(partition),
            Route::Cross(from, to) => self.failure_of(from).or_else(|| self.failure_of(to)),
            // A definition is in force if a serving partition has it, so one is enough. A rebuild gives it to the others.
            Route::Everywhere => self.leading_failure(),
            // Time passes for the workspace even if no partition serves; a rebuild catches up.
            Route::Advance => None,
        };
        failure.map_or(Ok(route), Err)
    }

    /// The partition of a conversation; `None` if no partition has it. With a single partition it is always `None`, because the
    /// route is the same.
    fn find_conversation(
        &self,
        awaited: &Awaited,
        conversation: &str,
    ) -> Result<Option<PartitionIdx>, Error> {
        if self.partitions.len() == 1 {
            return Ok(None);
        }
        if let Some(partition) = awaited.get(conversation) {
            return Ok(Some(*partition));
        }
        let has = |partition: &&Partition| {
            partition.failure.is_none() && partition.engine.conversation_owner(conversation).is_some()
        };
        match (self.partitions.iter().find(has), self.first_failure()) {
            // It may be in the failed partition. Creating it elsewhere would leave two of it after a rebuild.
            (None, Some(failure)) => Err(failure),
            (found, _) => Ok(found.map(|partition| partition.index)),
        }
    }

    /// Whether a day begins on the way to an instant. Before the first event there is no current day, so the first event begins one.
    pub(super) fn crosses_date(&self, at: Instant) -> bool {
        self.now.is_none() || self.deadline().is_some_and(|deadline| at >= deadline)
    }

    /// Refuses an event that one partition executes.
    pub(super) fn check_in(&self, partition: PartitionIdx, event: &Event) -> Result<(), Error> {
        Ok(self.partition(partition).serving()?.check(event)?)
    }

    /// Refuses an event that takes something out of one partition and puts it into another.
    pub(super) fn check_across(
        &self,
        event: &Event,
        from: PartitionIdx,
        to: PartitionIdx,
    ) -> Result<(), Error> {
        Ok(check_across(event, self.partition(from).serving()?, self.partition(to).serving()?)?)
    }

    /// Refuses to save or delete a segment that is not as the caller expects.
    pub(super) fn check_expected(&self, event: &Event, expected: Expected) -> Result<(), Error> {
        let (Expected::SavedAt(expected), Some(segment)) = (expected, event.body.segment()) else {
            return Ok(());
        };
        let found = self.segments.find(segment.as_str()).map(|row| row.saved_at);
        if found == expected {
            Ok(())
        } else {
            Err(Error::SegmentChanged { segment: segment.clone(), expected, found })
        }
    }
}
