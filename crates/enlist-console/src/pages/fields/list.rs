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
use crate::live::stream;
use crate::words;

/// How many options of a field the list shows.
const OPTIONS: usize = 12;

/// A field with its use.
pub(crate) struct FieldUse {
    pub(crate) key: String,
    pub(crate) kind: Kind,
    pub(crate) scope: Scope,
    pub(crate) built_in: bool,
    /// What an empty boolean reads as.
    pub(crate) default: Option<bool>,
    /// The options that it accepts; `None` accepts any.
    pub(crate) accepted: Option<Vec<String>>,
    /// Options, and how many hold each.
    pub(crate) options: Vec<(String, u64)>,
    /// The ids and names of the segments whose rules name it.
    pub(crate) used_by: Vec<(String, String)>,
}

/// The list.
pub(crate) async fn list(visit: Visit<Look>) -> Result<Response, Failure> {
    Ok(framed(&visit, &draw(&visit).await?))
}

/// The list, again and again.
pub(crate) async fn live(visit: Visit<Look>) -> Response {
    stream(visit, |visit| async move { draw(&visit).await })
}

async fn draw(visit: &Visit<Look>) -> Result<Drawn, Failure> {
    let (fields, zone) = visit.read(|view| Ok((all(view)?, view.time_zone().to_owned()))).await?;
    let content = html! {
        header { h1 { "Fields" } a.button href=(visit.pages.page("fields/-new")) { "New field" } }
        @for scope in [Scope::Contact, Scope::Conversation] {
            h2 { (of_scope(scope)) }
            (table(&visit.pages, fields.iter().filter(|field| field.scope == scope)))
        }
    };
    let (title, live) = ("Fields".to_owned(), Some(visit.pages.live("fields")));
    Ok(Drawn { tab: Tab::Fields, title, zone, content, live })
}

/// Whose fields.
pub(crate) fn of_scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Contact => "Contacts",
        Scope::Conversation => "Conversations",
    }
}

/// The name of a kind, as people read it.
pub(crate) fn kind_words(kind: Kind) -> String {
    kind.name().replace('_', " ")
}

fn table<'a>(pages: &Pages, fields: impl Iterator<Item = &'a FieldUse>) -> Markup {
    html! {
        table.fields {
            thead { tr { th { "Field" } th { "Kind" } th { "Options" } th { "Used by" } } }
            tbody {
                @for field in fields {
                    tr {
                        td { a.name href=(pages.field(&field.key)) { (words::field(&field.key)) } " " span.quiet { (field.key) @if field.built_in { " · built in" } } }
                        td { (kind_words(field.kind)) }
                        td { (held(&field.options, OPTIONS)) }
                        td { @for (id, name) in &field.used_by { (chip(&pages.segment(id), id, name)) } }
                    }
                }
            }
        }
    }
}

/// Options, and how many hold each.
pub(crate) fn held(options: &[(String, u64)], most: usize) -> Markup {
    html! {
        @for (option, count) in options.iter().take(most) { span.label { bdi { (option) } " " span.quiet { (words::number(*count)) } } }
        @if options.len() > most { span.quiet { "and " (options.len() - most) " more" } }
    }
}

/// All fields, built-in ones first.
pub(crate) fn all(view: View<'_>) -> Result<Vec<FieldUse>, Error> {
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
    let found = view.fields().map(|field| {
        let key = field.key.as_str();
        let accepted = field.options.as_ref();
        Ok(FieldUse {
            key: key.to_owned(),
            kind: field.kind,
            scope: field.key.scope(),
            built_in: field.built_in,
            default: field.default,
            accepted: accepted.map(|options| options.iter().map(ToString::to_string).collect()),
            options: options(view, key, field.kind)?,
            used_by: users.remove(key).unwrap_or_default(),
        })
    });
    found.collect()
}
