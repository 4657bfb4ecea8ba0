//! The contacts: a directory from ids to numbers, and a row each.
//!
//! Invariant: numbers are never reused, so that they rise in order of creation, and a number that a reader holds
//! never comes to mean another contact. A deleted contact leaves an empty row, and its number is among those that are gone.

use std::borrow::Cow;

use enlist_model::{ContactId, Value};
use roaring::RoaringBitmap;
use smallvec::SmallVec;

use crate::bytes;
use crate::facts::deleted_ids::{DeletedIds, RetainedIds};
use crate::facts::{RowValues, Values};
use crate::growth;
use crate::ids::{ContactNo, ConversationNo, FieldNo, LabelNo};
use crate::seeded_map::KeyHasher;
use crate::seeded_numbers::{KeyHash, SeededNumbers};

/// Up to this many labels or conversations of a contact take no allocation, and no more room than a list.
const FEW: usize = 4;

/// One contact's facts, except its values.
#[derive(Debug)]
pub(crate) struct Contact {
    pub(crate) id: ContactId,
    /// In order of their numbers.
    pub(crate) labels: SmallVec<[LabelNo; FEW]>,
    pub(crate) conversations: SmallVec<[ConversationNo; FEW]>,
}

impl Contact {
    /// Adds a label. Returns whether it was absent.
    pub(crate) fn add_label(&mut self, label: LabelNo) -> bool {
        let place = self.labels.binary_search(&label);
        if let Err(index) = place {
            self.labels.insert(index, label);
        }
        place.is_err()
    }

    /// Removes a label. Returns whether it was present.
    pub(crate) fn remove_label(&mut self, label: LabelNo) -> bool {
        let place = self.labels.binary_search(&label);
        if let Ok(index) = place {
            self.labels.remove(index);
        }
        place.is_ok()
    }

    pub(crate) fn remove_conversation(&mut self, conversation: ConversationNo) {
        self.conversations.retain(|each| *each != conversation);
    }
}

/// All contacts of the partition.
pub(crate) struct Contacts {
    rows: Vec<Option<Contact>>,
    /// The values of each, by number.
    pub(crate) values: Values,
    /// For each number the creation number over the workspace's whole life. It rises with the numbers, but survives
    /// when a partition is restored and its numbers begin at 0 again.
    creations: Vec<u64>,
    directory: SeededNumbers<ContactNo>,
    /// The creation number of the next contact.
    next_creation: u64,
    /// The numbers without a contact.
    gone: RoaringBitmap,
    deleted: DeletedIds,
}

