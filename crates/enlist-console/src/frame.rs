//! The frame of every page: the sidebar, the title, the files.
//!
//! It does not know what a page shows. Invariant: no style and no script is in a page's text, as its content policy demands.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use crate::access::Visit;

/// A page of the sidebar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    Segments,
    Contacts,
    Fields,
}

impl Tab {
    const ALL: [Tab; 3] = [Tab::Segments, Tab::Contacts, Tab::Fields];

    fn name(self) -> &'static str {
        match self {
            Tab::Segments => "Segments",
            Tab::Contacts => "Contacts",
            Tab::Fields => "Fields",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Tab::Segments => "segments",
            Tab::Contacts => "contacts",
            Tab::Fields => "fields",
        }
    }
}

/// A page with its frame.
pub(crate) fn page<P>(visit: &Visit<P>, tab: Tab, title: &str, zone: &str, content: &Markup) -> Response {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                link rel="icon" href="data:,";
                title { (title) " · Enlist" }
                link rel="stylesheet" href=(visit.root.asset("console.css"));
            }
            body {
                nav aria-label="Pages" {
                    ul {
                        @for each in Tab::ALL {
                            li { a href=(visit.pages.page(each.path())) aria-current=[(each == tab).then_some("page")] { (each.name()) } }
                        }
                    }
                    p.quiet { bdi { (visit.workspace_id()) } br; (zone) }
                }
                main { (content) }
            }
        }
    };
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], markup.into_string()).into_response()
}

/// A link to a segment's members, in its hue.
pub(crate) fn chip(href: &str, id: &str, name: &str) -> Markup {
    html! { a.chip.(crate::words::hue(id)) href=(href) { bdi { (name) } } }
}
