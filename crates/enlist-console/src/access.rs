//! Who looks: the workspace in the address, and the host's permission.
//!
//! A browser has the token in a cookie of the console; the host's hook sees it as `Authorization: Bearer`, as with the API. It knows no
//! page. Invariant: nothing is looked up before the host has allowed it.

use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{ConnectInfo, FromRequestParts, NestedPath, RawPathParams};
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use enlist::View;
use enlist_http::{Access, Action, Decision};
use enlist_tokio::AsyncWorkspace;

use crate::address::{Pages, Root, id_of};
use crate::arrangement::{Arrangement, Arrangements};
use crate::clock_steps::SteppedClock;
use crate::failure::Failure;

/// The cookie with the token.
pub(crate) const TOKEN: &str = "enlist_token";

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) access: Access,
    pub(crate) arrangements: Mutex<Box<dyn Arrangements>>,
    /// The workspace that opens first, if the host has named one.
    pub(crate) begin_at: Option<String>,
    /// The clock whose bar is at the foot of pages.
    pub(crate) clock: Option<Box<dyn SteppedClock>>,
}

impl Shared {
    fn arrangements(&self) -> MutexGuard<'_, Box<dyn Arrangements>> {
        self.arrangements.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a visit may do.
pub(crate) trait Permission: Send + 'static {
    const ACTION: Action;
}

macro_rules! permissions {
    ($($name:ident $action:ident)*) => {$(
        #[derive(Debug)]
        pub(crate) enum $name {}

        impl Permission for $name {
            const ACTION: Action = Action::$action;
        }
    )*};
}
permissions!(Look Read Edit Write Shape Define);

/// A request for a page of a workspace, allowed.
#[derive(Debug)]
pub(crate) struct Visit<P> {
    pub(crate) shared: Arc<Shared>,
    pub(crate) workspace: AsyncWorkspace,
    pub(crate) root: Root,
    pub(crate) pages: Pages,
    ids: Vec<(String, String)>,
    permission: PhantomData<fn() -> P>,
}

impl<P> Clone for Visit<P> {
    fn clone(&self) -> Self {
        Visit {
            shared: Arc::clone(&self.shared),
            workspace: self.workspace.clone(),
            root: self.root.clone(),
            pages: self.pages.clone(),
            ids: self.ids.clone(),
            permission: PhantomData,
        }
    }
}

impl<P> Visit<P> {
    /// The id of a name in the path. The path has it, or the request would not have come here.
    pub(crate) fn id(&self, name: &str) -> String {
        self.ids.iter().find(|(each, _)| each == name).map(|(_, id)| id.clone()).unwrap_or_default()
    }

    /// The workspace's id.
    pub(crate) fn workspace_id(&self) -> &str {
        self.workspace.blocking().id().as_str()
    }

    /// Answers from one state.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(View<'_>) -> Result<T, enlist::Error> + Send + 'static,
    ) -> Result<T, Failure> {
        Ok(self.workspace.read(read).await??)
    }

    /// What is arranged in the workspace.
    pub(crate) async fn arrangement(&self) -> Result<Arrangement, Failure> {
        let (shared, id) = (Arc::clone(&self.shared), self.workspace_id().to_owned());
        let found = self.shared.access.long_work(move || shared.arrangements().find(&id));
        Ok(found
            .await
            .ok_or_else(Failure::busy)?
            .map_err(|error| Failure::unkept(&error))?
            .unwrap_or_default())
    }

    /// Changes what is arranged in the workspace.
    pub(crate) async fn arrange<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Arrangement) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (shared, id) = (Arc::clone(&self.shared), self.workspace_id().to_owned());
        let arranged = self.shared.access.long_work(move || {
            // Held until it is kept, so that no change is lost.
            let kept = shared.arrangements();
            let mut arrangement = kept.find(&id)?.unwrap_or_default();
            let outcome = change(&mut arrangement);
            kept.keep(&id, &arrangement).map(|()| outcome)
        });
        arranged.await.ok_or_else(Failure::busy)?.map_err(|error| Failure::unkept(&error))
    }
}

/// The headers of a request, with the cookie's token as `Authorization`.
pub(crate) fn headers(given: &HeaderMap) -> Arc<HeaderMap> {
    let mut headers = given.clone();
    let cookies = given.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut pairs =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let token = pairs.find(|(name, _)| *name == TOKEN).map(|(_, token)| format!("Bearer {token}"));
    if let Some(mut token) = token.and_then(|token| HeaderValue::try_from(token).ok()) {
        token.set_sensitive(true);
        headers.insert(AUTHORIZATION, token);
    }
    Arc::new(headers)
}

impl<P: Permission> FromRequestParts<Arc<Shared>> for Visit<P> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Failure> {
        let unreadable = || Failure::new(StatusCode::BAD_REQUEST, "The address cannot be read.");
        let raw = RawPathParams::from_request_parts(parts, shared).await.map_err(|_| unreadable())?;
        let ids: Vec<(String, String)> =
            raw.iter().map(|(name, part)| (name.to_owned(), id_of(part).to_owned())).collect();
        let id = ids.iter().find(|(name, _)| name == "workspace").map_or("", |(_, id)| id);
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
        match shared.access.decide(Some(id), P::ACTION, &headers(&parts.headers), peer).await {
            Decision::Allow => {}
            Decision::Refuse => {
                return Err(Failure::new(StatusCode::FORBIDDEN, "You may not do this."));
            }
            Decision::AskWho => {
                let sentence = "Open the address that the host printed: it has the token.";
                return Err(Failure::new(StatusCode::UNAUTHORIZED, sentence));
            }
        }
        let found = shared.access.enlist().find_workspace(id)?;
        let workspace = found.ok_or_else(|| Failure::unknown("workspace", id))?;
        let nested = NestedPath::from_request_parts(parts, shared).await;
        let root =
            Root(nested.map(|path| path.as_str().trim_end_matches('/').to_owned()).unwrap_or_default());
        let pages = root.workspace(id);
        Ok(Visit {
            shared: Arc::clone(shared),
            workspace: AsyncWorkspace::new(workspace),
            root,
            pages,
            ids,
            permission: PhantomData,
        })
    }
}
