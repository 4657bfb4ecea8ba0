//! Handles: what a host may keep in place of an id, a key, a label or an option, so that an event need not look it up. An event of
//! handles is a [`TypedEvent`].
//!
//! A handle is a number and the mark of its engine. It knows neither facts nor definitions; `check` says whether what it names still
//! exists. Invariant: a handle of another engine, or of something deleted, never names something else: numbers of contacts and fields
//! are not used again, and a conversation has its generation.

mod table;
pub(crate) mod typed_event;

use crate::ids::{ContactNo, ConversationNo, FieldNo};
use crate::seeded_map::KeyHasher;

pub(crate) use table::{HandleTable, NamedOption};

/// Tells engines apart. Engines with the same seed have the same mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct EngineMark(u32);

impl EngineMark {
    pub(crate) fn of(hasher: &KeyHasher) -> Self {
        // Of the whole hash, not of the seed: the seed is a secret.
        EngineMark(hasher.hash("the mark of an engine") as u32)
    }
}

/// A contact, from [`Engine::contact_handle`](crate::Engine::contact_handle).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContactHandle {
    pub(crate) engine: EngineMark,
    pub(crate) no: ContactNo,
}

/// A conversation, from [`Engine::conversation_handle`](crate::Engine::conversation_handle).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConversationHandle {
    pub(crate) engine: EngineMark,
    pub(crate) no: ConversationNo,
    /// That of the conversation, because its number is used again.
    pub(crate) generation: u32,
}

/// A field, from [`Engine::field_handle`](crate::Engine::field_handle).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FieldHandle {
    pub(crate) engine: EngineMark,
    pub(crate) no: FieldNo,
}

/// An option of a select field, from [`Engine::option_handle`](crate::Engine::option_handle).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OptionHandle {
    pub(crate) engine: EngineMark,
    /// Its place in the table.
    pub(crate) place: u32,
}

/// A label, from [`Engine::label_handle`](crate::Engine::label_handle).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LabelHandle {
    pub(crate) engine: EngineMark,
    /// Its place in the table.
    pub(crate) place: u32,
}
