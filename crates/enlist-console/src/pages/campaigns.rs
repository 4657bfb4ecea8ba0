//! All campaigns: whom each is for, how many they are now, its frozen audiences.

use axum::response::Response;
use enlist::Error;
use maud::{Markup, html};

use crate::access::{Look, Visit};
use crate::address::Pages;
use crate::arrangement::Campaign;
use crate::failure::Failure;
use crate::frame::{Drawn, Tab, framed};
use crate::live::stream;
use crate::pages::audience::{Frozen, find_all, table};
use crate::pages::campaign::{UNSAVED, outline};
use crate::pages::reach::Reach;
use crate::words::number;

/// The page.
pub(crate) async fn list(visit: Visit<Look>) -> Result<Response, Failure> {
    Ok(framed(&visit, &draw(&visit).await?))
}

/// The page, again and again.
pub(crate) async fn live(visit: Visit<Look>) -> Response {
    stream(visit, async move |visit| draw(&visit).await)
}

async fn draw(visit: &Visit<Look>) -> Result<Drawn, Failure> {
    let campaigns = visit.arrangement().await?.campaigns;
    let (access, workspace) = (visit.shared.access.clone(), visit.workspace.blocking().clone());
    let looked = visit.shared.access.long_work(move || {
        let reaches = campaigns.iter().map(|campaign| Reach::find(&workspace, campaign));
        let reaches = reaches.collect::<Result<Vec<_>, Error>>()?;
        Ok::<_, Failure>((
            outline(&workspace).0,
            others(&access, &workspace, &campaigns)?,
            campaigns,
            reaches,
        ))
    });
    let (zone, others, campaigns, reaches) = looked.await.ok_or_else(Failure::busy)??;
    let content = html! {
        header {
            h1 { "Campaigns" }
            a.button href=(visit.pages.campaign(UNSAVED)) { "New campaign" }
        }
        @if campaigns.is_empty() {
            section.empty {
                p { "A campaign is for the members of segments, without those of others. Freeze it when it goes out: the audience stands still." }
            }
        } @else {
            (rows(&visit.pages, &campaigns, &reaches))
        }
        @if !others.is_empty() {
            h2 { "Frozen audiences of no campaign" }
            (table(&visit.pages, None, &zone, &others))
        }
    };
    let live = Some(visit.pages.live("campaigns"));
    Ok(Drawn { tab: Tab::Campaigns, title: "Campaigns".to_owned(), zone, content, live })
}

/// The audiences that no campaign names: those of deleted campaigns, and those that were frozen over the API.
fn others(
    access: &enlist_http::Access,
    workspace: &enlist::Workspace,
    campaigns: &[Campaign],
) -> Result<Vec<Frozen>, Failure> {
    let id = workspace.id().as_str();
    let mut names = access.audiences().names(id).map_err(|error| Failure::unkept(&error))?;
    names.retain(|name| !campaigns.iter().any(|campaign| campaign.audiences.contains(name)));
    find_all(access.audiences().as_ref(), id, &names).map_err(|error| Failure::unkept(&error))
}

fn rows(pages: &Pages, campaigns: &[Campaign], reaches: &[Reach]) -> Markup {
    html! {
        table {
            thead { tr { th { "Name" } th { "For" } th.number { "Contacts now" } th.number { "Frozen audiences" } } }
            tbody {
                @for (campaign, reach) in campaigns.iter().zip(reaches) {
                    tr {
                        td { a.name href=(pages.campaign(&campaign.id)) { bdi { (campaign.name) } } }
                        td { (reach.sentence()) }
                        td.number { (number(reach.size)) span.phone { " contacts now" } }
                        td.number { (campaign.audiences.len()) span.phone { " frozen" } }
                    }
                }
            }
        }
    }
}
