//! Pages of the members of a segment, or of the contacts of a set: in order of arrival or sorted by a field, ascending or descending, after a position or at an
//! offset, of one engine or of all engines of a workspace.
//!
//! A walk page by page in order of arrival meets every contact that stays a member exactly once, whatever else
//! changes: the position is the arrival of the last contact shown, and arrivals never change. A sorted walk
//! guarantees the same for contacts whose sort value stays, except that those with long texts that begin alike may
//! be met again, after the contact of a position has changed.

use std::borrow::Cow;

use enlist_model::{Kind, Scope};
use roaring::RoaringBitmap;

use crate::engine::Engine;
use crate::error::Error;
use crate::ids::FieldNo;
use crate::query::order::FieldOrder;
use crate::query::page_order::PageOrder;
use crate::query::page_request::{Page, PageRequest, Start};
use crate::query::page_source::{self, Member, PageMembers, PageSource};
use crate::query::position::{PagePosition, SortKey};
use crate::query::{arrival, window};

impl Engine {
    /// A page of a segment's members.
    ///
    /// # Errors
    /// [`Error::UnknownSegment`], [`Error::SortField`], [`Error::Cursor`].
    pub fn page(&self, segment: &str, request: &PageRequest) -> Result<Page, Error> {
        page_across(&[self], segment, request)
    }

    /// This engine as a source of a page.
    fn source<'a, M>(
        &'a self,
        members: &'a M,
        order: &PageOrder,
        is_alone: bool,
    ) -> Result<PageSource<'a, M>, Error> {
        let contacts = &self.facts.contacts;
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
/// creation numbers are unique among them (see [`Engine::arrive_as`]). Positions work for any number of engines.
///
/// A page by arrival takes a few searches in each engine; a sorted page visits all members.
///
/// # Errors
/// [`Error::UnknownSegment`] if an engine does not have the segment, or there is no engine; [`Error::SortField`],
/// [`Error::Cursor`].
pub fn page_across(engines: &[&Engine], segment: &str, request: &PageRequest) -> Result<Page, Error> {
    if engines.is_empty() {
        return Err(Error::UnknownSegment { segment: segment.to_owned() });
    }
    let members = engines.iter().map(|engine| engine.members_of(segment));
    page_over(engines, &members.collect::<Result<Vec<_>, _>>()?, request)
}

/// A page of the contacts of a set, over the engines of a workspace as [`page_across`] makes it: of each engine the contacts in its
/// bitmap, those that were deleted left out. Without an engine the page is empty.
///
/// # Errors
/// [`Error::SortField`], [`Error::Cursor`].
pub fn page_of_across(parts: &[(&Engine, &RoaringBitmap)], request: &PageRequest) -> Result<Page, Error> {
    let engines: Vec<&Engine> = parts.iter().map(|(engine, _)| *engine).collect();
    let living: Vec<_> = parts.iter().map(|(engine, part)| engine.facts.contacts.living_of(part)).collect();
    let members: Vec<&RoaringBitmap> = living.iter().map(Cow::as_ref).collect();
    page_over(&engines, &members, request)
}

fn page_over<M: PageMembers>(
    engines: &[&Engine],
    members: &[&M],
    request: &PageRequest,
) -> Result<Page, Error> {
    let Some(first) = engines.first() else {
        return Ok(Page { contacts: Vec::new(), next: None, total: 0 });
    };
    let is_alone = engines.len() == 1;
    let sources = engines.iter().zip(members);
    let sources = sources.map(|(engine, members)| engine.source(*members, &request.order, is_alone));
    let sources = sources.collect::<Result<Vec<_>, _>>()?;
    let (start, descending) = (Start::of(request)?, request.order.is_descending());
    let order = match &request.order {
        PageOrder::Arrival { .. } => None,
        PageOrder::Field { field, .. } => {
            let field = first.definitions.field(first.sortable(field)?);
            Some(FieldOrder::new(field, &first.calendar, descending))
        }
    };
    let (members, has_more) = if let Some(order) = &order {
        let start = start.map(|position| order.place_after(position, &sources));
        window::page(&sources, order, &start, request.size)
    } else {
        // The last contact shown is excluded: ascending, the page begins after it, descending, before it.
        let start = start.map(|position| position.creation.saturating_add(u64::from(!descending)));
        arrival::page(&sources, &start, request.size, descending)
    };
    let position = |member: &Member| {
        let source = &sources[member.source()];
        let key = order.as_ref().map_or(SortKey::Empty, |order| order.sort_key(source, member.no));
        PagePosition::new(&request.order, source.contacts.creation(member.no), key)
    };
    let id = |member: &Member| sources[member.source()].contacts.get(member.no).id.clone();
    Ok(Page {
        contacts: members.iter().map(id).collect(),
        next: members.last().filter(|_| has_more).map(position),
        total: page_source::total(&sources),
    })
}
