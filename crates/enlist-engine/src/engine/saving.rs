//! Saving: the contacts that changed, given as they were at one instant, in steps, while the engine goes on.
//!
//! A saving begins under exclusive access and copies no row. Its steps run under shared access, and between them the
//! engine may change: before a contact changes whose step is still to come, it is copied as it is. Where rows are
//! saved, and when, is the host's concern. Invariant: the rows of all savings that ended, laid over each other, are
//! the contacts as they were when the last of them began.

use std::sync::Arc;

use roaring::RoaringBitmap;

use crate::engine::changed_contacts::{Begun, ChangedContacts};
use crate::engine::{ContactDump, Engine};
use crate::facts::{FactChange, Subject};
use crate::ids::{ContactNo, FieldNo};

/// Which of the contacts that exist count as changed when an engine begins to note changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsaved {
    /// All of them: none is stored yet.
    Everything,
    /// None of them: they come from what is stored.
    Nothing,
}

/// A saving that has begun: which contacts it gives, and how far it is.
///
/// Pass it to [`Engine::end_saving`] after the last step, or to [`Engine::cancel_saving`]. If it is dropped instead,
/// the next [`Engine::begin_saving`] cancels it.
#[derive(Debug)]
#[must_use = "its contacts are given by `step_saving`"]
pub struct Saving {
    contacts: Arc<RoaringBitmap>,
    /// The first number still to come.
    next: u32,
    deleted: Vec<u64>,
}

impl Saving {
    /// The creation numbers, in rising order, of contacts that were deleted since the last saving began. A number
    /// may be in several savings.
    pub fn deleted(&self) -> &[u64] {
        &self.deleted
    }

    /// The number of contacts that are still to come.
    pub fn remaining(&self) -> u64 {
        self.contacts.range_cardinality(self.next..)
    }
}

impl Engine {
    /// From now on notes which contacts change, for [`begin_saving`](Self::begin_saving). A second call starts over, and
    /// a saving that is under way gives no more contacts.
    ///
    /// A contact changes when it is created or deleted, when its values, labels or conversations change, and when an
    /// event names it without changing them. An engine that does not note changes does no work for it.
    pub fn note_changes(&mut self, unsaved: Unsaved) {
        let contacts = &self.facts.contacts;
        let unsaved = match unsaved {
            Unsaved::Everything => contacts.iter().map(|(no, _)| no.0).collect(),
            Unsaved::Nothing => RoaringBitmap::new(),
        };
        self.changed = Some(Box::new(ChangedContacts::new(unsaved, contacts.numbers())));
    }

    /// Begins a saving: fixes the contacts that changed since the last one began, as they are now. No row is copied.
    /// The contacts then come from [`step_saving`](Self::step_saving), and the engine may change meanwhile.
    ///
    /// An engine that does not [note changes](Self::note_changes) begins to, with [`Unsaved::Everything`]. A saving
    /// that is under way is [cancelled](Self::cancel_saving).
    ///
    /// ```
    /// use enlist_engine::{Engine, HashSeed, Unsaved};
    /// # use enlist_model::Event;
    /// # fn event(json: &str) -> Event { Event::parse(json).unwrap() }
    ///
    /// let mut engine = Engine::new(HashSeed::new(1));
    /// engine.note_changes(Unsaved::Everything);
    /// engine.apply(&event(r#"{"at":"2026-11-23T09:00:00Z","type":"contact_saved","contact":"c1"}"#), &mut Vec::new())?;
    /// let mut saving = engine.begin_saving();
    /// engine.apply(&event(r#"{"at":"2026-11-23T09:01:00Z","type":"contact_deleted","contact":"c1"}"#), &mut Vec::new())?;
    /// let rows = engine.step_saving(&mut saving, 1_000);
    /// assert_eq!(rows[0].id.as_str(), "c1");
    /// assert!(engine.step_saving(&mut saving, 1_000).is_empty());
    /// assert!(engine.end_saving(saving));
    /// assert_eq!(engine.begin_saving().deleted(), [0]);
    /// # Ok::<(), enlist_engine::Error>(())
    /// ```
    pub fn begin_saving(&mut self) -> Saving {
        if self.changed.is_none() {
            self.note_changes(Unsaved::Everything);
        }
        let contacts = &self.facts.contacts;
        let changed = self.changed.get_or_insert_default();
        let begun = changed.begin(contacts.numbers(), |no| contacts.living(no).is_some());
        let Begun { contacts: given, deleted } = begun;
        let deleted = deleted.into_iter().map(|no| contacts.creation(ContactNo(no))).collect();
        Saving { contacts: given, next: 0, deleted }
    }

