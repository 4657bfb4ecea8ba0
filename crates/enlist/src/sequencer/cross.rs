//! Events across: something leaves one partition for another, when contacts merge or a conversation changes its contact.
//!
//! Invariant: such an event is executed alone, and is refused before time passes in either partition.

use enlist_engine::apply_across;
use enlist_model::Event;

use crate::error::Error;
use crate::partition::execute::panic_message;
use crate::partition::output::{OutputBuffer, TriggerCause};
use crate::partition::{EventIdx, PartitionIdx};
use crate::sequencer::frame::Frame;

impl Frame<'_> {
    /// Executes an event that takes something out of one partition and puts it into another.
    pub(super) fn cross(
        &mut self,
        index: EventIdx,
        event: &Event,
        from: PartitionIdx,
        to: PartitionIdx,
    ) -> Result<(), Error> {
        self.state.check_across(event, from, to)?;
        if self.state.crosses_date(event.at) {
            self.advance(event.at);
        }
        let now = self.accept(event);
        let (mut from_output, mut to_output) = (OutputBuffer::new(from), OutputBuffer::new(to));
        // On this thread and not as tasks: the two engines must be borrowed together.
        let [leaving, coming] = self
            .state
            .partitions
            .get_disjoint_mut([from.position(), to.position()])
            .expect("a route across has two different partitions");
        let crossed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            leaving.engine.advance(now, &mut from_output);
            coming.engine.advance(now, &mut to_output);
            #[cfg(test)]
            crate::partition::fault::strike_event(event);
            let outputs = (&mut from_output as _, &mut to_output as _);
            apply_across(event, &mut leaving.engine, &mut coming.engine, outputs)
        }));
        match crossed {
            Ok(applied) => applied?,
            Err(panic) => {
                // It is unknown which half was done, so both partitions fail and are rebuilt from their facts.
                let reason = panic_message(panic.as_ref());
                leaving.failure = Some(reason.clone());
                coming.failure = Some(reason.clone());
                self.sequencer.counters.note_failure();
                return Err(Error::PartitionFailed { partition: from.position(), reason });
            }
        }
        let cause = TriggerCause::Event(self.state.event_count);
        let triggers = self.changes.triggers.len();
        self.changes.append_together(vec![from_output.changes, to_output.changes], now, cause);
        self.note_origin(triggers, index);
        Ok(())
    }
}
