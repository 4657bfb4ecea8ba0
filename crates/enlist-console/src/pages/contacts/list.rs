//! Contacts: all, or those of a segment; searched, sorted, by page.
//!
//! It finds them; the page is drawn elsewhere. Invariant: what an address asks for and does not exist is said, or is as usual.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use enlist::model::{FieldDefinition, Kind, Scope};
use enlist::{ContactSet, Error, ErrorClass, Json, SegmentId, UncheckedRule, View, Workspace};

use crate::access::{Look, Visit};
use crate::failure::Failure;
use crate::frame::{Drawn, Tab, framed};
use crate::live::{SELDOM, stream, stream_every};
use crate::pages::contacts::sought::{SIZE, Sought};
use crate::pages::contacts::table::drawn;
use crate::values::shown;

/// The columns that are shown unless others are chosen.
const COLUMNS: [&str; 4] = ["name", "email", "phone", "labels"];
/// The fields in which it is searched, the phone number last.
const SEARCHED: [&str; 3] = ["name", "email", "phone"];

/// What a page shows.
pub(crate) struct Found {
    pub(crate) zone: String,
    /// All segments: id and name.
    pub(crate) segments: Vec<(String, String)>,
    /// The segment in the address, if there is one and it exists.
    pub(crate) segment: Option<Segment>,
    /// All fields of contacts.
    pub(crate) fields: Vec<Field>,
    /// Those that are columns, by position in `fields`.
    pub(crate) columns: Vec<usize>,
    /// How many contacts the workspace has.
    pub(crate) everyone: u64,
    /// How many match.
    pub(crate) total: u64,
    pub(crate) rows: Vec<Row>,
    /// Why it cannot be searched for the text.
    pub(crate) refusal: Option<String>,
}

/// A segment.
pub(crate) struct Segment {
    pub(crate) name: String,
    pub(crate) sentence: String,
}

/// A field of contacts.
pub(crate) struct Field {
    pub(crate) key: String,
    pub(crate) kind: Kind,
}

impl Field {
    /// Whether contacts can be sorted by it.
    pub(crate) fn is_single(&self) -> bool {
        match self.kind {
            Kind::Text | Kind::Phone | Kind::Number | Kind::Date | Kind::Boolean | Kind::Select => true,
            Kind::MultiSelect | Kind::Label => false,
        }
    }
}

/// A contact.
pub(crate) struct Row {
    pub(crate) id: String,
    /// By column.
    pub(crate) values: Vec<String>,
    pub(crate) labels: Vec<String>,
}

/// The page.
pub(crate) async fn list(
    visit: Visit<Look>,
    Query(members): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    Ok(framed(&visit, &draw(&visit, Sought::of(members)).await?))
}

/// The page, again and again.
pub(crate) async fn live(visit: Visit<Look>, Query(members): Query<Vec<(String, String)>>) -> Response {
    let sought = Sought::of(members);
    let is_long = sought.is_long();
    let draw = move |visit: Visit<Look>| {
        let sought = sought.clone();
        async move { draw(&visit, sought).await }
    };
    if is_long { stream_every(SELDOM, visit, draw) } else { stream(visit, draw) }
}

async fn draw(visit: &Visit<Look>, sought: Sought) -> Result<Drawn, Failure> {
    let (found, sought) = if sought.is_long() {
        let workspace = visit.workspace.blocking().clone();
        let found = visit.shared.access.long_work(move || find_long(&workspace, sought)).await;
        found.ok_or_else(Failure::busy)??
    } else {
        visit.read(move |view| find(view, sought, Ok(None))).await?
    };
    let content = drawn(&visit.pages, &sought, &found);
    let live = Some(visit.pages.live(&sought.path()));
    Ok(Drawn { tab: Tab::Contacts, title: "Contacts".to_owned(), zone: found.zone, content, live })
}

/// As [`find`], with what takes long before.
fn find_long(workspace: &Workspace, sought: Sought) -> Result<(Found, Sought), Error> {
    let searched = match sought.q.trim() {
        "" => Ok(None),
        text => match search_for(workspace, text) {
            Ok(found) => Ok(Some(found)),
            Err(error) => match error.class() {
                ErrorClass::Unfit | ErrorClass::TooLarge | ErrorClass::Unreadable => Err(error.to_string()),
                ErrorClass::Unknown
                | ErrorClass::InUse
                | ErrorClass::Changed
                | ErrorClass::Full
                | ErrorClass::Unavailable => return Err(error),
            },
        },
    };
    workspace.read(|view| find(view, sought, searched))
}

