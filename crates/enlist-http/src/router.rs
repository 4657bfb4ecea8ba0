//! All operations by their paths.
//!
//! The one place where a path and an operation meet. It knows no host.

use std::sync::Arc;

use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use crate::operations::{
    audiences, contacts, events, fields, health, rules, segments, sets, stream, workspaces,
};
use crate::shared::Shared;

/// The path of a workspace.
const WORKSPACE: &str = "/v1/workspaces/{workspace}";

/// Operations of one path.
type Routes = UtoipaMethodRouter<Arc<Shared>>;

/// All operations, with what documents them.
pub(crate) fn operations() -> OpenApiRouter<Arc<Shared>> {
    let router = OpenApiRouter::new()
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(workspaces::list));
    within().into_iter().fold(router, |router, routes| router.routes(below(WORKSPACE, routes)))
}

/// Operations with a path before theirs. A nested router would take its own from every request.
fn below(path: &str, (schemas, mut paths, methods): Routes) -> Routes {
    paths.paths = paths.paths.into_iter().map(|(below, item)| (format!("{path}{below}"), item)).collect();
    (schemas, paths, methods)
}

/// The operations within a workspace, with their paths below its own.
fn within() -> Vec<Routes> {
    vec![
        routes!(workspaces::get, workspaces::put, workspaces::patch, workspaces::delete),
        routes!(workspaces::stats),
        routes!(workspaces::verify),
        routes!(workspaces::export),
        routes!(fields::list),
        routes!(fields::get, fields::put, fields::delete),
        routes!(fields::options),
        routes!(fields::labels),
        routes!(segments::list),
        routes!(segments::get, segments::put, segments::delete),
        routes!(segments::count),
        routes!(segments::counts),
        routes!(contacts::members),
        routes!(segments::why),
        routes!(rules::check),
        routes!(rules::preview),
        routes!(contacts::list),
        routes!(contacts::get, contacts::patch, contacts::delete),
        routes!(contacts::segments),
        routes!(contacts::merge),
        routes!(contacts::activity),
        routes!(contacts::patch_conversation, contacts::delete_conversation),
        routes!(stream::of_contact),
        routes!(events::post),
        routes!(sets::count),
        routes!(sets::overlap),
        routes!(audiences::list),
        routes!(audiences::get, audiences::put, audiences::delete),
        routes!(audiences::members),
        routes!(stream::stream),
        routes!(stream::transitions),
    ]
}
