//! Contacts as their JSON, written while they are read.
//!
//! A page has many values, and copies of them, made only to be written afterwards, were half of what a page cost. It decides nothing.
//! Invariant: the text has the members of the form that documents it.

use enlist::StoredContact;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A contact of a page.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct ContactRow(Box<RawValue>);

/// A contact with its conversations.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct ContactShown(Box<RawValue>);

impl ContactRow {
    pub(crate) fn of(contact: StoredContact<'_>) -> Self {
        ContactRow(text(&Row(contact)))
    }
}

impl ContactShown {
    pub(crate) fn of(contact: StoredContact<'_>) -> Self {
        ContactShown(text(&contact))
    }
}

fn text(value: &impl Serialize) -> Box<RawValue> {
    // Nothing here has keys that are no strings, which alone cannot be written.
    to_raw_value(value).unwrap_or_default()
}

/// What a page shows of a contact.
struct Row<'a>(StoredContact<'a>);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let Row(contact) = self;
        let mut map = out.serialize_map(Some(3))?;
        map.serialize_entry("contact", contact.id())?;
        map.serialize_entry("values", &contact.values_by_field())?;
        map.serialize_entry("labels", &contact.labels().collect::<Vec<_>>())?;
        map.end()
    }
}

/// Types that are documented by another one, their form.
macro_rules! forms {
    ($($name:ident $form:ident)*) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $form::schema()
            }
        }

        impl ToSchema for $name {
            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                $form::schemas(schemas);
            }
        }
    )*};
}
forms!(ContactRow RowForm ContactShown ContactForm);

/// A contact of a page.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents what is written")]
struct RowForm {
    contact: String,
    values: Values,
    labels: Vec<String>,
}

/// A contact.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents what is written")]
struct ContactForm {
    contact: String,
    /// Its creation number: contacts that were created later have greater ones.
    creation: u64,
    values: Values,
    labels: Vec<String>,
    conversations: Vec<ConversationShown>,
}

/// A conversation of a contact.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents what is written")]
struct ConversationShown {
    conversation: String,
    values: Values,
}

/// Values by the keys of their fields.
struct Values;

impl PartialSchema for Values {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().description(Some("Values by the keys of their fields.")).into()
    }
}
impl ToSchema for Values {}
