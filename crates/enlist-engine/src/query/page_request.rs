//! What is asked for, and answered, as a page: an order, a start, a size; the contacts and where the next page begins.
//!
//! The types have a parameter for positions: an engine takes and returns [`PagePosition`], and a host may have a form
//! of its own for what it gives away. This file knows no engine.

use enlist_model::ContactId;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::error::Error;
use crate::query::page_order::PageOrder;
use crate::query::position::PagePosition;

/// Which page of a segment's members.
///
/// ```
/// use enlist_engine::{PageOrder, PageRequest, PageStart};
///
/// let newest = PageOrder::Arrival { descending: true };
/// let request: PageRequest = PageRequest::default().with_order(newest).with_size(20);
/// assert_eq!((request.start, request.size), (PageStart::Offset(0), 20));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageRequest<P = PagePosition> {
    /// The order.
    pub order: PageOrder,
    /// Where it begins.
    pub start: PageStart<P>,
    /// The maximum number of contacts.
    pub size: usize,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageStart<P = PagePosition> {
    /// After this many members.
    Offset(u64),
    /// After the last contact of an earlier page.
    After(P),
}

/// A page of members.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<P = PagePosition> {
    /// The contacts, in order.
    pub contacts: Vec<ContactId>,
    /// Where the next page begins; `None` if this is the last.
    pub next: Option<P>,
    /// The number of members of the segment.
    pub total: u64,
}

impl<P: Serialize> Serialize for Page<P> {
    /// With its fields as members.
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(Some(3))?;
        map.serialize_entry("contacts", &self.contacts)?;
        map.serialize_entry("next", &self.next)?;
        map.serialize_entry("total", &self.total)?;
        map.end()
    }
}

/// Where a page begins, with positions of type `P`.
pub(super) enum Start<P> {
    /// After this many members.
    Offset(u64),
    /// At a position.
    At(P),
}

impl<P> Default for PageRequest<P> {
    /// The first fifty in order of arrival.
    fn default() -> Self {
        PageRequest { order: PageOrder::Arrival { descending: false }, start: PageStart::Offset(0), size: 50 }
    }
}

impl<P> PageRequest<P> {
    /// With an order.
    #[must_use]
    pub fn with_order(self, order: PageOrder) -> Self {
        Self { order, ..self }
    }

    /// With the place where it begins.
    #[must_use]
    pub fn with_start(self, start: PageStart<P>) -> Self {
        Self { start, ..self }
    }

    /// The page that follows an earlier one.
    #[must_use]
    pub fn after(self, position: P) -> Self {
        self.with_start(PageStart::After(position))
    }

    /// With a maximum number of contacts.
    #[must_use]
    pub fn with_size(self, size: usize) -> Self {
        Self { size, ..self }
    }

    /// The same request with its position in another form, if `read` can read it.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn try_map_position<Q, E>(&self, read: impl FnOnce(&P) -> Result<Q, E>) -> Result<PageRequest<Q>, E> {
        let start = match &self.start {
            PageStart::Offset(offset) => PageStart::Offset(*offset),
            PageStart::After(position) => PageStart::After(read(position)?),
        };
        Ok(PageRequest { order: self.order.clone(), start, size: self.size })
    }
}

impl<P> Page<P> {
    /// The same page with its position in another form.
    pub fn map_position<Q>(self, write: impl FnOnce(P) -> Q) -> Page<Q> {
        Page { contacts: self.contacts, next: self.next.map(write), total: self.total }
    }
}

impl<'a> Start<&'a PagePosition> {
    /// Where a request begins, if its position is one of its order.
    pub(super) fn of(request: &'a PageRequest) -> Result<Self, Error> {
        Ok(match &request.start {
            PageStart::Offset(offset) => Start::Offset(*offset),
            PageStart::After(position) => {
                position.check(&request.order)?;
                Start::At(position)
            }
        })
    }

    pub(super) fn map<Q>(self, place: impl FnOnce(&'a PagePosition) -> Q) -> Start<Q> {
        match self {
            Start::Offset(offset) => Start::Offset(offset),
            Start::At(position) => Start::At(place(position)),
        }
    }
}
