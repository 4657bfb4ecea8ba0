//! A router nested under a prefix, with a workspace, and requests to it.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use enlist::{Enlist, Workspace, WorkspaceSettings};
use enlist_http::{Api, Asked, Decision};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::conformance;

/// A router with everything allowed, and its workspace `acme`.
pub(crate) struct Scene {
    pub(crate) enlist: Enlist,
    router: Router,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The JSON of an answer with this status.
    pub(crate) fn with(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// The code of a problem with this status.
    pub(crate) fn refused(&self, status: u16) -> String {
        let problem = self.with(status);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let code = problem["code"].as_str().unwrap().to_owned();
        assert_eq!(problem["type"], format!("urn:enlist:problem:{code}"));
        assert_eq!(problem["status"], status);
        code
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Scene {
    pub(crate) fn new() -> Self {
        let scene = Scene::empty();
        scene.enlist.create_workspace("acme").unwrap();
        scene
    }

    pub(crate) fn empty() -> Self {
        let enlist = Enlist::builder().workers(1).build().unwrap();
        let api = Api::new(enlist.clone()).authorise(|_: Asked| async { Decision::Allow });
        Scene { enlist, router: Router::new().nest("/x/y", api.router()) }
    }

    /// A scene whose time is that of its events, over three partitions.
    pub(crate) fn manual() -> Self {
        let enlist = Enlist::builder().workers(1).manual_time().build().unwrap();
        enlist.create_workspace_with("acme", WorkspaceSettings::default().with_partitions(3)).unwrap();
        let api = Api::new(enlist.clone()).authorise(|_: Asked| async { Decision::Allow });
        Scene::of(enlist, api)
    }

    pub(crate) fn of(enlist: Enlist, api: Api) -> Self {
        Scene { enlist, router: Router::new().nest("/x/y", api.router()) }
    }

    pub(crate) fn acme(&self) -> Workspace {
        self.enlist.workspace("acme").unwrap()
    }

    pub(crate) async fn respond(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let (method, address) = (request.method().to_string(), request.uri().to_string());
        let response = self.respond(request).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert!(status != StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let reply = Reply { status, headers, text: String::from_utf8(bytes.to_vec()).unwrap() };
        let address = address.strip_prefix("/x/y").unwrap();
        conformance::check(
            &method,
            address,
            reply.status.as_u16(),
            reply.header("content-type"),
            &reply.text,
        );
        reply
    }

    /// Sends a request of something that does not end: a refusal is read, of an answer only the head.
    pub(crate) async fn begin(&self, request: Request<Body>) -> Reply {
        let response = self.respond(request).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = if status.is_success() {
            String::new()
        } else {
            let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            String::from_utf8(bytes.to_vec()).unwrap()
        };
        Reply { status, headers, text }
    }

    /// A request to `acme`.
    pub(crate) async fn ask(&self, method: &str, path: &str) -> Reply {
        self.send(request(method, path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path).await
    }

    /// A request to `acme` with a document.
    pub(crate) async fn put(&self, method: &str, path: &str, document: Value) -> Reply {
        self.put_with(method, path, document, &[]).await
    }

    pub(crate) async fn put_with(
        &self,
        method: &str,
        path: &str,
        document: Value,
        headers: &[(&str, &str)],
    ) -> Reply {
        let mut request = request(method, path).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(document.to_string())).unwrap()).await
    }

    /// A workspace with a field, three contacts and a segment of two of them.
    pub(crate) async fn with_contacts() -> Self {
        let scene = Scene::new();
        let options = json!({"kind": "select", "options": ["free", "pro"]});
        scene.put("PUT", "fields/plan", options).await.with(201);
        for (contact, name, plan) in [("ada", "Ada", "pro"), ("bob", "Bob", "free"), ("cem", "Cem", "pro")] {
            let set = json!({"set": {"name": name, "plan": plan, "phone": format!("+1 {}", contact.len())}});
            scene.put("PATCH", &format!("contacts/{contact}"), set).await.with(200);
        }
        scene.put("PUT", "segments/pro", json!({"name": "Pro", "rule": plan_is("pro")})).await.with(201);
        scene
    }
}

/// A request to a path below the workspace `acme`, or with a leading `/` to one of the router.
pub(crate) fn request(method: &str, path: &str) -> axum::http::request::Builder {
    let below = match path.strip_prefix('/') {
        Some(path) => path.to_owned(),
        None if path.is_empty() => "v1/workspaces/acme".to_owned(),
        None => format!("v1/workspaces/acme/{path}"),
    };
    Request::builder().method(method).uri(format!("/x/y/{below}"))
}

pub(crate) fn plan_is(plan: &str) -> Value {
    json!({"match": "all", "conditions": [{"field": "plan", "operator": "equals", "value": plan}]})
}

/// An id as an address has it.
pub(crate) fn address(id: &str) -> String {
    let escape = if id.starts_with(['.', '~']) { "~" } else { "" };
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    escape.chars().map(String::from).chain(id.bytes().map(byte)).collect()
}
