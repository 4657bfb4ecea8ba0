//! Who may do what: the host's to say, asked once for each request before anything else is looked at.
//!
//! It knows neither tokens nor users. Invariant: without a host's answer nothing is allowed.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::http::HeaderMap;

/// What a request wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read: segments, contacts, counts, streams.
    Read,
    /// Change contacts and conversations, or send events.
    Write,
    /// Change fields, segments, the time zone, the start of the week.
    Define,
    /// Create, drop, export and verify workspaces.
    Administer,
}

/// A request that waits for permission.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Asked {
    /// The workspace's id, whether or not it exists; `None` if the request is about no single one.
    pub workspace: Option<String>,
    /// What it wants to do.
    pub action: Action,
    /// All headers of the request.
    pub headers: Arc<HeaderMap>,
    /// The address of the connection, if the host serves the router with
    /// [`ConnectInfo`](axum::extract::ConnectInfo).
    pub peer: Option<SocketAddr>,
}

/// The host's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// It may.
    Allow,
    /// It may not: 403.
    Refuse,
    /// Nobody can tell who asks: 401, with `WWW-Authenticate: Bearer`.
    AskWho,
}

/// A future decision.
type Deciding = Pin<Box<dyn Future<Output = Decision> + Send>>;

/// The host's answer to [`Asked`]. Every async closure from one to the other is such.
pub trait Authorise: Send + Sync + 'static {
    /// Decides.
    fn decide(&self, asked: Asked) -> Deciding;
}

impl<F, D> Authorise for F
where
    F: Fn(Asked) -> D + Send + Sync + 'static,
    D: Future<Output = Decision> + Send + 'static,
{
    fn decide(&self, asked: Asked) -> Deciding {
        Box::pin(self(asked))
    }
}

/// An action, known when the program is compiled: each operation names its own in its signature.
pub(crate) trait Permission: Send + 'static {
    const ACTION: Action;
}

macro_rules! permissions {
    ($($name:ident)*) => {$(
        #[derive(Debug)]
        pub(crate) enum $name {}

        impl Permission for $name {
            const ACTION: Action = Action::$name;
        }
    )*};
}
permissions!(Read Write Define Administer);
