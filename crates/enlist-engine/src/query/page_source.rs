//! One engine as a source of a page: its members of the segment, or its contacts of a set, and the facts that order them.
//!
//! A workspace is one engine, or several that have some of the contacts each. This file knows no order. Invariant:
//! within a source the creation number rises with the contact number, and no two sources share a creation number.

use roaring::RoaringBitmap;

use crate::facts::{Column, Contacts};
use crate::ids::ContactNo;
use crate::membership::members::Members;

/// A set of contacts that pages are made of: the members of a segment, or a bitmap that a host holds.
pub(super) trait PageMembers {
    fn len(&self) -> u64;

    /// The number of members below a contact number.
    fn rank(&self, contact: ContactNo) -> u64;

    /// The member with exactly `rank` members before it.
    fn select(&self, rank: u64) -> Option<ContactNo>;

    /// The members from a number on, in order.
    fn iter_from(&self, contact: ContactNo) -> impl Iterator<Item = ContactNo>;

    /// The members up to and including a number, in descending order.
    fn iter_back_from(&self, contact: ContactNo) -> impl Iterator<Item = ContactNo>;

    /// All members in order.
    fn iter(&self) -> impl Iterator<Item = ContactNo> {
        self.iter_from(ContactNo(0))
    }
}

impl PageMembers for Members {
    fn len(&self) -> u64 {
        self.len()
    }

    fn rank(&self, contact: ContactNo) -> u64 {
        self.rank(contact)
    }

    fn select(&self, rank: u64) -> Option<ContactNo> {
        self.select(rank)
    }

    fn iter_from(&self, contact: ContactNo) -> impl Iterator<Item = ContactNo> {
        self.iter_from(contact)
    }

    fn iter_back_from(&self, contact: ContactNo) -> impl Iterator<Item = ContactNo> {
        self.iter_back_from(contact)
    }
}

impl PageMembers for RoaringBitmap {
    fn len(&self) -> u64 {
        self.len()
    }

    fn rank(&self, contact: ContactNo) -> u64 {
        // Roaring's rank counts the number itself.
        contact.0.checked_sub(1).map_or(0, |last| self.rank(last))
    }

    fn select(&self, rank: u64) -> Option<ContactNo> {
        self.select(u32::try_from(rank).ok()?).map(ContactNo)
    }

    fn iter_from(&self, contact: ContactNo) -> impl Iterator<Item = ContactNo> {
        self.range(contact.0..).map(ContactNo)
    }

    fn iter_back_from(&self, contact: ContactNo) -> impl Iterator<Item = ContactNo> {
        self.range(..=contact.0).rev().map(ContactNo)
    }
}

/// The contacts of a page in one engine.
pub(super) struct PageSource<'a, M> {
    pub(super) members: &'a M,
    pub(super) contacts: &'a Contacts,
    /// The values of the field that the page is sorted by; `None` if no contact has a value, or if the page is by
    /// arrival.
    pub(super) column: Option<&'a Column>,
    /// Whether this is the only source.
    pub(super) is_alone: bool,
}

/// A member of one of several sources.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    source: u32,
    pub(super) no: ContactNo,
}

impl<M: PageMembers> PageSource<'_, M> {
    /// A contact's arrival, comparable between sources: its creation number. If there is only one source its
    /// contact number, which has the same order and needs no lookup.
    pub(super) fn arrival(&self, no: ContactNo) -> u64 {
        if self.is_alone { u64::from(no.0) } else { self.contacts.creation(no) }
    }

    /// The first arrival of a contact with this creation number or a greater one.
    pub(super) fn arrival_since(&self, creation: u64) -> u64 {
        if self.is_alone { u64::from(self.contacts.first_since(creation).0) } else { creation }
    }
}

impl Member {
    pub(super) fn new(source: usize, no: ContactNo) -> Self {
        Member { source: source as u32, no }
    }

    /// The index of its source.
    pub(super) fn source(self) -> usize {
        self.source as usize
    }
}

/// The number of members in all sources.
pub(super) fn total(sources: &[PageSource<'_, impl PageMembers>]) -> u64 {
    sources.iter().map(|source| source.members.len()).sum()
}
