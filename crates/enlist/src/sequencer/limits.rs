//! The host's limits: refuses events that would exceed one.
//!
//! They are checked here and not in the engines, because only the sequencer sees all partitions.

use std::time::Duration;

use enlist_model::{Event, EventBody, Instant, Rule};

use crate::error::Error;
use crate::sequencer::shared::Sequencer;
use crate::sequencer::state::State;

impl Sequencer {
    /// Refuses an instant too far ahead of the clock. `clock` is the reading of the clock when the frame was formed, so that
    /// executing the same frame again has the same outcome.
    pub(crate) fn check_ahead(&self, at: Instant, clock: Instant) -> Result<(), Error> {
        check_ahead(at, clock, self.settings.limits.ahead)
    }

    /// Refuses an event that makes the workspace grow beyond a limit. `bytes` is the estimate of memory when the frame was formed.
    pub(crate) fn check_room(&self, state: &State, bytes: usize, event: &Event) -> Result<(), Error> {
        let limits = &self.settings.limits;
        if grows(&event.body) && limits.bytes().is_exceeded_by(bytes) {
            return Err(Error::Limit { found: format!("{bytes} bytes"), limit: limits.bytes() });
        }
        if let EventBody::ContactSaved { contact, .. } = &event.body
            && limits.contacts != usize::MAX
        {
            // The count of executed events only: the frame executes events one by one when it comes near this limit.
            let count = state.contact_count() as usize;
            if count >= limits.contacts && !state.engine_of(contact.as_str())?.has_contact(contact.as_str()) {
                let found = format!("one more contact than {count}");
                return Err(Error::Limit { found, limit: limits.contacts() });
            }
        }
        Ok(())
    }

    /// Refuses a segment that exceeds the number of segments or conditions. Returns the conditions of the rule; 0 for other
    /// events.
    pub(crate) fn check_definition(&self, state: &State, event: &Event) -> Result<usize, Error> {
        let EventBody::SegmentSaved { segment, rule, .. } = &event.body else { return Ok(0) };
        let limits = &self.settings.limits;
        let rule = Rule::check(rule, Some(segment), state.leading_engine().definitions())
            .map_err(enlist_engine::Error::from)?;
        let condition_count = rule.leaf_count();
        // A segment that is saved again frees its old conditions.
        let held = state.segments.find(segment.as_str()).map(|row| row.condition_count);
        let count = state.segments.condition_count() - held.unwrap_or(0) + condition_count;
        if limits.conditions().is_exceeded_by(count) {
            let found = format!("{count} conditions in all rules");
            return Err(Error::Limit { found, limit: limits.conditions() });
        }
        let segments = state.segments.len() + 1;
        if held.is_none() && limits.segments().is_exceeded_by(segments) {
            return Err(Error::Limit { found: format!("{segments} segments"), limit: limits.segments() });
        }
        Ok(condition_count)
    }
}

/// Refuses an instant that lies further ahead of the clock than allowed; `None` allows any.
pub(crate) fn check_ahead(at: Instant, clock: Instant, most: Option<Duration>) -> Result<(), Error> {
    let Some(most) = most else { return Ok(()) };
    let most_milliseconds = i64::try_from(most.as_millis()).unwrap_or(i64::MAX);
    if at.milliseconds().saturating_sub(clock.milliseconds()) > most_milliseconds {
        return Err(Error::Ahead { at, clock, most });
    }
    Ok(())
}

/// Whether an event can make a workspace larger.
fn grows(body: &EventBody) -> bool {
    match body {
        EventBody::ContactSaved { .. }
        | EventBody::ConversationSaved { .. }
        | EventBody::SegmentSaved { .. }
        | EventBody::FieldDefined { .. } => true,
        EventBody::WorkspaceConfigured { .. }
        | EventBody::FieldDeleted { .. }
        | EventBody::SegmentDeleted { .. }
        | EventBody::ContactDeleted { .. }
        | EventBody::ContactMerged { .. }
        | EventBody::ConversationDeleted { .. }
        | EventBody::Activity { .. }
        | EventBody::Tick => false,
    }
}
