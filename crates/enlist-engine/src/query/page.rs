//! Pages of members: in order of arrival or sorted by a field, ascending or descending, from a cursor or at an
//! offset, of one engine or of all engines of a workspace.
//!
//! A walk by cursor in order of arrival meets every contact that stays a member exactly once, whatever else
//! changes: the cursor is the arrival of the last contact shown, and arrivals never change. A sorted walk
//! guarantees the same for contacts whose sort value stays.

use enlist_model::{ContactId, Kind, Scope};

use crate::engine::Engine;
use crate::error::Error;
use crate::ids::FieldNo;
use crate::query::cursor::{Cursor, CursorPosition, PageOrder, SortKey, Start};
use crate::query::order::FieldOrder;
use crate::query::page_source::{self, Member, PageSource};
use crate::query::{arrival, window};

/// Which page of a segment's members.
///
/// ```
/// use enlist_engine::{PageOrder, PageRequest, PageStart};
///
/// let newest = PageOrder::Arrival { descending: true };
/// let request = PageRequest::default().with_order(newest).with_size(20);
/// assert_eq!((request.start, request.size), (PageStart::Offset(0), 20));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageRequest {
    /// The order.
    pub order: PageOrder,
    /// Where it begins.
    pub start: PageStart,
    /// The maximum number of contacts.
    pub size: usize,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageStart {
    /// After this many members.
    Offset(u64),
    /// After the last contact of an earlier page.
    After(Cursor),
}

/// A page of members.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// The contacts, in order.
    pub contacts: Vec<ContactId>,
    /// Where the next page begins; `None` if this is the last.
    pub next: Option<Cursor>,
    /// The number of members of the segment.
    pub total: u64,
}

impl Default for PageRequest {
    /// The first fifty in order of arrival.
    fn default() -> Self {
        PageRequest { order: PageOrder::Arrival { descending: false }, start: PageStart::Offset(0), size: 50 }
    }
}

impl PageRequest {
    /// With an order.
    #[must_use]
    pub fn with_order(self, order: PageOrder) -> Self {
        Self { order, ..self }
    }

    /// With the place where it begins.
    #[must_use]
    pub fn with_start(self, start: PageStart) -> Self {
        Self { start, ..self }
    }

    /// The page that follows an earlier one.
    #[must_use]
    pub fn after(self, cursor: Cursor) -> Self {
        self.with_start(PageStart::After(cursor))
    }

    /// With a maximum number of contacts.
    #[must_use]
    pub fn with_size(self, size: usize) -> Self {
        Self { size, ..self }
    }
}

impl PageStart {
    fn read(&self, order: &PageOrder) -> Result<Start<CursorPosition>, Error> {
        Ok(match self {
            PageStart::Offset(offset) => Start::Offset(*offset),
            PageStart::After(cursor) => Start::At(cursor.read(order)?),
        })
    }
}

impl Engine {
    /// A page of a segment's members.
    ///
    /// # Errors
    /// [`Error::UnknownSegment`], [`Error::SortField`], [`Error::Cursor`].
    pub fn page(&self, segment: &str, request: &PageRequest) -> Result<Page, Error> {
        page_across(&[self], segment, request)
    }

    /// This engine as a source of a page.
    fn source(&self, segment: &str, order: &PageOrder, is_alone: bool) -> Result<PageSource<'_>, Error> {
        let (members, contacts) = (self.members_of(segment)?, &self.facts.contacts);
        let column = match order {
            PageOrder::Arrival { .. } => None,
            PageOrder::Field { field, .. } => contacts.values.column(self.sortable(field)?),
        };
        Ok(PageSource { members, contacts, column, is_alone })
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

/// A page of a segment's members over the engines of a workspace, as if one engine had all the contacts.
///
/// The engines are partitions: each has some of the contacts, all have the same settings, fields and segments, and
/// creation numbers are unique among them (see [`Engine::arrive_as`]). Cursors work for any number of engines.
///
/// A page by arrival takes a few searches in each engine; a sorted page visits all members.
///
/// # Errors
/// [`Error::UnknownSegment`] if an engine does not have the segment, or there is no engine; [`Error::SortField`],
/// [`Error::Cursor`].
pub fn page_across(engines: &[&Engine], segment: &str, request: &PageRequest) -> Result<Page, Error> {
    let Some(first) = engines.first() else {
        return Err(Error::UnknownSegment { segment: segment.to_owned() });
    };
    let is_alone = engines.len() == 1;
    let sources = engines.iter().map(|engine| engine.source(segment, &request.order, is_alone));
    let sources = sources.collect::<Result<Vec<_>, _>>()?;
    let (start, descending) = (request.start.read(&request.order)?, request.order.is_descending());
    let order = match &request.order {
        PageOrder::Arrival { .. } => None,
        PageOrder::Field { field, .. } => {
            let field = first.definitions.field(first.sortable(field)?);
            Some(FieldOrder::new(field, &first.calendar, descending))
        }
    };
    let (members, has_more) = if let Some(order) = &order {
        let later = |position: &CursorPosition| sources[0].arrival_since(position.creation.saturating_add(1));
        let start = start.map(|position| order.place_after(position, later(position)));
        window::page(&sources, order, &start, request.size)
    } else {
        // The last contact shown is excluded: ascending, the page begins after it, descending, before it.
        let start = start.map(|position| position.creation.saturating_add(u64::from(!descending)));
        arrival::page(&sources, &start, request.size, descending)
    };
    let cursor = |member: &Member| {
        let source = &sources[member.source()];
        let key = order.as_ref().map_or(SortKey::Empty, |order| order.sort_key(source, member.no));
        Cursor::write(&request.order, &CursorPosition { key, creation: source.contacts.creation(member.no) })
    };
    let id = |member: &Member| sources[member.source()].contacts.get(member.no).id.clone();
    Ok(Page {
        contacts: members.iter().map(id).collect(),
        next: members.last().filter(|_| has_more).map(cursor),
        total: page_source::total(&sources),
    })
}
