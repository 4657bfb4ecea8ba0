//! The head of a request: the workspace and the ids in its address, permission, conditions in its headers.
//!
//! An operation names in its signature what it may do; the extractor here has asked for it before the operation begins. It knows no
//! operation and no body. Invariant: nothing is looked up, and no body is read, before the host has allowed it.

use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, Query, RawPathParams};
use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use enlist::{Error, Event, Receipt, Revision, View, Workspace};
use enlist_tokio::AsyncWorkspace;
use serde::de::DeserializeOwned;

use crate::answer::response::{Answer, REVISION};
use crate::authorisation::Permission;
use crate::problem::details::Problem;
use crate::problem::refusal::Refusal;
use crate::shared::Shared;

/// How long a request waits for the revision that it names.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it looks.
const INTERVAL: Duration = Duration::from_millis(5);

/// The ids in an address, by their names in the path.
#[derive(Debug)]
pub(crate) struct Ids(Vec<(String, String)>);

impl Ids {
    async fn of(parts: &mut Parts) -> Result<Self, Problem> {
        let raw = RawPathParams::from_request_parts(parts, &()).await;
        let raw = raw.map_err(|error| Refusal::Address(error.to_string()))?;
        let read = |(name, text): (&str, &str)| Ok((name.to_owned(), unescaped(text)?.to_owned()));
        raw.iter().map(read).collect::<Result<_, Refusal>>().map(Ids).map_err(Problem::from)
    }

    /// The id of a name. The path has it, or the request would not have come here.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(each, _)| each == name).map_or("", |(_, id)| id)
    }
}

/// An id as an address has it: one that begins with `.` or `~` has `~` before it, because URL parsers drop `..` even when it is
/// encoded.
fn unescaped(text: &str) -> Result<&str, Refusal> {
    match text.strip_prefix('~') {
        None => Ok(text),
        Some(id) if id.starts_with(['.', '~']) => Ok(id),
        Some(_) => Err(Refusal::Address(format!(
            "{text:?} is no id in an address: `~` stands before an id that begins with `.` or `~` alone"
        ))),
    }
}

/// A request about a workspace that need not exist, allowed.
#[derive(Debug)]
pub(crate) struct Named<P> {
    pub(crate) shared: Arc<Shared>,
    pub(crate) headers: Arc<HeaderMap>,
    pub(crate) ids: Ids,
    permission: PhantomData<fn() -> P>,
}

impl<P: Permission> FromRequestParts<Arc<Shared>> for Named<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let ids = Ids::of(parts).await?;
        let headers = shared.authorise(Some(ids.get("workspace")), P::ACTION, parts).await?;
        Ok(Named { shared: Arc::clone(shared), headers, ids, permission: PhantomData })
    }
}

/// A request within a workspace, allowed; the workspace has reached the revision that the request names.
#[derive(Debug)]
pub(crate) struct Within<P> {
    pub(crate) shared: Arc<Shared>,
    pub(crate) workspace: AsyncWorkspace,
    pub(crate) headers: Arc<HeaderMap>,
    ids: Ids,
    permission: PhantomData<fn() -> P>,
}

impl<P> Within<P> {
    /// The id of a name in the path.
    pub(crate) fn id(&self, name: &str) -> &str {
        self.ids.get(name)
    }

    /// The id of a name, to be taken elsewhere.
    pub(crate) fn own_id(&self, name: &str) -> String {
        self.id(name).to_owned()
    }

    /// Answers from one state. For what takes long there is [long work](Self::long_work).
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(View<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<Answer<T>, Problem> {
        let answer =
            self.workspace.read(move |view| Ok::<_, Error>(Answer::at(view.revision(), read(view)?)));
        Ok(answer.await??)
    }

    /// Works with the workspace on a thread for long work.
    pub(crate) async fn long_work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Workspace) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let workspace = self.workspace.blocking().clone();
        self.shared.long_work.run(move || work(&workspace)).await?
    }

    /// Applies one event if there is room for it now.
    pub(crate) async fn apply(&self, event: Event) -> Result<Revision, Error> {
        Ok(self.receipt_of(event).await?.revision)
    }

    /// Applies one event, as [`apply`](Self::apply); the receipt has its number.
    pub(crate) async fn receipt_of(&self, event: Event) -> Result<Receipt, Error> {
        let mut receipt = self.workspace.blocking().try_submit(event)?.await?;
        match receipt.refused.pop() {
            Some(refused) => Err(Error::Refused(Box::new(refused))),
            None => Ok(receipt),
        }
    }

    /// The instant of an event that is made now.
    pub(crate) fn now(&self) -> enlist::Instant {
        self.workspace.blocking().clock_now()
    }
}

impl<P: Permission> FromRequestParts<Arc<Shared>> for Within<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let Named { shared, headers, ids, permission } =
            Named::<P>::from_request_parts(parts, shared).await?;
        let workspace = AsyncWorkspace::new(shared.workspace(ids.get("workspace"))?);
        if let Some(asked) = named_revision(&parts.headers)? {
            reach(&workspace, asked).await?;
        }
        Ok(Within { shared, workspace, headers, ids, permission })
    }
}

