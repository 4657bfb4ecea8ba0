//! What all requests share: the Enlist, the host's hook, the threads for long work.
//!
//! It knows no operation.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use enlist::{Enlist, Workspace};

use crate::authorisation::{Action, Asked, Authorise, Decision};
use crate::blocking::LongWork;
use crate::feed::Feeds;
use crate::kept_audiences::Audiences;
use crate::problem::Problem;
use crate::refusal::Refusal;

/// How many exports are written at once.
const EXPORTS: usize = 8;

pub(crate) struct Shared {
    pub(crate) enlist: Enlist,
    pub(crate) hook: Option<Arc<dyn Authorise>>,
    pub(crate) audiences: Arc<dyn Audiences>,
    pub(crate) long_work: LongWork,
    /// Apart from other long work: a thread that writes an export waits for its client.
    pub(crate) exports: LongWork,
    pub(crate) feeds: Feeds,
    /// How long a body, or the next piece of lines of events, may take to come, and a piece of an export to be taken.
    pub(crate) body_timeout: Duration,
}

impl fmt::Debug for Shared {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Shared").field("is_authorised", &self.hook.is_some()).finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn new(
        enlist: Enlist,
        hook: Option<Arc<dyn Authorise>>,
        audiences: Arc<dyn Audiences>,
        body_timeout: Duration,
    ) -> Self {
        let (long_work, exports, feeds) = (LongWork::new(), LongWork::of(EXPORTS), Feeds::default());
        Shared { enlist, hook, audiences, long_work, exports, feeds, body_timeout }
    }

    /// Asks the host; returns the headers, copied once for it and for the operation, if the request may go on.
    pub(crate) async fn authorise(
        &self,
        workspace: Option<&str>,
        action: Action,
        parts: &Parts,
    ) -> Result<Arc<HeaderMap>, Problem> {
        let headers = Arc::new(parts.headers.clone());
        match self.decide(workspace, action, &headers, parts).await {
            Decision::Allow => Ok(headers),
            Decision::Refuse => Err(Refusal::Forbidden.into()),
            Decision::AskWho => Err(Refusal::Unauthenticated.into()),
        }
    }

    /// The host's decision.
    pub(crate) async fn decide(
        &self,
        workspace: Option<&str>,
        action: Action,
        headers: &Arc<HeaderMap>,
        parts: &Parts,
    ) -> Decision {
        let Some(hook) = &self.hook else { return Decision::Refuse };
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
        let workspace = workspace.map(str::to_owned);
        hook.decide(Asked { workspace, action, headers: Arc::clone(headers), peer }).await
    }

    /// A workspace by its id.
    pub(crate) fn workspace(&self, id: &str) -> Result<Workspace, Problem> {
        let found = self.enlist.find_workspace(id)?;
        found.ok_or_else(|| Refusal::UnknownWorkspace(id.to_owned()).into())
    }
}
