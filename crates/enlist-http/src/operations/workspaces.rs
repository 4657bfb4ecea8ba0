//! Workspaces: list, create, configure, drop; their statistics, verification and export.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::request::Parts;
use enlist::{Enlist, Error, Event, View, Workspace, WorkspaceSettings};
use enlist_tokio::AsyncWorkspace;
use futures_util::stream;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::answer::response::{Answer, Nothing, Pieces};
use crate::answer::wire::{Stats, Tag, Verification, WorkspaceName, WorkspaceShown, Workspaces};
use crate::authorisation::{Action, Administer, Decision, Define, Read};
use crate::problem::details::Problem;
use crate::problem::refusal::Refusal;
use crate::request::document::Members;
use crate::request::head::{Named, Within, named_revision, reach};
use crate::shared::Shared;

/// The workspaces that the request may read.
#[utoipa::path(get, path = "/v1/workspaces", tag = "workspaces", responses((status = 200, body = Workspaces)))]
pub(crate) async fn list(
    State(shared): State<Arc<Shared>>,
    parts: Parts,
) -> Result<Answer<Workspaces>, Problem> {
    let headers = shared.authorise(None, Action::Read, &parts).await?;
    let mut workspaces = Vec::new();
    for id in shared.enlist.workspaces() {
        if shared.decide(Some(id.as_str()), Action::Read, &headers, &parts).await == Decision::Allow {
            workspaces.push(WorkspaceName { workspace: id.as_str().to_owned() });
        }
    }
    Ok(Answer::new(Workspaces { workspaces }))
}

/// A workspace.
#[utoipa::path(get, path = "", tag = "workspaces", responses((status = 200, body = WorkspaceShown)))]
pub(crate) async fn get(within: Within<Read>) -> Result<Answer<WorkspaceShown>, Problem> {
    shown(&within.workspace).await
}

/// Creates a workspace, or configures one that exists: `time_zone`, `week_start`, and for a new one `partitions`.
#[utoipa::path(put, path = "", tag = "workspaces", request_body = Object,
    responses((status = 200, body = WorkspaceShown), (status = 201, body = WorkspaceShown), (status = 409)))]
pub(crate) async fn put(
    named: Named<Administer>,
    mut document: Members,
) -> Result<Answer<WorkspaceShown>, Problem> {
    let (id, asked) = (named.ids.get("workspace").to_owned(), named_revision(&named.headers)?);
    let most = WorkspaceSettings::PARTITIONS_MOST as u32;
    let partitions = document.count("partitions", 1..=most);
    let settings = WorkspaceSettings::default().with_partitions(partitions.unwrap_or(1));
    let enlist = named.shared.enlist.clone();
    let (workspace, is_new) = if let Some(workspace) = enlist.find_workspace(&id)? {
        if partitions.is_some_and(|partitions| partitions != workspace.settings().partitions) {
            return Err(Error::WorkspaceExists { workspace: workspace.id().clone() }.into());
        }
        if let Some(asked) = asked {
            reach(&AsyncWorkspace::new(workspace.clone()), asked).await?;
        }
        (workspace, false)
    } else if asked.is_some() {
        return Err(Refusal::NotNow("the workspace does not exist").into());
    } else {
        let checked =
            document.clone().into_event("workspace_configured", enlist.clock_now(), &[], &SETTINGS)?;
        (named.shared.long_work.run(move || create(&enlist, &id, settings, &checked)).await??, true)
    };
    let workspace = AsyncWorkspace::new(workspace);
    let event =
        document.into_event("workspace_configured", workspace.blocking().clock_now(), &[], &SETTINGS)?;
    workspace.apply_event(event).await?;
    let answer = shown(&workspace).await?;
    Ok(if is_new { answer.created() } else { answer })
}

/// Creates a workspace that takes an event; with one that does not fit it creates nothing.
fn create(
    enlist: &Enlist,
    id: &str,
    settings: WorkspaceSettings,
    first: &Event,
) -> Result<Workspace, Problem> {
    let workspace = enlist.create_workspace_with(id, settings)?;
    if let Err(error) = workspace.check(first) {
        enlist.drop_workspace(id)?;
        return Err(error.into());
    }
    Ok(workspace)
}

/// The members of a workspace's settings that events set.
const SETTINGS: [&str; 2] = ["time_zone", "week_start"];

