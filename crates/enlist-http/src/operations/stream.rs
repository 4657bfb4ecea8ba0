//! Changes as they happen: a stream of Server-Sent Events; and what is retained of them, by page.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use enlist::{Gap, Published, SegmentId, Sequence, SubscribeOptions};
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;
use utoipa::IntoParams;

use crate::answer::response::{Answer, Pieces};
use crate::authorisation::Read;
use crate::feed::published::{ContactTransitions, PublishedShown, Shower, Transitions};
use crate::feed::subscription::{Item, Place, text};
use crate::problem::details::Problem;
use crate::problem::refusal::Refusal;
use crate::request::head::{Listed, Parameters, Within};

/// How long nothing is sent before a comment is.
const QUIET: Duration = Duration::from_secs(15);

/// Changes as they happen, as Server-Sent Events: `transition`, `notice`, `gap`, `end`. `Last-Event-ID` continues after an event;
/// `segments`, once for each, chooses segments.
#[utoipa::path(get, path = "/stream", tag = "stream",
    params(("segments" = Option<Vec<String>>, Query, description = "The segments, which need not exist yet; without it, all.")),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 422)))]
pub(crate) async fn stream(within: Within<Read>, listed: Listed) -> Result<Answer<Pieces>, Problem> {
    let segments = listed.of("segments")?;
    let ids = segments.iter().map(|id| SegmentId::new(id)).collect::<Result<Vec<_>, _>>()?;
    let last = within.headers.get("last-event-id").map(|value| value.to_str().unwrap_or_default().trim());
    // An empty one is what a browser has before the first event.
    let last = last.filter(|last| !last.is_empty()).map(str::parse::<Sequence>);
    // First the place, then what came before it: nothing falls between.
    let place = within.shared.feeds.join(&within.workspace).await?;
    let mut options =
        if ids.is_empty() { SubscribeOptions::all() } else { SubscribeOptions::segments(ids.clone()) };
    if let Some(Ok(last)) = &last {
        options = options.resume_from(last.next());
    }
    // All at once: a subscription that a client does not read would keep what is new, beside the feed.
    let mut subscription = within.workspace.subscribe(options).into_inner();
    let start = subscription.position();
    let earlier: VecDeque<Published> = std::iter::from_fn(|| subscription.try_next()).collect();
    drop(subscription);
    let revision = within.read(|view| Ok(view.revision())).await?.value;
    let before = Sequence::new(start.incarnation(), start.number().saturating_sub(1));
    let first = match last {
        // What cannot be read may have been any place.
        Some(Err(_)) => text(&PublishedShown::Gap(Gap { from: start, until: start, revision }.into())),
        // The place that a client continues from before its first event.
        None => Bytes::from(format!("id: {before}\n\n")),
        Some(Ok(_)) => Bytes::from_static(b": continued\n\n"),
    };
    let client = Client {
        first: Some(first),
        earlier,
        shower: Shower::new(within.workspace.clone()),
        place,
        segments: (!ids.is_empty()).then(|| ids.into_iter().collect()),
        after: before,
        has_gap: false,
        waiting: None,
        has_ended: false,
    };
    let pieces = stream::unfold(client, |mut client| async move {
        let piece = client.next().await?;
        Some((Ok::<_, std::io::Error>(piece), client))
    });
    let body = Body::from_stream(pieces);
    Ok(Answer::at(revision, Pieces { body, media_type: "text/event-stream" }))
}

/// A client of a stream.
struct Client {
    first: Option<Bytes>,
    /// What came before the stream, as far as it has not got it.
    earlier: VecDeque<Published>,
    shower: Shower,
    place: Place,
    segments: Option<BTreeSet<SegmentId>>,
    /// The sequence of the last item that it has got, or did not want.
    after: Sequence,
    /// Whether it has missed some after that.
    has_gap: bool,
    /// The item after a gap.
    waiting: Option<Arc<Item>>,
    has_ended: bool,
}

