//! A small host service on tokio: `cargo run -p enlist-async-host`.
//!
//! Tasks write contacts. A delivery task posts what the segment `active-pro` publishes to a webhook, a remote consumer that
//! sometimes fails. The task stores its position, so that it resumes there after a crash; if it was away for too long, it
//! reads the whole segment again. During the run a day begins. At the end the consumer must know exactly the members of
//! the segment.
#![expect(clippy::print_stdout, reason = "a program that shows what it does")]

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use enlist::{
    Cause, Change, ContactId, Enlist, Event, Instant, Json, Kind, Published, PublishedTransition, Revision,
    SegmentId, Sequence, SubscribeOptions, TestClock, WorkspaceSettings,
};
use enlist_tokio::AsyncWorkspace;
use tokio::time::sleep;

const SEGMENT: &str = "active-pro";
const RULE: &str = r#"{"match": "all", "conditions": [
    {"field": "plan", "operator": "equals", "value": "pro"},
    {"field": "last_activity_at", "operator": "is_today"}]}"#;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The consumer: a remote service. A post may reach it twice, because the sender cannot distinguish a lost answer from a
/// lost post; so handling a post twice must have the same effect as handling it once.
struct Webhook {
    received: Mutex<Received>,
}

#[derive(Default)]
struct Received {
    random: fastrand::Rng,
    members: BTreeSet<ContactId>,
    posts: usize,
    failed: usize,
    by_clock: usize,
    read_again: usize,
}

/// The content of a post.
enum Post {
    /// Contacts entered and left.
    Transitions(Vec<PublishedTransition>),
    /// The complete members; they replace everything posted before.
    Members(Vec<ContactId>),
}

/// The webhook answers with an error, or the connection breaks.
struct Unavailable;

impl Webhook {
    fn new(seed: u64) -> Self {
        let received = Received { random: fastrand::Rng::with_seed(seed), ..Received::default() };
        Webhook { received: Mutex::new(received) }
    }

    async fn post(&self, post: &Post) -> Result<(), Unavailable> {
        sleep(Duration::from_millis(1)).await;
        let mut received = lock(&self.received);
        received.posts += 1;
        // Of ten posts one is lost, and of another one the answer is lost.
        let luck = received.random.u32(..10);
        if luck > 0 {
            received.take(post);
        }
        received.failed += usize::from(luck < 2);
        if luck < 2 { Err(Unavailable) } else { Ok(()) }
    }

