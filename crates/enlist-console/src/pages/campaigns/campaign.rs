//! A campaign: who is in it, how many they are now, and its frozen audiences.
//!
//! With scripts a change is kept when an input is left; without, by the button. Invariant: what a person typed is not drawn over by
//! what is live.

use axum::extract::Form as Pairs;
use axum::response::{IntoResponse, Redirect, Response};
use enlist::{Error, Workspace};
use maud::{Markup, html};

use crate::access::{Look, Shape, Visit};
use crate::address::Pages;
use crate::arrangement::Campaign;
use crate::failure::Failure;
use crate::frame::{Drawn, Tab, framed};
use crate::live::stream;
use crate::pages::campaigns::audience::{Frozen, find_all, proposed, table};
use crate::pages::campaigns::form;
use crate::pages::campaigns::reach::Reach;

/// The id in the address of a campaign that is not kept yet. No campaign gets it from a name.
pub(crate) const UNSAVED: &str = "-new";

/// What was sent and is refused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refused {
    /// What is wrong with the campaign.
    pub(crate) form: Option<String>,
    /// The name of an audience, and what is wrong with it.
    pub(crate) audience: Option<(String, String)>,
}

/// What is found out about a campaign.
struct Found {
    zone: String,
    segments: Vec<(String, String)>,
    reach: Reach,
    frozen: Vec<Frozen>,
    /// A name for the next audience.
    proposed: String,
}

/// The page.
pub(crate) async fn open(visit: Visit<Look>) -> Result<Response, Failure> {
    let campaign = campaign(&visit).await?;
    shown(&visit, campaign, Refused::default()).await
}

/// The page, again and again.
pub(crate) async fn live(visit: Visit<Look>) -> Response {
    stream(visit, async move |visit| {
        let campaign = campaign(&visit).await?;
        draw(&visit, campaign, Refused::default()).await
    })
}

/// The campaign in the address, or an empty one.
pub(crate) async fn campaign<P: Send + 'static>(visit: &Visit<P>) -> Result<Campaign, Failure> {
    let id = visit.id("campaign");
    if id == UNSAVED {
        return Ok(Campaign { id, ..Campaign::default() });
    }
    let found = visit.arrangement().await?.campaigns.into_iter().find(|campaign| campaign.id == id);
    found.ok_or_else(|| Failure::unknown("campaign", &id))
}

/// A button of the page, or a change of an input.
pub(crate) async fn act(
    visit: Visit<Shape>,
    Pairs(pairs): Pairs<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let action = pairs.iter().find(|(name, _)| name == "do").map_or("", |(_, action)| action.as_str());
    let mut campaign = campaign(&visit).await?;
    if action == "delete" {
        let id = campaign.id;
        visit.arrange(move |arrangement| arrangement.campaigns.retain(|each| each.id != id)).await?;
        return Ok(Redirect::to(&visit.pages.page("campaigns")).into_response());
    }
    let is_new = campaign.id == UNSAVED;
    let form = form::take(&pairs, &mut campaign);
    if is_new && action != "save" {
        return shown(&visit, campaign, Refused::default()).await;
    }
    if form.is_some() {
        return shown(&visit, campaign, Refused { form, audience: None }).await;
    }
    let kept = keep(&visit, campaign).await?;
    if action == "save" {
        return Ok(Redirect::to(&visit.pages.campaign(&kept.id)).into_response());
    }
    shown(&visit, kept, Refused::default()).await
}

/// Keeps a campaign, and gives a new one its id. Its audiences stay what they are.
async fn keep(visit: &Visit<Shape>, campaign: Campaign) -> Result<Campaign, Failure> {
    let kept = visit.arrange(move |arrangement| {
        let campaigns = &mut arrangement.campaigns;
        let Campaign { id, name, include, exclude, suppress, audiences } = campaign;
        if id == UNSAVED {
            let campaign =
                Campaign { id: new_id(campaigns, &name), name, include, exclude, suppress, audiences };
            campaigns.push(campaign.clone());
            return Ok(campaign);
        }
        // Somebody else may have deleted it.
        let Some(own) = campaigns.iter_mut().find(|each| each.id == id) else {
            return Err(Failure::unknown("campaign", &id));
        };
        (own.name, own.include, own.exclude, own.suppress) = (name, include, exclude, suppress);
        Ok(own.clone())
    });
    kept.await?
}

/// An id: the name in small letters and hyphens, and a number if that is taken.
fn new_id(campaigns: &[Campaign], name: &str) -> String {
    let letters = name.to_lowercase();
    let letters = letters.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' });
    let plain: String = letters.take(40).collect();
    let plain = plain.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    let plain = if plain.is_empty() { "campaign".to_owned() } else { plain };
    let numbered = (2..).map(|number| format!("{plain}-{number}"));
    let mut ids = [plain.clone()].into_iter().chain(numbered);
    ids.find(|id| campaigns.iter().all(|each| each.id != *id)).unwrap_or(plain)
}

