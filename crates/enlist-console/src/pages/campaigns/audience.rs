//! Frozen audiences of campaigns: freezing, the list, forgetting, downloads.
//!
//! An audience is the API's: kept where it keeps them, under the same name. Invariant: a name that is taken is not frozen again.

use std::io;
use std::sync::Arc;

use axum::extract::Form as Pairs;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use enlist::model::limits::ID_BYTES;
use enlist::{Error, Instant, Workspace};
use enlist_http::{Audiences, DownloadForm, Kept, Selection, download};
use maud::{Markup, html};

use crate::access::{Edit, Look, Visit};
use crate::address::{Pages, encoded};
use crate::failure::Failure;
use crate::moments::instant;
use crate::pages::campaigns::campaign::{Refused, campaign, shown};
use crate::pages::campaigns::reach::{Reach, contacts};
use crate::words::number;

/// A frozen audience in a list.
pub(crate) struct Frozen {
    name: String,
    kept: Arc<Kept>,
    /// How many of its contacts the campaign still reaches, if it is of one.
    still: Option<u64>,
}

impl Frozen {
    /// Counts the contacts that the campaign still reaches.
    pub(crate) fn compare(&mut self, reach: &Reach) -> Result<(), Error> {
        self.still = Some(reach.shared_with(&self.kept.contacts)?);
        Ok(())
    }
}

/// The audiences of these names that there are, the newest first.
pub(crate) fn find_all(
    audiences: &dyn Audiences,
    workspace: &str,
    names: &[String],
) -> io::Result<Vec<Frozen>> {
    let mut found = Vec::new();
    for name in names.iter().rev() {
        if let Some(kept) = audiences.find(workspace, name)? {
            found.push(Frozen { name: name.clone(), kept, still: None });
        }
    }
    Ok(found)
}

/// A name for an audience of a campaign that is not taken: the campaign's name and the date.
pub(crate) fn proposed(audiences: &dyn Audiences, workspace: &Workspace, campaign: &str) -> String {
    let today = workspace.read(|view| view.day_of(workspace.clock_now()));
    // Room for the date and a number.
    let mut end = campaign.len().min(ID_BYTES.most - 24);
    while !campaign.is_char_boundary(end) {
        end -= 1;
    }
    let plain = format!("{} {today}", &campaign[..end]);
    let names = audiences.names(workspace.id().as_str()).unwrap_or_default();
    let numbered = (2..).map(|number| format!("{plain} ({number})"));
    let mut proposals = [plain.clone()].into_iter().chain(numbered);
    proposals.find(|proposal| !names.contains(proposal)).unwrap_or(plain)
}

/// Freezes the contacts that the campaign reaches.
pub(crate) async fn freeze(
    visit: Visit<Edit>,
    Pairs(pairs): Pairs<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let name = pairs.iter().find(|(each, _)| each == "name").map(|(_, name)| name.trim().to_owned());
    let name = name.unwrap_or_default();
    let campaign = campaign(&visit).await?;
    let (access, workspace) = (visit.shared.access.clone(), visit.workspace.blocking().clone());
    let (id, sought) = (campaign.id.clone(), name.clone());
    // Nobody else arranges meanwhile, so of two with one name the second is refused.
    let frozen = visit.arrange(move |arrangement| {
        let own = arrangement.campaigns.iter_mut().find(|each| each.id == id);
        let own = own.ok_or_else(|| "This campaign was deleted.".to_owned())?;
        let selection = Selection::of(&own.include).minus(&own.exclude).suppressing(&own.suppress);
        keep(access.audiences().as_ref(), &workspace, &sought, &selection)?;
        own.audiences.retain(|each| *each != sought);
        own.audiences.push(sought);
        Ok::<_, String>(())
    });
    match frozen.await? {
        Ok(()) => Ok(Redirect::to(&visit.pages.campaign(&campaign.id)).into_response()),
        Err(sentence) => {
            let refused = Refused { form: None, audience: Some((name, sentence)) };
            shown(&visit, campaign, refused).await
        }
    }
}

/// Freezes under a name that is free; a sentence if it cannot.
fn keep(
    audiences: &dyn Audiences,
    workspace: &Workspace,
    name: &str,
    selection: &Selection,
) -> Result<(), String> {
    if name.is_empty() {
        return Err("Give the audience a name.".to_owned());
    }
    if ID_BYTES.is_exceeded_by(name.len()) {
        return Err(format!(
            "The name is too long: it has {} bytes, and at most {} are kept.",
            name.len(),
            ID_BYTES.most
        ));
    }
    let unkept = |error: io::Error| format!("The audience cannot be kept: {error}");
    if audiences.find(workspace.id().as_str(), name).map_err(unkept)?.is_some() {
        return Err(
            "There is a frozen audience of this name. It stands still; choose another name.".to_owned()
        );
    }
    let known = workspace.read(|view| {
        let ids = selection.include.iter().chain(&selection.exclude);
        ids.filter(|id| view.count(id).is_err()).count() == 0
    });
    if !known {
        return Err("A segment of this campaign was deleted. Remove it first.".to_owned());
    }
    if selection.include.is_empty() {
        return Err("Include a segment first.".to_owned());
    }
    let kept = selection.freeze(workspace).map_err(|error| error.to_string())?;
    audiences.keep(workspace.id().as_str(), name, kept).map_err(unkept)
}

