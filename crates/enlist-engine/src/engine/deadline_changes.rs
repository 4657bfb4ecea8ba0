//! Keeps `deadlines` in step with the facts, and finds the contacts that a change of the local date affects.

use enlist_model::{Date, Day, Scope, Today, Value};

use crate::engine::Engine;
use crate::facts::{Column, ConversationDelta, DeletedContact, Delta, Facts, OldValues, RowValues};
use crate::ids::{ConditionNo, ContactNo, ConversationNo, FieldNo};

impl Engine {
    /// Counts the days of changed dates.
    pub(super) fn note_deadlines(&mut self, delta: &Delta) {
        let contact = delta.contact;
        self.note_changed_days(&delta.values, |facts, field| facts.contacts.value(contact, field));
        for conversation in &delta.conversations {
            match conversation {
                ConversationDelta::Came(no) => {
                    let values = self.facts.conversations.values.row(no.index()).collect();
                    for (field, day) in self.days_of(&values) {
                        self.deadlines.note(field, None, Some(day));
                    }
                }
                ConversationDelta::Went(values) => self.forget_days(values),
                ConversationDelta::Changed(no, olds) => {
                    self.note_changed_days(olds, |facts, field| facts.conversations.value(*no, field));
                }
            }
        }
    }

    /// Counts the days of fields that changed: `olds` are the values before, `new` finds the value now.
    fn note_changed_days(&mut self, olds: &OldValues, new: impl Fn(&Facts, FieldNo) -> Option<Value>) {
        for (field, old) in olds {
            if self.deadlines.keeps(*field) {
                let new = self.day(new(&self.facts, *field).as_ref());
                self.deadlines.note(*field, self.day(old.as_ref()), new);
            }
        }
    }

    /// Counts the days of a deleted contact no longer.
    pub(super) fn forget_deadlines(&mut self, deleted: &DeletedContact) {
        let conversations = deleted.conversations.iter().map(|(_, values)| values);
        std::iter::once(&deleted.values).chain(conversations).for_each(|values| self.forget_days(values));
    }

    fn forget_days(&mut self, values: &RowValues) {
        for (field, day) in self.days_of(values) {
            self.deadlines.note(field, Some(day), None);
        }
    }

    /// Counts the days of a field again.
    pub(super) fn recount_deadlines(&mut self, field: FieldNo) {
        let Engine { facts, calendar, definitions, deadlines, .. } = self;
        let values = match definitions.field(field).key.scope() {
            Scope::Contact => &facts.contacts.values,
            Scope::Conversation => &facts.conversations.values,
        };
        let dates = values.column(field).into_iter().flat_map(Column::dates);
        deadlines.recount(field, dates.map(|(_, date)| date.day(|instant| calendar.day(instant))));
    }

    /// The contacts whose day lies in exactly one of a window before and after a change of the local date, each with the condition of
    /// the window, in order. They are found along the columns of dates.
    pub(super) fn due_between(&self, before: Today, after: Today) -> Vec<(ContactNo, ConditionNo)> {
        let mut due = Vec::new();
        for (field, days) in self.deadlines.between(before, after) {
            let Some((first, last)) = days.bounds() else { continue };
            let mut note = |contact: ContactNo, date: Date| {
                let day = date.day(|instant| self.calendar.day(instant));
                due.extend(days.of(day).iter().map(|condition| (contact, *condition)));
            };
            let facts = &self.facts;
            match self.definitions.field(field).key.scope() {
                Scope::Contact => {
                    let column = facts.contacts.values.column(field);
                    let near = column.into_iter().flat_map(|column| column.dates_near(first, last));
                    near.for_each(|(row, date)| note(ContactNo::at(row), date));
                }
                Scope::Conversation => {
                    let column = facts.conversations.values.column(field);
                    let near = column.into_iter().flat_map(|column| column.dates_near(first, last));
                    near.for_each(|(row, date)| {
                        note(facts.conversations.get(ConversationNo::at(row)).contact, date);
                    });
                }
            }
        }
        // Stable, because it is quick where parts are in order: each field's contacts are.
        due.sort();
        due.dedup();
        due
    }

    /// The days of the kept fields among values.
    fn days_of(&self, values: &RowValues) -> Vec<(FieldNo, Day)> {
        let kept = values.iter().filter(|(field, _)| self.deadlines.keeps(*field));
        kept.filter_map(|(field, value)| Some((*field, self.day(Some(value))?))).collect()
    }

    /// The day of a date.
    pub(crate) fn day(&self, value: Option<&Value>) -> Option<Day> {
        match value {
            Some(Value::Date(date)) => Some(date.day(|instant| self.calendar.day(instant))),
            _ => None,
        }
    }
}