/// Changes settings of a workspace: `time_zone`, `week_start`.
#[utoipa::path(patch, path = "", tag = "workspaces", request_body = Object,
    responses((status = 200, body = WorkspaceShown), (status = 429)))]
pub(crate) async fn patch(
    within: Within<Define>,
    document: Members,
) -> Result<Answer<WorkspaceShown>, Problem> {
    let event = document.into_event("workspace_configured", within.now(), &[], &SETTINGS)?;
    within.apply(event).await?;
    shown(&within.workspace).await
}

/// Drops a workspace with all its contacts.
#[utoipa::path(delete, path = "", tag = "workspaces", responses((status = 204)))]
pub(crate) async fn delete(within: Within<Administer>) -> Result<Answer<Nothing>, Problem> {
    let (enlist, id) = (within.shared.enlist.clone(), within.own_id("workspace"));
    within.long_work(move |_| Ok(enlist.drop_workspace(&id)?)).await?;
    Ok(Answer::new(Nothing))
}

/// Statistics of a workspace.
#[utoipa::path(get, path = "/stats", tag = "workspaces", responses((status = 200, body = Stats)))]
pub(crate) async fn stats(within: Within<Read>) -> Result<Answer<Stats>, Problem> {
    let stats = within.long_work(|workspace| Ok(workspace.stats())).await?;
    Ok(Answer::at(stats.revision, Stats { stats }))
}

/// Computes everything derived again from the facts, and compares.
#[utoipa::path(post, path = "/verify", tag = "workspaces", responses((status = 200, body = Verification)))]
pub(crate) async fn verify(within: Within<Administer>) -> Result<Answer<Verification>, Problem> {
    let verified = within.long_work(|workspace| {
        Ok(workspace.read(|view| {
            let differences = view.verify()?.iter().map(ToString::to_string).collect();
            let revision = view.revision();
            Ok::<_, Error>(Answer::at(revision, Verification { differences, revision: Tag(revision) }))
        })?)
    });
    verified.await
}

/// The workspace as events that make it again, one a line.
#[utoipa::path(get, path = "/export", tag = "workspaces",
    responses((status = 200, content_type = "application/x-ndjson", body = String)))]
pub(crate) async fn export(within: Within<Administer>) -> Result<Answer<Pieces>, Problem> {
    let revision = within.read(|view| Ok(view.revision())).await?.value;
    let (pieces, read) = mpsc::channel::<io::Result<Bytes>>(8);
    let (workspace, shared) = (within.workspace.blocking().clone(), Arc::clone(&within.shared));
    tokio::spawn(async move {
        let (failed, patience) = (pieces.clone(), shared.body_timeout);
        let written = shared.exports.run(move || write(&workspace, PieceWriter { pieces, patience })).await;
        // A body that just ended would look whole.
        if let Err(problem) | Ok(Err(problem)) = written {
            let _ = failed.send(Err(io::Error::other(problem.code()))).await;
        }
    });
    let body = Body::from_stream(stream::unfold(read, |mut read| async { Some((read.recv().await?, read)) }));
    Ok(Answer::at(revision, Pieces { body, media_type: "application/x-ndjson" }))
}

fn write(workspace: &Workspace, pieces: PieceWriter) -> Result<(), Problem> {
    workspace.export(pieces)?;
    Ok(())
}

/// A writer to a body; it waits while the client does not read, and then gives up.
struct PieceWriter {
    pieces: mpsc::Sender<io::Result<Bytes>>,
    patience: Duration,
}

impl Write for PieceWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Ok(Bytes::copy_from_slice(bytes));
        let sent = Handle::current().block_on(self.pieces.send_timeout(piece, self.patience));
        if sent.is_err() {
            // What buffers before this writer writes once more when it is dropped.
            self.patience = Duration::ZERO;
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn shown(workspace: &AsyncWorkspace) -> Result<Answer<WorkspaceShown>, Problem> {
    let handle = workspace.blocking().clone();
    let show = move |view: View<'_>| {
        Ok::<_, Error>(Answer::at(
            view.revision(),
            WorkspaceShown {
                workspace: handle.id().as_str().to_owned(),
                incarnation: handle.incarnation().to_string(),
                partitions: handle.settings().partitions,
                time_zone: view.time_zone().to_owned(),
                week_start: view.week_start().name(),
                now: view.now().map(|now| now.to_string()),
                contacts: view.contact_count()?,
                segments: view.segments().count(),
                events: view.event_count(),
            },
        ))
    };
    Ok(workspace.read(show).await??)
}
