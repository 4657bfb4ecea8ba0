//! Contacts and conversations: pages of contacts, one contact, and changes.

use enlist::{
    ContactSet, Cursor, EngineError, Error, Event, Json, Page, PageOrder, PageRequest, PageStart,
    UncheckedRule, View, Workspace,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::response::{Answer, Nothing};
use crate::answer::wire::{Applied, ContactSegment, ContactSegments, Contacts, Tag};
use crate::answer::written_contact::{ContactRow, ContactShown};
use crate::authorisation::{Read, Write};
use crate::problem::details::Problem;
use crate::problem::refusal::Refusal;
use crate::request::document::Members;
use crate::request::head::{Parameters, Within};

/// Which page of contacts.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// The members of this segment; without it, all contacts.
    segment: Option<String>,
    /// In the name or the e-mail address, in the digits of the phone number, or at the start of the id.
    q: Option<String>,
    /// The field to sort by; without it, the order of arrival.
    sort: Option<String>,
    /// `asc` or `desc`
    #[param(inline)]
    order: Option<Direction>,
    /// After the last contact of an earlier page: its `next`.
    cursor: Option<String>,
    /// How many contacts to skip.
    offset: Option<u64>,
    /// How many contacts: 1 to 1,000, by default 50.
    #[param(minimum = 1, maximum = 1000)]
    size: Option<usize>,
}

/// A direction of an order.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Direction {
    Asc,
    Desc,
}

impl Paging {
    fn request(&self) -> Result<PageRequest, Problem> {
        let refused = |what: &str| Err(Refusal::Query(what.to_owned()).into());
        let descending = self.order == Some(Direction::Desc);
        let order = match &self.sort {
            None => PageOrder::Arrival { descending },
            Some(field) => PageOrder::Field { field: field.clone(), descending },
        };
        let size = self.size.unwrap_or(50);
        if !(1..=1_000).contains(&size) {
            return refused("`size` is 1 to 1000");
        }
        let start = match (&self.cursor, self.offset) {
            (Some(_), Some(_)) => return refused("only one of `cursor` and `offset`"),
            (Some(cursor), None) => PageStart::After(Cursor::from_text(cursor)),
            (None, offset) => PageStart::Offset(offset.unwrap_or(0)),
        };
        Ok(PageRequest::default().with_order(order).with_start(start).with_size(size))
    }

    fn set(&self, view: View<'_>) -> Result<ContactSet, Error> {
        match &self.segment {
            Some(segment) => view.select(segment.as_str()),
            None => view.everyone(),
        }
    }
}

/// A page of contacts: of a segment or of all, searched, sorted.
#[utoipa::path(get, path = "/contacts", tag = "contacts", params(Paging),
    responses((status = 200, body = Contacts), (status = 422)))]
pub(crate) async fn list(
    within: Within<Read>,
    Parameters(paging): Parameters<Paging>,
) -> Result<Answer<Contacts>, Problem> {
    page(within, paging).await
}

/// A page of the members of a segment, as of contacts.
#[utoipa::path(get, path = "/segments/{segment}/members", tag = "segments", params(Paging),
    responses((status = 200, body = Contacts), (status = 422)))]
pub(crate) async fn members(
    within: Within<Read>,
    Parameters(mut paging): Parameters<Paging>,
) -> Result<Answer<Contacts>, Problem> {
    if paging.segment.is_some() {
        return Err(Refusal::Query("the address names the segment".to_owned()).into());
    }
    paging.segment = Some(within.own_id("segment"));
    page(within, paging).await
}

async fn page(within: Within<Read>, paging: Paging) -> Result<Answer<Contacts>, Problem> {
    let request = paging.request()?;
    let Some(sought) = paging.q.as_deref().map(str::trim).filter(|sought| !sought.is_empty()) else {
        let read = within.read(move |view| match &paging.segment {
            // Without its set of members, which would be made for the page alone.
            Some(segment) => show(view, view.page(segment, &request)?),
            None => show(view, view.page_of(&view.everyone()?, &request)?),
        });
        return read.await;
    };
    let sought = sought.to_owned();
    let found = within.long_work(move |workspace| {
        let found = search(workspace, &sought)?.or(&workspace.ids_beginning_with(&sought)?);
        let shown = workspace.read(|view| {
            let found = paging.set(view)?.and(&found);
            show(view, view.page_of(&found, &request)?).map(|contacts| Answer::at(view.revision(), contacts))
        });
        Ok(shown?)
    });
    found.await
}

/// The contacts with a text in their name or e-mail address, or with its digits in their phone number.
fn search(workspace: &Workspace, sought: &str) -> Result<ContactSet, Error> {
    let has_digits = sought.contains(|letter: char| letter.is_ascii_digit());
    let fields: &[&str] = if has_digits { &["name", "email", "phone"] } else { &["name", "email"] };
    let condition = |field: &&str| {
        let members = [("field", *field), ("operator", "contains"), ("value", sought)];
        Json::Object(members.map(|(name, text)| (name.to_owned(), Json::from(text))).into())
    };
    let conditions = fields.iter().map(condition).collect();
    let rule = [("match".to_owned(), Json::from("any")), ("conditions".to_owned(), Json::List(conditions))];
    workspace.matching(UncheckedRule::from(Json::Object(rule.into())))
}

/// The contacts of a page, with their values.
fn show(view: View<'_>, page: Page) -> Result<Contacts, Error> {
    let rows = page.contacts.iter().map(|id| row(view, id.as_str()));
    Ok(Contacts {
        contacts: rows.collect::<Result<_, _>>()?,
        next: page.next.map(|cursor| cursor.as_text().to_owned()),
        total: page.total,
        revision: Tag(view.revision()),
    })
}

