//! One engine as a source of a page: its members of the segment, and the facts that order them.
//!
//! A workspace is one engine, or several that have some of the contacts each. This file knows no order. Invariant:
//! within a source the creation number rises with the contact number, and no two sources share a creation number.

use crate::facts::{Column, Contacts};
use crate::ids::ContactNo;
use crate::membership::members::Members;

/// The members of a segment in one engine.
#[derive(Clone, Copy)]
pub(super) struct PageSource<'a> {
    pub(super) members: &'a Members,
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

impl PageSource<'_> {
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
pub(super) fn total(sources: &[PageSource<'_>]) -> u64 {
    sources.iter().map(|source| source.members.len()).sum()
}