    /// The next contacts of a saving, at most `most` and at least one, as they were when it began, in order of
    /// creation. Empty when all have been given, and for a saving that is no longer under way.
    pub fn step_saving(&self, saving: &mut Saving, most: usize) -> Vec<ContactDump> {
        let Some(changed) = self.changed_during(saving) else { return Vec::new() };
        let row = |no: u32| {
            let no = ContactNo(no);
            changed.pre_image(no).cloned().unwrap_or_else(|| self.dump_contact(no))
        };
        let mut rows = Vec::new();
        for no in saving.contacts.range(saving.next..).take(most.max(1)) {
            rows.push(row(no));
            // No number is the greatest `u32`: that many contacts are refused.
            saving.next = no + 1;
        }
        changed.advance(saving.next);
        rows
    }

    /// Ends a saving whose rows are stored, and frees what was kept for it. Returns whether it gave every contact: if
    /// steps are missing, the contacts still to come count as changed again, and what was deleted as deleted again. A
    /// saving that is no longer under way changes nothing and is not complete.
    pub fn end_saving(&mut self, saving: Saving) -> bool {
        let Saving { contacts, .. } = saving;
        self.changed_during_mut(&contacts).is_some_and(ChangedContacts::end)
    }

    /// Cancels a saving whose rows are not stored: all of its contacts count as changed again, also those that it
    /// gave, and what was deleted counts as deleted again. The next saving gives them together with later changes.
    /// Does nothing if the saving is no longer under way: then the one begun after it gives them.
    pub fn cancel_saving(&mut self, saving: Saving) {
        let Saving { contacts, .. } = saving;
        if let Some(changed) = self.changed_during_mut(&contacts) {
            changed.cancel();
        }
    }

    fn changed_during(&self, saving: &Saving) -> Option<&ChangedContacts> {
        self.changed.as_deref().filter(|changed| changed.is_under_way(&saving.contacts))
    }

    fn changed_during_mut(&mut self, contacts: &Arc<RoaringBitmap>) -> Option<&mut ChangedContacts> {
        self.changed.as_deref_mut().filter(|changed| changed.is_under_way(contacts))
    }

    /// Notes the contacts that a checked event touches, before it is carried out: they are as they were.
    /// Of definitions, only one that deletes a field touches contacts, and notes them itself.
    #[inline(never)]
    pub(super) fn note_change(&mut self, change: &FactChange<'_>) {
        match change {
            FactChange::SaveContact { contact: Subject::Existing(contact), .. }
            | FactChange::Activity { contact, .. } => self.note_contact(*contact),
            // Its number is greater than all that are noted one by one.
            FactChange::SaveContact { contact: Subject::Created(_), .. } => {}
            FactChange::DeleteContact(contact) => self.note_deleted(*contact),
            FactChange::MergeContact { contact, into, .. } => {
                self.note_deleted(*contact);
                self.note_contact(*into);
            }
            FactChange::SaveConversation { conversation, contact, .. } => {
                self.note_contact(*contact);
                if let Subject::Existing(conversation) = conversation {
                    self.note_contact(self.facts.conversations.get(*conversation).contact);
                }
            }
            FactChange::DeleteConversation(conversation) => {
                self.note_contact(self.facts.conversations.get(*conversation).contact);
            }
        }
    }

    /// Notes that a contact is about to change.
    pub(super) fn note_contact(&mut self, contact: ContactNo) {
        let Some(changed) = &mut self.changed else { return };
        changed.note(contact);
        if changed.needs_pre_image(contact) {
            let dump = self.dump_contact(contact);
            if let Some(changed) = &mut self.changed {
                changed.keep_pre_image(contact, dump);
            }
        }
    }

    /// Notes that a contact is about to be deleted.
    pub(super) fn note_deleted(&mut self, contact: ContactNo) {
        self.note_contact(contact);
        if let Some(changed) = &mut self.changed {
            changed.note_deleted(contact);
        }
    }

    /// Notes the contacts that hold values of fields which are about to be forgotten, themselves or in a
    /// conversation: their stored rows have these values. It runs while the fields are still defined, because a
    /// pre-image names them.
    pub(super) fn note_holders(&mut self, is_forgotten: impl Fn(FieldNo) -> bool) {
        if self.changed.is_some() {
            for contact in self.facts.holders(is_forgotten) {
                self.note_contact(contact);
            }
        }
    }
}
