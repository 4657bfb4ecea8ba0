//! A right request of every operation, in an order that works on a server without workspaces.
//!
//! The paths are those of the document, below the workspace; `$name` in a body is the id of that name. Other tests send these
//! requests as they are, with other ids, twice, or with something wrong.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::scene::{Reply, Scene, address};

/// A request, and the status of its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Right {
    pub(crate) status: u16,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// Empty for none.
    pub(crate) body: &'static str,
}

const fn row(status: u16, method: &'static str, path: &'static str, body: &'static str) -> Right {
    Right { status, method, path, body }
}

#[rustfmt::skip]
pub(crate) const RIGHT: &[Right] = &[
    row(200, "GET", "/healthz", ""),
    row(200, "GET", "/readyz", ""),
    row(201, "PUT", "", "{}"),
    row(200, "PUT", "", "{}"),
    row(200, "GET", "/v1/workspaces", ""),
    row(200, "GET", "", ""),
    row(200, "PATCH", "", r#"{"week_start": "sunday"}"#),
    row(200, "GET", "stats", ""),
    row(201, "PUT", "fields/{field}", r#"{"kind": "select", "options": ["free", "pro"]}"#),
    row(200, "PUT", "fields/{field}", r#"{"kind": "select", "options": ["pro"]}"#),
    row(200, "GET", "fields", ""),
    row(200, "GET", "fields/{field}", ""),
    row(200, "GET", "fields/{field}/options", ""),
    row(201, "PUT", "segments/{segment}", r#"{"name": $segment, "rule": $rule}"#),
    row(200, "PUT", "segments/{segment}", r#"{"name": "Pro", "rule": $rule}"#),
    row(200, "PATCH", "contacts/{contact}", r#"{"set": {$field: "pro", "name": $contact}, "add_labels": [$contact]}"#),
    row(200, "POST", "events", r#"{"type": "contact_saved", "at": "2026-01-05T09:00:00Z", "contact": $other, "set": {$field: "pro"}}"#),
    row(200, "GET", "labels", ""),
    row(200, "GET", "segments", ""),
    row(200, "GET", "segments/{segment}", ""),
    row(200, "GET", "segments/{segment}/count", ""),
    row(200, "GET", "segments/{segment}/counts?by=day", ""),
    row(200, "GET", "segments/{segment}/members", ""),
    row(200, "GET", "segments/{segment}/members/{contact}", ""),
    row(200, "POST", "rules/check", r#"{"rule": $rule, "segment": $segment}"#),
    row(200, "POST", "rules/preview", r#"{"rule": $rule, "segment": $segment, "contact": $contact}"#),
    row(200, "GET", "contacts", ""),
    row(200, "GET", "contacts/{contact}", ""),
    row(200, "GET", "contacts/{contact}/segments", ""),
    row(200, "GET", "contacts/{contact}/transitions", ""),
    row(200, "PATCH", "conversations/{conversation}", r#"{"contact": $contact}"#),
    row(200, "POST", "contacts/{contact}/activity", r#"{"conversation": $conversation}"#),
    row(200, "POST", "sets/count", r#"{"any": [$segment]}"#),
    row(200, "GET", "overlap", ""),
    row(200, "PUT", "audiences/{audience}", r#"{"include": [$segment], "suppress": [$other]}"#),
    row(200, "GET", "audiences", ""),
    row(200, "GET", "audiences/{audience}", ""),
    row(200, "GET", "audiences/{audience}/members", ""),
    row(200, "GET", "stream", ""),
    row(200, "GET", "transitions", ""),
    row(200, "GET", "export", ""),
    row(200, "POST", "verify", ""),
    row(204, "DELETE", "conversations/{conversation}", ""),
    row(200, "POST", "contacts/{contact}/merge", r#"{"into": $other}"#),
    row(200, "PATCH", "contacts/{contact}", r#"{"set": {$field: "pro"}}"#),
    row(204, "DELETE", "contacts/{contact}", ""),
    row(204, "DELETE", "audiences/{audience}", ""),
    row(200, "DELETE", "segments/{segment}", ""),
    row(204, "DELETE", "fields/{field}", ""),
    row(204, "DELETE", "", ""),
];

/// What stands for the names in a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ids<'a> {
    pub(crate) workspace: &'a str,
    /// Contacts, conversations, segments and audiences.
    pub(crate) id: &'a str,
}

impl Ids<'_> {
    /// Those of the workspace `acme`.
    pub(crate) const PLAIN: Ids<'static> = Ids { workspace: "acme", id: "ada" };
    /// A field, whose keys are of one form.
    pub(crate) const FIELD: &'static str = "plan";
    pub(crate) const OTHER: &'static str = "other";

    fn of(&self, name: &str) -> &str {
        match name {
            "workspace" => self.workspace,
            "field" => Self::FIELD,
            "other" => Self::OTHER,
            _ => self.id,
        }
    }
}

impl Right {
    /// The path as the document has it.
    pub(crate) fn template(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        match path {
            "" => "/v1/workspaces/{workspace}".to_owned(),
            path if path.starts_with('/') => path.to_owned(),
            path => format!("/v1/workspaces/{{workspace}}/{path}"),
        }
    }

    pub(crate) fn is_stream(&self) -> bool {
        self.path == "stream"
    }

    /// Where it is sent to.
    pub(crate) fn uri(&self, ids: Ids<'_>) -> String {
        let query = self.path.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
        let mut uri = self.template() + &query;
        for name in ["workspace", "field", "contact", "conversation", "segment", "audience"] {
            uri = uri.replace(&format!("{{{name}}}"), &address(ids.of(name)));
        }
        format!("/x/y{uri}")
    }

    /// Its body, with ids in it.
    pub(crate) fn document(&self, ids: Ids<'_>) -> String {
        let rule = json!({"match": "all", "conditions": [{"field": Ids::FIELD, "operator": "equals", "value": "pro"}]});
        let mut document = self.body.replace("$rule", &rule.to_string());
        for name in ["field", "contact", "other", "conversation", "segment"] {
            document = document.replace(&format!("${name}"), &Value::from(ids.of(name)).to_string());
        }
        document
    }

    pub(crate) fn request(&self, ids: Ids<'_>) -> Request<Body> {
        let request = Request::builder().method(self.method).uri(self.uri(ids));
        if self.body.is_empty() {
            return request.body(Body::empty()).unwrap();
        }
        let request = request.header("content-type", "application/json");
        request.body(Body::from(self.document(ids))).unwrap()
    }
}

/// Sends a request; of a stream, which does not end, no more than the head is read.
pub(crate) async fn answered(scene: &Scene, row: Right, request: Request<Body>) -> Reply {
    if row.is_stream() { scene.begin(request).await } else { scene.send(request).await }
}

#[tokio::test]
async fn every_operation_of_the_document_is_answered_as_the_table_says() {
    let scene = Scene::empty();
    for row in RIGHT {
        let reply = answered(&scene, *row, row.request(Ids::PLAIN)).await;
        assert_eq!(reply.status.as_u16(), row.status, "{row:?}: {reply:?}");
    }
    let document = enlist_http::openapi();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let fits = |row: &&Right| row.template() == *path && row.method.eq_ignore_ascii_case(method);
            assert!(RIGHT.iter().any(|row| fits(&row)), "no request of {method} {path}");
        }
    }
}
