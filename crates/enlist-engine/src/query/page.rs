//! Pages of members: in order of arrival or sorted by a field, either way, from a cursor or at an offset.
//!
//! A walk by cursor in order of arrival meets every contact that is a member throughout exactly once, whatever changes
//! meanwhile: the cursor is the arrival of the last contact shown, and arrivals never change. A sorted walk promises it
//! for contacts whose sort value stays.

use enlist_model::{ContactId, Kind, Scope};

use crate::engine::Engine;
use crate::error::Error;
use crate::members::Members;
use crate::number::{ContactNo, FieldNo};
use crate::query::cursor::{Cursor, Position, SortKey};
use crate::query::order::FieldOrder;
use crate::query::window::{self, Start};

/// Which page of a segment's members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// In which order.
    pub order: PageOrder,
    /// From where.
    pub start: PageStart,
    /// The most contacts.
    pub size: usize,
}

/// The order of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageOrder {
    /// By creation; the latest first, if `descending`.
    Arrival {
        /// The latest first.
        descending: bool,
    },
    /// By a contact's field of a single value: texts and phones by their keys, dates by their days (of one day,
    /// calendar dates before instants), `false` before `true`, options by their bytes. Ties by creation, empty values
    /// last, both either way.
    Field {
        /// Its key.
        field: String,
        /// The greatest first.
        descending: bool,
    },
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageStart {
    /// So many members after the first.
    Offset(u64),
    /// After the last contact of an earlier page.
    After(Cursor),
}

/// A page of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The contacts, in order.
    pub contacts: Vec<ContactId>,
    /// Where the next page begins; `None` if this is the last.
    pub next: Option<Cursor>,
    /// How many members the segment has.
    pub total: u64,
}

impl Default for PageRequest {
    /// The first fifty in order of arrival.
    fn default() -> Self {
        PageRequest { order: PageOrder::Arrival { descending: false }, start: PageStart::Offset(0), size: 50 }
    }
}

impl PageOrder {
    pub(super) fn tag(&self) -> String {
        match self {
            PageOrder::Arrival { descending } => format!("{}arrival", if *descending { "-" } else { "+" }),
            PageOrder::Field { field, descending } => {
                format!("{}.{field}", if *descending { "-" } else { "+" })
            }
        }
    }
}

impl Engine {
    /// A page of a segment's members.
    ///
    /// # Errors
    /// [`Error::UnknownSegment`], [`Error::SortField`], [`Error::Cursor`].
    pub fn page(&self, segment: &str, request: &PageRequest) -> Result<Page, Error> {
        let members = self.members_of(segment)?;
        let (contacts, has_more) = match &request.order {
            PageOrder::Arrival { descending } => self.by_arrival(members, request, *descending)?,
            PageOrder::Field { field, descending } => {
                self.by_field(members, request, self.sortable(field)?, *descending)?
            }
        };
        let last = contacts.last().filter(|_| has_more);
        let next = last.map(|no| self.cursor_after(*no, &request.order)).transpose()?;
        let id = |no: &ContactNo| self.facts.contacts.get(*no).id.clone();
        Ok(Page { contacts: contacts.iter().map(id).collect(), next, total: members.len() })
    }

    fn cursor_after(&self, no: ContactNo, order: &PageOrder) -> Result<Cursor, Error> {
        let key = match order {
            PageOrder::Arrival { .. } => SortKey::Empty,
            PageOrder::Field { field, descending } => {
                self.field_order(self.sortable(field)?, *descending).sort_key(no)
            }
        };
        Ok(Cursor::write(order, &Position { key, creation: self.facts.contacts.creation(no) }))
    }

    fn by_arrival(
        &self,
        members: &Members,
        request: &PageRequest,
        descending: bool,
    ) -> Result<(Vec<ContactNo>, bool), Error> {
        // The members that come before the page, counted from the first.
        let before = match &request.start {
            PageStart::Offset(offset) => *offset,
            PageStart::After(cursor) => {
                let last = cursor.read(&request.order)?.creation;
                let shown_until = if descending { last } else { last.saturating_add(1) };
                let first = self.facts.contacts.first_since(shown_until);
                let earlier = members.rank(first);
                if descending { members.len() - earlier } else { earlier }
            }
        };
        let rest = members.len().saturating_sub(before);
        let size = (request.size as u64).min(rest);
        let page = if descending {
            let last = rest.checked_sub(1).and_then(|rank| members.select(rank)).unwrap_or(ContactNo(0));
            members.iter_back_from(last).take(size as usize).collect()
        } else {
            let first = members.select(before).unwrap_or(ContactNo(u32::MAX));
            members.iter_from(first).take(size as usize).collect()
        };
        Ok((page, rest > size))
    }

    fn by_field(
        &self,
        members: &Members,
        request: &PageRequest,
        field: FieldNo,
        descending: bool,
    ) -> Result<(Vec<ContactNo>, bool), Error> {
        let order = self.field_order(field, descending);
        let cursor = match &request.start {
            PageStart::Offset(offset) => {
                return Ok(window::page(members, &order, &Start::Offset(*offset), request.size));
            }
            PageStart::After(cursor) => cursor.read(&request.order)?,
        };
        let later = self.facts.contacts.first_since(cursor.creation.saturating_add(1));
        let start = Start::At(order.place_after(&cursor, later));
        Ok(window::page(members, &order, &start, request.size))
    }

    fn field_order(&self, field: FieldNo, descending: bool) -> FieldOrder<'_> {
        let column = self.facts.contacts.values.column(field);
        FieldOrder::new(column, self.definitions.field(field), &self.calendar, descending)
    }

    fn sortable(&self, key: &str) -> Result<FieldNo, Error> {
        let no = self.definitions.find_field(key);
        let is_sortable = |no: &FieldNo| {
            let field = self.definitions.field(*no);
            field.key.scope() == Scope::Contact && !matches!(field.kind, Kind::MultiSelect | Kind::Label)
        };
        no.filter(is_sortable).ok_or_else(|| Error::SortField { field: key.to_owned() })
    }
}
