//! A refusal as a problem document (RFC 9457): what every request gets that is not answered.
//!
//! The class of an error gives the status, its code the type; the rest are its facts. It knows no operation. Invariant: a problem
//! never has the status 500.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use enlist::model::Error as ModelError;
use enlist::model::limits::Limit;
use enlist::{EngineError, Error, ErrorClass, ExportError, RuleProblem, SegmentId, ValueProblem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::refusal::Refusal;

/// Where rules are in every document that has one.
const RULE: &str = "#/rule";
/// Where values are in every document that has some.
const VALUES: &str = "#/set";

/// Why a request is refused: a document of RFC 9457.
///
/// Boxed, because nearly every function of this crate may return one.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Problem(Box<ProblemDocument>);

/// Why a request is refused: a document of RFC 9457.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument {
    /// `urn:enlist:problem:<code>`
    #[serde(rename = "type")]
    kind: String,
    /// The sentence without what was found: the same for equal mistakes.
    title: String,
    /// The status of the response.
    status: u16,
    /// What kind of problem it is; it never changes.
    code: &'static str,
    /// The whole sentence.
    detail: String,
    /// Everything that does not fit, by its place in the document.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Misfit>,
    /// How many more there are than `errors` lists.
    #[serde(skip_serializing_if = "is_zero")]
    unlisted_errors: usize,
    /// The ids of the segments that use it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    used_by: Vec<String>,
    /// The limit that is exceeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<LimitShown>,
    /// What is there now, where the request expected something else; `null` if nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    current: Option<serde_json::Value>,
}

/// Something in the document that does not fit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Misfit {
    /// Where, as a JSON Pointer into the document: `#/rule/conditions/2/value`.
    pub(crate) pointer: String,
    /// What kind of problem it is; it never changes.
    pub(crate) code: &'static str,
    /// What was found there.
    pub(crate) found: String,
    /// What is accepted there.
    pub(crate) accepted: String,
    /// The name that was meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) suggestion: Option<String>,
    /// The whole sentence.
    pub(crate) detail: String,
}

/// A limit, by its name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LimitShown {
    /// Its name.
    name: &'static str,
    /// The maximum.
    most: usize,
}

impl From<Limit> for LimitShown {
    fn from(limit: Limit) -> Self {
        LimitShown { name: limit.name, most: limit.most }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Misfit {
    /// A member of a document.
    pub(crate) fn new(
        pointer: String,
        code: &'static str,
        found: String,
        accepted: impl Into<String>,
    ) -> Self {
        let accepted = accepted.into();
        let detail = format!("{pointer}: found {found}; accepted: {accepted}");
        Misfit { pointer, code, found, accepted, suggestion: None, detail }
    }
}

impl From<&RuleProblem> for Misfit {
    fn from(problem: &RuleProblem) -> Self {
        Misfit {
            pointer: format!("{RULE}{}", problem.pointer),
            code: problem.code.as_str(),
            found: problem.found.clone(),
            accepted: problem.accepted.clone(),
            suggestion: problem.suggestion.clone(),
            detail: problem.to_string(),
        }
    }
}

impl From<&ValueProblem> for Misfit {
    fn from(problem: &ValueProblem) -> Self {
        Misfit {
            pointer: format!("{VALUES}/{}", token(&problem.field)),
            code: problem.code.as_str(),
            found: problem.found.clone(),
            accepted: problem.accepted.clone(),
            suggestion: problem.suggestion.clone(),
            detail: problem.to_string(),
        }
    }
}

/// A member's name as a token of a JSON Pointer.
pub(crate) fn token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A path as sentences write it (`options[2]`), as a JSON Pointer.
fn pointer_of(path: &str) -> String {
    let tokens = path.split(['.', '[', ']']).filter(|token| !token.is_empty());
    tokens.fold("#".to_owned(), |pointer, each| format!("{pointer}/{}", token(each)))
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: String, detail: String) -> Self {
        Problem(Box::new(ProblemDocument {
            kind: format!("urn:enlist:problem:{code}"),
            title,
            status: status.as_u16(),
            code,
            detail,
            errors: Vec::new(),
            unlisted_errors: 0,
            used_by: Vec::new(),
            limit: None,
            current: None,
        }))
    }

    /// Something that does not exist and is named by the document, not by the address, does not fit.
    pub(crate) fn named_by_document(mut self) -> Self {
        if self.0.status == StatusCode::NOT_FOUND.as_u16() {
            self.0.status = StatusCode::UNPROCESSABLE_ENTITY.as_u16();
        }
        self
    }

    /// With what is there now.
    pub(crate) fn with_current(mut self, current: Option<&impl Serialize>) -> Self {
        // What cannot be shown is left out: the refusal itself says enough.
        self.0.current = serde_json::to_value(current).ok();
        self
    }

    /// With what does not fit.
    pub(crate) fn with_errors(mut self, errors: Vec<Misfit>) -> Self {
        self.0.errors = errors;
        self
    }

    pub(crate) fn is_changed(&self) -> bool {
        self.0.status == StatusCode::PRECONDITION_FAILED.as_u16()
    }

    pub(crate) const fn code(&self) -> &'static str {
        self.0.code
    }

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
    }
}

