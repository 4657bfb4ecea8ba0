//! From the changed facts of a contact to the conditions that flipped.
//!
//! For the contact's own fields the index names them exactly. For conversations the index names what flipped for
//! the one conversation that changed. Whether that flips the condition for the contact depends on its other
//! conversations, which are only read where the last one that met the condition may be gone.

use std::collections::BTreeSet;

use enlist_model::{Comparable, Scope};

use crate::conditions::condition::Condition;
use crate::conditions::truths::{Flipped, RowChange, Truths};
use crate::evaluator::Evaluator;
use crate::facts::{ContactAge, ConversationDelta, Delta, OldValues, RowValues};
use crate::ids::{ConditionNo, ContactNo, ConversationNo, FieldNo};
use crate::index::Index;

/// Collects the conditions that a contact's changed facts flip. The contact's truth bits are read, not written.
pub(crate) fn of_delta(
    delta: &Delta,
    evaluator: &Evaluator<'_>,
    index: &mut Index,
    truths: &Truths,
    flipped: &mut Flipped,
) {
    flipped.clear(truths.width());
    of_fields(delta, evaluator, index, flipped);
    of_labels(delta, evaluator, index, flipped);
    let row = truths.row(delta.contact);
    for conversation in &delta.conversations {
        for (condition, witness) in touched_by(conversation, evaluator, index) {
            // If this conversation meets the condition, the others need not be read.
            let truth = witness || evaluator.holds(delta.contact, condition);
            if RowChange::new(row, flipped).holds(condition) != truth {
                flipped.push(condition);
            }
        }
    }
}

/// Evaluates conditions for a contact again and collects those that flipped.
pub(crate) fn of_conditions(
    contact: ContactNo,
    conditions: &[ConditionNo],
    evaluator: &Evaluator<'_>,
    truths: &Truths,
    flipped: &mut Flipped,
) {
    flipped.clear(truths.width());
    for condition in conditions {
        let truth = evaluator.holds(contact, *condition);
        if RowChange::new(truths.row(contact), flipped).holds(*condition) != truth {
            flipped.push(*condition);
        }
    }
}

/// Collects the conditions on the contact's own fields. For a contact that did not exist before, every old value is
/// empty, even where the field has a default.
fn of_fields(delta: &Delta, evaluator: &Evaluator<'_>, index: &mut Index, flipped: &mut Flipped) {
    let new = |field| evaluator.of_contact(delta.contact, field);
    // Fields with a default are included although no value was set: their value changes from "did not exist" to
    // the default.
    if delta.age == ContactAge::New {
        let fields = with_defaults(&delta.values, Scope::Contact, evaluator);
        for field in fields {
            if let Some(index) = index.field(field) {
                index.flips(Comparable::Empty, new(field), evaluator.today, flipped);
            }
        }
        return;
    }
    of_changed(&delta.values, new, evaluator, index, flipped);
}

/// The fields among `values`, and the fields of the scope that have a default.
fn with_defaults<T>(values: &[(FieldNo, T)], scope: Scope, evaluator: &Evaluator<'_>) -> BTreeSet<FieldNo> {
    let given = values.iter().map(|(field, _)| *field);
    given.chain(evaluator.definitions.fields_with_default(scope)).collect()
}

/// Collects the conditions that flip when a conversation's values appear or disappear as a whole. Both are compared
/// with empty values, which flips the same conditions in either direction.
fn of_whole(
    values: &RowValues,
    evaluator: &Evaluator<'_>,
    index: &mut Index,
    flipped: &mut impl Extend<ConditionNo>,
) {
    for field in with_defaults(values, Scope::Conversation, evaluator) {
        if let Some(index) = index.field(field) {
            let value = values.iter().find(|(each, _)| *each == field).map(|(_, value)| value);
            let value = evaluator.comparable(field, value);
            index.flips(Comparable::Empty, value, evaluator.today, flipped);
        }
    }
}

/// Collects the conditions that flip when some values changed. `olds` has the values before.
fn of_changed<'a>(
    olds: &OldValues,
    new: impl Fn(FieldNo) -> Comparable<'a>,
    evaluator: &Evaluator<'_>,
    index: &mut Index,
    flipped: &mut impl Extend<ConditionNo>,
) {
    for (field, old) in olds {
        if let Some(index) = index.field(*field) {
            let old = evaluator.comparable(*field, old.as_ref());
            index.flips(old, new(*field), evaluator.today, flipped);
        }
    }
}

fn of_labels(delta: &Delta, evaluator: &Evaluator<'_>, index: &Index, flipped: &mut Flipped) {
    if delta.labels_added.is_empty() && delta.labels_removed.is_empty() {
        return;
    }
    let changed = delta.labels_added.iter().chain(&delta.labels_removed);
    flipped.extend(changed.filter_map(|label| index.labels.has(evaluator.facts.labels.key(*label))));
    let count = evaluator.facts.contacts.get(delta.contact).labels.len();
    let count_before = count + delta.labels_removed.len() - delta.labels_added.len();
    if (count == 0) != (count_before == 0) {
        flipped.extend(index.labels.has_any());
    }
}

/// The conditions that a changed conversation may flip for its contact, each with whether the conversation meets it
/// now.
fn touched_by(
    delta: &ConversationDelta,
    evaluator: &Evaluator<'_>,
    index: &mut Index,
) -> Vec<(ConditionNo, bool)> {
    let mut flipped = Vec::new();
    match delta {
        ConversationDelta::Came(no) => {
            let values = evaluator.facts.conversations.values.row(no.index()).collect();
            of_whole(&values, evaluator, index, &mut flipped);
        }
        ConversationDelta::Went(values) => {
            of_whole(values, evaluator, index, &mut flipped);
        }
        ConversationDelta::Changed(no, olds) => {
            let new = |field| evaluator.of_conversation(*no, field);
            of_changed(olds, new, evaluator, index, &mut flipped);
        }
    }
    with_groups(delta, flipped, evaluator)
}

/// Adds the `same_conversation` conditions that test what flipped, or all of them if the conversation appeared or
/// disappeared.
fn with_groups(
    delta: &ConversationDelta,
    flipped: Vec<ConditionNo>,
    evaluator: &Evaluator<'_>,
) -> Vec<(ConditionNo, bool)> {
    let conditions = evaluator.conditions;
    let (present, groups): (Option<ConversationNo>, BTreeSet<ConditionNo>) = match delta {
        ConversationDelta::Changed(no, _) => (
            Some(*no),
            flipped.iter().flat_map(|each| conditions.get(*each).groups.iter().copied()).collect(),
        ),
        ConversationDelta::Came(no) => (Some(*no), conditions.same_conversation().collect()),
        ConversationDelta::Went(_) => (None, conditions.same_conversation().collect()),
    };
    let is_witness = |condition: ConditionNo| {
        present.is_some_and(|no| match &conditions.get(condition).condition {
            Condition::SomeConversation { field, predicate } => {
                evaluator.conversation_meets(no, *field, predicate)
            }
            Condition::SameConversation(group) => evaluator.conversation_meets_group(no, group),
            Condition::Field { .. } | Condition::Member(_) => false,
        })
    };
    flipped.into_iter().chain(groups).map(|condition| (condition, is_witness(condition))).collect()
}
