//! Where the conditions of a rule are, as JSON Pointers.
//!
//! It does not know what a condition means. Invariant: a checked rule has its conditions where its document has them.

use enlist::model::{Condition, Day, DayRange, Group, Node, Predicate, Today};
use enlist::{ContactCondition, Rule};

use crate::wire::DaysMeant;

/// Where the conditions of a rule are in a document that has it as `rule`, each once, `same_conversation` as a whole.
pub(crate) fn places(rule: &Rule) -> Vec<(ContactCondition, String)> {
    let mut found = Vec::new();
    walk(rule.root(), "#/rule", &mut |condition, pointer| {
        found.push((condition.clone(), pointer.to_owned()));
    });
    found
}

/// The conditions that also hold where the field is empty, by their pointers.
pub(crate) fn including_empty(rule: &Rule) -> Vec<String> {
    let mut found = Vec::new();
    walk(rule.root(), "#/rule", &mut |condition, pointer| match condition {
        ContactCondition::Field(condition) => note(&mut found, condition, pointer),
        ContactCondition::Segment(_) => {}
        ContactCondition::SameConversation(group) => {
            walk(group, &format!("{pointer}/same_conversation"), &mut |condition, pointer| {
                note(&mut found, condition, pointer);
            });
        }
    });
    found
}

/// The days that conditions on dates mean today, by their pointers.
pub(crate) fn days(rule: &Rule, today: Today) -> Vec<DaysMeant> {
    let mut found = Vec::new();
    walk(rule.root(), "#/rule", &mut |condition, pointer| match condition {
        ContactCondition::Field(condition) => found.extend(days_of(condition, pointer, today)),
        ContactCondition::Segment(_) => {}
        ContactCondition::SameConversation(group) => {
            walk(group, &format!("{pointer}/same_conversation"), &mut |condition, pointer| {
                found.extend(days_of(condition, pointer, today));
            });
        }
    });
    found
}

fn days_of(condition: &Condition, pointer: &str, today: Today) -> Option<DaysMeant> {
    let Predicate::Day(window) = &condition.predicate else { return None };
    let DayRange { first, last } = window.days(today);
    let shown = |day: Option<Day>| day.map(|day| day.to_string());
    Some(DaysMeant { pointer: pointer.to_owned(), from: shown(first), to: shown(last) })
}

fn note(found: &mut Vec<String>, condition: &Condition, pointer: &str) {
    if condition.is_negated() {
        found.push(pointer.to_owned());
    }
}

/// Calls `visit` with each condition of a group and its pointer.
fn walk<C>(group: &Group<C>, pointer: &str, visit: &mut dyn FnMut(&C, &str)) {
    for (index, node) in group.nodes.iter().enumerate() {
        let pointer = format!("{pointer}/conditions/{index}");
        match node {
            Node::Condition(condition) => visit(condition, &pointer),
            Node::Group(group) => walk(group, &pointer, visit),
        }
    }
}