/// The revision that a request names: it is answered from this state or a later one.
pub(crate) fn named_revision(headers: &HeaderMap) -> Result<Option<Revision>, Problem> {
    header(headers, &REVISION, "enlist-revision")
}

/// Waits until the workspace has reached a revision.
pub(crate) async fn reach(workspace: &AsyncWorkspace, asked: Revision) -> Result<(), Problem> {
    let reached = tokio::time::timeout(PATIENCE, async {
        loop {
            let current = workspace.read(|view| view.revision()).await?;
            if current.incarnation() != asked.incarnation() {
                return Err(Error::UnknownRevision { asked, current }.into());
            }
            if current >= asked {
                return Ok(());
            }
            tokio::time::sleep(INTERVAL).await;
        }
    });
    reached.await.unwrap_or_else(|_| Err(Refusal::NotReached.into()))
}

/// What a header says, if it is there.
fn header(headers: &HeaderMap, header: &HeaderName, name: &'static str) -> Result<Option<Revision>, Problem> {
    let accepted = "a revision as an answer had it, such as `00c0ffee00c0ffee-42`";
    let Some(value) = headers.get(header) else { return Ok(None) };
    let read = value.to_str().ok().and_then(|text| Revision::from_str(text).ok());
    read.map(Some).ok_or_else(|| Refusal::Header { name, accepted }.into())
}

/// What a write expects of what it replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Anything.
    Anything,
    /// Nothing: `If-None-Match: *`.
    Nothing,
    /// Something: `If-Match: *`.
    Something,
    /// That of a tag: `If-Match: "…"`.
    Tag(Revision),
    /// That of a tag that is of no revision, so nothing fits.
    Never,
}

impl Expected {
    /// Reads the conditions of a request.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default().trim());
        let refused = |name, accepted| Err(Refusal::Header { name, accepted }.into());
        match (text(IF_MATCH), text(IF_NONE_MATCH)) {
            (None, None) => Ok(Expected::Anything),
            (Some(_), Some(_)) => refused("if-none-match", "only one of `If-Match` and `If-None-Match`"),
            (None, Some("*")) => Ok(Expected::Nothing),
            (None, Some(_)) => refused("if-none-match", "`*`"),
            (Some("*"), None) => Ok(Expected::Something),
            (Some(tag), None) => {
                let quoted = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
                match quoted.filter(|tag| !tag.contains('"')) {
                    Some(tag) => Ok(Revision::from_str(tag).map_or(Expected::Never, Expected::Tag)),
                    // A weak tag never matches strongly.
                    None if tag.starts_with("W/\"") => Ok(Expected::Never),
                    None => refused("if-match", "`*`, or one tag in quotes as an `ETag` had it"),
                }
            }
        }
    }
}

/// A parameter after the `?` that is there once for each of several.
#[derive(Clone, Debug)]
pub(crate) struct Listed(Vec<(String, String)>);

impl Listed {
    /// The values of the only parameter that there can be.
    pub(crate) fn of(self, name: &str) -> Result<Vec<String>, Problem> {
        if let Some((other, _)) = self.0.iter().find(|(each, _)| each != name) {
            return Err(Refusal::Query(format!("the unknown parameter `{other}`; accepted: `{name}`")).into());
        }
        Ok(self.0.into_iter().map(|(_, value)| value).collect())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Listed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Listed(Parameters::from_request_parts(parts, &()).await?.0))
    }
}

/// The parameters after the `?`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let read = Query::<T>::try_from_uri(&parts.uri);
        read.map(|query| Parameters(query.0)).map_err(|error| Refusal::Query(error.body_text()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_begins_with_a_dot_or_a_tilde_has_a_tilde_before_it() {
        assert_eq!(unescaped("~..").ok(), Some(".."));
        assert_eq!(unescaped("~~a").ok(), Some("~a"));
        assert_eq!(unescaped("a~").ok(), Some("a~"));
        assert!(unescaped("~a").is_err());
        assert!(unescaped("~").is_err());
    }

    #[test]
    fn conditions_are_read_from_headers() {
        let of = |name: HeaderName, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            Expected::of(&headers).map_err(|problem| problem.code())
        };
        let tag: Revision = "00c0ffee00c0ffee-42".parse().unwrap();
        assert_eq!(of(IF_MATCH, "\"00c0ffee00c0ffee-42\""), Ok(Expected::Tag(tag)));
        assert_eq!(of(IF_MATCH, "*"), Ok(Expected::Something));
        assert_eq!(of(IF_MATCH, "\"other\""), Ok(Expected::Never));
        assert_eq!(of(IF_MATCH, "W/\"00c0ffee00c0ffee-42\""), Ok(Expected::Never));
        assert_eq!(of(IF_MATCH, "00c0ffee00c0ffee-42"), Err("invalid_header"));
        assert_eq!(of(IF_NONE_MATCH, "*"), Ok(Expected::Nothing));
        assert_eq!(of(IF_NONE_MATCH, "\"a\""), Err("invalid_header"));
    }
}
