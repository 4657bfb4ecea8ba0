//! The part of an event that fits a workspace. A host whose own database is authoritative would rather lose a wrong
//! value than the whole event.
//!
//! It knows the definitions but not what a contact holds. Invariant: a value is left out exactly if `check_value`
//! refuses it, so an event whose values all fit stays unchanged.

use std::collections::BTreeSet;
use std::fmt;

use crate::event::value_check::check_value;
use crate::event::{Event, EventBody, Label};
use crate::field::{LABELS, Scope};
use crate::json::Json;
use crate::kind::Kind;
use crate::limits::{self, ContentLimits};
use crate::problem::{ProblemCode, Unfit, ValueProblem};
use crate::rule::definitions::Definitions;
use crate::value::text::TextKey;

/// A value or a label that [`Event::fitting`] left out.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LeftOut {
    /// The value as the event has it.
    pub value: Json,
    /// The field and its kind, what was found and what is accepted, as in the refusal of the whole event.
    pub problem: ValueProblem,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(out)
    }
}

impl Event {
    /// The event without the values and labels that do not fit, and what was left out.
    ///
    /// A value does not fit if its field is unknown or belongs to the other scope, if it has the wrong kind, exceeds a
    /// limit, or names an option that the field does not accept. Everything else stays as it is: an unknown contact, an
    /// id or a rule that is wrong still refuses the event.
    ///
    /// The definitions do not say which options a contact holds. An option that the field no longer accepts is left out
    /// even where the contact holds it, which keeps what is held.
    ///
    /// ```
    /// use enlist_model::{Definitions, Event, FieldDefinition, Instant, Rule};
    ///
    /// struct Fields(Vec<FieldDefinition>);
    ///
    /// impl Definitions for Fields {
    ///     fn field(&self, key: &str) -> Option<&FieldDefinition> {
    ///         self.0.iter().find(|field| field.key.as_str() == key)
    ///     }
    ///     fn field_keys(&self) -> Vec<&str> {
    ///         self.0.iter().map(|field| field.key.as_str()).collect()
    ///     }
    ///     fn segment_rule(&self, _segment: &str) -> Option<&Rule> {
    ///         None
    ///     }
    ///     fn segment_ids(&self) -> Vec<&str> {
    ///         Vec::new()
    ///     }
    /// }
    ///
    /// let definitions = Fields(FieldDefinition::built_in());
    /// let at = Instant::parse("2026-11-23T10:00:00Z").expect("an instant");
    /// let event = Event::contact_saved(at, "ada").set("name", "Ada").set("phone", "none").set("shoe_size", 38).build()?;
    ///
    /// let (fitting, left_out) = event.fitting(&definitions);
    /// assert_eq!(fitting, Event::contact_saved(at, "ada").set("name", "Ada").build()?);
    /// let left_out: Vec<String> = left_out.iter().map(ToString::to_string).collect();
    /// assert_eq!(left_out, [
    ///     r#"`phone` (a phone field): found "none"; accepted: a string with at least one digit"#,
    ///     "`shoe_size`: found an unknown field; accepted: a field that is defined",
    /// ]);
    /// # Ok::<(), enlist_model::Error>(())
    /// ```
    pub fn fitting(&self, definitions: &dyn Definitions) -> (Event, Vec<LeftOut>) {
        let mut left_out = Vec::new();
        let body = match &self.body {
            EventBody::ContactSaved { contact, set, add_labels, remove_labels } => {
                let set = fitting_values(Scope::Contact, set, definitions, &mut left_out);
                // In the order of the members, so the list has the order of the event.
                let add_labels = fitting_labels(add_labels, &mut left_out);
                // Only labels to add count: removing more labels than a contact can have does no harm.
                let add_labels = labels_within_limit(add_labels, &mut left_out);
                let remove_labels = fitting_labels(remove_labels, &mut left_out);
                EventBody::ContactSaved { contact: contact.clone(), set, add_labels, remove_labels }
            }
            EventBody::ConversationSaved { conversation, contact, set } => EventBody::ConversationSaved {
                conversation: conversation.clone(),
                contact: contact.clone(),
                set: fitting_values(Scope::Conversation, set, definitions, &mut left_out),
            },
            EventBody::WorkspaceConfigured { .. }
            | EventBody::FieldDefined { .. }
            | EventBody::FieldDeleted { .. }
            | EventBody::SegmentSaved { .. }
            | EventBody::SegmentDeleted { .. }
            | EventBody::ContactDeleted { .. }
            | EventBody::ContactMerged { .. }
            | EventBody::ConversationDeleted { .. }
            | EventBody::Activity { .. }
            | EventBody::Tick => self.body.clone(),
        };
        (Event { at: self.at, body }, left_out)
    }
}

fn fitting_values(
    scope: Scope,
    set: &[(String, Json)],
    definitions: &dyn Definitions,
    left_out: &mut Vec<LeftOut>,
) -> Vec<(String, Json)> {
    let limits = definitions.limits().at_most(ContentLimits::MAXIMA);
    let fits = |(key, value): &&(String, Json)| match check_value(
        scope,
        key,
        definitions.field(key),
        value,
        |_| false,
        &limits,
    ) {
        Ok(_) => true,
        Err(problem) => {
            left_out.push(LeftOut { value: value.clone(), problem: *problem });
            false
        }
    };
    set.iter().filter(fits).cloned().collect()
}

/// The labels that equal what [`Label::new`] makes of their spelling. Labels that were read or built always do.
fn fitting_labels(labels: &[Label], left_out: &mut Vec<LeftOut>) -> Vec<Label> {
    let fits = |label: &&Label| {
        let fits = Label::new(&label.shown).is_ok_and(|read| read == **label);
        if !fits {
            let found = Json::from(label.shown.as_str()).shown();
            let accepted = "a label: a string that is not blank";
            left_out.push(label_left_out(label, Unfit::new(ProblemCode::WrongValue, found, accepted)));
        }
        fits
    };
    labels.iter().filter(fits).cloned().collect()
}

/// The labels within the limit of one contact. Labels with the same key count once.
fn labels_within_limit(labels: Vec<Label>, left_out: &mut Vec<LeftOut>) -> Vec<Label> {
    let mut keys: BTreeSet<TextKey> = BTreeSet::new();
    let mut within = Vec::with_capacity(labels.len());
    for label in labels {
        if keys.len() == limits::CONTACT_LABELS.most && !keys.contains(&label.key) {
            let accepted = format!("labels within {}", limits::CONTACT_LABELS);
            let unfit = Unfit::new(ProblemCode::TooManyLabels, "one more label", accepted);
            left_out.push(label_left_out(&label, unfit));
        } else {
            keys.insert(label.key.clone());
            within.push(label);
        }
    }
    within
}

fn label_left_out(label: &Label, unfit: Unfit) -> LeftOut {
    let problem = ValueProblem::unfit(LABELS, Kind::Label, unfit);
    LeftOut { value: Json::from(label.shown.as_str()), problem }
}