/// Forgets an audience, and goes back to where its list was.
pub(crate) async fn forget(
    visit: Visit<Edit>,
    Pairs(pairs): Pairs<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let (access, id, name) =
        (visit.shared.access.clone(), visit.workspace_id().to_owned(), visit.id("audience"));
    let forgotten = visit.arrange(move |arrangement| {
        let forgotten = access.audiences().forget(&id, &name)?;
        for campaign in &mut arrangement.campaigns {
            campaign.audiences.retain(|each| *each != name);
        }
        Ok::<_, io::Error>(forgotten)
    });
    // One that is gone already needs no more.
    forgotten.await?.map_err(|error| Failure::unkept(&error))?;
    let campaign = pairs.into_iter().find(|(each, _)| each == "campaign").map(|(_, id)| id);
    let back = campaign.map_or_else(|| visit.pages.page("campaigns"), |id| visit.pages.campaign(&id));
    Ok(Redirect::to(&back).into_response())
}

/// The contacts as comma-separated values.
pub(crate) async fn csv(visit: Visit<Look>) -> Result<Response, Failure> {
    downloaded(&visit, DownloadForm::Csv, "csv").await
}

/// The contacts as JSON, one a line.
pub(crate) async fn ndjson(visit: Visit<Look>) -> Result<Response, Failure> {
    downloaded(&visit, DownloadForm::Ndjson, "ndjson").await
}

async fn downloaded(visit: &Visit<Look>, form: DownloadForm, extension: &str) -> Result<Response, Failure> {
    let (access, id, name) =
        (visit.shared.access.clone(), visit.workspace_id().to_owned(), visit.id("audience"));
    let sought = name.clone();
    let found = visit.shared.access.long_work(move || {
        // Nothing has such a name, and no file system need be asked for it.
        if ID_BYTES.is_exceeded_by(sought.len()) { Ok(None) } else { access.audiences().find(&id, &sought) }
    });
    let found = found.await.ok_or_else(Failure::busy)?.map_err(|error| Failure::unkept(&error))?;
    let kept = found.ok_or_else(|| Failure::unknown("frozen audience", &name))?;
    let mut response = download(&visit.workspace, kept, &[], form).await?;
    // In percent signs, letters and digits alone, so always a header's value.
    let disposition = format!(
        "attachment; filename=\"audience.{extension}\"; filename*=UTF-8''{}.{extension}",
        encoded(&name)
    );
    let disposition = HeaderValue::try_from(disposition)
        .map_err(|_| Failure::new(StatusCode::BAD_REQUEST, "The name cannot be read."))?;
    response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Audiences, with their downloads. `campaign` is the one whose page shows them.
pub(crate) fn table(pages: &Pages, campaign: Option<&str>, zone: &str, frozen: &[Frozen]) -> Markup {
    let at = |kept: &Kept| Instant::parse(&kept.at).map_or_else(|| kept.at.clone(), |at| instant(at, zone));
    html! {
        table {
            thead { tr { th { "Name" } th.number { "Contacts" } th { "Frozen" } @if campaign.is_some() { th { "Since then" } } th { "Download" } th { span.unseen { "Delete" } } } }
            tbody {
                @for (index, each) in frozen.iter().enumerate() {
                    @let (size, address) = (each.kept.contacts.len() as u64, pages.audience(&each.name));
                    tr {
                        td { bdi { (each.name) } }
                        td.number { (number(size)) span.phone { " contacts" } }
                        td { time datetime=(each.kept.at) { (at(&each.kept)) } }
                        @if let Some(still) = each.still {
                            td { (number(still)) " still selected, " (number(size - still)) " no longer" }
                        }
                        td { a href={ (address) "/contacts.csv" } download { "CSV" } " · " a href={ (address) "/contacts.ndjson" } download { "NDJSON" } }
                        td {
                            button type="button" popovertarget={ "forget-" (index) } { "Delete…" }
                            form.ask popover id={ "forget-" (index) } method="post" action=(address) {
                                p { "Deletes the list “" bdi { (each.name) } "” of " (contacts(size)) ". No contact is deleted." }
                                @if let Some(campaign) = campaign { input type="hidden" name="campaign" value=(campaign); }
                                button { "Delete" }
                            }
                        }
                    }
                }
            }
        }
    }
}