impl Client {
    /// What is sent next; `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        if let Some(published) = self.earlier.pop_front() {
            let item = Item::of(&mut self.shower, &published).await;
            self.note(item.number);
            return Some(item.text);
        }
        if let Some(item) = self.waiting.take().and_then(|item| self.wanted(&item)) {
            return Some(item);
        }
        if self.has_ended {
            return None;
        }
        loop {
            match tokio::time::timeout(QUIET, self.place.items.recv()).await {
                Err(_) => return Some(Bytes::from_static(b":\n\n")),
                Ok(Err(RecvError::Lagged(_))) => self.has_gap = true,
                Ok(Err(RecvError::Closed)) => {
                    self.has_ended = true;
                    return Some(Bytes::from_static(b"event: end\ndata: {\"reason\":\"closed\"}\n\n"));
                }
                Ok(Ok(item)) => {
                    if let Some(piece) = self.take(item) {
                        return Some(piece);
                    }
                }
            }
        }
    }

    /// What is sent for an item of the feed, if anything.
    fn take(&mut self, item: Arc<Item>) -> Option<Bytes> {
        if !std::mem::take(&mut self.has_gap) || item.number <= self.after.next().number() {
            return self.wanted(&item);
        }
        let until = Sequence::new(self.after.incarnation(), item.number);
        let gap = Gap { from: self.after.next(), until, revision: item.revision };
        self.note(item.number - 1);
        self.waiting = Some(item);
        Some(text(&PublishedShown::Gap(gap.into())))
    }

    /// The text of an item that is new and of a segment of the client.
    fn wanted(&mut self, item: &Item) -> Option<Bytes> {
        let Some(segment) = &item.segment else {
            // A gap is told even if nothing that was published is missing.
            self.note(item.number);
            return Some(item.text.clone());
        };
        if item.number <= self.after.number() {
            return None;
        }
        self.note(item.number);
        let is_chosen = self.segments.as_ref().is_none_or(|segments| segments.contains(segment));
        is_chosen.then(|| item.text.clone())
    }

    fn note(&mut self, number: u64) {
        self.after = Sequence::new(self.after.incarnation(), self.after.number().max(number));
    }
}

/// Which page of what is retained.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct After {
    /// After this one; without it, from the oldest that is retained.
    after: Option<String>,
    /// How many: 1 to 1,000, by default 100.
    #[param(minimum = 1, maximum = 1000)]
    size: Option<usize>,
}

/// What is retained of what was published, the oldest first.
#[utoipa::path(get, path = "/transitions", tag = "stream", params(After),
    responses((status = 200, body = Transitions)))]
pub(crate) async fn transitions(
    within: Within<Read>,
    Parameters(After { after, size }): Parameters<After>,
) -> Result<Answer<Transitions>, Problem> {
    let size = bounded(size, 100)?;
    let from = match after {
        Some(after) => {
            let after = after.parse::<Sequence>();
            after.map_err(|error| Refusal::Query(format!("`after`: {error}")))?.next()
        }
        None => Sequence::new(within.workspace.blocking().incarnation(), 1),
    };
    let mut published = within.workspace.subscribe(SubscribeOptions::all().resume_from(from));
    let mut shower = Shower::new(within.workspace.clone());
    let mut transitions = Vec::new();
    while transitions.len() < size {
        let Some(next) = published.try_next() else { break };
        transitions.push(shower.show(&next).await);
    }
    let next = transitions.last().map(|last| last.id().to_owned());
    let revision = within.read(|view| Ok(view.revision())).await?.value;
    Ok(Answer::at(revision, Transitions { transitions, next }))
}

/// How many transitions of a contact.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Latest {
    /// How many: 1 to 1,000, by default 50.
    #[param(minimum = 1, maximum = 1000)]
    size: Option<usize>,
}

/// The latest entries and exits of a contact, the newest first, as far as they are retained.
#[utoipa::path(get, path = "/contacts/{contact}/transitions", tag = "contacts", params(Latest),
    responses((status = 200, body = ContactTransitions)))]
pub(crate) async fn of_contact(
    within: Within<Read>,
    Parameters(Latest { size }): Parameters<Latest>,
) -> Result<Answer<ContactTransitions>, Problem> {
    let (size, id) = (bounded(size, 50)?, within.own_id("contact"));
    let found = within.long_work(move |workspace| {
        let found = workspace.recent_transitions(&id, size);
        if found.is_empty() {
            // One that was deleted may still have some.
            workspace.read(|view| view.contact(&id).map(|_| ()))?;
        }
        Ok((workspace.read(|view| view.revision()), found))
    });
    let (revision, found) = found.await?;
    let mut shower = Shower::new(within.workspace.clone());
    let mut transitions = Vec::new();
    for transition in found {
        if let PublishedShown::Transition(shown) = shower.show(&Published::Transition(transition)).await {
            transitions.push(shown);
        }
    }
    Ok(Answer::at(revision, ContactTransitions { transitions }))
}

fn bounded(size: Option<usize>, default: usize) -> Result<usize, Problem> {
    let size = size.unwrap_or(default);
    if (1..=1_000).contains(&size) {
        Ok(size)
    } else {
        Err(Refusal::Query("`size` is 1 to 1000".to_owned()).into())
    }
}
