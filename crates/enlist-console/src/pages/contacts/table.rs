//! The page of contacts as markup: the search, the banner, the table, and what is said instead of an empty one.
//!
//! It finds nothing out. Invariant: whatever narrows an empty page can be cleared from it.

use enlist::model::Kind;
use maud::{Markup, html};

use crate::address::{Pages, encoded};
use crate::pages::contacts::list::{Field, Found, Row};
use crate::pages::contacts::sought::{Direction, SIZE, Sought};
use crate::words::{field, hue, number};

/// The content of the page.
pub(crate) fn drawn(pages: &Pages, sought: &Sought, found: &Found) -> Markup {
    html! {
        header { h1 { "Contacts" } (columns(sought, found)) }
        (search(sought, found))
        (banner(pages, sought, found))
        @if found.rows.is_empty() {
            section.empty { (empty(pages, sought, found)) }
        } @else {
            (table(pages, sought, found))
            (pager(pages, sought, found))
        }
    }
}

/// The menu in which columns are chosen.
fn columns(sought: &Sought, found: &Found) -> Markup {
    html! {
        button popovertarget="columns" { "Columns" }
        div.menu #columns popover {
            form method="get" {
                (sought.hidden(&["columns"]))
                @for (at, each) in found.fields.iter().enumerate() {
                    label { input type="checkbox" name="columns" value=(each.key) checked[found.columns.contains(&at)]; " " (field(&each.key)) }
                }
                button.choose { "Show these" }
            }
        }
    }
}

fn search(sought: &Sought, found: &Found) -> Markup {
    html! {
        form.bar method="get" {
            input type="search" name="q" value=(sought.q) placeholder="Name, e-mail, phone, id" aria-label="Search contacts";
            select name="segment" aria-label="Segment" data-submit {
                option value="" { "All contacts" }
                @for (id, name) in &found.segments {
                    option value=(id) selected[*id == sought.segment] { (name) }
                }
            }
            (sought.hidden(&["q", "segment"]))
            button { "Show" }
        }
    }
}

/// Which segment, and how many match.
fn banner(pages: &Pages, sought: &Sought, found: &Found) -> Markup {
    let is_narrowed = found.segment.is_some() || !sought.q.trim().is_empty();
    let noun = if found.total == 1 { "contact" } else { "contacts" };
    let verb = match (is_narrowed, found.total) {
        (false, _) => "",
        (true, 1) => " matches",
        (true, _) => " match",
    };
    html! {
        @if sought.segment.is_empty() || found.segment.is_some() {
            // Only a segment has a hue.
            p class={ "banner " @if found.segment.is_some() { (hue(&sought.segment)) } } {
                @if let Some(segment) = &found.segment { bdi { (segment.name) } " · " }
                strong { (number(found.total)) } " " (noun) (verb) span.live { " · live" }
                @if found.segment.is_some() {
                    " · " a href=(pages.segment(&sought.segment)) { "Edit" }
                    " " a.plain href=(sought.address(pages, all)) aria-label="Show all contacts" { "×" }
                }
            }
        }
    }
}

/// Leaves the segment.
fn all(sought: &mut Sought) {
    sought.segment.clear();
    sought.page = 0;
}

/// Leaves the search.
fn unsearched(sought: &mut Sought) {
    sought.q.clear();
    sought.page = 0;
}

