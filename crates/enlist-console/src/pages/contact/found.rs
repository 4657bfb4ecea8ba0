//! What a contact's page shows, found at one revision.
//!
//! It draws nothing. Invariant: a contact that is not there is no error, so that its page can say so.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use enlist::model::{CONVERSATION_CREATED_AT, Date, Scope, Value};
use enlist::{
    Error, Explanation, Instant, PublishedTransition, StoredContact, StoredConversation, View, Workspace,
};

use crate::pages::contact::value_input::{Editable, Held, is_editable};
use crate::values::shown;
use crate::{moments, words};

/// How many entries and exits are shown.
const LATEST: usize = 20;
/// How many conversations are shown.
const CONVERSATIONS: usize = 20;
/// How many labels that are in use are offered.
const LABELS: usize = 200;

/// What the page shows.
pub(crate) struct Found {
    pub(crate) zone: String,
    pub(crate) now: Instant,
    pub(crate) fields: Vec<Editable>,
    pub(crate) name: String,
    pub(crate) held: BTreeMap<String, Held>,
    /// The fields that Enlist sets itself.
    pub(crate) set_itself: Vec<(String, String)>,
    pub(crate) labels: Vec<String>,
    /// Labels in use, and how many contacts hold each; those of most contacts first.
    pub(crate) in_use: Vec<(String, u64)>,
    /// The newest first.
    pub(crate) conversations: Vec<Conversation>,
    pub(crate) conversation_count: usize,
    /// Every segment's name.
    pub(crate) names: Vec<String>,
    /// For each segment, why the contact is in it or not.
    pub(crate) why: Vec<Explanation>,
    pub(crate) latest: Vec<PublishedTransition>,
}

/// A conversation of the contact.
pub(crate) struct Conversation {
    pub(crate) id: String,
    pub(crate) held: BTreeMap<String, Held>,
    pub(crate) set_itself: Vec<(String, String)>,
}

/// The workspace's time zone, and what is found of the contact.
pub(crate) fn find(workspace: &Workspace, id: &str) -> Result<(String, Option<Found>), Error> {
    let (now, latest) = (workspace.clock_now(), workspace.recent_transitions(id, LATEST));
    workspace.read(|view| {
        let zone = view.time_zone().to_owned();
        let found = view.has_contact(id)?.then(|| found(view, id, now, latest)).transpose()?;
        Ok((zone, found))
    })
}

fn found(view: View<'_>, id: &str, now: Instant, latest: Vec<PublishedTransition>) -> Result<Found, Error> {
    let contact = view.contact(id)?;
    let why = view.segments().map(|segment| view.explain(segment.id().as_str(), id));
    let mut in_use: Vec<(String, u64)> =
        view.labels()?.into_iter().map(|label| (label.shown.as_str().to_owned(), label.count)).collect();
    in_use.sort_by_key(|(_, count)| Reverse(*count));
    in_use.truncate(LABELS);
    Ok(Found {
        zone: view.time_zone().to_owned(),
        now,
        fields: Editable::all(view)?,
        name: contact.value("name").as_ref().map(shown).unwrap_or_default(),
        held: held(view, Scope::Contact, |key| contact.value(key)),
        set_itself: set_itself(view, Scope::Contact, |key| contact.value(key)),
        labels: contact.labels().map(str::to_owned).collect(),
        in_use,
        conversations: conversations(view, contact),
        conversation_count: contact.conversations().len(),
        names: view.segments().map(|segment| segment.name().to_owned()).collect(),
        why: why.collect::<Result<_, Error>>()?,
        latest,
    })
}

fn conversations(view: View<'_>, contact: StoredContact<'_>) -> Vec<Conversation> {
    // By day first: instants and calendar dates have no order with each other within a day.
    let created = |conversation: &StoredConversation<'_>| {
        let Some(Value::Date(date)) = conversation.value(CONVERSATION_CREATED_AT) else { return None };
        let instant = if let Date::Instant(at) = date { Some(at) } else { None };
        Some((date.day(|at| view.day_of(at)), instant))
    };
    // Of several of one day, the one that the contact got last is the newest.
    let mut all: Vec<StoredConversation<'_>> = contact.conversations().collect();
    all.reverse();
    all.sort_by_cached_key(|conversation| Reverse(created(conversation)));
    let newest = all.into_iter().take(CONVERSATIONS).map(|conversation| Conversation {
        id: conversation.id().as_str().to_owned(),
        held: held(view, Scope::Conversation, |key| conversation.value(key)),
        set_itself: set_itself(view, Scope::Conversation, |key| conversation.value(key)),
    });
    newest.collect()
}

fn held(view: View<'_>, scope: Scope, value: impl Fn(&str) -> Option<Value>) -> BTreeMap<String, Held> {
    let fields = view.fields().filter(|field| field.key.scope() == scope);
    fields
        .map(|field| {
            let key = field.key.as_str();
            (key.to_owned(), Held::of(value(key).as_ref(), view))
        })
        .collect()
}

fn set_itself(view: View<'_>, scope: Scope, value: impl Fn(&str) -> Option<Value>) -> Vec<(String, String)> {
    let fields = view.fields().filter(|field| field.key.scope() == scope && !is_editable(field));
    let dated = fields.filter_map(|field| match value(field.key.as_str())? {
        Value::Date(Date::Instant(at)) => Some((field, moments::instant(at, view.time_zone()))),
        Value::Date(Date::Calendar(day)) => Some((field, moments::day(day))),
        other @ (Value::Text(_)
        | Value::Phone(_)
        | Value::Number(_)
        | Value::Boolean(_)
        | Value::Select(_)
        | Value::MultiSelect(_)) => Some((field, shown(&other))),
    });
    dated.map(|(field, text)| (words::field(field.key.as_str()), text)).collect()
}
