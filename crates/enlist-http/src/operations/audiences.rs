//! Frozen audiences: contacts fixed at one state, kept as ids, and their members.

use std::io;
use std::sync::Arc;

use axum::http::header::ACCEPT;
use enlist::model::Error as ModelError;
use enlist::model::limits::ID_BYTES;

use crate::answer::response::{Answer, Nothing, Pieces};
use crate::answer::wire::{AudienceShown, AudiencesShown};
use crate::audience::download::{DownloadForm, chosen_fields, pieces};
use crate::audience::kept::Kept;
use crate::audience::selection::Selection;
use crate::authorisation::{Read, Write};
use crate::problem::details::Problem;
use crate::problem::refusal::Refusal;
use crate::request::document::Members;
use crate::request::head::{Listed, Within};

/// All audiences.
#[utoipa::path(get, path = "/audiences", tag = "audiences", responses((status = 200, body = AudiencesShown)))]
pub(crate) async fn list(within: Within<Read>) -> Result<Answer<AudiencesShown>, Problem> {
    let (kept, id) = (Arc::clone(&within.shared.audiences), within.own_id("workspace"));
    let list = within.long_work(move |_| {
        let names = kept.names(&id).map_err(failed)?;
        let find = |name: &String| Ok(kept.find(&id, name).map_err(failed)?.map(|kept| shown(name, &kept)));
        let found = names.iter().filter_map(|name| find(name).transpose()).collect::<Result<_, Problem>>()?;
        Ok(AudiencesShown { audiences: found })
    });
    Ok(Answer::new(list.await?))
}

/// An audience: how many contacts, and the state that they are of.
#[utoipa::path(get, path = "/audiences/{audience}", tag = "audiences",
    responses((status = 200, body = AudienceShown)))]
pub(crate) async fn get(within: Within<Read>) -> Result<Answer<AudienceShown>, Problem> {
    let kept = find(&within).await?;
    Ok(Answer::new(shown(within.id("audience"), &kept)))
}

/// Freezes contacts: those of the segments `include`, without those of the segments `exclude` and the contacts `suppress`.
#[utoipa::path(put, path = "/audiences/{audience}", tag = "audiences", request_body = Object,
    responses((status = 200, body = AudienceShown)))]
pub(crate) async fn put(
    within: Within<Write>,
    mut document: Members,
) -> Result<Answer<AudienceShown>, Problem> {
    let include = document.texts("include").unwrap_or_default();
    if include.is_empty() {
        document.refuse(
            "include",
            "missing_member",
            "no segment".to_owned(),
            "the ids of one or more segments",
        );
    }
    let exclude = document.texts("exclude").unwrap_or_default();
    let suppress = document.texts("suppress").unwrap_or_default();
    document.end()?;
    // An id of its own: Enlist, which refuses others that are too long, does not get it.
    let bytes = within.id("audience").len();
    if ID_BYTES.is_exceeded_by(bytes) {
        return Err(ModelError::Id { what: "audience", bytes }.into());
    }
    let (audiences, workspace_id) = (Arc::clone(&within.shared.audiences), within.own_id("workspace"));
    let name = within.own_id("audience");
    let frozen = within.long_work(move |workspace| {
        let selection = Selection { include, exclude, suppress };
        let frozen = selection.freeze_at(workspace);
        let (revision, kept) = frozen.map_err(|error| Problem::from(error).named_by_document())?;
        let answer = shown(&name, &kept);
        audiences.keep(&workspace_id, &name, kept).map_err(failed)?;
        Ok(Answer::at(revision, answer))
    });
    frozen.await
}

/// Forgets an audience. No contact is deleted.
#[utoipa::path(delete, path = "/audiences/{audience}", tag = "audiences", responses((status = 204)))]
pub(crate) async fn delete(within: Within<Write>) -> Result<Answer<Nothing>, Problem> {
    let (kept, id, name) =
        (Arc::clone(&within.shared.audiences), within.own_id("workspace"), within.own_id("audience"));
    if ID_BYTES.is_exceeded_by(name.len()) {
        return Err(unknown(&within));
    }
    let forgotten = within.long_work(move |_| kept.forget(&id, &name).map_err(failed)).await?;
    if forgotten { Ok(Answer::new(Nothing)) } else { Err(unknown(&within)) }
}

/// The contacts of an audience as they are now, one a line, as NDJSON or, if `Accept` says so, CSV. `fields`, once for each, chooses
/// fields.
#[utoipa::path(get, path = "/audiences/{audience}/members", tag = "audiences",
    params(("fields" = Option<Vec<String>>, Query, description = "The fields, once for each; without it, all.")),
    responses((status = 200, content((String = "application/x-ndjson"), (String = "text/csv")))))]
pub(crate) async fn members(within: Within<Read>, listed: Listed) -> Result<Answer<Pieces>, Problem> {
    let kept = find(&within).await?;
    let chosen = listed.of("fields")?;
    let fields = within.read(move |view| chosen_fields(view, &chosen)).await?;
    let accept = within.headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let form = if accept.contains("text/csv") { DownloadForm::Csv } else { DownloadForm::Ndjson };
    Ok(Answer::new(pieces(&within.workspace, kept, fields.value, form)))
}

async fn find<P>(within: &Within<P>) -> Result<Arc<Kept>, Problem> {
    let (kept, id, name) =
        (Arc::clone(&within.shared.audiences), within.own_id("workspace"), within.own_id("audience"));
    // Nothing has such a name, and no file system need be asked for it.
    if ID_BYTES.is_exceeded_by(name.len()) {
        return Err(unknown(within));
    }
    let found = within.long_work(move |_| kept.find(&id, &name).map_err(failed)).await?;
    found.ok_or_else(|| unknown(within))
}

fn shown(name: &str, kept: &Kept) -> AudienceShown {
    AudienceShown {
        audience: name.to_owned(),
        count: kept.contacts.len(),
        frozen_at: kept.at.clone(),
        revision: kept.revision.clone(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the form that `map_err` calls")]
fn failed(error: io::Error) -> Problem {
    Refusal::CannotAnswer(format!("the audiences cannot be kept: {error}")).into()
}

fn unknown<P>(within: &Within<P>) -> Problem {
    Refusal::UnknownAudience(within.own_id("audience")).into()
}
