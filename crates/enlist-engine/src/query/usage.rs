//! Which labels and options are in use, and by how many.
//!
//! The numbers are kept with the facts, so no contact is visited. It knows no other partition: a workspace with several adds them up.

use enlist_model::{Scope, ShortText};

use crate::engine::Engine;
use crate::error::Error;
use crate::facts::Column;

impl Engine {
    /// The labels that contacts hold: the key of each, how it is shown, and by how many contacts, in no particular order.
    pub fn labels_in_use(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        self.facts.labels.holders()
    }

    /// The options that are held in a field of contacts, or of conversations, and by how many of them, in order of their bytes.
    ///
    /// # Errors
    /// [`Error::UnknownField`]; [`Error::FieldPart`] if the field is of a kind without options.
    pub fn options_in_use(&self, field: &str) -> Result<Vec<(ShortText, u64)>, Error> {
        let unknown = || Error::UnknownField { field: field.to_owned() };
        let no = self.definitions.find_field(field).ok_or_else(unknown)?;
        let definition = self.definitions.field(no);
        if !definition.kind.has_options() {
            let field = definition.key.clone();
            return Err(Error::FieldPart { field, kind: definition.kind, part: "options" });
        }
        let values = match definition.key.scope() {
            Scope::Contact => &self.facts.contacts.values,
            Scope::Conversation => &self.facts.conversations.values,
        };
        Ok(values.column(no).map(Column::options_in_use).unwrap_or_default())
    }
}
