//! Where the conditions of a rule are, as JSON Pointers.
//!
//! It does not know what a condition means. Invariant: a checked rule has its conditions where its document has them.

use enlist::model::{Condition, Day, DayRange, Group, Node, Predicate, Today};
use enlist::{ContactCondition, Rule};

use crate::answer::wire::DaysMeant;

/// Where the conditions of a rule are in a document that has it as `rule`, each once, `same_conversation` as a whole.
pub(crate) fn places(rule: &Rule) -> Vec<(ContactCondition, String)> {
    let mut found = Vec::new();
    walk(rule.root(), "#/rule", &mut |condition, pointer| {
        found.push((condition.clone(), pointer.to_owned()));
    });
    found
}

/// What a condition on a field means beside its words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Meaning {
    /// Where it is in the rule, as a JSON Pointer.
    pub pointer: String,
    /// The days that a condition on dates means today.
    pub days: Option<DayRange>,
    /// Whether it also holds where the field is empty.
    pub includes_empty: bool,
}

/// What the conditions on fields of a rule mean today, in the order of the rule.
pub fn meanings(rule: &Rule, today: Today) -> Vec<Meaning> {
    let mut found = Vec::new();
    walk(rule.root(), "", &mut |condition, pointer| match condition {
        ContactCondition::Field(condition) => found.push(meaning(condition, pointer, today)),
        ContactCondition::Segment(_) => {}
        ContactCondition::SameConversation(group) => {
            walk(group, &format!("{pointer}/same_conversation"), &mut |condition, pointer| {
                found.push(meaning(condition, pointer, today));
            });
        }
    });
    found
}

fn meaning(condition: &Condition, pointer: &str, today: Today) -> Meaning {
    let days =
        if let Predicate::Day(window) = &condition.predicate { Some(window.days(today)) } else { None };
    Meaning { pointer: pointer.to_owned(), days, includes_empty: condition.is_negated() }
}

/// The conditions that also hold where the field is empty, by their pointers into a document that has the rule as `rule`.
pub(crate) fn including_empty(meanings: &[Meaning]) -> Vec<String> {
    let including = meanings.iter().filter(|meaning| meaning.includes_empty);
    including.map(|meaning| format!("#/rule{}", meaning.pointer)).collect()
}

/// The days that conditions on dates mean, by their pointers.
pub(crate) fn days(meanings: &[Meaning]) -> Vec<DaysMeant> {
    let shown = |day: Option<Day>| day.map(|day| day.to_string());
    let meant = meanings.iter().filter_map(|meaning| {
        let DayRange { first, last } = meaning.days?;
        let pointer = format!("#/rule{}", meaning.pointer);
        Some(DaysMeant { pointer, from: shown(first), to: shown(last) })
    });
    meant.collect()
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