    /// Posts until it is accepted, with a growing pause between attempts.
    async fn post_until_taken(&self, post: &Post) {
        let mut pause = Duration::from_millis(1);
        while self.post(post).await.is_err() {
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
}

impl Received {
    fn take(&mut self, post: &Post) {
        match post {
            Post::Transitions(transitions) => {
                for transition in transitions {
                    self.by_clock += usize::from(transition.cause() == Cause::Clock);
                    match transition.change() {
                        Change::Entered => self.members.insert(transition.contact().clone()),
                        Change::Left => self.members.remove(transition.contact()),
                    };
                }
            }
            Post::Members(members) => {
                self.read_again += 1;
                self.members = members.iter().cloned().collect();
            }
        }
    }
}

/// What the delivery task stores where a crash does not lose it: in a real host, a row in its database.
struct Kept {
    /// The first item that is not accepted yet.
    position: Sequence,
    /// The revision at which the whole segment was read last; the consumer knows everything up to it.
    read_at: Option<Revision>,
}

/// Posts what the segment publishes, from the stored position until the workspace ends. It may be aborted at any `await`:
/// the next delivery task posts again what was not acknowledged.
async fn deliver(workspace: AsyncWorkspace, webhook: Arc<Webhook>, kept: Arc<Mutex<Kept>>) -> Outcome<()> {
    let options = SubscribeOptions::segments([SegmentId::new(SEGMENT)?]);
    let from = lock(&kept).position;
    let mut published = workspace.subscribe(options.resume_from(from));
    while let Some(first) = published.next().await {
        // Items that are available already go into the same post.
        let mut batch = vec![first];
        while batch.len() < 50
            && let Some(more) = published.try_next()
        {
            batch.push(more);
        }
        let position = batch.last().map_or(from, after);
        let read_at = lock(&kept).read_at;
        let (post, read_at) = if batch.iter().all(|published| published.transition().is_some()) {
            // The last read of the whole segment contains everything up to its revision, so that is not posted again.
            let news =
                batch.iter().filter(|published| read_at.is_none_or(|read_at| published.revision() > read_at));
            (Post::Transitions(news.filter_map(Published::transition).cloned().collect()), read_at)
        } else {
            // Items are missing (a gap), or the segment was saved (a notice). The read that follows has a revision not
            // earlier than that of anything published so far, so it replaces the whole batch.
            let audience = workspace.read(|view| view.freeze(SEGMENT)).await??;
            (Post::Members(audience.batches(1_000).flatten().collect()), Some(audience.revision()))
        };
        if !matches!(&post, Post::Transitions(news) if news.is_empty()) {
            webhook.post_until_taken(&post).await;
        }
        *lock(&kept) = Kept { position, read_at };
    }
    Ok(())
}

/// The position after a published item.
fn after(published: &Published) -> Sequence {
    match published {
        Published::Gap(gap) => gap.until,
        other => other.sequence().next(),
    }
}

/// Writes contacts until `stop` is set; returns the number of events written.
async fn write_contacts(workspace: AsyncWorkspace, seed: u64, stop: Arc<AtomicBool>) -> Outcome<usize> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut written = 0;
    while !stop.load(Ordering::Relaxed) {
        let mut event = || {
            let contact = format!("contact {}", random.u32(..300));
            let plan = if random.bool() { "pro" } else { "free" };
            let now = workspace.blocking().clock_now().to_string();
            workspace.blocking().contact(&contact).set("plan", plan).set("last_activity_at", now).event()
        };
        let events = (0..5).map(|_| event()).collect::<Result<Vec<Event>, _>>()?;
        // Awaits room in the workspace's queue, so that no task writes faster than the workspace applies.
        written += workspace.apply(events).await?.applied;
        sleep(Duration::from_millis(2)).await;
    }
    Ok(written)
}

/// Runs the service; returns the number of events written, and the consumer, which knows the members.
async fn run(seed: u64) -> Outcome<(usize, Arc<Webhook>)> {
    // A clock that moves only when it is set; a real host omits it and uses the wall clock.
    let clock = TestClock::new(Instant::parse("2026-11-23T23:00:00Z").ok_or("no instant")?);
    let enlist = Enlist::builder().workers(1).clock(clock.clone()).build()?;
    let settings = WorkspaceSettings::default().with_retained(400);
    let workspace = AsyncWorkspace::new(enlist.create_workspace_with("acme", settings)?);
    let plan = Event::field_defined(workspace.blocking().clock_now(), "plan", Kind::Select);
    workspace.apply_event(plan.build()?).await?;
    workspace.save_segment(SEGMENT, "Pro, active today", Json::parse(RULE)?).await?;

    let stop = Arc::new(AtomicBool::new(false));
    let write = |number| tokio::spawn(write_contacts(workspace.clone(), seed + number, Arc::clone(&stop)));
    let writers: Vec<_> = (1..=4).map(write).collect();

    let webhook = Arc::new(Webhook::new(seed));
    let kept = Kept { position: Sequence::new(workspace.blocking().incarnation(), 1), read_at: None };
    let kept = Arc::new(Mutex::new(kept));
    let start = || tokio::spawn(deliver(workspace.clone(), Arc::clone(&webhook), Arc::clone(&kept)));

    // Two crashes, each followed by a restart at once. Then a day begins, and contacts that were active yesterday leave.
    for crash in 1..=2 {
        let delivery = start();
        until(|| lock(&webhook.received).posts >= 40 * crash).await;
        delivery.abort();
        let _ = delivery.await;
        clock.advance(Duration::from_secs(3_600));
    }
    // A third crash, after which the items at its position are no longer retained.
    let position = lock(&kept).position;
    let oldest = || workspace.blocking().recently_published(usize::MAX).last().map(Published::sequence);
    until(|| oldest() > Some(position)).await;
    let delivery = start();
    until(|| lock(&webhook.received).posts >= 120).await;

    // Shutdown: everything accepted is applied and published; then the streams end, and with them the delivery task.
    stop.store(true, Ordering::Relaxed);
    let mut written = 0;
    for writer in writers {
        written += writer.await??;
    }
    enlist_tokio::shutdown(&enlist).await;
    delivery.await??;
    let audience = workspace.read(|view| view.freeze(SEGMENT)).await??;
    let members: BTreeSet<ContactId> = audience.batches(1_000).flatten().collect();
    if lock(&webhook.received).members != members {
        return Err("the consumer does not know the members".into());
    }
    Ok((written, webhook))
}

async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let (written, webhook) = run(7).await?;
    let received = lock(&webhook.received);
    println!("{written} events were written by four tasks");
    println!("{} posts were made after three starts, of which {} failed", received.posts, received.failed);
    println!("{} transitions came of a day that began", received.by_clock);
    println!("{} times the segment was read as a whole", received.read_again);
    println!("the consumer knows its {} members", received.members.len());
    Ok(())
}

/// Nothing panics while it holds one of these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("a thread panicked while it held the lock")
}

#[cfg(test)]
mod tests;
