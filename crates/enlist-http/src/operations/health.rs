//! Whether the process is there, and whether it can serve. They tell nothing of any workspace, so nobody is asked for permission.

use std::sync::Arc;

use axum::extract::State;

use crate::answer::response::Answer;
use crate::answer::wire::Status;
use crate::problem::details::Problem;
use crate::shared::Shared;

/// Whether the process is there.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, body = Status)))]
pub(crate) async fn healthz() -> Answer<Status> {
    Answer::new(Status { status: "ok" })
}

/// Whether it can serve: all workspaces are open.
#[utoipa::path(get, path = "/readyz", tag = "health", responses((status = 200, body = Status), (status = 503)))]
pub(crate) async fn readyz(State(shared): State<Arc<Shared>>) -> Result<Answer<Status>, Problem> {
    shared.enlist.check_open()?;
    Ok(Answer::new(Status { status: "ok" }))
}