impl Contacts {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        Contacts {
            rows: Vec::new(),
            values: Values::new(hasher),
            creations: Vec::new(),
            directory: SeededNumbers::new(hasher),
            next_creation: 0,
            gone: RoaringBitmap::new(),
            deleted: DeletedIds::new(),
        }
    }

    pub(crate) fn find(&self, id: &str) -> Option<ContactNo> {
        self.directory.find(id, |no| self.get(no).id.as_str() == id)
    }

    /// The hash of an id, for [`guess`](Self::guess).
    pub(crate) fn hash(&self, id: &str) -> KeyHash {
        self.directory.hash(id)
    }

    /// The contact that probably has an id, found by hash alone, without reading the contact. Only good for
    /// prefetching.
    pub(crate) fn guess(&self, hash: KeyHash) -> Option<ContactNo> {
        self.directory.guess(hash)
    }

    /// Reads the memory of a contact's row, whose lists may lie in another cache line than its id, and of its creation number, to bring
    /// it into the cache. The caller must use the result, or the read is optimized away.
    pub(crate) fn touch(&self, no: ContactNo) -> usize {
        let of_row = |contact: &Contact| contact.id.as_str().len() + contact.conversations.len();
        self.rows[no.index()].as_ref().map_or(0, of_row) + self.creations[no.index()] as usize
    }

    /// Adds a contact whose id is not in the directory.
    pub(crate) fn create(&mut self, id: ContactId) -> ContactNo {
        self.create_as(id, self.next_creation)
    }

    /// Adds a contact with a creation number greater than all before.
    pub(crate) fn create_as(&mut self, id: ContactId, creation: u64) -> ContactNo {
        let no = ContactNo::at(self.rows.len());
        let contact = Contact { id, labels: SmallVec::new(), conversations: SmallVec::new() };
        growth::push(&mut self.rows, Some(contact));
        growth::push(&mut self.creations, creation);
        self.next_creation = creation + 1;
        let Contacts { rows, directory, .. } = self;
        directory.insert(no, |no| row(rows, no).id.as_str());
        no
    }

    /// Removes a contact and returns it with its values.
    pub(crate) fn remove(&mut self, no: ContactNo) -> (Contact, RowValues) {
        let contact = self.rows[no.index()].take().expect("a number that was looked up has a row");
        self.directory.remove(no, contact.id.as_str());
        self.gone.insert(no.0);
        self.deleted.insert(no, &contact.id);
        (contact, self.values.take(no.index()))
    }

    pub(crate) fn get(&self, no: ContactNo) -> &Contact {
        row(&self.rows, no)
    }

    /// Retains the ids of contacts that are deleted from now on.
    pub(crate) fn retain_deleted_ids(&self) -> RetainedIds {
        self.deleted.retain()
    }

    /// The id of a living contact, or of one that was deleted while ids were retained.
    pub(crate) fn name(&self, no: ContactNo) -> Option<&ContactId> {
        self.living(no).map(|contact| &contact.id).or_else(|| self.deleted.get(no))
    }

    /// The contacts that were deleted while ids were retained, by number.
    pub(crate) fn deleted(&self) -> impl Iterator<Item = (ContactNo, &ContactId)> {
        self.deleted.iter()
    }

    /// The contact with a number; `None` if it was deleted.
    pub(crate) fn living(&self, no: ContactNo) -> Option<&Contact> {
        self.rows.get(no.index())?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, no: ContactNo) -> &mut Contact {
        self.rows[no.index()].as_mut().expect("a number that was looked up has a row")
    }

    /// The number of living contacts.
    pub(crate) fn len(&self) -> usize {
        self.directory.len()
    }

    /// The numbers of all living contacts.
    pub(crate) fn everyone(&self) -> RoaringBitmap {
        let mut everyone = RoaringBitmap::new();
        everyone.insert_range(0..self.rows.len() as u32);
        everyone - &self.gone
    }

    /// The living contacts of a set.
    pub(crate) fn living_of<'s>(&self, set: &'s RoaringBitmap) -> Cow<'s, RoaringBitmap> {
        let numbers = self.rows.len() as u32;
        if set.max().is_none_or(|last| last < numbers) && set.is_disjoint(&self.gone) {
            return Cow::Borrowed(set);
        }
        let mut living = set - &self.gone;
        living.remove_range(numbers..);
        Cow::Owned(living)
    }

    /// The number of contacts ever created.
    pub(crate) fn numbers(&self) -> usize {
        self.rows.len()
    }

    /// The first number, of a living contact or not, with this creation number or a greater one.
    pub(crate) fn first_since(&self, creation: u64) -> ContactNo {
        ContactNo::at(self.creations.partition_point(|each| *each < creation))
    }

    /// The contact with this creation number, living or not; `None` if it was created elsewhere.
    pub(crate) fn created_as(&self, creation: u64) -> Option<ContactNo> {
        self.creations.binary_search(&creation).ok().map(ContactNo::at)
    }

    /// The creation number of a contact.
    pub(crate) fn creation(&self, no: ContactNo) -> u64 {
        self.creations[no.index()]
    }

    /// The creation numbers of all contacts ever created, by contact number.
    pub(crate) fn creations(&self) -> impl Iterator<Item = u64> {
        self.creations.iter().copied()
    }

    pub(crate) fn next_creation(&self) -> u64 {
        self.next_creation
    }

    pub(crate) fn set_next_creation(&mut self, creation: u64) {
        self.next_creation = creation;
    }

    /// A contact's value of a field; `None` if empty.
    pub(crate) fn value(&self, no: ContactNo, field: FieldNo) -> Option<Value> {
        self.values.get(no.index(), field)
    }

    /// Gives back the spare room of short lists.
    pub(crate) fn fit(&mut self) {
        growth::fit(&mut self.rows);
        growth::fit(&mut self.creations);
        self.values.fit();
    }

    /// The memory that they take, estimated.
    pub(crate) fn bytes(&self) -> usize {
        let of_row = |no: usize| {
            self.rows[no].as_ref().map_or(0, |contact| {
                bytes::string(contact.id.as_str().len())
                    + bytes::small_list(&contact.labels)
                    + bytes::small_list(&contact.conversations)
            })
        };
        bytes::list(&self.rows)
            + bytes::sampled(self.rows.len(), of_row)
            + bytes::list(&self.creations)
            + self.directory.bytes()
            + bytes::allocated(self.gone.serialized_size())
            + self.deleted.bytes()
            + self.values.bytes()
    }

    /// The living contacts in order of creation.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ContactNo, &Contact)> {
        self.rows.iter().enumerate().filter_map(|(index, row)| Some((ContactNo::at(index), row.as_ref()?)))
    }
}

fn row(rows: &[Option<Contact>], no: ContactNo) -> &Contact {
    rows[no.index()].as_ref().expect("a number that was looked up has a row")
}
