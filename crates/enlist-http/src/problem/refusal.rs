//! What this crate refuses by itself, before or beside Enlist: addresses, headers, bodies, permission.
//!
//! It knows no response. Invariant: each variant has one code and one status, listed in the table.

use axum::http::StatusCode;

/// Why a request is refused without asking Enlist.
///
/// | code | status |
/// |---|---|
/// | `invalid_address` | 400 |
/// | `invalid_query` | 400 |
/// | `invalid_header` | 400 |
/// | `not_utf8` | 400 |
/// | `body_cut_off` | 400 |
/// | `unauthenticated` | 401 |
/// | `forbidden` | 403 |
/// | `other_origin` | 403 |
/// | `unknown_path` | 404 |
/// | `unknown_workspace` | 404 |
/// | `unknown_audience` | 404 |
/// | `method_not_allowed` | 405 |
/// | `body_too_slow` | 408 |
/// | `not_now` | 412 |
/// | `body_too_large` | 413 |
/// | `unsupported_media_type` | 415 |
/// | `wrong_document` | 422 |
/// | `busy` | 503 |
/// | `too_many_streams` | 503 |
/// | `not_reached` | 503 |
/// | `cannot_answer` | 503 |
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// An id in the address that cannot be read.
    Address(String),
    /// A parameter after the `?`.
    Query(String),
    /// A header that cannot be read.
    Header {
        name: &'static str,
        accepted: &'static str,
    },
    NotUtf8,
    BodyCutOff,
    Unauthenticated,
    Forbidden,
    OtherOrigin,
    UnknownPath,
    UnknownWorkspace(String),
    UnknownAudience(String),
    MethodNotAllowed,
    BodyTooSlow,
    /// A condition of a header that does not hold.
    NotNow(&'static str),
    BodyTooLarge {
        most: usize,
    },
    MediaType {
        accepted: &'static str,
    },
    /// A document with members that do not fit; the problem lists them.
    Document,
    /// Too much long work waits.
    Busy,
    TooManyStreams,
    /// The revision that the request names is not there in time.
    NotReached,
    /// The answer could not be made.
    CannotAnswer(String),
}

impl Refusal {
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Refusal::Address(_) => "invalid_address",
            Refusal::Query(_) => "invalid_query",
            Refusal::Header { .. } => "invalid_header",
            Refusal::NotUtf8 => "not_utf8",
            Refusal::BodyCutOff => "body_cut_off",
            Refusal::Unauthenticated => "unauthenticated",
            Refusal::Forbidden => "forbidden",
            Refusal::OtherOrigin => "other_origin",
            Refusal::UnknownPath => "unknown_path",
            Refusal::UnknownWorkspace(_) => "unknown_workspace",
            Refusal::UnknownAudience(_) => "unknown_audience",
            Refusal::MethodNotAllowed => "method_not_allowed",
            Refusal::BodyTooSlow => "body_too_slow",
            Refusal::NotNow(_) => "not_now",
            Refusal::BodyTooLarge { .. } => "body_too_large",
            Refusal::MediaType { .. } => "unsupported_media_type",
            Refusal::Document => "wrong_document",
            Refusal::Busy => "busy",
            Refusal::TooManyStreams => "too_many_streams",
            Refusal::NotReached => "not_reached",
            Refusal::CannotAnswer(_) => "cannot_answer",
        }
    }

    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Refusal::Address(_)
            | Refusal::Query(_)
            | Refusal::Header { .. }
            | Refusal::NotUtf8
            | Refusal::BodyCutOff => StatusCode::BAD_REQUEST,
            Refusal::Unauthenticated => StatusCode::UNAUTHORIZED,
            Refusal::Forbidden | Refusal::OtherOrigin => StatusCode::FORBIDDEN,
            Refusal::UnknownPath | Refusal::UnknownWorkspace(_) | Refusal::UnknownAudience(_) => {
                StatusCode::NOT_FOUND
            }
            Refusal::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Refusal::NotNow(_) => StatusCode::PRECONDITION_FAILED,
            Refusal::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::MediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::Document => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::Busy | Refusal::TooManyStreams | Refusal::NotReached | Refusal::CannotAnswer(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    pub(crate) fn detail(&self) -> String {
        match self {
            Refusal::Address(what) | Refusal::Query(what) | Refusal::CannotAnswer(what) => what.clone(),
            Refusal::Header { name, accepted } => {
                format!("the header `{name}` cannot be read; accepted: {accepted}")
            }
            Refusal::NotUtf8 => "the body is not UTF-8".to_owned(),
            Refusal::BodyCutOff => "the body ended before its end; send it again".to_owned(),
            Refusal::Unauthenticated => "say who you are: `Authorization: Bearer …`".to_owned(),
            Refusal::Forbidden => "this is not allowed".to_owned(),
            Refusal::OtherOrigin => "a page of another origin may not write".to_owned(),
            Refusal::UnknownPath => "there is nothing at this path".to_owned(),
            Refusal::UnknownWorkspace(id) => format!("there is no workspace {id:?}"),
            Refusal::UnknownAudience(id) => format!("there is no audience {id:?}"),
            Refusal::MethodNotAllowed => {
                "this path does not have this method; `Allow` lists its methods".to_owned()
            }
            Refusal::BodyTooSlow => "the body did not come in time; send it again".to_owned(),
            Refusal::NotNow(what) => (*what).to_owned(),
            Refusal::BodyTooLarge { most } => format!("a body has at most {most} bytes"),
            Refusal::MediaType { accepted } => format!("`Content-Type` is {accepted}"),
            Refusal::Document => "the document does not fit; `errors` lists what to change".to_owned(),
            Refusal::TooManyStreams => "too many streams are open; try again later".to_owned(),
            Refusal::Busy => "too many long requests wait; try again later".to_owned(),
            Refusal::NotReached => {
                "the workspace has not reached the revision yet; try again later".to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_and_status_is_in_the_table_of_the_docs() {
        let text = String::new;
        let examples = [
            Refusal::Address(text()),
            Refusal::Query(text()),
            Refusal::Header { name: "a", accepted: "b" },
            Refusal::NotUtf8,
            Refusal::BodyCutOff,
            Refusal::Unauthenticated,
            Refusal::Forbidden,
            Refusal::OtherOrigin,
            Refusal::UnknownPath,
            Refusal::UnknownWorkspace(text()),
            Refusal::UnknownAudience(text()),
            Refusal::MethodNotAllowed,
            Refusal::BodyTooSlow,
            Refusal::NotNow(""),
            Refusal::BodyTooLarge { most: 1 },
            Refusal::MediaType { accepted: "a" },
            Refusal::Document,
            Refusal::Busy,
            Refusal::TooManyStreams,
            Refusal::NotReached,
            Refusal::CannotAnswer(text()),
        ];
        let shown = examples.map(|each| format!("/// | `{}` | {} |", each.code(), each.status().as_u16()));
        let rows = include_str!("refusal.rs").lines().filter(|line| line.starts_with("/// | `"));
        assert_eq!(rows.collect::<Vec<_>>(), shown);
    }
}
