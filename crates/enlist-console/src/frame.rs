//! The frame of every page: the sidebar, the title, the files.
//!
//! It does not know what a page shows. Invariant: no style and no script is in a page's text, as its content policy demands.

use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use crate::access::Visit;
use crate::address::Root;
use crate::clock_bar;
use crate::failure::page_type;

/// A page of the sidebar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    Segments,
    Contacts,
    Leads,
    Campaigns,
    Insights,
    Activity,
    Fields,
}

impl Tab {
    const ALL: [Tab; 7] =
        [Tab::Segments, Tab::Contacts, Tab::Leads, Tab::Campaigns, Tab::Insights, Tab::Activity, Tab::Fields];

    fn name(self) -> &'static str {
        match self {
            Tab::Segments => "Segments",
            Tab::Contacts => "Contacts",
            Tab::Leads => "Leads",
            Tab::Campaigns => "Campaigns",
            Tab::Insights => "Insights",
            Tab::Activity => "Activity",
            Tab::Fields => "Fields",
        }
    }

    /// The scripts of others that only its pages need.
    fn scripts(self) -> &'static [&'static str] {
        match self {
            Tab::Leads => &["Sortable.min.js"],
            Tab::Insights => &["uPlot.iife.min.js"],
            Tab::Segments | Tab::Contacts | Tab::Campaigns | Tab::Activity | Tab::Fields => &[],
        }
    }

    fn path(self) -> &'static str {
        match self {
            Tab::Segments => "segments",
            Tab::Contacts => "contacts",
            Tab::Leads => "leads",
            Tab::Campaigns => "campaigns",
            Tab::Insights => "insights",
            Tab::Activity => "activity",
            Tab::Fields => "fields",
        }
    }
}

/// What a page shows, without its frame.
pub(crate) struct Drawn {
    pub(crate) tab: Tab,
    pub(crate) title: String,
    /// The time zone of the workspace.
    pub(crate) zone: String,
    pub(crate) content: Markup,
    /// The address from which the content comes again when it changes, if it does.
    pub(crate) live: Option<String>,
}

/// A page with its frame.
pub(crate) fn framed<P>(visit: &Visit<P>, drawn: &Drawn) -> Response {
    let scripts = html! {
        // No style of its own in a page's text, and a stream that was lost is soon tried again.
        meta name="htmx-config" content="includeIndicatorCSS:false, sse.reconnectMaxDelay:2000";
        // Not deferred: the first stream of a page would be passed over.
        script src=(visit.root.asset("htmx.min.js")) {}
        script src=(visit.root.asset("hx-sse.min.js")) {}
        @for script in drawn.tab.scripts() { script src=(visit.root.asset(script)) {} }
        @if drawn.tab == Tab::Insights { link rel="stylesheet" href=(visit.root.asset("uPlot.min.css")); }
        script src=(visit.root.asset("console.js")) defer {}
    };
    let body = html! {
        body {
            nav aria-label="Pages" {
                ul {
                    @for each in Tab::ALL {
                        li { a href=(visit.pages.page(each.path())) aria-current=[(each == drawn.tab).then_some("page")] { (each.name()) } }
                    }
                }
                p.quiet {
                    a href=(visit.root.page("-workspaces")) title="All workspaces" { bdi { (visit.workspace_id()) } }
                    br; (drawn.zone)
                }
            }
            main.wide[drawn.tab == Tab::Leads] hx-sse:connect=[&drawn.live] hx-swap=[drawn.live.is_some().then_some("innerMorph")] { (drawn.content) }
            p.lost role="status" hidden { "Reconnecting…" }
            @if let Some(clock) = &visit.shared.clock { (clock_bar::bar(clock.as_ref(), &visit.pages, &drawn.zone)) }
        }
    };
    document(&visit.root, &drawn.title, &scripts, &body)
}

/// A page of no workspace.
pub(crate) fn bare(root: &Root, title: &str, content: &Markup) -> Response {
    document(root, title, &html! {}, &html! { body.bare-page { main { (content) } } })
}

fn document(root: &Root, title: &str, scripts: &Markup, body: &Markup) -> Response {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                link rel="icon" href="data:,";
                title { (title) " · Enlist" }
                link rel="stylesheet" href=(root.asset("console.css"));
                (scripts)
            }
            (body)
        }
    };
    (page_type(), markup.into_string()).into_response()
}

/// A link to a segment's members, in its hue.
pub(crate) fn chip(href: &str, id: &str, name: &str) -> Markup {
    html! { a.chip.(crate::words::hue(id)) href=(href) { bdi { (name) } } }
}
