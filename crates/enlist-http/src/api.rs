//! The router, with a host's permission in front of it.
//!
//! It knows no path. Invariant: everything that it answers, axum's own refusals included, has one form.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, Response};
use axum::response::IntoResponse;
use axum::routing::get;
use enlist::Enlist;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::access::Access;
use crate::audience::kept::Audiences;
use crate::authorisation::Authorise;
use crate::openapi::description::openapi;
use crate::problem::details::Problem;
use crate::problem::refusal::Refusal;
use crate::router::operations;
use crate::shared::Shared;

/// Enlist as HTTP; see [the crate's page](crate). Its clones serve the same workspaces within the same limits.
#[derive(Clone)]
pub struct Api {
    shared: Shared,
}

impl fmt::Debug for Api {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Api").field("is_authorised", &self.shared.hook.is_some()).finish_non_exhaustive()
    }
}

impl Api {
    /// The workspaces of an Enlist. Until a host says [who may do what](Self::authorise), all requests are refused.
    pub fn new(enlist: Enlist) -> Self {
        Api { shared: Shared::new(enlist) }
    }

    /// With the host's hook, which is asked before anything else of a request is looked at. What needs no permission is `/healthz`,
    /// `/readyz` and `/v1/openapi.json`, which tell nothing of any workspace.
    #[must_use]
    pub fn authorise(mut self, hook: impl Authorise) -> Self {
        self.shared.hook = Some(Arc::new(hook));
        self
    }

    /// With the host's place for frozen audiences; without it, they are in memory.
    #[must_use]
    pub fn audiences(mut self, audiences: impl Audiences) -> Self {
        self.shared.audiences = Arc::new(audiences);
        self
    }

    /// With how long a body, or the next piece of lines of events, may take to come: 30 seconds by default. Then the request is
    /// refused with 408, and a server closes its connection. An export of which no piece is taken for as long is cut, because it
    /// holds a copy of the workspace.
    #[must_use]
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.shared.body_timeout = timeout;
        self
    }

    /// What another face of the same workspaces needs.
    pub fn access(&self) -> Access {
        Access::new(self.shared.clone())
    }

    /// The router, to be nested under any prefix, or served as it is. Its paths begin with `/v1`.
    ///
    /// It refuses writes from pages of another origin. What belongs to the connection is the server's: how long the head of a
    /// request may take, how long it may be, which `Host` is its own. Serve it by
    /// [`into_make_service`](Router::into_make_service): given a router itself, `axum::serve` copies all of its routes for each
    /// connection, which takes more memory than the connection.
    pub fn router(self) -> Router {
        let document = Bytes::from(openapi().to_string());
        let (router, _) = operations().split_for_parts();
        let csrf = CsrfLayer::new().with_rejection_response(|_| -> Response<axum::body::Body> {
            Problem::from(Refusal::OtherOrigin).into_response()
        });
        let no_sniffing = SetResponseHeaderLayer::overriding(
            HeaderName::from_static("x-content-type-options"),
            HeaderValue::from_static("nosniff"),
        );
        router
            .route("/v1/openapi.json", get(move || served(document)))
            .method_not_allowed_fallback(|| async { Problem::from(Refusal::MethodNotAllowed) })
            .fallback(|| async { Problem::from(Refusal::UnknownPath) })
            // As one layer: each has a price for every request.
            .layer((no_sniffing, csrf))
            .with_state(Arc::new(self.shared))
    }
}

fn served(document: Bytes) -> impl Future<Output = impl IntoResponse> {
    std::future::ready(([(axum::http::header::CONTENT_TYPE, "application/json")], document))
}
