//! The way in: the token of the address becomes a cookie, and the first workspace opens.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::NestedPathRejection;
use axum::extract::{NestedPath, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use enlist_http::{Action, Decision};

use crate::access::{Shared, TOKEN, headers};
use crate::address::Root;
use crate::failure::Failure;

/// Sets the cookie if the address has `token`, and opens the first workspace that may be read.
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
    for id in shared.access.enlist().workspaces() {
        if shared.access.decide(Some(id.as_str()), Action::Read, &given, None).await == Decision::Allow {
            return Ok(Redirect::to(&root.workspace(id.as_str()).page("segments")).into_response());
        }
    }
    Err(Failure::new(
        StatusCode::UNAUTHORIZED,
        "There is no workspace that you may read. Open the address that the host printed.",
    ))
}
