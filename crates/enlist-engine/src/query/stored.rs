//! A contact's facts as they are stored, read one by one.
//!
//! It is borrowed from the engine, so that a reader of a few values pays for these alone. It knows no rules. Invariant: values are
//! those that were set; a default is not a value.

use enlist_model::{ContactId, ConversationId, FieldKey, Value};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::engine::{ContactDump, Engine};
use crate::error::Error;
use crate::facts::Values;
use crate::ids::{ContactNo, ConversationNo};

/// A contact's facts: its values, its labels, and its conversations with their values.
///
/// serde writes it as `{"contact", "creation", "values", "labels", "conversations"}`, a conversation as
/// `{"conversation", "values"}`, and `values` as an object by field.
#[derive(Clone, Copy)]
pub struct StoredContact<'a> {
    engine: &'a Engine,
    no: ContactNo,
}

/// A conversation's facts.
#[derive(Clone, Copy)]
pub struct StoredConversation<'a> {
    engine: &'a Engine,
    no: ConversationNo,
}

impl std::fmt::Debug for StoredContact<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("StoredContact").field(self.id()).finish()
    }
}

impl std::fmt::Debug for StoredConversation<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("StoredConversation").field(self.id()).finish()
    }
}

impl Engine {
    /// A contact's facts.
    ///
    /// # Errors
    /// [`Error::UnknownContact`].
    pub fn contact(&self, contact: &str) -> Result<StoredContact<'_>, Error> {
        Ok(StoredContact { engine: self, no: self.find_contact(contact)? })
    }

    fn keyed<'a>(
        &'a self,
        values: &'a Values,
        row: usize,
    ) -> impl Iterator<Item = (&'a FieldKey, Value)> + Clone {
        values.row(row).map(|(field, value)| (&self.definitions.field(field).key, value))
    }

    fn stored_value(&self, values: &Values, row: usize, field: &str) -> Option<Value> {
        values.get(row, self.definitions.find_field(field)?)
    }
}

impl<'a> StoredContact<'a> {
    /// Its id.
    pub fn id(&self) -> &'a ContactId {
        &self.engine.facts.contacts.get(self.no).id
    }

    /// Its creation number in the workspace: contacts that were created later have greater ones.
    pub fn creation(&self) -> u64 {
        self.engine.facts.contacts.creation(self.no)
    }

    /// Its value of a field; `None` if empty, or if there is no such field of contacts.
    pub fn value(&self, field: &str) -> Option<Value> {
        let values = &self.engine.facts.contacts.values;
        self.engine.stored_value(values, self.no.index(), field)
    }

    /// Its values, each with its field, the built-in ones first.
    pub fn values(&self) -> impl Iterator<Item = (&'a FieldKey, Value)> + Clone + use<'a> {
        let engine = self.engine;
        engine.keyed(&engine.facts.contacts.values, self.no.index())
    }

    /// Its values as an object by field, for serde.
    pub fn values_by_field(&self) -> impl Serialize + use<'a> {
        ByField(self.values())
    }

    /// Its labels as they are shown, in the order of their keys.
    pub fn labels(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let facts = &self.engine.facts;
        facts.labels.shown_in_order(&facts.contacts.get(self.no).labels)
    }

    /// Its conversations, in the order in which it got them.
    pub fn conversations(&self) -> impl ExactSizeIterator<Item = StoredConversation<'a>> + use<'a> {
        let engine = self.engine;
        let conversations = &engine.facts.contacts.get(self.no).conversations;
        conversations.iter().map(move |no| StoredConversation { engine, no: *no })
    }

    /// A copy of all of it.
    pub fn to_dump(&self) -> ContactDump {
        self.engine.dump_contact(self.no)
    }
}

impl<'a> StoredConversation<'a> {
    /// Its id.
    pub fn id(&self) -> &'a ConversationId {
        &self.engine.facts.conversations.get(self.no).id
    }

    /// Its value of a field; `None` if empty, or if there is no such field of conversations.
    pub fn value(&self, field: &str) -> Option<Value> {
        let values = &self.engine.facts.conversations.values;
        self.engine.stored_value(values, self.no.index(), field)
    }

    /// Its values, each with its field, the built-in ones first.
    pub fn values(&self) -> impl Iterator<Item = (&'a FieldKey, Value)> + Clone + use<'a> {
        let engine = self.engine;
        engine.keyed(&engine.facts.conversations.values, self.no.index())
    }
}

/// Values as an object.
struct ByField<I>(I);

impl<'a, I: Iterator<Item = (&'a FieldKey, Value)> + Clone> Serialize for ByField<I> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(self.0.clone().map(|(field, value)| (field.as_str(), value)))
    }
}

impl Serialize for StoredContact<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(Some(5))?;
        map.serialize_entry("contact", self.id())?;
        map.serialize_entry("creation", &self.creation())?;
        map.serialize_entry("values", &self.values_by_field())?;
        map.serialize_entry("labels", &self.labels().collect::<Vec<_>>())?;
        map.serialize_entry("conversations", &self.conversations().collect::<Vec<_>>())?;
        map.end()
    }
}

impl Serialize for StoredConversation<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(Some(2))?;
        map.serialize_entry("conversation", self.id())?;
        map.serialize_entry("values", &ByField(self.values()))?;
        map.end()
    }
}
