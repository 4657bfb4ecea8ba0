//! Handles of what the engine holds, and events of handles.

use enlist_model::Label;

use crate::engine::{Engine, Sink};
use crate::error::Error;
use crate::handles::typed_event::TypedEvent;
use crate::handles::{ContactHandle, ConversationHandle, FieldHandle, LabelHandle, OptionHandle};

impl Engine {
    /// The handle of a contact. It holds as long as the contact.
    ///
    /// # Errors
    /// [`Error::UnknownContact`].
    pub fn contact_handle(&self, contact: &str) -> Result<ContactHandle, Error> {
        let found = self.facts.contacts.find(contact);
        let no = found.ok_or_else(|| Error::UnknownContact { contact: contact.to_owned() })?;
        Ok(ContactHandle { engine: self.mark, no })
    }

    /// The handle of a conversation. It holds as long as the conversation, also if that moves to another contact.
    ///
    /// # Errors
    /// [`Error::UnknownConversation`].
    pub fn conversation_handle(&self, conversation: &str) -> Result<ConversationHandle, Error> {
        let found = self.facts.conversations.find(conversation);
        let no = found.ok_or_else(|| Error::UnknownConversation { conversation: conversation.to_owned() })?;
        let generation = self.facts.conversations.get(no).generation;
        Ok(ConversationHandle { engine: self.mark, no, generation })
    }

    /// The handle of a field. It holds until the field is deleted.
    ///
    /// # Errors
    /// [`Error::UnknownField`].
    pub fn field_handle(&self, field: &str) -> Result<FieldHandle, Error> {
        let found = self.definitions.find_field(field);
        let no = found.ok_or_else(|| Error::UnknownField { field: field.to_owned() })?;
        Ok(FieldHandle { engine: self.mark, no })
    }

    /// The handle of an option of a select field. It holds as long as the engine; an event is refused while the field does not accept
    /// the option, unless the contact holds it already.
    ///
    /// # Errors
    /// [`Error::ForeignHandle`] and [`Error::DeletedHandle`] of the field; [`Error::Values`] if the field does not accept the option.
    pub fn option_handle(&mut self, field: FieldHandle, option: &str) -> Result<OptionHandle, Error> {
        let no = self.validator().option_for_handle(field, option)?;
        Ok(OptionHandle { engine: self.mark, place: self.handles.place_of_option(no, option) })
    }

    /// The handle of a label, whether or not a contact has it. It holds as long as the engine. A contact gets the label as it was first
    /// spelled here, unless others have it in another spelling.
    ///
    /// # Errors
    /// [`Error::Model`] if the label is blank or too long.
    pub fn label_handle(&mut self, label: &str) -> Result<LabelHandle, Error> {
        let label = Label::new(label)?;
        Ok(LabelHandle { engine: self.mark, place: self.handles.place_of_label(label) })
    }

    /// Applies an event of handles, like [`apply`](Self::apply).
    ///
    /// # Errors
    /// [`Error::ForeignHandle`] and [`Error::DeletedHandle`], and those of the same event of ids. Then nothing has changed.
    pub fn apply_typed(&mut self, event: &TypedEvent, out: &mut dyn Sink) -> Result<(), Error> {
        let change = self.validator().check_typed(event)?;
        let (now, cause) = self.begin_event(event.at, out);
        self.change_facts(change, now, cause, out);
        Ok(())
    }
}
