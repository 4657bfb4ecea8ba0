//! Frozen audiences: contacts fixed at one state, kept as ids, and their download.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header::ACCEPT;
use enlist::model::Error as ModelError;
use enlist::model::limits::ID_BYTES;
use enlist::{Audience, Error, Json, SegmentSet, StoredContact, View, Workspace};
use enlist_tokio::AsyncWorkspace;
use futures_util::stream;

use crate::answer::{Answer, Nothing, Pieces};
use crate::authorisation::{Read, Write};
use crate::csv;
use crate::document::Members;
use crate::kept_audiences::Kept;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::request::{Listed, Within};
use crate::wire::{AudienceShown, AudiencesShown};

/// How many contacts are looked up in one read.
const PIECE: usize = 500;

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
        let frozen = freeze(workspace, &include, &exclude, &suppress);
        let frozen = frozen.map_err(|error| Problem::from(error).named_by_document())?;
        let revision = frozen.revision();
        let contacts = frozen.batches(PIECE).flatten().map(|id| id.as_str().to_owned()).collect();
        let kept = Kept { revision: revision.to_string(), at: workspace.clock_now().to_string(), contacts };
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
    let fields = within.read(move |view| fields(view, &chosen)).await?;
    let accept = within.headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_csv = accept.contains("text/csv");
    let head = is_csv.then(|| {
        Bytes::from(csv::line(["contact"].into_iter().chain(fields.value.iter().map(|f| f.key.as_str()))))
    });
    let fields = Arc::new(fields.value);
    let lines = Lines { workspace: within.workspace.clone(), kept, fields, is_csv, head, at: 0 };
    let pieces = stream::unfold(lines, |mut lines| async move {
        let piece = lines.next().await.transpose()?;
        Some((piece, lines))
    });
    let media_type = if is_csv { "text/csv; charset=utf-8" } else { "application/x-ndjson" };
    Ok(Answer::new(Pieces { body: Body::from_stream(pieces), media_type }))
}

/// A field of a download.
struct Chosen {
    key: String,
    /// Whether it is a phone number, which begins with `+` and is no formula.
    is_phone: bool,
}

fn fields(view: View<'_>, chosen: &[String]) -> Result<Vec<Chosen>, Error> {
    let of = |field: &enlist::model::FieldDefinition| Chosen {
        key: field.key.as_str().to_owned(),
        is_phone: field.kind == enlist::Kind::Phone,
    };
    let of_contact =
        |field: &&enlist::model::FieldDefinition| field.key.scope() == enlist::model::Scope::Contact;
    if chosen.is_empty() {
        return Ok(view.fields().filter(of_contact).map(of).collect());
    }
    let find = |key: &String| {
        let unknown = || enlist::EngineError::UnknownField { field: key.clone() }.into();
        view.fields().filter(of_contact).find(|field| field.key.as_str() == key).map(of).ok_or_else(unknown)
    };
    chosen.iter().map(find).collect()
}

/// The lines of a download.
struct Lines {
    workspace: AsyncWorkspace,
    kept: Arc<Kept>,
    fields: Arc<Vec<Chosen>>,
    is_csv: bool,
    head: Option<Bytes>,
    at: usize,
}

impl Lines {
    /// The next lines, of one short read: none is held while the client is written to.
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        if let Some(head) = self.head.take() {
            return Ok(Some(head));
        }
        let from = self.at;
        self.at = (from + PIECE).min(self.kept.contacts.len());
        if from == self.at {
            return Ok(None);
        }
        let (kept, fields, is_csv, to) =
            (Arc::clone(&self.kept), Arc::clone(&self.fields), self.is_csv, self.at);
        let text = self.workspace.read(move |view| {
            let lines = kept.contacts[from..to].iter();
            lines
                .map(|id| if is_csv { csv_line(view, id, &fields) } else { json_line(view, id, &fields) })
                .collect::<String>()
        });
        Ok(Some(Bytes::from(text.await.map_err(|error| io::Error::other(error.code()))?)))
    }
}

/// The value of a contact, which may have been deleted since.
fn value(contact: Option<StoredContact<'_>>, field: &Chosen) -> Option<Json> {
    let contact = contact?;
    if field.key == enlist::model::LABELS {
        return Some(Json::List(contact.labels().map(Json::from).collect()));
    }
    Some(contact.value(&field.key)?.to_json())
}

fn json_line(view: View<'_>, id: &str, fields: &[Chosen]) -> String {
    let contact = view.contact(id).ok();
    let members = fields.iter().filter_map(|field| Some((field.key.clone(), value(contact, field)?)));
    let line =
        [("contact".to_owned(), Json::from(id)), ("values".to_owned(), Json::Object(members.collect()))];
    format!("{}\n", Json::Object(line.into()))
}

fn csv_line(view: View<'_>, id: &str, fields: &[Chosen]) -> String {
    let contact = view.contact(id).ok();
    let cells = fields.iter().map(|field| {
        let text = value(contact, field).map(|value| csv::cell(&value)).unwrap_or_default();
        if field.is_phone { text } else { csv::guarded(&text) }
    });
    let cells: Vec<String> = std::iter::once(csv::guarded(id)).chain(cells).collect();
    csv::line(cells.iter().map(String::as_str))
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

fn freeze(
    workspace: &Workspace,
    include: &[String],
    exclude: &[String],
    suppress: &[String],
) -> Result<Audience, Error> {
    let union = |ids: &[String]| ids.iter().map(|id| SegmentSet::of(id)).reduce(SegmentSet::or);
    let Some(included) = union(include) else {
        return Err(enlist::EngineError::UnknownSegment { segment: String::new() }.into());
    };
    let set = match union(exclude) {
        Some(excluded) => included.minus(excluded),
        None => included,
    };
    workspace.read(|view| view.freeze(set))?.without(suppress.iter().map(String::as_str))
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
