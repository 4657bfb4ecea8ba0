//! The rows of a builder as markup: what each offers, what is wrong with it, what it means.
//!
//! It decides nothing. Invariant: inputs are named by the keys of their rows.

use std::collections::BTreeMap;

use enlist::model::{Match, OperandShape, Operator, Scope};
use maud::{Markup, html};

use super::draft::{Condition, Group, Key, MEMBERSHIP, ROOT, Row};
use super::offer::Offer;
use crate::words;

/// What is said under rows.
#[derive(Debug, Default)]
pub(crate) struct Remarks {
    /// What is wrong.
    pub(crate) problems: BTreeMap<Key, Vec<Problem>>,
    /// What a condition means now.
    pub(crate) meanings: BTreeMap<Key, Vec<String>>,
    /// The rows without a value yet.
    pub(crate) unfinished: Vec<Key>,
    /// The row or group to which the cursor goes.
    pub(crate) focus: Option<Key>,
}

/// What is wrong with a row.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) said: String,
    /// The member of the condition.
    pub(crate) member: String,
    /// What was probably meant.
    pub(crate) suggestion: Option<String>,
}

/// Which fields a group's rows offer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Contact,
    Conversation,
}

/// The outermost group.
pub(crate) fn root(group: &Group, offer: &Offer, remarks: &Remarks) -> Markup {
    self::group(group, Within::Contact, offer, remarks)
}

fn group(group: &Group, within: Within, offer: &Offer, remarks: &Remarks) -> Markup {
    let key = group.key;
    html! {
        fieldset.group.conversation[within == Within::Conversation] id={"g" (key)} {
            legend {
                "Match "
                select name={"m" (key)} id={"m" (key)} aria-label="How many must hold" {
                    @for (matching, name) in [(Match::All, "all"), (Match::Any, "any"), (Match::None, "none")] {
                        option value=(name) selected[matching == group.matching] { (name) }
                    }
                }
                " of these"
            }
            @for (at, row) in group.rows.iter().enumerate() {
                div.row id={"r" (row.key())} {
                    (self::row(row, within, offer, remarks))
                    @if group.rows.len() > 1 {
                        button name="do" value={"up:" (row.key())} id={"u" (row.key())} disabled[at == 0] aria-label="Move up" { "↑" }
                        button name="do" value={"down:" (row.key())} id={"d" (row.key())} disabled[at + 1 == group.rows.len()] aria-label="Move down" { "↓" }
                    }
                    button name="do" value={"remove:" (row.key())} id={"x" (row.key())} aria-label="Remove" { "×" }
                }
                (said(row.key(), remarks))
            }
            div.add {
                button name="do" value={"add:" (key)} id={"a" (key)} autofocus[remarks.focus == Some(key)] { "+ Condition" }
                button name="do" value={"group:" (key)} { "+ Group" }
                @if within == Within::Contact {
                    button name="do" value={"same:" (key)} title="One conversation that meets several conditions" { "+ Conversation where…" }
                }
            }
            @if key == ROOT { (said(key, remarks)) }
        }
    }
}

fn row(row: &Row, within: Within, offer: &Offer, remarks: &Remarks) -> Markup {
    match row {
        Row::Condition(condition) => self::condition(condition, within, offer, remarks),
        Row::Group(group) => self::group(group, within, offer, remarks),
        Row::SameConversation(group) => html! {
            div.grow { p.quiet { "One conversation where" } (self::group(group, Within::Conversation, offer, remarks)) }
        },
    }
}

/// What is wrong with a row, or what it means.
fn said(key: Key, remarks: &Remarks) -> Markup {
    html! {
        div.said id={"s" (key)} {
            @for Problem { said, member, suggestion } in remarks.problems.get(&key).into_iter().flatten() {
                p.problem role="alert" {
                    (said)
                    @if let Some(suggestion) = suggestion {
                        " " button name="do" value={"take:" (key) ":" (member) ":" (suggestion)} { "Use " bdi { (suggestion) } }
                    }
                }
            }
            @for meaning in remarks.meanings.get(&key).into_iter().flatten() { p.meaning { (meaning) } }
        }
    }
}

fn condition(condition: &Condition, within: Within, offer: &Offer, remarks: &Remarks) -> Markup {
    let key = condition.key;
    // An operator or a value of one field is no operator or value of another: with another id it is drawn again, not filled again.
    let of_field = format!("{key}-{}", condition.field);
    html! {
        div.condition.unfinished[remarks.unfinished.contains(&key)] {
            (fields(condition, within, offer, remarks.focus == Some(key)))
            @if condition.field == MEMBERSHIP {
                select name={"o" (key)} id={"o" (of_field)} aria-label="Operator" {
                    @for (name, shown) in [("is_member", "contains the contact"), ("is_not_member", "does not contain it")] {
                        option value=(name) selected[name == condition.operator] { (shown) }
                    }
                }
                (choice(condition, "Segment", offer.segments.iter().map(|(id, name)| (id.as_str(), name.clone()))))
            } @else if let Some(field) = offer.field(&condition.field) {
                select name={"o" (key)} id={"o" (of_field)} aria-label="Operator" {
                    @for operator in Operator::of_kind(field.kind) {
                        option value=(operator.name()) selected[operator.name() == condition.operator] { (words::operator(operator)) }
                    }
                }
                (operand(condition, offer))
            }
        }
    }
}

