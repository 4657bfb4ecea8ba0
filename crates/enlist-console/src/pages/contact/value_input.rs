//! Inputs for the values of a contact or a conversation, by the kinds of their fields.
//!
//! A row of a form has one input and what it held when it was drawn, so that a form changes only what somebody changed. It saves
//! nothing. Invariant: inputs are named `v.` and the key, what they held `was.` and the key.

use enlist::model::{Date, Day, FieldDefinition, Kind, Scope, Value};
use enlist::{Error, Instant, ValueProblem, View};
use maud::{Markup, html};

use crate::builder::offer::options;
use crate::{moments, values, words};

/// How many options that are held elsewhere are offered, where a field takes any option.
const OFFERED: usize = 100;

/// A field whose values people edit.
#[derive(Clone, Debug)]
pub(crate) struct Editable {
    pub(crate) key: String,
    pub(crate) kind: Kind,
    pub(crate) scope: Scope,
    default: Option<bool>,
    /// What can be chosen.
    options: Vec<String>,
    /// Whether other options can be given.
    takes_any: bool,
}

/// What a row of a form shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    /// The value as the input has it: one text, or several options, or none.
    pub(crate) texts: Vec<String>,
    /// A value that is shown more exactly than the input can.
    pub(crate) instant: Option<Instant>,
}

/// Whether people edit a field. Those that Enlist sets itself are only shown, and labels are added and removed.
pub(crate) fn is_editable(field: &FieldDefinition) -> bool {
    !(field.built_in && matches!(field.kind, Kind::Date | Kind::Label))
}

impl Editable {
    /// The fields that people edit.
    pub(crate) fn all(view: View<'_>) -> Result<Vec<Self>, Error> {
        let editable = view.fields().filter(|field| is_editable(field));
        let found = editable.map(|field| {
            let key = field.key.as_str();
            let takes_any = field.options.is_none();
            let mut offered: Vec<String> =
                options(view, key, field.kind)?.into_iter().map(|(option, _)| option).collect();
            if takes_any {
                offered.truncate(OFFERED);
            }
            offered.retain(|option| takes_any || field.takes_option(option));
            Ok(Editable {
                key: key.to_owned(),
                kind: field.kind,
                scope: field.key.scope(),
                default: field.default,
                options: offered,
                takes_any,
            })
        });
        found.collect()
    }

    /// Whether an option can be chosen by everybody.
    pub(crate) fn accepts(&self, option: &str) -> bool {
        self.takes_any || self.options.iter().any(|each| each == option)
    }
}

impl Held {
    /// A stored value. A date is the day that it has in the workspace's time zone.
    pub(crate) fn of(value: Option<&Value>, view: View<'_>) -> Self {
        let Some(value) = value else { return Held::default() };
        let texts = match value {
            Value::Date(date) => vec![date.day(|at| view.day_of(at)).to_string()],
            Value::Boolean(value) => vec![value.to_string()],
            Value::MultiSelect(options) => options.iter().map(str::to_owned).collect(),
            Value::Text(_) | Value::Phone(_) | Value::Number(_) | Value::Select(_) => {
                vec![values::shown(value)]
            }
        };
        let instant = if let Value::Date(Date::Instant(at)) = value { Some(*at) } else { None };
        Held { texts, instant }
    }
}

