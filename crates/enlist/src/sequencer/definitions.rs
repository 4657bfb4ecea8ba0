//! What the sequencer records of an executed definition: rows of the table of segments, shared counts, and history.

use std::sync::Arc;

use enlist_engine::RuleConditions;
use enlist_model::{Event, EventBody, SegmentId};

use crate::partition::SegmentIdx;
use crate::partition::output::TriggerCause;
use crate::publish::published_segment::PublishedSegment;
use crate::revision::Revision;
use crate::sequencer::segments::{Counts, SegmentCount};
use crate::sequencer::state::State;

/// A segment whose shared count begins or ends with a frame.
pub(crate) enum CountChange {
    Saved(SegmentId, Arc<SegmentCount>),
    Deleted(SegmentId, Arc<SegmentCount>),
}

impl CountChange {
    /// Shows it to readers.
    pub(crate) fn publish(self, counts: &mut Counts) {
        match self {
            CountChange::Saved(segment, count) => {
                counts.insert(segment, count);
            }
            CountChange::Deleted(segment, count) => {
                count.delete();
                counts.remove(&segment);
            }
        }
    }
}

/// The cause of the transitions of a definition.
pub(crate) fn cause(event: &Event, number: u64) -> TriggerCause {
    match &event.body {
        EventBody::WorkspaceConfigured { .. } | EventBody::FieldDefined { .. } => {
            TriggerCause::Settings(number)
        }
        EventBody::FieldDeleted { .. }
        | EventBody::SegmentSaved { .. }
        | EventBody::SegmentDeleted { .. }
        | EventBody::ContactSaved { .. }
        | EventBody::ContactDeleted { .. }
        | EventBody::ContactMerged { .. }
        | EventBody::ConversationSaved { .. }
        | EventBody::ConversationDeleted { .. }
        | EventBody::Activity { .. }
        | EventBody::Tick => TriggerCause::Event(number),
    }
}

impl State {
    /// Puts a segment that was saved into the table; returns its shared count.
    pub(crate) fn note_saved(
        &mut self,
        segment: &SegmentId,
        saved_at: Revision,
        condition_count: usize,
    ) -> Option<Arc<SegmentCount>> {
        let order = self.leading_engine().segment_order(segment.as_str()).ok()?;
        let index = SegmentIdx(order.number);
        // A segment that is saved again keeps its history.
        if self.segments.row(index).is_none()
            && let Some(now) = self.now
        {
            let today = self.today();
            self.history.begin(index, now, today);
        }
        let published = PublishedSegment { id: segment.clone(), conditions: self.conditions_of(segment) };
        let row = self.segments.save(index, published, saved_at, condition_count);
        Some(Arc::clone(&row.shared))
    }

    /// The conditions of a segment's rule as each partition's engine numbers them. A failed partition that lacks the segment
    /// reports nothing of it before it is rebuilt, so any numbers serve.
    pub(crate) fn conditions_of(&self, segment: &SegmentId) -> Vec<RuleConditions> {
        let Ok(usual) = self.leading_engine().rule_conditions(segment.as_str()) else { return Vec::new() };
        let engines = self.partitions.iter().map(|partition| &partition.engine);
        engines
            .map(|engine| engine.rule_conditions(segment.as_str()).unwrap_or_else(|_| usual.clone()))
            .collect()
    }
}
