//! Pages that change while they are open: their content comes again when the workspace has changed.
//!
//! A stream looks at the workspace's revision five times a second and draws only if it is another, so it costs writers nothing and the
//! last state wins. It does not know what a page shows. Invariant: what is sent last is the content as of the newest state that could
//! be drawn.

use std::future::Future;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use enlist::{Error, Event, Revision};
use futures_util::stream;

use crate::access::{Look, Visit};
use crate::failure::Failure;
use crate::frame::Drawn;

/// How often a stream looks.
const INTERVAL: Duration = Duration::from_millis(200);
/// How often the stream of a page looks that takes long to draw: one that searches or sorts all contacts.
pub(crate) const SELDOM: Duration = Duration::from_secs(1);
/// After how long without a change a page is drawn nevertheless, because "2 min ago" and arrangements change without the workspace. If
/// nothing is new, a comment is sent, so that a connection that is gone is noticed.
const QUIET: Duration = Duration::from_secs(15);

/// A stream of a page's content.
struct Live<F> {
    visit: Visit<Look>,
    draw: F,
    /// The state that was drawn last.
    drawn_at: Option<Revision>,
    sent: String,
    interval: Duration,
    /// How long until the next look.
    pause: Duration,
    /// For how long nothing was sent.
    quiet: Duration,
}

/// The content of a page, again and again.
pub(crate) fn stream<F, D>(visit: Visit<Look>, draw: F) -> Response
where
    F: Fn(Visit<Look>) -> D + Send + 'static,
    D: Future<Output = Result<Drawn, Failure>> + Send + 'static,
{
    stream_every(INTERVAL, visit, draw)
}

/// As [`stream`], with a look every `interval`.
pub(crate) fn stream_every<F, D>(interval: Duration, visit: Visit<Look>, draw: F) -> Response
where
    F: Fn(Visit<Look>) -> D + Send + 'static,
    D: Future<Output = Result<Drawn, Failure>> + Send + 'static,
{
    let (pause, quiet) = (Duration::ZERO, Duration::ZERO);
    let live = Live { visit, draw, drawn_at: None, sent: String::new(), interval, pause, quiet };
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
    /// The next piece; `None` when the workspace has ended, or what the page is about is gone.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            // Before the look, so that it is after a message too: under many writes a page is not drawn more often.
            tokio::time::sleep(self.pause).await;
            self.quiet += self.pause;
            self.pause = self.interval;
            // Reads go on after the end of a workspace; only a check says that there is one.
            let tick = Event::tick(self.visit.workspace.blocking().clock_now());
            if let Err(Error::Closed { .. }) = self.visit.workspace.check(&tick).await {
                return None;
            }
            let revision = self.visit.workspace.read(|view| view.revision()).await.ok()?;
            let is_quiet = self.quiet >= QUIET;
            if is_quiet || self.drawn_at != Some(revision) {
                match (self.draw)(self.visit.clone()).await {
                    Ok(drawn) => {
                        self.drawn_at = Some(revision);
                        let text = drawn.content.into_string();
                        if text != self.sent {
                            self.quiet = Duration::ZERO;
                            self.sent = text;
                            return Some(message(&self.sent));
                        }
                    }
                    // A user who opens the page again learns that it is gone.
                    Err(failure) if failure.is_gone() => return None,
                    // The next look draws it.
                    Err(_) => self.drawn_at = None,
                }
            }
            if is_quiet {
                self.quiet = Duration::ZERO;
                return Some(Bytes::from_static(b":\n\n"));
            }
        }
    }
}

/// Markup as one message. A carriage return in a name ends a line of a stream, too.
fn message(text: &str) -> Bytes {
    let lines = text.split(['\n', '\r']).map(|line| format!("data: {line}\n"));
    Bytes::from(lines.chain(["\n".to_owned()]).collect::<String>())
}
