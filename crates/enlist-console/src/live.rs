//! Pages that change while they are open: their content comes again when the workspace has changed.
//!
//! A stream looks at the workspace's revision five times a second and draws only if it is another, so it costs writers nothing and the
//! last state wins. It does not know what a page shows. Invariant: what is sent last is the content as of the newest state that was
//! looked at.

use std::future::Future;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use enlist::Revision;
use futures_util::stream;

use crate::access::{Look, Visit};
use crate::failure::Failure;
use crate::frame::Drawn;

/// How often a stream looks.
const INTERVAL: Duration = Duration::from_millis(200);
/// After how many looks without a change a comment is sent, so that a connection that is gone is noticed.
const QUIET: u32 = 75;

/// A stream of a page's content.
struct Live<F> {
    visit: Visit<Look>,
    draw: F,
    /// The state that was drawn last.
    drawn_at: Option<Revision>,
    sent: String,
    looks: u32,
}

/// The content of a page, again and again.
pub(crate) fn stream<F, D>(visit: Visit<Look>, draw: F) -> Response
where
    F: Fn(Visit<Look>) -> D + Send + 'static,
    D: Future<Output = Result<Drawn, Failure>> + Send + 'static,
{
    let live = Live { visit, draw, drawn_at: None, sent: String::new(), looks: 0 };
    let pieces = stream::unfold(live, |mut live| async move {
        let piece = live.next().await?;
        Some((Ok::<_, std::convert::Infallible>(piece), live))
    });
    let headers = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store")];
    (headers, Body::from_stream(pieces)).into_response()
}

impl<F, D> Live<F>
where
    F: Fn(Visit<Look>) -> D + Send + 'static,
    D: Future<Output = Result<Drawn, Failure>> + Send + 'static,
{
    /// The next piece; `None` when the workspace has ended.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let revision = self.visit.workspace.read(|view| view.revision()).await.ok()?;
            if self.drawn_at != Some(revision) {
                self.drawn_at = Some(revision);
                // What cannot be drawn now, because it was deleted for one, is drawn by whoever opens the page again.
                let text = (self.draw)(self.visit.clone()).await.ok()?.content.into_string();
                if text != self.sent {
                    self.looks = 0;
                    self.sent = text;
                    return Some(message(&self.sent));
                }
            }
            self.looks += 1;
            if self.looks >= QUIET {
                self.looks = 0;
                return Some(Bytes::from_static(b":\n\n"));
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }
}

/// Markup as one message.
fn message(text: &str) -> Bytes {
    let lines = text.lines().map(|line| format!("data: {line}\n"));
    Bytes::from(lines.chain(["\n".to_owned()]).collect::<String>())
}
