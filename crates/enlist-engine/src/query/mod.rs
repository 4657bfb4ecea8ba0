//! Reads: counts, members, pages, explanations, set algebra. No read changes anything.

mod algebra;
mod arrival;
mod explain;
mod fingerprint;
mod id_search;
mod order;
mod page;
mod page_order;
mod page_request;
mod page_source;
mod position;
mod position_bytes;
mod stored;
mod usage;
mod window;

use enlist_model::{ContactId, SegmentId};
use roaring::RoaringBitmap;

pub use algebra::SegmentSet;
pub use explain::{ExplainedNode, Explanation, Seen};
pub use id_search::IdSearch;
pub use page::{page_across, page_of_across};
pub use page_order::PageOrder;
pub use page_request::{Page, PageRequest, PageStart};
pub use position::PagePosition;
pub use stored::{StoredContact, StoredConversation};

use crate::engine::Engine;
use crate::error::Error;
use crate::ids::{ContactNo, SegmentNo};
use crate::membership::members::Members;

impl Engine {
    /// The number of members of a segment: exact, without counting.
    ///
    /// # Errors
    /// [`Error::UnknownSegment`].
    pub fn count(&self, segment: &str) -> Result<u64, Error> {
        Ok(self.members_of(segment)?.len())
    }

    /// Whether a contact is a member of a segment.
    ///
    /// # Errors
    /// [`Error::UnknownSegment`], [`Error::UnknownContact`].
    pub fn contains(&self, segment: &str, contact: &str) -> Result<bool, Error> {
        Ok(self.membership.contains(self.find_segment(segment)?, self.find_contact(contact)?))
    }

    /// The segments that hold a contact, in order of creation.
    ///
    /// # Errors
    /// [`Error::UnknownContact`].
    pub fn segments_of(&self, contact: &str) -> Result<Vec<&SegmentId>, Error> {
        let contact = self.find_contact(contact)?;
        let holding = self.definitions.segments().filter(|(no, _)| self.membership.contains(*no, contact));
        Ok(holding.map(|(_, segment)| segment.id()).collect())
    }

    /// The members of a segment in order of creation.
    ///
    /// # Errors
    /// [`Error::UnknownSegment`].
    pub fn members(&self, segment: &str) -> Result<impl Iterator<Item = &ContactId>, Error> {
        Ok(self.members_of(segment)?.iter().map(|no| &self.facts.contacts.get(no).id))
    }

    /// The current members of a segment, as a bitmap of contact numbers that the caller owns. Numbers rise in order
    /// of creation, and a number in the bitmap never comes to mean another contact.
    ///
    /// # Errors
    /// [`Error::UnknownSegment`].
    pub fn bitmap(&self, segment: &str) -> Result<RoaringBitmap, Error> {
        Ok(self.members_of(segment)?.to_roaring())
    }

    /// All contacts, as a bitmap of numbers like [`bitmap`](Self::bitmap).
    pub fn everyone(&self) -> RoaringBitmap {
        self.facts.contacts.everyone()
    }

    /// The ids of the contacts in a bitmap, in order of creation. Contacts deleted since are skipped, unless [their
    /// ids were retained](Self::retain_deleted_ids).
    pub fn contact_ids<'a>(&'a self, contacts: &'a RoaringBitmap) -> impl Iterator<Item = &'a ContactId> {
        contacts.iter().filter_map(|no| self.facts.contacts.name(ContactNo(no)))
    }

    /// The contacts in a bitmap, each with its creation number and its id, in order of creation; deleted ones as for
    /// [`contact_ids`](Self::contact_ids). The creation number puts contacts of several partitions in one order.
    pub fn contacts_by_creation<'a>(
        &'a self,
        contacts: &'a RoaringBitmap,
    ) -> impl Iterator<Item = (u64, &'a ContactId)> {
        let all = &self.facts.contacts;
        contacts.iter().map(ContactNo).filter_map(|no| Some((all.creation(no), all.name(no)?)))
    }

    /// The contacts that were deleted while [their ids were retained](Self::retain_deleted_ids), with the numbers
    /// that they had. One id may have had several numbers, and may belong to a living contact again.
    pub fn deleted_contacts(&self) -> impl Iterator<Item = (u32, &ContactId)> {
        self.facts.contacts.deleted().map(|(no, id)| (no.0, id))
    }

    /// The number of a contact in bitmaps; `None` if there is no such contact.
    pub fn contact_number(&self, contact: &str) -> Option<u32> {
        self.facts.contacts.find(contact).map(|no| no.0)
    }

    /// A contact's creation number in the workspace.
    ///
    /// # Errors
    /// [`Error::UnknownContact`].
    pub fn creation_of(&self, contact: &str) -> Result<u64, Error> {
        Ok(self.facts.contacts.creation(self.find_contact(contact)?))
    }

    /// The number of contacts in both of two segments.
    ///
    /// # Errors
    /// [`Error::UnknownSegment`].
    pub fn overlap(&self, one: &str, other: &str) -> Result<u64, Error> {
        Ok(self.members_of(one)?.intersection_len(self.members_of(other)?))
    }

    pub(crate) fn find_segment(&self, id: &str) -> Result<SegmentNo, Error> {
        self.definitions.find_segment(id).ok_or_else(|| Error::UnknownSegment { segment: id.to_owned() })
    }

    pub(crate) fn find_contact(&self, id: &str) -> Result<ContactNo, Error> {
        self.facts.contacts.find(id).ok_or_else(|| Error::UnknownContact { contact: id.to_owned() })
    }

    pub(crate) fn members_of(&self, segment: &str) -> Result<&Members, Error> {
        Ok(self.membership.of(self.find_segment(segment)?))
    }
}
