//! The fields of contacts and conversations: kind, options with their use, and the segments that name each.

use std::collections::BTreeMap;

use axum::response::Response;
use enlist::model::{Kind, Scope};
use enlist::{Error, View};
use maud::{Markup, html};

use crate::access::{Look, Visit};
use crate::address::Pages;
use crate::builder::offer::options;
use crate::failure::Failure;
use crate::frame::{Drawn, Tab, chip, framed};
use crate::words;

/// A field in the list.
struct Row {
    key: String,
    kind: Kind,
    scope: Scope,
    built_in: bool,
    /// Options, and how many hold each.
    options: Vec<(String, u64)>,
    used_by: Vec<(String, String)>,
}

/// The list.
pub(crate) async fn list(visit: Visit<Look>) -> Result<Response, Failure> {
    let (rows, zone) = visit.read(|view| Ok((rows(view)?, view.time_zone().to_owned()))).await?;
    let content = html! {
        header { h1 { "Fields" } }
        @for scope in [Scope::Contact, Scope::Conversation] {
            h2 { @match scope { Scope::Contact => "Contacts", Scope::Conversation => "Conversations" } }
            (table(&visit.pages, rows.iter().filter(|row| row.scope == scope)))
        }
    };
    let (title, zone, content) = ("Fields".to_owned(), zone.clone(), content);
    Ok(framed(&visit, &Drawn { tab: Tab::Fields, title, zone, content, live: None }))
}

fn table<'a>(pages: &Pages, rows: impl Iterator<Item = &'a Row>) -> Markup {
    html! {
        table {
            thead { tr { th { "Field" } th { "Kind" } th { "Options" } th { "Used by" } } }
            tbody {
                @for row in rows {
                    tr {
                        td { (words::field(&row.key)) " " span.quiet { (row.key) @if row.built_in { " · built in" } } }
                        td { (row.kind.name().replace('_', " ")) }
                        td { @for (option, count) in &row.options { span.label { bdi { (option) } " " (words::number(*count)) } } }
                        td { @for (id, name) in &row.used_by { (chip(&pages.segment(id), id, name)) } }
                    }
                }
            }
        }
    }
}

fn rows(view: View<'_>) -> Result<Vec<Row>, Error> {
    let mut users: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for segment in view.segments() {
        let user = (segment.id().as_str().to_owned(), segment.name().to_owned());
        for condition in segment.rule().conditions() {
            let users = users.entry(condition.field.as_str()).or_default();
            if users.last() != Some(&user) {
                users.push(user.clone());
            }
        }
    }
    let shown = view.fields().map(|field| {
        let key = field.key.as_str();
        Ok(Row {
            key: key.to_owned(),
            kind: field.kind,
            scope: field.key.scope(),
            built_in: field.built_in,
            options: options(view, key, field.kind)?,
            used_by: users.remove(key).unwrap_or_default(),
        })
    });
    shown.collect()
}
