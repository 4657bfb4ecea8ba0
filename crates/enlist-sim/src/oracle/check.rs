//! What the oracle refuses. Everything accepted here is applied completely.
//!
//! It reads neither `now` nor any membership, so whether an event is refused does not depend on when it comes.

use enlist_model::limits::ContentLimits;
use enlist_model::{
    CONVERSATION_CREATED_AT, CREATED_AT, ContactId, ConversationId, Event, EventBody, FieldDefinition,
    FieldKey, Json, Kind, LABELS, Rule, Scope, Setting, Value, limits, named_options,
};

use super::calendar::Zone;
use super::facts::{Contact, Values};
use super::state::{Checked, State};

/// Checks an event, and returns what was read from it.
pub(crate) fn check(state: &State, event: &Event) -> Result<Checked, String> {
    let mut checked = Checked::default();
    match &event.body {
        EventBody::WorkspaceConfigured { time_zone, .. } => {
            if let Some(name) = time_zone {
                checked.zone = Some(Zone::named(name).ok_or_else(|| format!("unknown time zone {name:?}"))?);
            }
        }
        EventBody::FieldDefined { field, kind, options, default } => {
            field_defined(state, field, *kind, options, default)?;
            if let Setting::Set(options) = options {
                let count = options.len();
                let limit = state.definitions.limits.list_values();
                refuse_if(limit.is_exceeded_by(count), || "too many options".to_owned())?;
            }
        }
        EventBody::FieldDeleted { field } => field_deleted(state, field)?,
        EventBody::SegmentSaved { segment, name, rule } => {
            refuse_if(name.trim().is_empty(), || "a blank segment name".to_owned())?;
            let rule =
                Rule::check(rule, Some(segment), &state.definitions).map_err(|error| error.to_string())?;
            checked.rule = Some(rule);
        }
        EventBody::SegmentDeleted { segment } => {
            let segment = state.definitions.segment(segment).ok_or("unknown segment")?;
            let users = state.definitions.referring_to(&segment.id);
            refuse_if(!users.is_empty(), || format!("segments refer to it: {users:?}"))?;
        }
        EventBody::ContactSaved { contact, set, add_labels, remove_labels } => {
            let held = state.facts.contact(contact);
            checked.values = values(state, Scope::Contact, set, held.map(|contact| &contact.values))?;
            let mut labels = held.map(|contact| contact.labels.0.clone()).unwrap_or_default();
            labels.retain(|key, _| !remove_labels.iter().any(|label| label.key == *key));
            labels.extend(add_labels.iter().map(|label| (label.key.clone(), label.shown.clone())));
            refuse_if(limits::CONTACT_LABELS.is_exceeded_by(labels.len()), || "too many labels".to_owned())?;
        }
        EventBody::ContactDeleted { contact } => {
            known(state, contact)?;
        }
        EventBody::ContactMerged { contact, into } => merged(state, contact, into)?,
        EventBody::ConversationSaved { conversation, contact, set } => {
            checked.values = conversation_saved(state, conversation, contact, set)?;
        }
        EventBody::ConversationDeleted { conversation } => {
            state.facts.owner(conversation).ok_or("unknown conversation")?;
        }
        EventBody::Activity { contact, conversation } => {
            known(state, contact)?;
            if let Some(conversation) = conversation {
                let owner = state.facts.owner(conversation).ok_or("unknown conversation")?;
                refuse_if(owner != contact, || "another contact's conversation".to_owned())?;
            }
        }
        EventBody::Tick => {}
    }
    Ok(checked)
}

fn refuse_if(wrong: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if wrong { Err(why()) } else { Ok(()) }
}

fn known<'a>(state: &'a State, contact: &ContactId) -> Result<&'a Contact, String> {
    state.facts.contact(contact).ok_or_else(|| format!("unknown contact {contact:?}"))
}

