//! What another face of the same workspaces needs: them, the host's decisions, the audiences, the threads for long work.
//!
//! A face that draws pages asks the same hook and has the same limits as the operations. It knows no operation.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::HeaderMap;
use enlist::Enlist;

use crate::audience::kept::Audiences;
use crate::authorisation::{Action, Decision};
use crate::shared::Shared;

/// The workspaces of an [`Api`](crate::Api), and who may do what with them.
#[derive(Clone, Debug)]
pub struct Access {
    shared: Shared,
}

impl Access {
    pub(crate) fn new(shared: Shared) -> Self {
        Access { shared }
    }

    /// The workspaces.
    pub fn enlist(&self) -> &Enlist {
        &self.shared.enlist
    }

    /// The frozen audiences.
    pub fn audiences(&self) -> &Arc<dyn Audiences> {
        &self.shared.audiences
    }

    /// The host's answer to a request with these headers from this address.
    pub async fn decide(
        &self,
        workspace: Option<&str>,
        action: Action,
        headers: &Arc<HeaderMap>,
        peer: Option<SocketAddr>,
    ) -> Decision {
        self.shared.decide_for(workspace, action, headers, peer).await
    }

    /// Works on a thread for long work, of which there are as many as cores. `None` if too much waits already, or the work panics.
    pub async fn long_work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        self.shared.long_work.run(work).await.ok()
    }
}
