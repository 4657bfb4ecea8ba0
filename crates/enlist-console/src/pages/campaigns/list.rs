//! All campaigns: who is in each, how many they are now, its frozen audiences.

use axum::response::Response;
use enlist::Error;
use maud::{Markup, html};

use crate::access::{Look, Visit};
use crate::address::Pages;
use crate::arrangement::Campaign;
use crate::failure::Failure;
use crate::frame::{Drawn, Tab, framed};
use crate::live::stream;
use crate::pages::campaigns::audience::{find_all, table};
use crate::pages::campaigns::campaign::{UNSAVED, outline};
use crate::pages::campaigns::reach::Reach;
use crate::words::number;

/// A campaign in the list.
struct Row {
    campaign: Campaign,
    reach: Reach,
    /// How many frozen audiences it has.
    frozen: usize,
}

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
        let (audiences, id) = (access.audiences().as_ref(), workspace.id().as_str());
        let unkept = |error: std::io::Error| Failure::unkept(&error);
        let names = audiences.names(id).map_err(unkept)?;
        // Others than those of campaigns: of deleted campaigns, or frozen over the API.
        let is_other = |name: &&String| !campaigns.iter().any(|each| each.audiences.contains(name));
        let others: Vec<String> = names.iter().filter(is_other).cloned().collect();
        let others = find_all(audiences, id, &others).map_err(unkept)?;
        let rows = campaigns.into_iter().zip(reaches).map(|(campaign, reach)| {
            let frozen = campaign.audiences.iter().filter(|name| names.contains(name)).count();
            Row { campaign, reach, frozen }
        });
        Ok::<_, Failure>((outline(&workspace).0, others, rows.collect::<Vec<_>>()))
    });
    let (zone, others, rows) = looked.await.ok_or_else(Failure::busy)??;
    let content = html! {
        header {
            h1 { "Campaigns" }
            a.button href=(visit.pages.campaign(UNSAVED)) { "New campaign" }
        }
        @if rows.is_empty() {
            section.empty {
                p { "A campaign is for the members of segments, without those of others. Freeze it when it goes out: the audience stands still." }
            }
        } @else {
            (list_of(&visit.pages, &rows))
        }
        @if !others.is_empty() {
            h2 { "Frozen audiences of no campaign" }
            (table(&visit.pages, None, &zone, &others))
        }
    };
    let live = Some(visit.pages.live("campaigns"));
    Ok(Drawn { tab: Tab::Campaigns, title: "Campaigns".to_owned(), zone, content, live })
}

fn list_of(pages: &Pages, rows: &[Row]) -> Markup {
    html! {
        table {
            thead { tr { th { "Name" } th { "For" } th.number { "Contacts now" } th.number { "Frozen audiences" } } }
            tbody {
                @for Row { campaign, reach, frozen } in rows {
                    tr {
                        td { a.name href=(pages.campaign(&campaign.id)) { bdi { (campaign.name) } } }
                        td { (reach.sentence()) }
                        td.number { (number(reach.size)) span.phone { " contacts now" } }
                        td.number { (frozen) span.phone { " frozen" } }
                    }
                }
            }
        }
    }
}
