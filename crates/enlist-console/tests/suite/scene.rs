//! A console nested under a prefix, and a browser that has no scripts.

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, Request, StatusCode};
use enlist::{Enlist, Workspace};
use enlist_console::Console;
use enlist_http::{Api, Asked, Decision};
use http_body_util::BodyExt;
use tower::ServiceExt;

/// The console at `/x/y`, with the workspace `acme`.
pub(crate) struct Scene {
    pub(crate) acme: Workspace,
    api: Api,
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
    pub(crate) fn location(&self) -> &str {
        self.headers.get(LOCATION).map_or("", |location| location.to_str().unwrap())
    }
}

impl Scene {
    pub(crate) fn new() -> Self {
        let enlist = Enlist::builder().workers(1).build().unwrap();
        let acme = enlist.create_workspace("acme").unwrap();
        let api = Api::new(enlist).authorise(|asked: Asked| async move {
            let is_known = asked.headers.get("authorization").is_some_and(|token| token == "Bearer t");
            if is_known { Decision::Allow } else { Decision::AskWho }
        });
        let router = Router::new().nest("/x/y", Console::new(&api).router());
        Scene { acme, api, router }
    }

    /// With a console of its own.
    pub(crate) fn with(mut self, console: impl FnOnce(&Api) -> Console) -> Self {
        self.router = Router::new().nest("/x/y", console(&self.api).router());
        self
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let text = String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned();
        Reply { status: head.status, headers: head.headers, text }
    }

    /// A page of the workspace.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        let request = Request::get(format!("/x/y/acme/{path}")).header("cookie", "enlist_token=t");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// A stream of the workspace.
    pub(crate) async fn stream(&self, path: &str) -> Body {
        let request = Request::get(format!("/x/y/acme/{path}")).header("cookie", "enlist_token=t");
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream");
        response.into_body()
    }

    /// All workspaces.
    pub(crate) fn enlist(&self) -> Enlist {
        self.api.access().enlist().clone()
    }

    /// Whether a stream ends soon.
    pub(crate) async fn ends(&self, stream: &mut Body) -> bool {
        let rest = async { while stream.frame().await.is_some() {} };
        tokio::time::timeout(std::time::Duration::from_secs(2), rest).await.is_ok()
    }

    /// The next message of a stream, which comes soon.
    pub(crate) async fn message(&self, stream: &mut Body) -> String {
        let frame = tokio::time::timeout(std::time::Duration::from_secs(10), stream.frame()).await;
        let bytes = frame.unwrap().unwrap().unwrap().into_data().unwrap();
        String::from_utf8(bytes.to_vec()).unwrap().trim_end().to_owned()
    }

    /// A form, sent to a page of the workspace.
    pub(crate) async fn post(&self, path: &str, pairs: &[(String, String)]) -> Reply {
        let coded =
            pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>();
        let request = Request::post(format!("/x/y/acme/{path}"))
            .header("cookie", "enlist_token=t")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(coded.join("&"))).unwrap()).await
    }
}

/// A text with everything but letters and digits escaped.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}
