//! Contacts: all, or those of a segment; searched, sorted, by page. All of it is in the address.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use enlist::model::{FieldDefinition, Scope};
use enlist::{ContactSet, Error, Json, PageOrder, PageRequest, PageStart, UncheckedRule, View, Workspace};
use maud::{Markup, html};
use serde::Deserialize;

use crate::access::{Look, Visit};
use crate::address::{Pages, encoded};
use crate::failure::Failure;
use crate::frame::{Drawn, Tab, framed};
use crate::live::stream;
use crate::values::shown;
use crate::words;

/// How many contacts a page has.
const SIZE: u64 = 50;
/// The columns that are shown unless others are chosen.
const COLUMNS: [&str; 3] = ["name", "email", "phone"];

/// Which contacts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sought {
    segment: String,
    q: String,
    sort: String,
    order: String,
    page: u64,
}

impl Sought {
    /// The address with one member changed.
    fn address(&self, pages: &Pages, change: impl FnOnce(&mut Sought)) -> String {
        let mut changed = self.clone();
        change(&mut changed);
        pages.page(&changed.path())
    }

    /// The path below the workspace, with what is sought.
    fn path(&self) -> String {
        let page = if self.page == 0 { String::new() } else { self.page.to_string() };
        let members = [
            ("segment", &self.segment),
            ("q", &self.q),
            ("sort", &self.sort),
            ("order", &self.order),
            ("page", &page),
        ];
        let given = members.iter().filter(|(_, value)| !value.is_empty());
        let query =
            given.map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&");
        format!("contacts?{query}")
    }

    fn request(&self) -> PageRequest {
        let descending = self.order == "desc";
        let order = match self.sort.as_str() {
            "" => PageOrder::Arrival { descending },
            field => PageOrder::Field { field: field.to_owned(), descending },
        };
        let start = PageStart::Offset(self.page.saturating_mul(SIZE));
        PageRequest::default().with_order(order).with_start(start).with_size(SIZE as usize)
    }
}

/// What a page shows.
struct Found {
    zone: String,
    segments: Vec<(String, String)>,
    total: u64,
    rows: Vec<Row>,
}

/// A contact.
struct Row {
    id: String,
    values: Vec<String>,
    labels: Vec<String>,
}

/// The page.
pub(crate) async fn list(visit: Visit<Look>, Query(sought): Query<Sought>) -> Result<Response, Failure> {
    Ok(framed(&visit, &draw(&visit, sought).await?))
}

/// The page, again and again.
pub(crate) async fn live(visit: Visit<Look>, Query(sought): Query<Sought>) -> Response {
    stream(visit, move |visit| {
        let sought = sought.clone();
        async move { draw(&visit, sought).await }
    })
}

async fn draw(visit: &Visit<Look>, sought: Sought) -> Result<Drawn, Failure> {
    let (workspace, asked) = (visit.workspace.blocking().clone(), sought.clone());
    let found = visit.shared.access.long_work(move || find(&workspace, &asked)).await;
    let found = found.ok_or_else(Failure::busy)??;
    let content = html! {
        header { h1 { "Contacts" } }
        (search(&sought, &found))
        (banner(&visit.pages, &sought, &found))
        @if found.rows.is_empty() {
            section.empty {
                p { "No contact matches." }
                @if !sought.q.is_empty() { a href=(sought.address(&visit.pages, |sought| sought.q.clear())) { "Clear the search" } }
            }
        } @else {
            (table(&visit.pages, &sought, &found))
        }
    };
    let live = visit.pages.live(&sought.path());
    Ok(Drawn {
        tab: Tab::Contacts,
        title: "Contacts".to_owned(),
        zone: found.zone,
        content,
        live: Some(live),
    })
}

fn find(workspace: &Workspace, sought: &Sought) -> Result<Found, Error> {
    let searched = match sought.q.trim() {
        "" => None,
        text => Some(search_for(workspace, text)?.or(&workspace.ids_beginning_with(text)?)),
    };
    workspace.read(|view| {
        let all =
            if sought.segment.is_empty() { view.everyone()? } else { view.select(sought.segment.as_str())? };
        let set = searched.map_or_else(|| all.clone(), |searched| all.and(&searched));
        let found = view.page_of(&set, &sought.request())?;
        let rows = found.contacts.iter().map(|id| row(view, id.as_str()));
        Ok(Found {
            zone: view.time_zone().to_owned(),
            segments: view
                .segments()
                .map(|segment| (segment.id().as_str().to_owned(), segment.name().to_owned()))
                .collect(),
            total: found.total,
            rows: rows.collect::<Result<_, Error>>()?,
        })
    })
}

