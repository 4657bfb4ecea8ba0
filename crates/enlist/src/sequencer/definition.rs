//! A definition that took effect in some partitions, while others failed over it: kept until all of them have it.
//!
//! A partition that failed may or may not have taken the definition in before it panicked; its engine says which. What always
//! holds: there is one such definition at most, because none is taken while a partition is failed.

use enlist_engine::{Engine, RuleConditions};
use enlist_model::{Event, EventBody, Rule, Setting};

use crate::sequencer::state::{Partition, State};

/// A definition that a failed partition may lack.
#[derive(Clone, Debug)]
pub(crate) struct HalfDefinition {
    pub(crate) event: Event,
}

/// Whether an engine is as a definition would have it.
pub(crate) fn holds(engine: &Engine, event: &Event) -> bool {
    let segment_of = |id: &enlist_model::SegmentId| engine.segments().find(|segment| segment.id() == id);
    match &event.body {
        EventBody::WorkspaceConfigured { time_zone, week_start } => {
            time_zone.as_ref().is_none_or(|name| engine.time_zone().eq_ignore_ascii_case(name))
                && week_start.is_none_or(|week_start| engine.week_start() == week_start)
        }
        EventBody::FieldDefined { field, options, default, .. } => {
            engine.fields().find(|definition| definition.key == *field).is_some_and(|definition| {
                is_set_so(options, definition.options.as_ref())
                    && is_set_so(default, definition.default.as_ref())
            })
        }
        EventBody::FieldDeleted { field } => {
            !engine.fields().any(|definition| definition.key.as_str() == field.as_str())
        }
        EventBody::SegmentSaved { segment, name, rule } => segment_of(segment).is_some_and(|saved| {
            let rule = Rule::check(rule, Some(segment), engine.definitions());
            saved.name() == name.as_str() && rule.is_ok_and(|rule| *saved.rule() == rule)
        }),
        EventBody::SegmentDeleted { segment } => segment_of(segment).is_none(),
        EventBody::ContactSaved { .. }
        | EventBody::ContactDeleted { .. }
        | EventBody::ContactMerged { .. }
        | EventBody::ConversationSaved { .. }
        | EventBody::ConversationDeleted { .. }
        | EventBody::Activity { .. }
        | EventBody::Tick => true,
    }
}

/// Whether part of a field's definition is as a setting would have it.
fn is_set_so<T: PartialEq>(setting: &Setting<T>, found: Option<&T>) -> bool {
    match setting {
        Setting::Keep => true,
        Setting::Remove => found.is_none(),
        Setting::Set(wanted) => found == Some(wanted),
    }
}

/// An engine that serves; where all failed, one that does not, but that has the definitions.
pub(crate) fn leading<'s>(partitions: &'s [Partition], half: Option<&HalfDefinition>) -> &'s Engine {
    let serving = partitions.iter().find(|partition| partition.failure.is_none());
    let has_all = |partition: &&Partition| half.is_some_and(|half| holds(partition.engine(), &half.event));
    serving.or_else(|| partitions.iter().find(has_all)).unwrap_or(&partitions[0]).engine()
}

impl State {
    /// An engine that serves; where all failed, one that does not, but that has the definitions.
    pub(crate) fn leading_engine(&self) -> &Engine {
        leading(&self.partitions, self.half_defined.as_ref())
    }

    /// What the conditions of a segment are called, by partition. One that lacks the segment tells nothing of it before it
    /// is rebuilt, so any names do for it.
    pub(crate) fn conditions_of(&self, segment: &str) -> Vec<RuleConditions> {
        let Ok(usual) = self.leading_engine().rule_conditions(segment) else { return Vec::new() };
        let engines = self.partitions.iter().map(Partition::engine);
        engines.map(|engine| engine.rule_conditions(segment).unwrap_or_else(|_| usual.clone())).collect()
    }
}
