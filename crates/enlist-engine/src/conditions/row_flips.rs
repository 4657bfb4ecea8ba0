//! Truth bits of several contacts that flip together: what was found for each, to be written later.
//!
//! Invariant: a contact is in it once, with each of its conditions once.

use crate::conditions::truths::Flipped;
use crate::ids::{ConditionNo, ContactNo};

/// Flips, contact by contact.
#[derive(Debug, Default)]
pub(crate) struct RowFlips {
    /// Each contact, and where its conditions end in the list.
    contacts: Vec<(ContactNo, usize)>,
    conditions: Vec<ConditionNo>,
}

impl RowFlips {
    /// Adds what flips for the next contact.
    pub(crate) fn push(&mut self, contact: ContactNo, flipped: &Flipped) {
        if !flipped.list().is_empty() {
            self.conditions.extend_from_slice(flipped.list());
            self.contacts.push((contact, self.conditions.len()));
        }
    }

    /// Each contact with its conditions.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ContactNo, &[ConditionNo])> {
        let starts = std::iter::once(0).chain(self.contacts.iter().map(|(_, end)| *end));
        self.contacts
            .iter()
            .zip(starts)
            .map(|((contact, end), start)| (*contact, &self.conditions[start..*end]))
    }
}
