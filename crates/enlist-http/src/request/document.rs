//! The body of a request as one JSON document, within bounds.
//!
//! Enlist's own reader reads it, so that depth and duplicate keys are refused as everywhere. It knows no operation. Invariant: a body
//! is never longer than a line of a log may be, and one that does not come is given up.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use enlist::model::limits::LINE_BYTES;
use enlist::{Event, Instant, Json};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::problem::details::{Misfit, Problem, token};
use crate::problem::refusal::Refusal;
use crate::shared::Shared;

/// The media type of a request, without parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A document that an operation reads member by member.
#[derive(Clone, Debug)]
pub(crate) struct Members {
    given: Vec<(String, Json)>,
    known: Vec<&'static str>,
    errors: Vec<Misfit>,
}

impl FromRequest<Arc<Shared>> for Members {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Problem> {
        if media_type(request.headers()) != "application/json" {
            return Err(Refusal::MediaType { accepted: "`application/json`" }.into());
        }
        Members::of(read(request.into_body(), shared.body_timeout).await?)
    }
}

/// Reads a body as one JSON document; all of it must come within `patience`.
pub(crate) async fn read(body: Body, patience: Duration) -> Result<Json, Problem> {
    let most = LINE_BYTES.most;
    let collected = tokio::time::timeout(patience, Limited::new(body, most).collect()).await;
    let collected = collected.map_err(|_| Refusal::BodyTooSlow)?.map_err(|error| {
        if error.is::<LengthLimitError>() { Refusal::BodyTooLarge { most } } else { Refusal::BodyCutOff }
    })?;
    let bytes = collected.to_bytes();
    let text = std::str::from_utf8(&bytes).map_err(|_| Refusal::NotUtf8)?;
    Ok(Json::parse(text)?)
}

impl Members {
    pub(crate) fn of(json: Json) -> Result<Self, Problem> {
        let Json::Object(given) = json else {
            let whole = Misfit::new("#".to_owned(), "wrong_member", json.shown(), "an object");
            return Err(Problem::from(Refusal::Document).with_errors(vec![whole]));
        };
        Ok(Members { given, known: Vec::new(), errors: Vec::new() })
    }

    /// A member; `null` counts as absent.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<Json> {
        self.known.push(name);
        let index = self.given.iter().position(|(each, _)| each == name)?;
        Some(self.given.swap_remove(index).1).filter(|json| *json != Json::Null)
    }

    /// A member that must be there.
    pub(crate) fn need(&mut self, name: &'static str, accepted: &str) -> Json {
        self.take(name).unwrap_or_else(|| {
            self.refuse(name, "missing_member", "no such member".to_owned(), accepted);
            Json::Null
        })
    }

    /// A string, if it is there.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        let json = self.take(name)?;
        if let Json::Text(text) = json {
            return Some(text);
        }
        self.refuse(name, "wrong_member", json.shown(), "a string");
        None
    }

    /// A string that must be there.
    pub(crate) fn needed_text(&mut self, name: &'static str) -> String {
        let json = self.need(name, "a string");
        if let Json::Text(text) = json {
            return text;
        }
        // A member that is missing is reported already.
        if json != Json::Null {
            self.refuse(name, "wrong_member", json.shown(), "a string");
        }
        String::new()
    }

    /// A whole number of a range, if it is there.
    pub(crate) fn count(
        &mut self,
        name: &'static str,
        range: std::ops::RangeInclusive<u32>,
    ) -> Option<usize> {
        let json = self.take(name)?;
        let fits = |count: &u32| Json::Number(f64::from(*count)) == json;
        if let Some(count) = range.clone().find(fits) {
            return Some(count as usize);
        }
        let accepted = format!("a whole number from {} to {}", range.start(), range.end());
        self.refuse(name, "wrong_member", json.shown(), &accepted);
        None
    }

    /// A list of strings, if it is there.
    pub(crate) fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        let json = self.take(name)?;
        let Json::List(list) = json else {
            self.refuse(name, "wrong_member", json.shown(), "a list of strings");
            return None;
        };
        let mut texts = Vec::new();
        for (index, each) in list.into_iter().enumerate() {
            if let Json::Text(text) = each {
                texts.push(text);
            } else {
                let pointer = format!("#/{}/{index}", token(name));
                self.errors.push(Misfit::new(pointer, "wrong_member", each.shown(), "a string"));
            }
        }
        Some(texts)
    }

    /// The document as it is.
    pub(crate) fn into_json(self) -> Json {
        Json::Object(self.given)
    }

    /// Notes a member that does not fit.
    pub(crate) fn refuse(&mut self, name: &str, code: &'static str, found: String, accepted: &str) {
        self.errors.push(Misfit::new(format!("#/{}", token(name)), code, found, accepted));
    }

    /// Whether everything fitted. Members that nobody took are unknown.
    pub(crate) fn end(mut self) -> Result<(), Problem> {
        let known = self.known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let unknown = self.given.iter().map(|(name, _)| name.clone());
        let unknown: Vec<String> = unknown.filter(|name| !self.known.contains(&name.as_str())).collect();
        for name in unknown {
            self.refuse(
                &name,
                "unknown_member",
                "an unknown member".to_owned(),
                &format!("the members {known}"),
            );
        }
        if self.errors.is_empty() {
            return Ok(());
        }
        Err(Problem::from(Refusal::Document).with_errors(self.errors))
    }

    /// The document as an event: its own members, of which only these are accepted, and those that the address gives.
    pub(crate) fn into_event(
        mut self,
        event_type: &str,
        at: Instant,
        given: &[(&str, &str)],
        accepted: &'static [&'static str],
    ) -> Result<Event, Problem> {
        let own: Vec<(&str, Option<Json>)> = accepted.iter().map(|name| (*name, self.kept(name))).collect();
        self.end()?;
        let mut members = vec![("type".to_owned(), event_type.into()), ("at".to_owned(), Json::from(at))];
        members.extend(given.iter().map(|(name, id)| ((*name).to_owned(), Json::from(*id))));
        members.extend(own.into_iter().filter_map(|(name, json)| Some((name.to_owned(), json?))));
        Ok(Event::from_json(Json::Object(members))?)
    }

    /// A member as it is, `null` included: in some events it means something.
    fn kept(&mut self, name: &'static str) -> Option<Json> {
        self.known.push(name);
        let index = self.given.iter().position(|(each, _)| each == name)?;
        Some(self.given.swap_remove(index).1)
    }
}