/// The contacts with a text in their name or e-mail address, or with its digits in their phone number.
fn search_for(workspace: &Workspace, text: &str) -> Result<ContactSet, Error> {
    let has_digits = text.contains(|letter: char| letter.is_ascii_digit());
    let condition = |field: &&str| {
        let members = [("field", *field), ("operator", "contains"), ("value", text)];
        Json::Object(members.map(|(name, text)| (name.to_owned(), Json::from(text))).into())
    };
    let conditions = COLUMNS.iter().take(if has_digits { 3 } else { 2 }).map(condition).collect();
    let rule = [("match".to_owned(), Json::from("any")), ("conditions".to_owned(), Json::List(conditions))];
    workspace.matching(UncheckedRule::from(Json::Object(rule.into())))
}

fn row(view: View<'_>, id: &str) -> Result<Row, Error> {
    let contact = view.contact(id)?;
    let values = COLUMNS.iter().map(|field| contact.value(field).as_ref().map(shown).unwrap_or_default());
    Ok(Row {
        id: id.to_owned(),
        values: values.collect(),
        labels: contact.labels().map(str::to_owned).collect(),
    })
}

fn search(sought: &Sought, found: &Found) -> Markup {
    html! {
        form.bar method="get" {
            input type="search" name="q" value=(sought.q) placeholder="Name, e-mail, phone, id" aria-label="Search contacts";
            select name="segment" aria-label="Segment" {
                option value="" { "All contacts" }
                @for (id, name) in &found.segments {
                    option value=(id) selected[*id == sought.segment] { (name) }
                }
            }
            button { "Show" }
        }
    }
}

/// Which segment, and how many match.
fn banner(pages: &Pages, sought: &Sought, found: &Found) -> Markup {
    let name = found.segments.iter().find(|(id, _)| *id == sought.segment).map(|(_, name)| name);
    html! {
        p.banner.(words::hue(&sought.segment)) {
            @if let Some(name) = name {
                bdi { (name) } " · "
            }
            strong { (words::number(found.total)) } @if found.total == 1 { " contact matches" } @else { " contacts match" }
            @if name.is_some() {
                " · " a href=(pages.segment(&sought.segment)) { "Edit" }
                " " a href=(sought.address(pages, |sought| sought.segment.clear())) aria-label="Show all contacts" { "×" }
            }
        }
    }
}

fn table(pages: &Pages, sought: &Sought, found: &Found) -> Markup {
    let sorted = |field: &'static str| {
        let descends = sought.sort == field && sought.order != "desc";
        sought.address(pages, |sought| {
            field.clone_into(&mut sought.sort);
            (if descends { "desc" } else { "" }).clone_into(&mut sought.order);
            sought.page = 0;
        })
    };
    let last = found.total.saturating_sub(1) / SIZE;
    html! {
        table {
            thead { tr { @for field in COLUMNS { th { a href=(sorted(field)) { (words::field(field)) } } } th { "Labels" } } }
            tbody {
                @for row in &found.rows {
                    tr {
                        @for (index, value) in row.values.iter().enumerate() {
                            td {
                                @if index == 0 {
                                    a.name href=(pages.contact(&row.id)) dir="auto" { @if value.is_empty() { (row.id) } @else { (value) } }
                                } @else { span dir="auto" { (value) } }
                            }
                        }
                        td { @for label in &row.labels { span.label dir="auto" { (label) } } }
                    }
                }
            }
        }
        nav.pages aria-label="Pages of contacts" {
            @if sought.page > 0 { a href=(sought.address(pages, |sought| sought.page -= 1)) rel="prev" { "Previous" } }
            span { "Page " (sought.page + 1) " of " (last + 1) }
            @if sought.page < last { a href=(sought.address(pages, |sought| sought.page += 1)) rel="next" { "Next" } }
        }
    }
}

/// The fields of contacts, by key.
pub(crate) fn fields_of<'a>(view: &'a View<'_>, scope: Scope) -> BTreeMap<&'a str, &'a FieldDefinition> {
    let fields = view.fields().filter(|field| field.key.scope() == scope);
    fields.map(|field| (field.key.as_str(), field)).collect()
}