/// Why nobody is here, and what can be done.
fn empty(pages: &Pages, sought: &Sought, found: &Found) -> Markup {
    let q = sought.q.trim();
    let show_all = html! { a href=(sought.address(pages, all)) { "Show all contacts" } };
    let clear = html! { a href=(sought.address(pages, unsearched)) { "Clear the search" } };
    html! {
        @if !sought.segment.is_empty() && found.segment.is_none() {
            p { "There is no segment “" bdi { (sought.segment) } "”. It may have been deleted." }
            p { (show_all) }
        } @else if let Some(refusal) = &found.refusal {
            p { "This cannot be searched for: " bdi { (refusal) } }
            p { (clear) }
        } @else if found.everyone == 0 {
            p { "There is no contact yet. Contacts come in as events, and show here by themselves." }
            @if !q.is_empty() { p { (clear) } }
        } @else if !q.is_empty() {
            p {
                "No contact " @if let Some(segment) = &found.segment { "in “" bdi { (segment.name) } "” " }
                "has “" bdi { (q) } "” in its name, e-mail address or phone number, or at the beginning of its id."
            }
            p { (clear) @if found.segment.is_some() { " · " a href=(sought.address(pages, all)) { "Search all contacts" } } }
        } @else if let Some(segment) = &found.segment {
            p { "Nobody is in “" bdi { (segment.name) } "” now: " bdi { (segment.sentence) } }
            p { (show_all) " · " a href=(pages.segment(&sought.segment)) { "Edit the segment" } }
        }
    }
}

fn table(pages: &Pages, sought: &Sought, found: &Found) -> Markup {
    let columns: Vec<&Field> = found.columns.iter().map(|at| &found.fields[*at]).collect();
    html! {
        div.scrolls {
            table.list {
                thead { tr { @for each in &columns { (heading(pages, sought, each)) } } }
                tbody {
                    @for row in &found.rows {
                        tr id={ "contact/" (encoded(&row.id)) } {
                            @for (at, each) in columns.iter().enumerate() { (cell(pages, row, at, each)) }
                        }
                    }
                }
            }
        }
    }
}

/// The heading of a column, which sorts by it.
fn heading(pages: &Pages, sought: &Sought, each: &Field) -> Markup {
    let (sorted, arrow, next) = match (sought.sort == each.key, sought.order) {
        (false, _) => (None, "", Direction::Ascending),
        (true, Direction::Ascending) => (Some("ascending"), " ↑", Direction::Descending),
        (true, Direction::Descending) => (Some("descending"), " ↓", Direction::Ascending),
    };
    let by_it = |sought: &mut Sought| {
        sought.sort.clone_from(&each.key);
        sought.order = next;
        sought.page = 0;
    };
    html! {
        th aria-sort=[sorted] scope="col" {
            @if each.is_single() {
                a href=(sought.address(pages, by_it)) { (field(&each.key)) span aria-hidden="true" { (arrow) } }
            } @else { (field(&each.key)) }
        }
    }
}

fn cell(pages: &Pages, row: &Row, at: usize, each: &Field) -> Markup {
    let (label, value) = (field(&each.key), &row.values[at]);
    let is_labels = each.kind == Kind::Label;
    html! {
        // The first leads to the contact.
        @if at == 0 {
            td {
                a.name href=(pages.contact(&row.id)) dir="auto" { @if value.is_empty() { span.quiet { (row.id) } } @else { (value) } }
                @if is_labels { " " (labels(row)) }
            }
        } @else if is_labels {
            td data-label=(label) { (labels(row)) }
        } @else {
            td data-label=(label) { span dir="auto" { (value) } }
        }
    }
}

fn labels(row: &Row) -> Markup {
    html! { @for label in &row.labels { span.label dir="auto" { (label) } } }
}

/// Which contacts these are, of how many, and the way to the others.
fn pager(pages: &Pages, sought: &Sought, found: &Found) -> Markup {
    let first = sought.page * SIZE;
    let last = found.total.saturating_sub(1) / SIZE;
    html! {
        nav.pages aria-label="Pages of contacts" {
            @if sought.page > 0 { a href=(sought.address(pages, |sought| sought.page -= 1)) rel="prev" { "Previous" } }
            span { (number(first + 1)) " – " (number(first + found.rows.len() as u64)) " of " (number(found.total)) }
            @if sought.page < last { a href=(sought.address(pages, |sought| sought.page += 1)) rel="next" { "Next" } }
        }
    }
}
