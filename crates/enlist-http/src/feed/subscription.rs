//! One subscription for each workspace, which feeds all its streams.
//!
//! An item's text is made once and shared. The feed begins with the first stream of a workspace and ends with the last one. It does
//! not know what a stream is sent over. Invariant: a stream misses nothing without being told: one that is too slow gets how many it
//! missed, from the channel.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Bytes;
use enlist::{Published, SegmentId, SubscribeOptions};
use enlist_tokio::{AsyncWorkspace, SubscriptionStream};
use tokio::sync::Mutex;
use tokio::sync::broadcast;

use crate::feed::published::{PublishedShown, Shower};
use crate::problem::details::Problem;
use crate::problem::refusal::Refusal;

/// How many items wait for a stream.
const WAITING: usize = 1_024;
/// How many streams there are at most.
const STREAMS: usize = 10_000;
const STREAMS_OF_WORKSPACE: usize = 1_000;

/// An item of a stream.
#[derive(Debug)]
pub(crate) struct Item {
    /// The number of its sequence; of a gap, that of the last that is missing.
    pub(crate) number: u64,
    /// The segment; `None` if it concerns all.
    pub(crate) segment: Option<SegmentId>,
    pub(crate) revision: enlist::Revision,
    pub(crate) text: Bytes,
}

impl Item {
    pub(crate) async fn of(shower: &mut Shower, published: &Published) -> Self {
        let (segment, number) = match published {
            Published::Transition(transition) => {
                (Some(transition.segment().clone()), transition.sequence().number())
            }
            Published::Notice(notice) => (Some(notice.notice().segment.clone()), notice.sequence().number()),
            Published::Gap(gap) => (None, gap.until.number().saturating_sub(1)),
        };
        let shown = shower.show(published).await;
        Item { number, segment, revision: published.revision(), text: text(&shown) }
    }
}

/// An item as an event of a stream of Server-Sent Events.
pub(crate) fn text(shown: &PublishedShown) -> Bytes {
    // JSON is one line.
    let data = serde_json::to_string(shown).unwrap_or_default();
    Bytes::from(format!("id: {}\nevent: {}\ndata: {data}\n\n", shown.id(), shown.name()))
}

/// A workspace's feed.
#[derive(Debug)]
struct Feed {
    items: broadcast::Sender<Arc<Item>>,
    streams: Arc<AtomicUsize>,
}

/// The feeds, by the incarnations of their workspaces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Feeds {
    feeds: Arc<Mutex<BTreeMap<String, Feed>>>,
    streams: Arc<AtomicUsize>,
}

/// A stream's place at a feed. Dropping it makes room for another.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) items: broadcast::Receiver<Arc<Item>>,
    _counts: [Counted; 2],
}

/// One of a count.
#[derive(Debug)]
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn of(count: &Arc<AtomicUsize>, most: usize) -> Result<Self, Problem> {
        let counted = Counted(Arc::clone(count));
        if count.fetch_add(1, Ordering::Relaxed) >= most {
            Err(Refusal::TooManyStreams.into())
        } else {
            Ok(counted)
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Feeds {
    /// A place at the feed of a workspace, which begins if it is the first.
    pub(crate) async fn join(&self, workspace: &AsyncWorkspace) -> Result<Place, Problem> {
        let of_process = Counted::of(&self.streams, STREAMS)?;
        let incarnation = workspace.blocking().incarnation().to_string();
        let mut feeds = self.feeds.lock().await;
        let feed = feeds.entry(incarnation).or_insert_with(|| {
            let (items, _) = broadcast::channel(WAITING);
            // Before the first stream looks at the workspace, so that it misses nothing.
            let published = workspace.subscribe(SubscribeOptions::all());
            tokio::spawn(run(workspace.clone(), published, items.clone(), Arc::clone(&self.feeds)));
            Feed { items, streams: Arc::default() }
        });
        let of_workspace = Counted::of(&feed.streams, STREAMS_OF_WORKSPACE)?;
        Ok(Place { items: feed.items.subscribe(), _counts: [of_process, of_workspace] })
    }
}

/// Feeds the streams of a workspace until there are none, or the workspace ends.
async fn run(
    workspace: AsyncWorkspace,
    mut published: SubscriptionStream,
    items: broadcast::Sender<Arc<Item>>,
    feeds: Arc<Mutex<BTreeMap<String, Feed>>>,
) {
    let incarnation = workspace.blocking().incarnation().to_string();
    let mut shower = Shower::new(workspace);
    loop {
        tokio::select! {
            next = published.next() => {
                let Some(next) = next else { break };
                let item = Item::of(&mut shower, &next).await;
                // An error means that no stream is there at the moment.
                let _ = items.send(Arc::new(item));
            }
            () = items.closed() => {
                // Under the lock, because a stream may join meanwhile.
                let mut feeds = feeds.lock().await;
                if items.receiver_count() == 0 {
                    feeds.remove(&incarnation);
                    return;
                }
            }
        }
    }
    feeds.lock().await.remove(&incarnation);
}
