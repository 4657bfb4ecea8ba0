//! What a page cannot show, as a page that says why.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use enlist::{Error, ErrorClass};
use maud::{DOCTYPE, html};

/// A refusal.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    sentence: String,
}

impl Failure {
    pub(crate) fn new(status: StatusCode, sentence: impl Into<String>) -> Self {
        Failure { status, sentence: sentence.into() }
    }

    pub(crate) fn unknown(what: &str, id: &str) -> Self {
        Failure::new(StatusCode::NOT_FOUND, format!("There is no {what} {id:?}."))
    }

    /// Whether it is about something that is not there.
    pub(crate) fn is_gone(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    /// What is arranged cannot be read or kept.
    pub(crate) fn unkept(error: &std::io::Error) -> Self {
        Failure::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("What you arrange here cannot be kept: {error}"),
        )
    }

    pub(crate) fn busy() -> Self {
        Failure::new(StatusCode::SERVICE_UNAVAILABLE, "Too much is going on. Try again in a moment.")
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = match error.class() {
            ErrorClass::Unknown => StatusCode::NOT_FOUND,
            ErrorClass::InUse => StatusCode::CONFLICT,
            ErrorClass::Changed => StatusCode::PRECONDITION_FAILED,
            ErrorClass::Full => StatusCode::TOO_MANY_REQUESTS,
            ErrorClass::Unreadable => StatusCode::BAD_REQUEST,
            ErrorClass::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorClass::Unfit => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorClass::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        Failure::new(status, error.to_string())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head { meta charset="utf-8"; title { "Enlist" } }
                body { main { h1 { (self.status.as_u16()) } p { (self.sentence) } } }
            }
        };
        (self.status, page_type(), page.into_string()).into_response()
    }
}

/// The header of a page.
pub(crate) fn page_type() -> [(axum::http::HeaderName, &'static str); 1] {
    [(axum::http::header::CONTENT_TYPE, "text/html; charset=utf-8")]
}