/// The status for what an error asks of its caller.
const fn status(class: ErrorClass) -> StatusCode {
    match class {
        ErrorClass::Unreadable => StatusCode::BAD_REQUEST,
        ErrorClass::Unknown => StatusCode::NOT_FOUND,
        ErrorClass::InUse => StatusCode::CONFLICT,
        ErrorClass::Changed => StatusCode::PRECONDITION_FAILED,
        ErrorClass::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorClass::Unfit => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorClass::Full => StatusCode::TOO_MANY_REQUESTS,
        ErrorClass::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn ids(segments: &[SegmentId]) -> Vec<String> {
    segments.iter().map(|id| id.as_str().to_owned()).collect()
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let mut problem =
            Problem::new(status(error.class()), error.code(), error.reason(), error.to_string());
        problem.0.errors = error.rule_problems().iter().map(Misfit::from).collect();
        problem.0.errors.extend(error.value_problems().iter().map(Misfit::from));
        problem.0.unlisted_errors = error.unlisted_rule_problems();
        problem.add_facts(&error);
        problem
    }
}

impl Problem {
    #[expect(clippy::wildcard_enum_match_arm, reason = "most errors have no facts of their own")]
    fn add_facts(&mut self, error: &Error) {
        match error {
            Error::Engine(error) => self.add_engine_facts(error),
            Error::Refused(refused) => self.add_facts(&refused.reason),
            Error::Full { limit, .. } | Error::Unacknowledged { limit, .. } | Error::Limit { limit, .. } => {
                self.0.limit = Some((*limit).into());
            }
            Error::LimitSetting { maximum, .. } => self.0.limit = Some((*maximum).into()),
            _ => {}
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "most errors have no facts of their own")]
    fn add_engine_facts(&mut self, error: &EngineError) {
        match error {
            EngineError::Model(error) => self.add_model_facts(error),
            EngineError::FieldInUse { segments, .. } | EngineError::SegmentInUse { segments, .. } => {
                self.0.used_by = ids(segments);
            }
            EngineError::OptionsInUse { options, .. } => {
                self.0.used_by = options.iter().map(|(_, segment)| segment.as_str().to_owned()).collect();
                self.0.used_by.dedup();
            }
            EngineError::Limit { limit, .. } => self.0.limit = Some((*limit).into()),
            EngineError::UnknownTimeZone { time_zone } => {
                let accepted = "a name of the IANA database, as `Europe/Berlin` or `UTC`";
                self.add("#/time_zone", format!("{time_zone:?}"), accepted, None);
            }
            EngineError::FieldKind { kind, found, .. } => {
                self.add("#/kind", format!("`{found}`"), &format!("`{kind}`, which the field has"), None);
            }
            EngineError::FieldPart { part, kind, .. } => {
                self.add(
                    &format!("#/{part}"),
                    "a value".to_owned(),
                    &format!("none for the kind {kind}"),
                    None,
                );
            }
            _ => {}
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "most errors have no facts of their own")]
    fn add_model_facts(&mut self, error: &ModelError) {
        match error {
            ModelError::Limit { limit, .. } => self.0.limit = Some((*limit).into()),
            ModelError::EventType { found, accepted, suggestion } => {
                self.add("#/type", found.clone(), accepted, *suggestion);
            }
            ModelError::UnknownMember { found, accepted, suggestion, .. } => {
                self.add(
                    &format!("#/{}", token(found)),
                    "an unknown member".to_owned(),
                    accepted,
                    *suggestion,
                );
            }
            ModelError::MissingMember { member, accepted, .. } => {
                self.add(&pointer_of(member), "no such member".to_owned(), accepted, None);
            }
            ModelError::Member { member, found, accepted, suggestion, .. } => {
                self.add(&pointer_of(member), found.clone(), accepted, *suggestion);
            }
            _ => {}
        }
    }

    fn add(&mut self, pointer: &str, found: String, accepted: &str, suggestion: Option<&str>) {
        let misfit = Misfit::new(pointer.to_owned(), self.0.code, found, accepted);
        self.0.errors.push(Misfit { suggestion: suggestion.map(str::to_owned), ..misfit });
    }
}

impl From<ModelError> for Problem {
    fn from(error: ModelError) -> Self {
        Error::from(error).into()
    }
}

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Enlist(error) => error.into(),
            error @ (ExportError::Write { .. } | _) => Refusal::CannotAnswer(error.to_string()).into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.detail();
        Problem::new(refusal.status(), refusal.code(), detail.clone(), detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let text = serde_json::to_vec(&self).unwrap_or_else(|_| b"{}".to_vec());
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_sentences_become_pointers() {
        assert_eq!(pointer_of("options[2]"), "#/options/2");
        assert_eq!(pointer_of("add_labels[0]"), "#/add_labels/0");
        assert_eq!(token("a/b~c"), "a~1b~0c");
    }
}
