//! The router of the console.
//!
//! The one place where a path and a page meet. Invariant: every page has the policy that nothing from elsewhere runs in it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use enlist_http::{Access, Api};
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::access::Shared;
use crate::arrangement::{Arrangements, InMemory};
use crate::clock_steps::SteppedClock;
use crate::failure::Failure;
use crate::{assets, clock_bar, pages};

/// Nothing but files of this origin, no frame, no base.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The console; see [the crate's page](crate).
#[derive(Debug)]
pub struct Console {
    access: Access,
    arrangements: Box<dyn Arrangements>,
    begin_at: Option<String>,
    clock: Option<Box<dyn SteppedClock>>,
}

impl Console {
    /// The console of an API's workspaces, with its hook.
    pub fn new(api: &Api) -> Self {
        Console {
            access: api.access(),
            arrangements: Box::new(InMemory::default()),
            begin_at: None,
            clock: None,
        }
    }

    /// With a place where columns and campaigns are kept. Without it, they are in memory.
    #[must_use]
    pub fn keep(mut self, arrangements: impl Arrangements) -> Self {
        self.arrangements = Box::new(arrangements);
        self
    }

    /// With the workspace that opens first. Without it, or where it may not be read, that is the first one by id that may be.
    #[must_use]
    pub fn begin_at(mut self, workspace: impl Into<String>) -> Self {
        self.begin_at = Some(workspace.into());
        self
    }

    /// With a bar that sets a clock ahead, at the foot of every page.
    #[must_use]
    pub fn stepped_clock(mut self, clock: impl SteppedClock) -> Self {
        self.clock = Some(Box::new(clock));
        self
    }

    /// The router, to be nested under any prefix. A page is at `{prefix}/{workspace}/{page}`.
    pub fn router(self) -> Router {
        let csrf = CsrfLayer::new().with_rejection_response(|_| -> Response<axum::body::Body> {
            Failure::new(StatusCode::FORBIDDEN, "This was sent from a page of another origin.")
                .into_response()
        });
        let header = |name: HeaderName, value| {
            SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
        };
        let headers = (
            header(CONTENT_SECURITY_POLICY, POLICY),
            header(X_CONTENT_TYPE_OPTIONS, "nosniff"),
            header(REFERRER_POLICY, "no-referrer"),
        );
        let shared = Shared {
            access: self.access,
            arrangements: Mutex::new(self.arrangements),
            begin_at: self.begin_at,
            clock: self.clock,
        };
        Router::new()
            .route("/", get(pages::entry::enter))
            .route("/-/{file}", get(assets::get))
            .route("/-workspaces", get(pages::entry::list))
            .route("/{workspace}", get(pages::entry::open))
            .route("/{workspace}/", get(pages::entry::open))
            .route("/{workspace}/-clock", post(clock_bar::step))
            .route("/{workspace}/segments", get(pages::segments::list::list))
            .route(
                "/{workspace}/segments/{segment}",
                get(pages::segments::builder::open).post(pages::segments::builder::act),
            )
            .route("/{workspace}/contacts", get(pages::contacts::list::list))
            .route(
                "/{workspace}/contacts/{contact}",
                get(pages::contact::page::show).post(pages::contact::page::act),
            )
            .route("/{workspace}/leads", get(pages::leads::page::show).post(pages::leads::columns::act))
            .route("/{workspace}/activity", get(pages::activity::list))
            .route("/{workspace}/-live/leads", get(pages::leads::page::live))
            .route("/{workspace}/-live/activity", get(pages::activity::live))
            .route("/{workspace}/-live/segments", get(pages::segments::list::live))
            .route("/{workspace}/-live/contacts", get(pages::contacts::list::live))
            .route("/{workspace}/-live/contacts/{contact}", get(pages::contact::page::live))
            .route("/{workspace}/campaigns", get(pages::campaigns::list::list))
            .route(
                "/{workspace}/campaigns/{campaign}",
                get(pages::campaigns::campaign::open).post(pages::campaigns::campaign::act),
            )
            .route("/{workspace}/campaigns/{campaign}/audiences", post(pages::campaigns::audience::freeze))
            .route("/{workspace}/audiences/{audience}", post(pages::campaigns::audience::forget))
            .route("/{workspace}/audiences/{audience}/contacts.csv", get(pages::campaigns::audience::csv))
            .route(
                "/{workspace}/audiences/{audience}/contacts.ndjson",
                get(pages::campaigns::audience::ndjson),
            )
            .route("/{workspace}/insights", get(pages::insights::page::show))
            .route("/{workspace}/-live/campaigns", get(pages::campaigns::list::live))
            .route("/{workspace}/-live/campaigns/{campaign}", get(pages::campaigns::campaign::live))
            .route("/{workspace}/-live/insights", get(pages::insights::page::live))
            .route("/{workspace}/fields", get(pages::fields::list::list))
            .route(
                "/{workspace}/fields/{field}",
                get(pages::fields::field::open).post(pages::fields::field::act),
            )
            .route("/{workspace}/-live/fields", get(pages::fields::list::live))
            .fallback(|| async { Failure::new(StatusCode::NOT_FOUND, "There is no such page.") })
            .layer((headers, csrf))
            .with_state(Arc::new(shared))
    }
}
