//! The way in: the token of the address becomes a cookie, and a workspace opens; and the list of workspaces.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::NestedPathRejection;
use axum::extract::{NestedPath, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use enlist_http::{Action, Decision};
use maud::html;

use crate::access::{Look, Shared, TOKEN, Visit, headers};
use crate::address::Root;
use crate::failure::Failure;
use crate::frame::bare;

/// Sets the cookie if the address has `token`, and opens the workspace that the host has named, or the first that may be read.
pub(crate) async fn enter(
    State(shared): State<Arc<Shared>>,
    nested: Result<NestedPath, NestedPathRejection>,
    Query(query): Query<BTreeMap<String, String>>,
    given: HeaderMap,
) -> Result<Response, Failure> {
    let root = Root(nested.map(|path| path.as_str().trim_end_matches('/').to_owned()).unwrap_or_default());
    if let Some(token) = query.get("token") {
        if !token.bytes().all(|byte| byte.is_ascii_graphic() && byte != b';' && byte != b',') {
            return Err(Failure::new(StatusCode::BAD_REQUEST, "This is no token."));
        }
        let path = if root.0.is_empty() { "/" } else { &root.0 };
        let cookie = format!("{TOKEN}={token}; Path={path}; HttpOnly; SameSite=Strict");
        return Ok(([(SET_COOKIE, cookie)], Redirect::to(path)).into_response());
    }
    let given = headers(&given);
    let readable = readable(&shared, &given).await;
    let first = shared.begin_at.iter().find(|id| readable.contains(id)).or(readable.first());
    let first = first.ok_or_else(nothing)?;
    Ok(Redirect::to(&root.workspace(first).page("segments")).into_response())
}

/// The workspaces that may be read.
pub(crate) async fn list(
    State(shared): State<Arc<Shared>>,
    nested: Result<NestedPath, NestedPathRejection>,
    given: HeaderMap,
) -> Result<Response, Failure> {
    let root = Root(nested.map(|path| path.as_str().trim_end_matches('/').to_owned()).unwrap_or_default());
    let readable = readable(&shared, &headers(&given)).await;
    if readable.is_empty() {
        return Err(nothing());
    }
    let content = html! {
        header { h1 { "Workspaces" } }
        ul.bare { @for id in &readable { li { a.button href=(root.workspace(id).page("segments")) { bdi { (id) } } } } }
    };
    Ok(bare(&root, "Workspaces", &content))
}

/// A workspace opens with its segments.
pub(crate) async fn open(visit: Visit<Look>) -> Redirect {
    Redirect::to(&visit.pages.page("segments"))
}

async fn readable(shared: &Shared, headers: &Arc<HeaderMap>) -> Vec<String> {
    let mut readable = Vec::new();
    for id in shared.access.enlist().workspaces() {
        if shared.access.decide(Some(id.as_str()), Action::Read, headers, None).await == Decision::Allow {
            readable.push(id.as_str().to_owned());
        }
    }
    readable
}

fn nothing() -> Failure {
    let sentence = "There is no workspace that you may read. Open the address that the host printed.";
    Failure::new(StatusCode::UNAUTHORIZED, sentence)
}
