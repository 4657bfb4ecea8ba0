//! What the forms of a contact's page send, and what it changes.
//!
//! A form has what each value was when it was drawn, and only what differs from that is saved: a value that was changed elsewhere
//! meanwhile stays. Invariant: a form that is refused changes nothing, and has all that was typed.

use std::collections::{BTreeMap, BTreeSet};

use enlist::{Error, Event, Json, Kind, ValueProblem};

use crate::access::{Edit, Visit};
use crate::pages::contact::refusals::sentence;
use crate::pages::contact::value_input::Editable;

/// The form that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The contact's own values.
    Values,
    Labels,
    /// The values of one conversation.
    Conversation(String),
}

/// What was sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) part: Part,
    /// The button.
    action: String,
    given: BTreeMap<String, Vec<String>>,
}

/// A form that was refused, and why.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) sent: Sent,
    pub(crate) problems: Vec<ValueProblem>,
    /// What is wrong with none of the values in the form.
    pub(crate) sentence: Option<String>,
}

impl Sent {
    /// Reads the pairs of a form.
    pub(crate) fn read(pairs: Vec<(String, String)>) -> Self {
        let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            given.entry(name).or_default().push(value);
        }
        let first =
            |name: &str| given.get(name).and_then(|values| values.first()).cloned().unwrap_or_default();
        let part = if given.contains_key("label") || first("do").starts_with("unlabel:") {
            Part::Labels
        } else if given.contains_key("conversation") {
            Part::Conversation(first("conversation"))
        } else {
            Part::Values
        };
        Sent { part, action: first("do"), given }
    }

    /// Whether to delete the contact.
    pub(crate) fn is_deletion(&self) -> bool {
        self.action == "delete"
    }

    /// What was typed as a new label.
    pub(crate) fn label(&self) -> &str {
        self.given.get("label").and_then(|labels| labels.first()).map_or("", String::as_str)
    }

    /// What was given for a field, without the empty texts that a form sends for nothing; `None` if the form did not have it.
    pub(crate) fn value(&self, key: &str) -> Option<Vec<String>> {
        self.given.contains_key(&format!("was.{key}")).then(|| {
            self.given
                .get(&format!("v.{key}"))
                .into_iter()
                .flatten()
                .filter(|text| !text.is_empty())
                .cloned()
                .collect()
        })
    }

    /// Puts the option that was meant in the place of the one that was given.
    fn take_suggestion(&mut self, fields: &[Editable]) {
        let Some((key, meant)) = self.action.strip_prefix("use:").and_then(|rest| rest.split_once(':'))
        else {
            return;
        };
        let field = fields.iter().find(|field| field.key == key);
        let given = self.given.entry(format!("v.{key}")).or_default();
        match field.filter(|field| field.kind == Kind::MultiSelect) {
            Some(field) => {
                if let Some(unknown) = given.iter_mut().find(|option| !field.accepts(option)) {
                    meant.clone_into(unknown);
                }
            }
            None => *given = vec![meant.to_owned()],
        }
    }

    /// The values that differ from what they were when the form was drawn.
    fn changes(&self, fields: &[Editable]) -> Vec<(String, Json)> {
        let keys = self.given.keys().filter_map(|name| name.strip_prefix("was."));
        let changed = keys.filter_map(|key| {
            let kind = fields.iter().find(|field| field.key == key).map_or(Kind::Text, |field| field.kind);
            let was = self.given.get(&format!("was.{key}"))?;
            let given = self.value(key)?;
            if kind == Kind::MultiSelect {
                let was: BTreeSet<&String> = was.iter().filter(|option| !option.is_empty()).collect();
                let is_same = given.iter().collect::<BTreeSet<_>>() == was;
                let options = given.into_iter().map(Json::Text).collect();
                return (!is_same).then(|| (key.to_owned(), Json::List(options)));
            }
            let given = given.first().map_or("", String::as_str);
            let was = was.first().map_or("", String::as_str);
            // An input has one line, and sends a text of several without their breaks.
            let is_same = on_one_line(given) == on_one_line(was);
            (!is_same).then(|| (key.to_owned(), json(kind, given)))
        });
        changed.collect()
    }

    /// The event for what was sent; `None` if nothing changes.
    fn event(&self, visit: &Visit<Edit>, contact: &str, fields: &[Editable]) -> Result<Option<Event>, Error> {
        let now = visit.workspace.blocking().clock_now();
        let event = match &self.part {
            Part::Labels => {
                let event = Event::contact_saved(now, contact);
                match self.action.strip_prefix("unlabel:") {
                    Some(label) => event.remove_label(label),
                    None => event.add_label(self.label()),
                }
                .build()?
            }
            Part::Values => {
                let changes = self.changes(fields);
                if changes.is_empty() {
                    return Ok(None);
                }
                let event = Event::contact_saved(now, contact);
                changes.into_iter().fold(event, |event, (key, value)| event.set(&key, value)).build()?
            }
            Part::Conversation(id) => {
                let changes = self.changes(fields);
                if changes.is_empty() {
                    return Ok(None);
                }
                let event = Event::conversation_saved(now, id, contact);
                changes.into_iter().fold(event, |event, (key, value)| event.set(&key, value)).build()?
            }
        };
        Ok(Some(event))
    }

    /// Saves what was sent, or says why not. The contact exists, and a conversation is its own.
    pub(crate) async fn save(
        mut self,
        visit: &Visit<Edit>,
        contact: &str,
        fields: &[Editable],
    ) -> Result<(), Box<Refused>> {
        self.take_suggestion(fields);
        let saved = match self.event(visit, contact, fields) {
            Ok(Some(event)) => visit.workspace.apply_event(event).await.map(|_| ()),
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        saved.map_err(|error| Box::new(Refused::new(self, &error, fields)))
    }
}

impl Refused {
    fn new(sent: Sent, error: &Error, fields: &[Editable]) -> Self {
        let has_row = |problem: &ValueProblem| fields.iter().any(|field| field.key == problem.field);
        let (problems, other): (Vec<_>, Vec<_>) = error.value_problems().iter().cloned().partition(has_row);
        let sentence = if problems.is_empty() && other.is_empty() {
            Some(sentence(error))
        } else {
            (!other.is_empty()).then(|| other.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        };
        Refused { sent, problems, sentence }
    }

    /// What is wrong with the value of a field.
    pub(crate) fn problem(&self, key: &str) -> Option<&ValueProblem> {
        self.problems.iter().find(|problem| problem.field == key)
    }
}

fn on_one_line(text: &str) -> String {
    text.replace(['\r', '\n'], "")
}

/// What was typed, as a value of the kind. What does not fit is refused by the engine, which says what does.
fn json(kind: Kind, given: &str) -> Json {
    match (kind, given) {
        (_, "") => Json::Null,
        (Kind::Boolean, "true") => Json::Bool(true),
        (Kind::Boolean, "false") => Json::Bool(false),
        (
            Kind::Text
            | Kind::Phone
            | Kind::Number
            | Kind::Date
            | Kind::Boolean
            | Kind::Select
            | Kind::MultiSelect
            | Kind::Label,
            given,
        ) => Json::from(given),
    }
}