/// The contacts, and what is sought with what does not exist left out.
fn find(
    view: View<'_>,
    mut sought: Sought,
    searched: Result<Option<ContactSet>, String>,
) -> Result<(Found, Sought), Error> {
    let fields: Vec<Field> = fields_of(&view, Scope::Contact)
        .values()
        .map(|field| Field { key: field.key.as_str().to_owned(), kind: field.kind })
        .collect();
    let position = |key: &str| fields.iter().position(|field| field.key == key);
    sought.columns.retain(|key| position(key).is_some());
    if !fields.iter().any(|field| field.key == sought.sort && field.is_single()) {
        sought.sort.clear();
    }
    let mut columns: Vec<usize> = sought.columns.iter().filter_map(|key| position(key)).collect();
    if columns.is_empty() {
        columns = COLUMNS.iter().filter_map(|key| position(key)).collect();
    }
    let segments: Vec<(String, String)> = view
        .segments()
        .map(|segment| (segment.id().as_str().to_owned(), segment.name().to_owned()))
        .collect();
    let segment = segment(view, &sought.segment, &segments);
    let everyone = view.everyone()?;
    let mut set = match (&segment, sought.segment.is_empty()) {
        (Some(_), _) => view.select(sought.segment.as_str())?,
        (None, true) => everyone.clone(),
        // It does not exist, and nobody is in it.
        (None, false) => everyone.minus(&everyone),
    };
    let refusal = match searched {
        Ok(None) => None,
        Ok(Some(searched)) => {
            set = set.and(&searched);
            None
        }
        Err(refusal) => {
            set = everyone.minus(&everyone);
            Some(refusal)
        }
    };
    // Contacts may have gone since the page was linked.
    sought.page = sought.page.min(set.len().saturating_sub(1) / SIZE);
    let page = view.page_of(&set, &sought.request())?;
    let rows = page.contacts.iter().map(|id| row(view, id.as_str(), &fields, &columns));
    let rows = rows.collect::<Result<_, Error>>()?;
    let (zone, everyone, total) = (view.time_zone().to_owned(), everyone.len(), page.total);
    Ok((Found { zone, segments, segment, fields, columns, everyone, total, rows, refusal }, sought))
}

fn segment(view: View<'_>, id: &str, segments: &[(String, String)]) -> Option<Segment> {
    let found = view.segments().find(|segment| segment.id().as_str() == id)?;
    let name = |id: &SegmentId| {
        let named = segments.iter().find(|(each, _)| each == id.as_str());
        named.map_or_else(|| id.as_str().to_owned(), |(_, name)| name.clone())
    };
    Some(Segment { name: found.name().to_owned(), sentence: found.rule().sentence_naming(name) })
}

/// The contacts with a text in their name or e-mail address, with its digits in their phone number, or at the beginning of their id.
fn search_for(workspace: &Workspace, text: &str) -> Result<ContactSet, Error> {
    let has_digits = text.contains(|letter: char| letter.is_ascii_digit());
    let condition = |field: &&str| {
        let members = [("field", *field), ("operator", "contains"), ("value", text)];
        Json::Object(members.map(|(name, text)| (name.to_owned(), Json::from(text))).into())
    };
    let conditions = SEARCHED.iter().take(if has_digits { 3 } else { 2 }).map(condition).collect();
    let rule = [("match".to_owned(), Json::from("any")), ("conditions".to_owned(), Json::List(conditions))];
    let matching = workspace.matching(UncheckedRule::from(Json::Object(rule.into())))?;
    Ok(matching.or(&workspace.ids_beginning_with(text)?))
}

fn row(view: View<'_>, id: &str, fields: &[Field], columns: &[usize]) -> Result<Row, Error> {
    let contact = view.contact(id)?;
    let value = |at: &usize| match fields[*at].kind {
        Kind::Label => String::new(),
        Kind::Text
        | Kind::Phone
        | Kind::Number
        | Kind::Date
        | Kind::Boolean
        | Kind::Select
        | Kind::MultiSelect => contact.value(&fields[*at].key).as_ref().map(shown).unwrap_or_default(),
    };
    let values = columns.iter().map(value).collect();
    Ok(Row { id: id.to_owned(), values, labels: contact.labels().map(str::to_owned).collect() })
}

/// The fields of contacts, by key.
pub(crate) fn fields_of<'a>(view: &'a View<'_>, scope: Scope) -> BTreeMap<&'a str, &'a FieldDefinition> {
    let fields = view.fields().filter(|field| field.key.scope() == scope);
    fields.map(|field| (field.key.as_str(), field)).collect()
}