fn field_defined(
    state: &State,
    key: &FieldKey,
    kind: Kind,
    options: &Setting<Vec<enlist_model::ShortText>>,
    default: &Setting<bool>,
) -> Result<(), String> {
    if let Some(field) = state.definitions.fields.get(key) {
        refuse_if(field.built_in, || format!("{key} is built in"))?;
        refuse_if(field.kind != kind, || format!("{key} is of kind {}", field.kind))?;
    }
    refuse_if(!Kind::DEFINABLE.contains(&kind), || format!("no field of kind {kind} can be defined"))?;
    refuse_if(matches!(default, Setting::Set(_)) && kind != Kind::Boolean, || {
        format!("a default on a {kind}")
    })?;
    let Setting::Set(options) = options else { return Ok(()) };
    refuse_if(!kind.has_options(), || format!("options on a {kind}"))?;
    refuse_if(options.is_empty(), || "an empty list of options".to_owned())?;
    for (segment, condition) in state.definitions.conditions_on(key.as_str()) {
        for option in named_options(&condition.predicate) {
            refuse_if(!options.iter().any(|kept| kept == option), || {
                format!("the option {option:?} is named by segment {:?}", segment.id)
            })?;
        }
    }
    Ok(())
}

fn field_deleted(state: &State, key: &str) -> Result<(), String> {
    let field = state.definitions.fields.get(key).ok_or_else(|| format!("unknown field {key:?}"))?;
    refuse_if(field.built_in, || format!("{key} is built in"))?;
    match state.definitions.conditions_on(key).next() {
        Some((segment, _)) => Err(format!("{key} is used by segment {:?}", segment.id)),
        None => Ok(()),
    }
}

fn merged(state: &State, contact: &ContactId, into: &ContactId) -> Result<(), String> {
    let (other, stays) = (known(state, contact)?, known(state, into)?);
    refuse_if(contact == into, || "a merge into itself".to_owned())?;
    let more_labels = other.labels.0.keys().filter(|key| !stays.labels.0.contains_key(*key)).count();
    let labels = stays.labels.0.len() + more_labels;
    refuse_if(limits::CONTACT_LABELS.is_exceeded_by(labels), || "too many labels".to_owned())?;
    let conversations = stays.conversations.len() + other.conversations.len();
    let limit = limits::CONTACT_CONVERSATIONS;
    refuse_if(limit.is_exceeded_by(conversations), || "too many conversations".to_owned())
}

fn conversation_saved(
    state: &State,
    conversation: &ConversationId,
    contact: &ContactId,
    set: &[(String, Json)],
) -> Result<Vec<(FieldKey, Option<Value>)>, String> {
    let owner = known(state, contact)?;
    let is_one_more = !owner.conversations.contains_key(conversation);
    let count = owner.conversations.len() + usize::from(is_one_more);
    refuse_if(limits::CONTACT_CONVERSATIONS.is_exceeded_by(count), || "too many conversations".to_owned())?;
    values(state, Scope::Conversation, set, state.facts.conversation(conversation))
}

/// Reads the values of `set`, or names every value that does not fit.
fn values(
    state: &State,
    scope: Scope,
    set: &[(String, Json)],
    held: Option<&Values>,
) -> Result<Vec<(FieldKey, Option<Value>)>, String> {
    let mut values = Vec::new();
    let mut problems = Vec::new();
    for (key, json) in set {
        let field = match state.definitions.fields.get(key.as_str()) {
            Some(field) if field.key.scope() == scope && key != LABELS => field,
            _ => {
                problems.push(format!("{key:?} is no field that can be set here"));
                continue;
            }
        };
        match value(field, json, held, &state.definitions.limits) {
            // An emptied `created_at` is read as not given.
            Ok(None) if key == CREATED_AT || key == CONVERSATION_CREATED_AT => {}
            Ok(value) => values.push((field.key.clone(), value)),
            Err(problem) => problems.push(format!("{key}: {problem}")),
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(problems.join("; ")) }
}

/// Reads one value; an option must be defined or held already.
fn value(
    field: &FieldDefinition,
    json: &Json,
    held: Option<&Values>,
    limits: &ContentLimits,
) -> Result<Option<Value>, String> {
    let value = Value::read_within(field.kind, json, limits).map_err(|unfit| format!("{unfit:?}"))?;
    let options = value.as_ref().map(options_of).unwrap_or_default();
    let held = held.and_then(|held| held.get(&field.key)).map(options_of).unwrap_or_default();
    match options.into_iter().find(|option| !field.takes_option(option) && !held.contains(option)) {
        Some(option) => Err(format!("the unknown option {option:?}")),
        None => Ok(value),
    }
}

fn options_of(value: &Value) -> Vec<&str> {
    match value {
        Value::Select(option) => vec![option],
        Value::MultiSelect(options) => options.iter().collect(),
        Value::Text(_) | Value::Phone(_) | Value::Number(_) | Value::Date(_) | Value::Boolean(_) => {
            Vec::new()
        }
    }
}