/// A contact as pages show it.
pub(crate) fn row(view: View<'_>, id: &str) -> Result<ContactRow, Error> {
    Ok(ContactRow::of(view.contact(id)?))
}

fn find(view: View<'_>, id: &str) -> Result<ContactShown, Error> {
    Ok(ContactShown::of(view.contact(id)?))
}

/// A contact: its values, its labels, its conversations.
#[utoipa::path(get, path = "/contacts/{contact}", tag = "contacts",
    responses((status = 200, body = ContactShown)))]
pub(crate) async fn get(within: Within<Read>) -> Result<Answer<ContactShown>, Problem> {
    let id = within.own_id("contact");
    within.read(move |view| find(view, &id)).await
}

/// Creates or changes a contact: `set`, `add_labels`, `remove_labels`. A value of `null` empties its field.
#[utoipa::path(patch, path = "/contacts/{contact}", tag = "contacts", request_body = Object,
    responses((status = 200, body = ContactShown), (status = 429)))]
pub(crate) async fn patch(within: Within<Write>, document: Members) -> Result<Answer<ContactShown>, Problem> {
    let id = within.own_id("contact");
    let accepted = &["set", "add_labels", "remove_labels"];
    let event = document.into_event("contact_saved", within.now(), &[("contact", &id)], accepted)?;
    within.apply(event).await?;
    within.read(move |view| find(view, &id)).await
}

/// Deletes a contact with its conversations.
#[utoipa::path(delete, path = "/contacts/{contact}", tag = "contacts",
    responses((status = 204), (status = 422), (status = 429)))]
pub(crate) async fn delete(within: Within<Write>) -> Result<Answer<Nothing>, Problem> {
    let event = Event::contact_deleted(within.now(), within.id("contact")).build()?;
    Ok(Answer::at(within.apply(event).await?, Nothing))
}

/// Every segment, and whether the contact is in it.
#[utoipa::path(get, path = "/contacts/{contact}/segments", tag = "contacts",
    responses((status = 200, body = ContactSegments)))]
pub(crate) async fn segments(within: Within<Read>) -> Result<Answer<ContactSegments>, Problem> {
    let id = within.own_id("contact");
    let segments = within.read(move |view| {
        let inside = view.segments_of(&id)?;
        let shown = view.segments().map(|segment| ContactSegment {
            segment: segment.id().as_str().to_owned(),
            name: segment.name().to_owned(),
            is_member: inside.contains(&segment.id()),
        });
        Ok(ContactSegments { segments: shown.collect() })
    });
    segments.await
}

/// Merges the contact into another one, which gets its conversations: `into`.
#[utoipa::path(post, path = "/contacts/{contact}/merge", tag = "contacts", request_body = Object,
    responses((status = 200, body = ContactShown), (status = 429)))]
pub(crate) async fn merge(
    within: Within<Write>,
    mut document: Members,
) -> Result<Answer<ContactShown>, Problem> {
    let (id, into) = (within.own_id("contact"), document.needed_text("into"));
    document.end()?;
    let event = Event::contact_merged(within.now(), &id, &into).build()?;
    within.apply(event).await.map_err(|error| of_document(error, &id))?;
    within.read(move |view| find(view, &into)).await
}

/// Notes that the contact was active: `conversation`, if it was there.
#[utoipa::path(post, path = "/contacts/{contact}/activity", tag = "contacts", request_body = Object,
    responses((status = 200, body = Applied), (status = 429)))]
pub(crate) async fn activity(within: Within<Write>, document: Members) -> Result<Answer<Applied>, Problem> {
    let id = within.own_id("contact");
    let event = document.into_event("activity", within.now(), &[("contact", &id)], &["conversation"])?;
    let revision = within.apply(event).await.map_err(|error| of_document(error, &id))?;
    Ok(Answer::at(revision, Applied { revision: Tag(revision) }))
}

/// Creates or changes a conversation: `contact`, `set`.
#[utoipa::path(patch, path = "/conversations/{conversation}", tag = "contacts", request_body = Object,
    responses((status = 200, body = Applied), (status = 429)))]
pub(crate) async fn patch_conversation(
    within: Within<Write>,
    document: Members,
) -> Result<Answer<Applied>, Problem> {
    let id = within.own_id("conversation");
    let given = [("conversation", id.as_str())];
    let event = document.into_event("conversation_saved", within.now(), &given, &["contact", "set"])?;
    let revision = within.apply(event).await.map_err(|error| of_document(error, &id))?;
    Ok(Answer::at(revision, Applied { revision: Tag(revision) }))
}

/// Deletes a conversation.
#[utoipa::path(delete, path = "/conversations/{conversation}", tag = "contacts",
    responses((status = 204), (status = 422), (status = 429)))]
pub(crate) async fn delete_conversation(within: Within<Write>) -> Result<Answer<Nothing>, Problem> {
    let event = Event::conversation_deleted(within.now(), within.id("conversation")).build()?;
    Ok(Answer::at(within.apply(event).await?, Nothing))
}

/// A refusal of a write to what the address names. What only the document names does not fit, if it does not exist.
fn of_document(error: Error, address: &str) -> Problem {
    let reason = if let Error::Refused(refused) = &error { &refused.reason } else { &error };
    let is_address = if let Error::Engine(
        EngineError::UnknownContact { contact: id } | EngineError::UnknownConversation { conversation: id },
    ) = reason
    {
        id == address
    } else {
        true
    };
    let problem = Problem::from(error);
    if is_address { problem } else { problem.named_by_document() }
}
