//! The download of a frozen audience: its contacts as they are now, one a line.
//!
//! It does not know where audiences are kept, nor who asks. Invariant: a cell that a spreadsheet would read as a formula is guarded.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use enlist::{Error, Json, StoredContact, View};
use enlist_tokio::AsyncWorkspace;
use futures_util::stream;

use crate::answer::response::{Answer, Pieces};
use crate::audience::csv;
use crate::audience::kept::Kept;

/// How many contacts are looked up in one read.
const PIECE: usize = 500;

/// The form of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DownloadForm {
    /// One JSON document a line: the contact's id, and its values.
    Ndjson,
    /// Comma-separated values, with a line of names first. Cells that a spreadsheet would read as formulas are guarded.
    Csv,
}

/// The contacts of an audience with the values that they have now, as the API writes them, for another face of the same workspaces.
/// Without `fields`, all fields of contacts. A contact that was deleted since has no values.
///
/// ```no_run
/// use std::sync::Arc;
/// use enlist_http::{DownloadForm, Kept, download};
///
/// # async fn of(workspace: enlist_tokio::AsyncWorkspace, kept: Arc<Kept>) -> Result<(), enlist::Error> {
/// let response = download(&workspace, kept, &["email".to_owned()], DownloadForm::Csv).await?;
/// assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Engine`] for an unknown field; [`Error::Closed`].
pub async fn download(
    workspace: &AsyncWorkspace,
    kept: Arc<Kept>,
    fields: &[String],
    form: DownloadForm,
) -> Result<Response, Error> {
    let chosen = fields.to_vec();
    let fields = workspace.read(move |view| chosen_fields(view, &chosen)).await??;
    Ok(Answer::new(pieces(workspace, kept, fields, form)).into_response())
}

/// A field of a download.
pub(crate) struct Chosen {
    key: String,
    /// Whether it is a phone number, which begins with `+` and is no formula.
    is_phone: bool,
}

/// The fields of these keys; without any, all of contacts.
pub(crate) fn chosen_fields(view: View<'_>, chosen: &[String]) -> Result<Vec<Chosen>, Error> {
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

/// The body of a download.
pub(crate) fn pieces(
    workspace: &AsyncWorkspace,
    kept: Arc<Kept>,
    fields: Vec<Chosen>,
    form: DownloadForm,
) -> Pieces {
    let (head, media_type) = match form {
        DownloadForm::Ndjson => (None, "application/x-ndjson"),
        DownloadForm::Csv => {
            let names = ["contact"].into_iter().chain(fields.iter().map(|field| field.key.as_str()));
            (Some(Bytes::from(csv::line(names))), "text/csv; charset=utf-8")
        }
    };
    let lines = Lines { workspace: workspace.clone(), kept, fields: Arc::new(fields), form, head, at: 0 };
    let pieces = stream::unfold(lines, |mut lines| async move {
        let piece = lines.next().await.transpose()?;
        Some((piece, lines))
    });
    Pieces { body: Body::from_stream(pieces), media_type }
}

/// The lines of a download.
struct Lines {
    workspace: AsyncWorkspace,
    kept: Arc<Kept>,
    fields: Arc<Vec<Chosen>>,
    form: DownloadForm,
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
        let (kept, fields, form, to) = (Arc::clone(&self.kept), Arc::clone(&self.fields), self.form, self.at);
        let text = self.workspace.read(move |view| {
            let lines = kept.contacts[from..to].iter();
            lines
                .map(|id| match form {
                    DownloadForm::Ndjson => json_line(view, id, &fields),
                    DownloadForm::Csv => csv_line(view, id, &fields),
                })
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
