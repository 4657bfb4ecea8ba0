//! All operations by their paths.
//!
//! The one place where a path and an operation meet. It knows no host.

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::shared::Shared;
use crate::{audiences, contacts, events, fields, health, rules, segments, sets, stream, workspaces};

/// All operations, with what documents them.
pub(crate) fn operations() -> OpenApiRouter<Arc<Shared>> {
    OpenApiRouter::new()
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(workspaces::list))
        .nest("/v1/workspaces/{workspace}", within())
}

/// The operations within a workspace.
fn within() -> OpenApiRouter<Arc<Shared>> {
    OpenApiRouter::new()
        .routes(routes!(workspaces::get, workspaces::put, workspaces::patch, workspaces::delete))
        .routes(routes!(workspaces::stats))
        .routes(routes!(workspaces::verify))
        .routes(routes!(workspaces::export))
        .routes(routes!(fields::list))
        .routes(routes!(fields::get, fields::put, fields::delete))
        .routes(routes!(fields::options))
        .routes(routes!(fields::labels))
        .routes(routes!(segments::list))
        .routes(routes!(segments::get, segments::put, segments::delete))
        .routes(routes!(segments::count))
        .routes(routes!(segments::counts))
        .routes(routes!(contacts::members))
        .routes(routes!(segments::why))
        .routes(routes!(rules::check))
        .routes(routes!(rules::preview))
        .routes(routes!(contacts::list))
        .routes(routes!(contacts::get, contacts::patch, contacts::delete))
        .routes(routes!(contacts::segments))
        .routes(routes!(contacts::merge))
        .routes(routes!(contacts::activity))
        .routes(routes!(contacts::patch_conversation, contacts::delete_conversation))
        .routes(routes!(stream::of_contact))
        .routes(routes!(events::post))
        .routes(routes!(sets::count))
        .routes(routes!(sets::overlap))
        .routes(routes!(audiences::list))
        .routes(routes!(audiences::get, audiences::put, audiences::delete))
        .routes(routes!(audiences::members))
        .routes(routes!(stream::stream))
        .routes(routes!(stream::transitions))
}
