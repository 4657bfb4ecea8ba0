//! Keeps `deadlines` in step with the facts.

use enlist_model::{Day, Scope, Value};

use crate::calendar::Calendar;
use crate::engine::Engine;
use crate::facts::{ConversationDelta, DeletedContact, Delta, Facts, RowValues};
use crate::ids::{ContactNo, FieldNo};

impl Engine {
    /// Moves a contact from the days that its dates fell on to those they fall on now.
    pub(super) fn note_deadlines(&mut self, delta: &Delta) {
        for (field, old) in &delta.values {
            if self.deadlines.keeps(*field) {
                let new = self.day(self.facts.contacts.value(delta.contact, *field).as_ref());
                self.move_deadline(*field, delta.contact, self.day(old.as_ref()), new);
            }
        }
        for conversation in &delta.conversations {
            for (field, old, new) in self.conversation_days(conversation) {
                // Another conversation of the contact may still fall on that day.
                let stays = old.is_some_and(|old| self.conversation_falls_on(delta.contact, field, old));
                self.move_deadline(field, delta.contact, old.filter(|_| !stays), new);
            }
        }
    }

    /// Removes a deleted contact from all its days.
    pub(super) fn forget_deadlines(&mut self, deleted: &DeletedContact) {
        let conversations = deleted.conversations.iter().map(|(_, values)| values);
        for values in std::iter::once(&deleted.values).chain(conversations) {
            for (field, day) in self.days_of(values) {
                self.deadlines.remove(field, day, deleted.no);
            }
        }
    }

    /// Lists every contact under its days again, for one field.
    pub(super) fn refill_deadlines(&mut self, field: FieldNo) {
        let Facts { contacts, conversations, .. } = &self.facts;
        let day = |value: Option<Value>| day(&self.calendar, value.as_ref());
        match self.definitions.field(field).key.scope() {
            Scope::Contact => {
                let days = contacts.iter().filter_map(|(no, _)| Some((day(contacts.value(no, field))?, no)));
                self.deadlines.refill(field, days);
            }
            Scope::Conversation => {
                let days = contacts.iter().flat_map(|(no, contact)| {
                    let days = contact.conversations.iter().map(|each| conversations.value(*each, field));
                    days.filter_map(move |value| Some((day(value)?, no)))
                });
                self.deadlines.refill(field, days);
            }
        }
    }

    fn move_deadline(&mut self, field: FieldNo, contact: ContactNo, old: Option<Day>, new: Option<Day>) {
        if old == new {
            return;
        }
        if let Some(day) = old {
            self.deadlines.remove(field, day, contact);
        }
        if let Some(day) = new {
            self.deadlines.insert(field, day, contact);
        }
    }

    /// For each kept field that changed on a conversation, its day before and its day now.
    fn conversation_days(&self, delta: &ConversationDelta) -> Vec<(FieldNo, Option<Day>, Option<Day>)> {
        match delta {
            ConversationDelta::Came(no) => {
                let values = self.facts.conversations.values.row(no.index()).collect();
                self.days_of(&values).into_iter().map(|(field, day)| (field, None, Some(day))).collect()
            }
            ConversationDelta::Went(values) => {
                self.days_of(values).into_iter().map(|(field, day)| (field, Some(day), None)).collect()
            }
            ConversationDelta::Changed(no, olds) => {
                let new = |field| self.day(self.facts.conversations.value(*no, field).as_ref());
                let kept = olds.iter().filter(|(field, _)| self.deadlines.keeps(*field));
                kept.map(|(field, old)| (*field, self.day(old.as_ref()), new(*field))).collect()
            }
        }
    }

    /// The days of the kept fields among values.
    fn days_of(&self, values: &RowValues) -> Vec<(FieldNo, Day)> {
        let kept = values.iter().filter(|(field, _)| self.deadlines.keeps(*field));
        kept.filter_map(|(field, value)| Some((*field, self.day(Some(value))?))).collect()
    }

    /// Whether a field of some conversation of a contact falls on a day.
    fn conversation_falls_on(&self, contact: ContactNo, field: FieldNo, day: Day) -> bool {
        self.facts.contacts.get(contact).conversations.iter().any(|conversation| {
            self.day(self.facts.conversations.value(*conversation, field).as_ref()) == Some(day)
        })
    }

    /// The day of a date.
    pub(crate) fn day(&self, value: Option<&Value>) -> Option<Day> {
        day(&self.calendar, value)
    }
}

fn day(calendar: &Calendar, value: Option<&Value>) -> Option<Day> {
    match value {
        Some(Value::Date(date)) => Some(date.day(|instant| calendar.day(instant))),
        _ => None,
    }
}
