//! The books of a workspace: how much it holds against how much it may, and which segment has which number and count.

use std::sync::Arc;

use enlist_model::{Event, EventBody, Json, SegmentId};

use crate::error::Error;
use crate::revision::Revision;
use crate::sequencer::Sequencer;
use crate::sequencer::segments::SegmentEntry;
use crate::sequencer::state::{SavedSegment, SegmentCount, State};

/// What saving or deleting a segment will change in the books.
#[derive(Clone, Copy)]
pub(crate) struct DefinitionChange {
    conditions: usize,
}

impl Sequencer {
    /// Refuses what makes the workspace grow where it may not.
    pub(crate) fn room_for(&self, state: &State, event: &Event) -> Result<(), Error> {
        let limits = &self.settings.limits;
        let grows = matches!(
            event.body,
            EventBody::ContactSaved { .. }
                | EventBody::ConversationSaved { .. }
                | EventBody::SegmentSaved { .. }
                | EventBody::FieldDefined { .. }
        );
        if grows && limits.bytes().is_exceeded_by(state.bytes) {
            return Err(Error::Limit { found: format!("{} bytes", state.bytes), limit: limits.bytes() });
        }
        if let EventBody::ContactSaved { contact, .. } = &event.body
            && limits.contacts != usize::MAX
        {
            let count = state.contact_count() as usize;
            if count >= limits.contacts && !state.engine_of(contact.as_str())?.has_contact(contact.as_str()) {
                let found = format!("one more contact than {count}");
                return Err(Error::Limit { found, limit: limits.contacts() });
            }
        }
        Ok(())
    }

    /// Refuses one definition too many.
    pub(crate) fn check_definition(&self, state: &State, event: &Event) -> Result<DefinitionChange, Error> {
        let EventBody::SegmentSaved { segment, rule, .. } = &event.body else {
            return Ok(DefinitionChange { conditions: 0 });
        };
        let limits = &self.settings.limits;
        let conditions = leaves(rule);
        let held = state.find_segment(segment).map(|segment| segment.conditions);
        let count = state.condition_count - held.unwrap_or(0) + conditions;
        if limits.conditions().is_exceeded_by(count) {
            let found = format!("{count} conditions in all rules");
            return Err(Error::Limit { found, limit: limits.conditions() });
        }
        if held.is_none() && limits.segments().is_exceeded_by(state.segment_count() + 1) {
            let found = format!("{} segments", state.segment_count() + 1);
            return Err(Error::Limit { found, limit: limits.segments() });
        }
        Ok(DefinitionChange { conditions })
    }

    /// Brings the books up to a definition that was carried out; hands back the number of a segment that was dropped.
    pub(crate) fn note_definition(
        &self,
        state: &mut State,
        event: &Event,
        change: DefinitionChange,
    ) -> Option<u32> {
        match &event.body {
            EventBody::SegmentSaved { segment, .. } => {
                self.note_saved(state, segment, change.conditions);
                None
            }
            EventBody::SegmentDeleted { segment } => {
                let number = state.catalogue.number(segment.as_str())?;
                let saved = state.segments[number as usize].take()?;
                state.condition_count -= saved.conditions;
                saved.cell.drop_segment();
                self.counts.write().remove(segment);
                Some(number)
            }
            _ => None,
        }
    }

    pub(crate) fn note_saved(&self, state: &mut State, segment: &SegmentId, conditions: usize) {
        let Ok(place) = state.leading_engine().segment_order(segment.as_str()) else { return };
        let index = place.number as usize;
        if index >= state.segments.len() {
            state.segments.resize(index + 1, None);
            state.scratch.resize(index + 1, 0);
        }
        let saved_at = Revision(state.revision.0 + 1);
        let held = state.segments[index].take();
        state.condition_count -= held.as_ref().map_or(0, |held| held.conditions);
        state.condition_count += conditions;
        if held.is_none()
            && let Some(now) = state.now
        {
            state.history.begin(place.number, now, state.today);
        }
        let cell = held.map_or_else(|| Arc::new(SegmentCount::default()), |held| held.cell);
        self.counts.write().insert(segment.clone(), Arc::clone(&cell));
        state.segments[index] = Some(SavedSegment { saved_at, conditions, cell });
        let conditions = state.conditions_of(segment.as_str());
        let entry = SegmentEntry { segment: segment.clone(), conditions };
        Arc::make_mut(&mut state.catalogue).put(place.number, entry);
    }
}

impl State {
    pub(crate) fn find_segment(&self, segment: &SegmentId) -> Option<&SavedSegment> {
        let number = self.catalogue.number(segment.as_str())?;
        self.segments[number as usize].as_ref()
    }
}

/// The conditions of a rule, its `same_conversation` groups' own included.
pub(crate) fn leaves(rule: &Json) -> usize {
    let Json::Object(members) = rule else { return 0 };
    let is_leaf = members.iter().any(|(key, _)| key == "operator");
    let inner = members.iter().map(|(_, value)| match value {
        Json::List(nodes) if !is_leaf => nodes.iter().map(leaves).sum(),
        Json::Object(_) if !is_leaf => leaves(value),
        _ => 0,
    });
    usize::from(is_leaf) + inner.sum::<usize>()
}