/// A row of a form, in which ids begin with `form`. `given` is what was sent and refused.
pub(crate) fn row(
    form: &str,
    field: &Editable,
    held: &Held,
    given: Option<&[String]>,
    problem: Option<&ValueProblem>,
    zone: &str,
) -> Markup {
    let id = format!("{form}.{}", field.key);
    let texts = given.unwrap_or(&held.texts);
    let described = problem.map(|_| format!("{id}.problem"));
    html! {
        div.value #{(id) ".row"} {
            @if field.kind == Kind::MultiSelect {
                fieldset aria-describedby=[&described] { legend { (words::field(&field.key)) } (checks(field, texts)) }
            } @else {
                label for=(id) { (words::field(&field.key)) }
                (control(&id, field, texts, described.as_deref()))
            }
            @for was in &held.texts { input type="hidden" name={"was." (field.key)} value=(was); }
            @if held.texts.is_empty() { input type="hidden" name={"was." (field.key)} value=""; }
            @if let Some(at) = held.instant { p.quiet { (moments::instant(at, zone)) } }
            @if let Some(problem) = problem {
                p.problem #{(id) ".problem"} role="alert" {
                    "Found " bdi { (problem.found) } "; accepted: " bdi { (problem.accepted) }
                }
                @if let Some(meant) = &problem.suggestion {
                    button name="do" value={"use:" (field.key) ":" (meant)} { "Use “" bdi { (meant) } "”" }
                }
            }
        }
    }
}

fn control(id: &str, field: &Editable, texts: &[String], described: Option<&str>) -> Markup {
    let value = texts.first().map_or("", String::as_str);
    let name = format!("v.{}", field.key);
    let invalid = described.map(|_| "true");
    let options = || {
        let listed = field.options.iter().map(|option| (option.clone(), option.clone()));
        let empty = std::iter::once((String::new(), "—".to_owned()));
        // One that is not accepted any more may stay.
        let other = (!value.is_empty() && !field.options.iter().any(|option| option == value))
            .then(|| (value.to_owned(), value.to_owned()));
        empty.chain(other).chain(listed).collect::<Vec<_>>()
    };
    let choice = |choices: Vec<(String, String)>| {
        html! {
            select id=(id) name=(name) aria-invalid=[invalid] aria-describedby=[described] {
                @for (each, shown) in &choices { option value=(each) selected[each == value] { (shown) } }
            }
        }
    };
    match field.kind {
        Kind::Select if !field.takes_any => choice(options()),
        Kind::Select => html! {
            input id=(id) name=(name) value=(value) list={(id) ".options"} dir="auto" autocomplete="off" aria-invalid=[invalid] aria-describedby=[described];
            datalist #{(id) ".options"} { @for option in &field.options { option value=(option) {} } }
        },
        Kind::Boolean => {
            let empty = match field.default {
                Some(true) => "— (yes)",
                Some(false) => "— (no)",
                None => "—",
            };
            let mut choices = vec![
                (String::new(), empty.to_owned()),
                ("true".to_owned(), "yes".to_owned()),
                ("false".to_owned(), "no".to_owned()),
            ];
            if choices.iter().all(|(each, _)| each != value) {
                choices.push((value.to_owned(), value.to_owned()));
            }
            choice(choices)
        }
        // What is no day is kept as text: an input for dates would show nothing.
        Kind::Date if value.is_empty() || Day::parse(value).is_some() => html! {
            input id=(id) type="date" name=(name) value=(value) aria-invalid=[invalid] aria-describedby=[described];
        },
        Kind::Text | Kind::Phone | Kind::Number | Kind::Date | Kind::MultiSelect | Kind::Label => {
            let mode = if field.kind == Kind::Number {
                Some("decimal")
            } else {
                (field.kind == Kind::Phone).then_some("tel")
            };
            html! {
                input id=(id) name=(name) value=(value) inputmode=[mode] dir="auto" autocomplete="off" aria-invalid=[invalid] aria-describedby=[described];
            }
        }
    }
}

fn checks(field: &Editable, texts: &[String]) -> Markup {
    let name = format!("v.{}", field.key);
    let others = texts.iter().filter(|text| !text.is_empty() && !field.options.contains(text));
    html! {
        div.checks {
            @for option in field.options.iter().chain(others) {
                label { input type="checkbox" name=(name) value=(option) checked[texts.contains(option)]; " " bdi { (option) } }
            }
            @if field.takes_any { input.short name=(name) aria-label={"Another option of " (words::field(&field.key))} placeholder="Another" autocomplete="off"; }
        }
    }
}
