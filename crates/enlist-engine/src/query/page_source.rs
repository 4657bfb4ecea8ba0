//! What one engine gives to a page: its members of the segment, and the facts that order them.
//!
//! A workspace is one engine, or several with some of the contacts each. It knows no order. What always holds: within a
//! source creation rises with the contact's number, and no two sources share one.

use crate::facts::{Column, Contacts};
use crate::ids::ContactNo;
use crate::members::Members;

/// The members of a segment in one engine.
#[derive(Clone, Copy)]
pub(super) struct PageSource<'a> {
    pub(super) members: &'a Members,
    pub(super) contacts: &'a Contacts,
    /// The values of the field that the page is sorted by; `None` if nobody has one, or if it is by arrival.
    pub(super) column: Option<&'a Column>,
    /// Whether there is no other source.
    pub(super) is_alone: bool,
}

/// A member of one of several sources.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    source: u32,
    pub(super) no: ContactNo,
}

impl PageSource<'_> {
    /// When a contact arrived, to compare with the others: its creation; in a source that is alone its number, which rises
    /// alike and is at hand.
    pub(super) fn arrival(&self, no: ContactNo) -> u64 {
        if self.is_alone { u64::from(no.0) } else { self.contacts.creation(no) }
    }

    /// The first such arrival of whoever arrived as the `creation`-th or later.
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

/// How many members all sources have.
pub(super) fn total(sources: &[PageSource<'_>]) -> u64 {
    sources.iter().map(|source| source.members.len()).sum()
}
