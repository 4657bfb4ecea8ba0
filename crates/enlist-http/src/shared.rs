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

use crate::audience::kept::{Audiences, InMemory};
use crate::authorisation::{Action, Asked, Authorise, Decision};
use crate::blocking::LongWork;
use crate::feed::subscription::Feeds;
use crate::problem::details::Problem;
use crate::problem::refusal::Refusal;

/// How long a body may take, if the host does not say.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// How many exports are written at once.
const EXPORTS: usize = 8;

/// Its clones share all of it.
#[derive(Clone)]
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
    /// With nobody allowed, and audiences in memory.
    pub(crate) fn new(enlist: Enlist) -> Self {
        Shared {
            enlist,
            hook: None,
            audiences: Arc::new(InMemory::default()),
            long_work: LongWork::new(),
            exports: LongWork::of(EXPORTS),
            feeds: Feeds::default(),
            body_timeout: BODY_TIMEOUT,
        }
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
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
        self.decide_for(workspace, action, headers, peer).await
    }

    /// The host's decision about a request from an address.
    pub(crate) async fn decide_for(
        &self,
        workspace: Option<&str>,
        action: Action,
        headers: &Arc<HeaderMap>,
        peer: Option<SocketAddr>,
    ) -> Decision {
        let Some(hook) = &self.hook else { return Decision::Refuse };
        let workspace = workspace.map(str::to_owned);
        hook.decide(Asked { workspace, action, headers: Arc::clone(headers), peer }).await
    }

    /// A workspace by its id.
    pub(crate) fn workspace(&self, id: &str) -> Result<Workspace, Problem> {
        let found = self.enlist.find_workspace(id)?;
        found.ok_or_else(|| Refusal::UnknownWorkspace(id.to_owned()).into())
    }
}