/// The page of a campaign, which need not be what is kept.
pub(crate) async fn shown<P: Send + 'static>(
    visit: &Visit<P>,
    campaign: Campaign,
    refused: Refused,
) -> Result<Response, Failure> {
    Ok(framed(visit, &draw(visit, campaign, refused).await?))
}

async fn draw<P: Send + 'static>(
    visit: &Visit<P>,
    campaign: Campaign,
    refused: Refused,
) -> Result<Drawn, Failure> {
    let (access, workspace) = (visit.shared.access.clone(), visit.workspace.blocking().clone());
    let looked = visit.shared.access.long_work(move || {
        let (zone, segments) = outline(&workspace);
        let reach = Reach::find(&workspace, &campaign)?;
        let kept = find_all(access.audiences().as_ref(), workspace.id().as_str(), &campaign.audiences);
        let (mut frozen, problem) = match kept {
            Ok(frozen) => (frozen, None),
            Err(error) => (Vec::new(), Some(Failure::unkept(&error))),
        };
        for each in &mut frozen {
            each.compare(&reach)?;
        }
        let proposed = proposed(access.audiences().as_ref(), &workspace, &campaign.name);
        Ok::<_, Error>((campaign, Found { zone, segments, reach, frozen, proposed }, problem))
    });
    let (campaign, found, problem) = looked.await.ok_or_else(Failure::busy)??;
    if let Some(problem) = problem {
        return Err(problem);
    }
    let is_new = campaign.id == UNSAVED;
    let live =
        (!is_new).then(|| visit.pages.live(&format!("campaigns/{}", crate::address::part(&campaign.id))));
    let title = if is_new || campaign.name.is_empty() { "New campaign" } else { &campaign.name };
    let (title, zone) = (title.to_owned(), found.zone.clone());
    let content = content(&visit.pages, &title, &campaign, &found, &refused);
    Ok(Drawn { tab: Tab::Campaigns, title, zone, content, live })
}

/// The time zone, and the ids and names of segments.
pub(crate) fn outline(workspace: &Workspace) -> (String, Vec<(String, String)>) {
    workspace.read(|view| {
        let segments =
            view.segments().map(|segment| (segment.id().as_str().to_owned(), segment.name().to_owned()));
        (view.time_zone().to_owned(), segments.collect())
    })
}

fn content(pages: &Pages, title: &str, campaign: &Campaign, found: &Found, refused: &Refused) -> Markup {
    let (address, is_new) = (pages.campaign(&campaign.id), campaign.id == UNSAVED);
    html! {
        header { h1 { bdi { (title) } } }
        div.columns {
            // A change draws who is reached; what is in the inputs is never drawn over.
            form #campaign method="post" action=(address) hx-morph-skip hx-post=(address) hx-trigger="change" hx-target="#reach" hx-select="#reach" hx-swap="outerMorph" {
                (form::drawn(campaign, &found.segments))
                @if let Some(sentence) = &refused.form { p.problem role="alert" { (sentence) } }
                div.bar {
                    button name="do" value="save" { @if is_new { "Create campaign" } @else { "Save" } }
                    @if is_new { button name="do" value="show" { "Count" } }
                }
            }
            section {
                div #reach {
                    @if let Some(sentence) = &refused.form { p.problem { "Not kept. " (sentence) } }
                    (found.reach.drawn(pages))
                    @if !is_new { @if let Some(obstacle) = found.reach.obstacle() { p.problem { (obstacle) } } }
                }
                @if !is_new { (freezing(&address, found, refused)) }
            }
        }
        @if !is_new {
            h2 { "Frozen audiences" }
            @if found.frozen.is_empty() { p.quiet { "None yet. A frozen audience stands still while the segments go on." } }
            @else { (table(pages, Some(&campaign.id), &found.zone, &found.frozen)) }
            (deletion(&address, found.frozen.len()))
        }
    }
}

/// The form that freezes.
fn freezing(address: &str, found: &Found, refused: &Refused) -> Markup {
    let name = refused.audience.as_ref().map_or(&found.proposed, |(name, _)| name);
    html! {
        form #freeze method="post" action={ (address) "/audiences" } {
            label for="audience-name" { "Freeze to keep these contacts, and to download them, as" }
            div.bar {
                input #audience-name hx-morph-skip name="name" value=(name) dir="auto" required;
                button disabled[found.reach.obstacle().is_some()] { "Freeze" }
            }
            div #freeze-problem hx-morph-skip {
                @if let Some((_, sentence)) = &refused.audience { p.problem role="alert" { (sentence) } }
            }
        }
    }
}

fn deletion(address: &str, audiences: usize) -> Markup {
    html! {
        form.delete method="post" action=(address) {
            p.quiet {
                "Deletes the campaign. Its segments stay"
                @match audiences { 0 => ".", 1 => ", and so does its frozen audience.", count => { ", and so do its " (count) " frozen audiences." } }
            }
            button name="do" value="delete" { "Delete campaign" }
        }
    }
}
