//! The contacts whose stored rows are out of date: those that changed since the last saving, and during a saving
//! how its contacts were when it began.
//!
//! It holds numbers and rows, and knows neither facts nor events. Invariant: a contact of the saving under way that
//! is still to come and differs from what it was when the saving began has a pre-image.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use roaring::RoaringBitmap;
use rustc_hash::FxHashMap;

use crate::bytes;
use crate::engine::ContactDump;
use crate::ids::ContactNo;

/// The contacts that changed, and the saving under way.
#[derive(Debug, Default)]
pub(super) struct ChangedContacts {
    /// Those that changed, deleted ones included.
    changed: RoaringBitmap,
    /// Those that an event deletes. A panic can leave one of them alive.
    deleted: RoaringBitmap,
    /// Contacts from this number on were created since the last saving began. All of them changed, without being
    /// noted one by one.
    created_from: u32,
    under_way: Option<UnderWay>,
}

/// A saving that has begun and not ended.
#[derive(Debug)]
struct UnderWay {
    contacts: Arc<RoaringBitmap>,
    /// The contacts that were deleted before it began.
    deleted: RoaringBitmap,
    /// The first number whose step is still to come. Steps write it under shared access, changes read it under
    /// exclusive access, and the lock outside the engine orders the two.
    cursor: AtomicU32,
    pre_images: FxHashMap<ContactNo, ContactDump>,
}

/// What a saving begins with.
pub(super) struct Begun {
    /// The contacts that it gives, in order of creation.
    pub(super) contacts: Arc<RoaringBitmap>,
    /// The contacts that no longer exist.
    pub(super) deleted: RoaringBitmap,
}

impl ChangedContacts {
    /// Begins to note. Of the contacts that exist, those of `unsaved` count as changed; numbers below `numbers` are
    /// assigned.
    pub(super) fn new(unsaved: RoaringBitmap, numbers: usize) -> Self {
        ChangedContacts { changed: unsaved, created_from: ContactNo::at(numbers).0, ..Self::default() }
    }

    /// Notes that a contact is about to change.
    pub(super) fn note(&mut self, contact: ContactNo) {
        if contact.0 < self.created_from {
            self.changed.insert(contact.0);
        }
    }

    /// Notes that a contact is about to be deleted.
    pub(super) fn note_deleted(&mut self, contact: ContactNo) {
        self.deleted.insert(contact.0);
    }

    /// Whether the saving under way needs a contact as it is before it changes.
    pub(super) fn needs_pre_image(&self, contact: ContactNo) -> bool {
        self.under_way.as_ref().is_some_and(|under_way| {
            contact.0 >= under_way.cursor.load(Ordering::Relaxed)
                && under_way.contacts.contains(contact.0)
                && !under_way.pre_images.contains_key(&contact)
        })
    }

    /// Keeps a contact as it is before its first change during the saving under way.
    pub(super) fn keep_pre_image(&mut self, contact: ContactNo, dump: ContactDump) {
        if let Some(under_way) = &mut self.under_way {
            under_way.pre_images.insert(contact, dump);
        }
    }

    /// Begins a saving of everything that changed. One that is under way is cancelled.
    pub(super) fn begin(&mut self, numbers: usize, is_living: impl Fn(ContactNo) -> bool) -> Begun {
        self.cancel();
        let numbers = ContactNo::at(numbers).0;
        let mut contacts = std::mem::take(&mut self.changed);
        contacts.insert_range(self.created_from..numbers);
        // An interrupted deletion leaves the contact alive; it then counts as changed.
        let gone = std::mem::take(&mut self.deleted).into_iter().filter(|no| !is_living(ContactNo(*no)));
        let gone: RoaringBitmap = gone.collect();
        contacts -= &gone;
        // No saving ever gave those that were created since the last one.
        let mut deleted = gone;
        deleted.remove_range(self.created_from..);
        self.created_from = numbers;
        let contacts = Arc::new(contacts);
        self.under_way = Some(UnderWay {
            contacts: Arc::clone(&contacts),
            deleted: deleted.clone(),
            cursor: AtomicU32::new(0),
            pre_images: FxHashMap::default(),
        });
        Begun { contacts, deleted }
    }

    /// Whether the saving under way is the one with these contacts, and not one that was begun later.
    pub(super) fn is_under_way(&self, contacts: &Arc<RoaringBitmap>) -> bool {
        self.under_way.as_ref().is_some_and(|under_way| Arc::ptr_eq(&under_way.contacts, contacts))
    }

    /// The contact as it was when the saving under way began; `None` if it has not changed since.
    pub(super) fn pre_image(&self, contact: ContactNo) -> Option<&ContactDump> {
        self.under_way.as_ref()?.pre_images.get(&contact)
    }

    /// Notes that the contacts before a number have been given.
    pub(super) fn advance(&self, cursor: u32) {
        if let Some(under_way) = &self.under_way {
            under_way.cursor.store(cursor, Ordering::Relaxed);
        }
    }

    /// Ends the saving under way. Contacts that it has not given count as changed again. Returns whether it gave
    /// every contact.
    pub(super) fn end(&mut self) -> bool {
        let Some(under_way) = self.under_way.take() else { return false };
        let cursor = under_way.cursor.load(Ordering::Relaxed);
        let is_complete = under_way.contacts.max().is_none_or(|last| last < cursor);
        if !is_complete {
            let mut missing = Arc::unwrap_or_clone(under_way.contacts);
            missing.remove_range(..cursor);
            self.changed |= missing;
            self.deleted |= under_way.deleted;
        }
        is_complete
    }

    /// Cancels the saving under way, if there is one: all of its contacts count as changed again, or as deleted.
    pub(super) fn cancel(&mut self) {
        if let Some(under_way) = self.under_way.take() {
            self.changed |= &*under_way.contacts;
            self.deleted |= under_way.deleted;
        }
    }

    /// The memory that it takes, estimated. Of pre-images only the rows themselves are counted.
    pub(super) fn bytes(&self) -> usize {
        let of_under_way = |under_way: &UnderWay| {
            under_way.contacts.serialized_size()
                + under_way.deleted.serialized_size()
                + bytes::table::<(ContactNo, ContactDump)>(under_way.pre_images.capacity())
        };
        size_of::<Self>()
            + self.changed.serialized_size()
            + self.deleted.serialized_size()
            + self.under_way.as_ref().map_or(0, of_under_way)
    }
}
