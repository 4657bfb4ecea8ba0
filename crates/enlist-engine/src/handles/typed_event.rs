//! Events of handles and typed values: the same changes as those of [`Event`](enlist_model::Event), without ids to look up and JSON to
//! read.
//!
//! Only the frequent changes of what exists already have one. Invariant: an event of handles and the event of ids that says the same
//! have the same outcome.

use enlist_model::{Instant, Value};
use smallvec::SmallVec;

use crate::handles::{ContactHandle, ConversationHandle, FieldHandle, LabelHandle, OptionHandle};

/// A change of something that exists, by handles.
///
/// Use it where the same contacts and fields change again and again, and a host can keep their handles. Everything is checked as in an
/// [`Event`](enlist_model::Event): the kind and the limits of a value, its options, the number of labels.
///
/// ```
/// use enlist_engine::{ContactChange, Engine, HashSeed};
/// use enlist_model::{Event, Instant, Value};
///
/// let at = Instant::parse("2026-11-23T10:00:00Z").expect("an instant");
/// let mut engine = Engine::new(HashSeed::new(1));
/// let mut outputs = Vec::new();
/// engine.apply(&Event::contact_saved(at, "ada").build()?, &mut outputs)?;
///
/// let (ada, name, vip) = (engine.contact_handle("ada")?, engine.field_handle("name")?, engine.label_handle("VIP")?);
/// let event = ContactChange::of(ada).set(name, Value::text("Ada Lovelace")).add_label(vip).at(at);
/// engine.apply_typed(&event, &mut outputs)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TypedEvent {
    /// When it happened. An event older than `now` is applied at `now`.
    pub at: Instant,
    /// What changed.
    pub change: TypedChange,
}

/// What a [`TypedEvent`] changes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum TypedChange {
    /// `contact_saved`, of a contact that exists.
    ContactSaved(ContactChange),
    /// `conversation_saved`, of a conversation that exists and stays with its contact.
    ConversationSaved(ConversationChange),
    /// `activity`, of a contact and possibly in one of its conversations.
    Activity(ContactHandle, Option<ConversationHandle>),
}

/// New values and labels of a contact.
#[derive(Clone, Debug, PartialEq)]
pub struct ContactChange {
    pub(crate) contact: ContactHandle,
    pub(crate) set: TypedValues,
    pub(crate) add_labels: SmallVec<[LabelHandle; 1]>,
    pub(crate) remove_labels: SmallVec<[LabelHandle; 1]>,
}

/// New values of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationChange {
    pub(crate) conversation: ConversationHandle,
    pub(crate) set: TypedValues,
}

/// New values by field.
pub(crate) type TypedValues = SmallVec<[(FieldHandle, TypedValue); 1]>;

/// A new value.
#[derive(Clone, Debug, PartialEq)]
pub enum TypedValue {
    /// The field is emptied.
    Empty,
    /// Any value.
    Value(Value),
    /// The value of a select field, whose option need not be searched for.
    Option(OptionHandle),
}

impl From<Value> for TypedValue {
    fn from(value: Value) -> Self {
        TypedValue::Value(value)
    }
}

impl From<Option<Value>> for TypedValue {
    fn from(value: Option<Value>) -> Self {
        value.map_or(TypedValue::Empty, TypedValue::Value)
    }
}

impl From<OptionHandle> for TypedValue {
    fn from(option: OptionHandle) -> Self {
        TypedValue::Option(option)
    }
}

impl ContactChange {
    /// No change of a contact yet.
    pub fn of(contact: ContactHandle) -> Self {
        let (set, add_labels, remove_labels) = Default::default();
        ContactChange { contact, set, add_labels, remove_labels }
    }

    /// Sets or empties a field.
    #[must_use]
    pub fn set(mut self, field: FieldHandle, value: impl Into<TypedValue>) -> Self {
        self.set.push((field, value.into()));
        self
    }

    /// Adds a label. Labels are removed first, then added.
    #[must_use]
    pub fn add_label(mut self, label: LabelHandle) -> Self {
        self.add_labels.push(label);
        self
    }

    /// Removes a label.
    #[must_use]
    pub fn remove_label(mut self, label: LabelHandle) -> Self {
        self.remove_labels.push(label);
        self
    }

    /// The event.
    pub fn at(self, at: Instant) -> TypedEvent {
        TypedEvent { at, change: TypedChange::ContactSaved(self) }
    }
}

impl ConversationChange {
    /// No change of a conversation yet.
    pub fn of(conversation: ConversationHandle) -> Self {
        ConversationChange { conversation, set: TypedValues::new() }
    }

    /// Sets or empties a field.
    #[must_use]
    pub fn set(mut self, field: FieldHandle, value: impl Into<TypedValue>) -> Self {
        self.set.push((field, value.into()));
        self
    }

    /// The event.
    pub fn at(self, at: Instant) -> TypedEvent {
        TypedEvent { at, change: TypedChange::ConversationSaved(self) }
    }
}

impl TypedEvent {
    /// An activity of a contact, possibly in one of its conversations.
    pub fn activity(at: Instant, contact: ContactHandle, conversation: Option<ConversationHandle>) -> Self {
        TypedEvent { at, change: TypedChange::Activity(contact, conversation) }
    }
}
