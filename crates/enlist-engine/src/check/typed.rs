//! Checks of events of handles: that a handle is of this engine and names what exists, and everything that is checked of an event of
//! ids. What follows is the same.

use std::borrow::Cow;

use enlist_model::{Label, Scope, Value, ValueProblem, check_typed_value};

use crate::check::Validator;
use crate::error::Error;
use crate::facts::{FactChange, NewValues, Subject, Values};
use crate::handles::typed_event::{ContactChange, ConversationChange, TypedChange, TypedEvent, TypedValue};
use crate::handles::{
    ContactHandle, ConversationHandle, EngineMark, FieldHandle, LabelHandle, NamedOption, OptionHandle,
};
use crate::ids::{ContactNo, ConversationNo, FieldNo};

impl Validator<'_> {
    /// Checks an event of handles.
    pub(crate) fn check_typed(&self, event: &TypedEvent) -> Result<FactChange<'static>, Error> {
        match &event.change {
            TypedChange::ContactSaved(change) => self.contact_change(change),
            TypedChange::ConversationSaved(change) => self.conversation_change(change),
            TypedChange::Activity(contact, conversation) => {
                let contact = self.contact_of(*contact)?;
                let conversation = conversation.map(|handle| self.conversation_of(handle)).transpose()?;
                self.activity_of(event.at, contact, conversation)
            }
        }
    }

    /// Checks an option for which a handle is asked.
    pub(crate) fn option_for_handle(&self, field: FieldHandle, option: &str) -> Result<FieldNo, Error> {
        let no = self.field_of(field)?;
        let definition = self.definitions.field(no);
        let value = Value::Select(option.into());
        let limits = &self.definitions.limits;
        check_typed_value(definition.key.scope(), definition, Some(&value), |_| false, limits)
            .map_err(|problem| Error::Values { problems: vec![*problem] })?;
        Ok(no)
    }

    fn contact_change(&self, change: &ContactChange) -> Result<FactChange<'static>, Error> {
        let no = self.contact_of(change.contact)?;
        let values =
            self.typed_values(&change.set, Scope::Contact, &self.facts.contacts.values, no.index())?;
        let remove_labels = self.labels_of(&change.remove_labels)?;
        let add_labels = self.labels_of(&change.add_labels)?;
        self.label_count(Some(self.facts.contacts.get(no)), &remove_labels, &add_labels)?;
        Ok(FactChange::SaveContact {
            contact: Subject::Existing(no),
            values,
            remove_labels: Cow::Owned(remove_labels),
            add_labels: Cow::Owned(add_labels),
        })
    }

    fn labels_of(&self, handles: &[LabelHandle]) -> Result<Vec<Label>, Error> {
        // Most events have none.
        if handles.is_empty() {
            return Ok(Vec::new());
        }
        handles.iter().map(|handle| self.label_of(*handle).cloned()).collect()
    }

    fn conversation_change(&self, change: &ConversationChange) -> Result<FactChange<'static>, Error> {
        let no = self.conversation_of(change.conversation)?;
        let held = &self.facts.conversations.values;
        let values = self.typed_values(&change.set, Scope::Conversation, held, no.index())?;
        let contact = self.facts.conversations.get(no).contact;
        Ok(FactChange::SaveConversation { conversation: Subject::Existing(no), contact, values })
    }

    fn typed_values(
        &self,
        set: &[(FieldHandle, TypedValue)],
        scope: Scope,
        held: &Values,
        row: usize,
    ) -> Result<NewValues, Error> {
        let mut values = NewValues::new();
        let mut problems = Vec::new();
        for (handle, value) in set {
            let field = self.field_of(*handle)?;
            match self.typed_value(field, value, scope, held, row)? {
                Ok(value) => {
                    // As `null` in an event of ids.
                    if value.is_some() || !self.is_creation(field) {
                        values.push((field, value));
                    }
                }
                Err(problem) => problems.push(*problem),
            }
        }
        if problems.is_empty() { Ok(values) } else { Err(Error::Values { problems }) }
    }

    fn typed_value(
        &self,
        field: FieldNo,
        value: &TypedValue,
        scope: Scope,
        held: &Values,
        row: usize,
    ) -> Result<Result<Option<Value>, Box<ValueProblem>>, Error> {
        let definition = self.definitions.field(field);
        let value = match value {
            TypedValue::Empty => None,
            TypedValue::Value(value) => Some(value.clone()),
            TypedValue::Option(handle) => {
                let named = self.option_of(*handle)?;
                let value = Value::Select(named.option.clone());
                // Most options are accepted, and need no search through the field's list.
                if named.field == field && named.is_accepted && definition.key.scope() == scope {
                    return Ok(Ok(Some(value)));
                }
                Some(value)
            }
        };
        let is_held = |option: &str| super::values::holds_option(held, row, field, option);
        let limits = &self.definitions.limits;
        Ok(check_typed_value(scope, definition, value.as_ref(), is_held, limits).map(|()| value))
    }

    fn label_of(&self, handle: LabelHandle) -> Result<&Label, Error> {
        self.is_mine(handle.engine, "a label")?;
        self.handles.label(handle.place).ok_or_else(|| Error::DeletedHandle { of: "a label" })
    }

    fn option_of(&self, handle: OptionHandle) -> Result<&NamedOption, Error> {
        self.is_mine(handle.engine, "an option")?;
        self.handles.option(handle.place).ok_or_else(|| Error::DeletedHandle { of: "an option" })
    }

    fn is_mine(&self, engine: EngineMark, of: &'static str) -> Result<(), Error> {
        if engine == self.engine { Ok(()) } else { Err(Error::ForeignHandle { of }) }
    }

    fn contact_of(&self, handle: ContactHandle) -> Result<ContactNo, Error> {
        self.is_mine(handle.engine, "a contact")?;
        let living = self.facts.contacts.living(handle.no);
        living.map(|_| handle.no).ok_or_else(|| Error::DeletedHandle { of: "a contact" })
    }

    fn conversation_of(&self, handle: ConversationHandle) -> Result<ConversationNo, Error> {
        self.is_mine(handle.engine, "a conversation")?;
        let living = self.facts.conversations.living(handle.no);
        let same = living.filter(|conversation| conversation.generation == handle.generation);
        same.map(|_| handle.no).ok_or_else(|| Error::DeletedHandle { of: "a conversation" })
    }

    fn field_of(&self, handle: FieldHandle) -> Result<FieldNo, Error> {
        self.is_mine(handle.engine, "a field")?;
        let is_defined = self.definitions.has_field(handle.no);
        is_defined.then_some(handle.no).ok_or_else(|| Error::DeletedHandle { of: "a field" })
    }
}