fn fields(condition: &Condition, within: Within, offer: &Offer, has_focus: bool) -> Markup {
    let scopes: &[Scope] = match within {
        Within::Contact => &[Scope::Contact, Scope::Conversation],
        Within::Conversation => &[Scope::Conversation],
    };
    html! {
        select name={"f" (condition.key)} id={"f" (condition.key)} aria-label="Field" autofocus[has_focus] {
            option value="" { "Choose a field" }
            @if !condition.field.is_empty() && condition.field != MEMBERSHIP && offer.field(&condition.field).is_none() {
                option value=(condition.field) selected { (condition.field) }
            }
            @for scope in scopes {
                optgroup label=(words::scope(*scope)) {
                    @for field in offer.fields.iter().filter(|field| field.scope == *scope) {
                        option value=(field.key) selected[field.key == condition.field] { (offer.words(field)) }
                    }
                }
            }
            @if within == Within::Contact && !offer.segments.is_empty() {
                optgroup label="Membership" {
                    option value=(MEMBERSHIP) selected[condition.field == MEMBERSHIP] { "Segment" }
                }
            }
        }
    }
}

/// The input for a condition's value.
fn operand(condition: &Condition, offer: &Offer) -> Markup {
    let Some(shape) = offer.operand(&condition.field, &condition.operator) else { return html! {} };
    let value = condition.values.first().map_or("", String::as_str);
    let name = format!("v{}", condition.key);
    let id = format!("{name}-{}-{shape:?}", condition.field);
    let options = offer.field(&condition.field).map_or(&[][..], |field| &field.options);
    let counted = |held: &[(String, u64)]| {
        held.iter()
            .map(|(each, count)| (each.clone(), format!("{each} · {}", words::number(*count))))
            .collect::<Vec<_>>()
    };
    match shape {
        OperandShape::Nothing => html! {},
        OperandShape::Text => {
            html! { input name=(name) id=(id) autocomplete="off" value=(value) aria-label="Value"; }
        }
        OperandShape::Phone => {
            html! { input name=(name) id=(id) autocomplete="off" value=(value) aria-label="Value" inputmode="tel"; }
        }
        // As text, so that what is no number comes here and is marked at its row.
        OperandShape::Number => {
            html! { input.short name=(name) id=(id) autocomplete="off" value=(value) aria-label="Value" inputmode="decimal"; }
        }
        OperandShape::Day => {
            html! { input type="date" name=(name) id=(id) autocomplete="off" value=(value) aria-label="Date"; }
        }
        OperandShape::DayCount => {
            html! { input.short name=(name) id=(id) autocomplete="off" value=(value) aria-label="Days" inputmode="numeric"; " days" }
        }
        OperandShape::Option => choice(condition, "Option", borrowed(&counted(options))),
        OperandShape::Label => choice(condition, "Label", borrowed(&counted(&offer.labels))),
        OperandShape::Options => html! {
            div.checks id=(id) {
                @for (option, shown) in counted(options) {
                    label { input type="checkbox" name=(name) value=(option) checked[condition.values.contains(&option)]; " " bdi { (shown) } }
                }
                @for other in condition.values.iter().filter(|value| options.iter().all(|(option, _)| option != *value)) {
                    label { input type="checkbox" name=(name) value=(other) checked; " " bdi { (other) } }
                }
            }
        },
    }
}

fn borrowed(held: &[(String, String)]) -> impl Iterator<Item = (&str, String)> {
    held.iter().map(|(value, shown)| (value.as_str(), shown.clone()))
}

/// A list of values of which one is chosen. What is chosen and not in use stays.
fn choice<'a>(condition: &Condition, what: &str, values: impl Iterator<Item = (&'a str, String)>) -> Markup {
    let chosen = condition.values.first().map_or("", String::as_str);
    let values: Vec<(&str, String)> = values.collect();
    html! {
        select name={"v" (condition.key)} id={"v" (condition.key) "-" (condition.field) "-" (what)} aria-label=(what) {
            option value="" { "Choose…" }
            @if !chosen.is_empty() && values.iter().all(|(value, _)| *value != chosen) {
                option value=(chosen) selected { (chosen) }
            }
            @for (value, shown) in &values {
                option value=(value) selected[*value == chosen] { (shown) }
            }
        }
    }
}
