//! What an operation answers: a value, and the state that it is of.
//!
//! A caller in Rust takes the value; HTTP gets it as JSON with the headers of the state. It knows no operation. Invariant: an answer
//! of a workspace names its revision.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use enlist::Revision;
use serde::Serialize;

use crate::problem::details::Problem;
use crate::problem::refusal::Refusal;

/// The header with the state that an answer is of.
pub(crate) const REVISION: HeaderName = HeaderName::from_static("enlist-revision");

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer<T> {
    pub(crate) value: T,
    status: StatusCode,
    revision: Option<Revision>,
    tag: Option<Revision>,
}

impl<T> Answer<T> {
    /// A value that is of no workspace.
    pub(crate) fn new(value: T) -> Self {
        Answer { value, status: StatusCode::OK, revision: None, tag: None }
    }

    /// A value as of a state.
    pub(crate) fn at(revision: Revision, value: T) -> Self {
        Answer { revision: Some(revision), ..Answer::new(value) }
    }

    /// With a tag for `If-Match`.
    pub(crate) fn tagged(self, tag: Option<Revision>) -> Self {
        Answer { tag, ..self }
    }

    /// That something was created.
    pub(crate) fn created(self) -> Self {
        Answer { status: StatusCode::CREATED, ..self }
    }

    fn add_headers(&self, headers: &mut HeaderMap) {
        // Both are hexadecimal digits, a hyphen and a number: always a header's value.
        let revision = self.revision.and_then(|revision| HeaderValue::try_from(revision.to_string()).ok());
        headers.extend(revision.map(|revision| (REVISION, revision)));
        let tag = self.tag.and_then(|tag| HeaderValue::try_from(format!("\"{tag}\"")).ok());
        headers.extend(tag.map(|tag| (ETAG, tag)));
    }
}

/// The value of an answer without one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nothing;

impl IntoResponse for Answer<Nothing> {
    fn into_response(self) -> Response {
        let mut response = StatusCode::NO_CONTENT.into_response();
        self.add_headers(response.headers_mut());
        response
    }
}

/// A value as JSON.
pub(crate) trait Document: Serialize {}

impl<T: Document> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let text = match serde_json::to_vec(&self.value) {
            Ok(text) => text,
            Err(error) => return Problem::from(Refusal::CannotAnswer(error.to_string())).into_response(),
        };
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = self.status;
        self.add_headers(response.headers_mut());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

/// A body in another form, written piece by piece.
#[derive(Debug)]
pub(crate) struct Pieces {
    pub(crate) body: Body,
    pub(crate) media_type: &'static str,
}

impl IntoResponse for Answer<Pieces> {
    fn into_response(self) -> Response {
        let mut headers = HeaderMap::new();
        self.add_headers(&mut headers);
        let mut response = Response::new(self.value.body);
        *response.headers_mut() = headers;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(self.value.media_type));
        response
    }
}
