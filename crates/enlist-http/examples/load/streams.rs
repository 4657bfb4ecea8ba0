//! Events at a fixed rate beside stream clients: what is missing, how late it comes, what it takes.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use enlist::{Batch, Published, SubscribeOptions, Subscription, Workspace};
use tokio::runtime::Builder;

use super::client::Client;
use super::latencies::Latencies;
use super::memory::resident_kib;
use super::scene::{STEP, Scene, scored, segment_id};
use super::{Length, Outcome};

const CONTACTS: u32 = 10_000;
const SEGMENTS: u32 = 100;
/// Events in a batch, and the time from one batch to the next: 10,000 events a second.
const BATCH: u64 = 100;
const INTERVAL: Duration = Duration::from_millis(10);
/// Clients that follow all segments; each of the others follows one.
const OF_ALL: u32 = 4;
const CLIENTS: u32 = 100;

/// What writer and clients share.
struct Run {
    start: Instant,
    /// By the number of an event within the run, when it was handed over.
    handed: Vec<AtomicU64>,
    /// The number in the workspace of the first of them.
    first_event: AtomicU64,
    latencies: Latencies,
    has_ended: AtomicBool,
}

/// What a client has received.
#[derive(Default)]
struct Received {
    transitions: u64,
    gaps: u64,
}

impl Run {
    fn new(events: u64) -> Self {
        Run {
            start: Instant::now(),
            handed: (0..events).map(|_| AtomicU64::new(1)).collect(),
            first_event: AtomicU64::new(0),
            latencies: Latencies::new(),
            has_ended: AtomicBool::new(false),
        }
    }

    fn nanoseconds(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }

    /// Notes that the transition of an event has come.
    fn note(&self, event: u64) {
        let no = event.wrapping_sub(self.first_event.load(Ordering::Acquire));
        if let Some(handed) = self.handed.get(no as usize) {
            let waited = self.nanoseconds().saturating_sub(handed.load(Ordering::Acquire));
            self.latencies.note(Duration::from_nanos(waited));
        }
    }
}

/// Follows a stream until the run has ended and nothing has come for a second.
async fn follow(run: &Run, address: SocketAddr, path: &str) -> Outcome<Received> {
    let mut client = Client::connect(address).await?;
    client.begin(path).await?;
    let (mut received, mut line) = (Received::default(), String::new());
    loop {
        match tokio::time::timeout(Duration::from_secs(1), client.line(&mut line)).await {
            Ok(read) => read?,
            Err(_) if run.has_ended.load(Ordering::Acquire) => return Ok(received),
            Err(_) => continue,
        }
        if line.starts_with("event: gap") {
            received.gaps += 1;
        }
        let Some(data) = line.strip_prefix("data: ") else { continue };
        let Some((_, cause)) = data.split_once("\"cause\":{\"event\":") else { continue };
        let digits = cause.split_once('}').map_or("", |(digits, _)| digits);
        received.transitions += 1;
        run.note(digits.parse()?);
    }
}

/// Applies events at the rate; returns how long it took, and how long `apply` alone.
fn write(run: &Run, workspace: &Workspace, top: u32, events: u64) -> Outcome<(Duration, Duration)> {
    let (start, mut applying) = (Instant::now(), Duration::ZERO);
    let mut scores: Vec<u32> = (0..CONTACTS).map(|no| no * 7 % top).collect();
    let mut random = 0x9e37_79b9_u32;
    for batch in 0..events / BATCH {
        let due = INTERVAL * batch as u32;
        thread::sleep(due.saturating_sub(start.elapsed()));
        let made = (0..BATCH).map(|_| {
            // A linear congruential generator; Knuth, The Art of Computer Programming, volume 2, 3.3.4.
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let no = (((random >> 8) & 0xffff) * CONTACTS) >> 16;
            let way = (random >> 24) % (2 * STEP + 1);
            let score = &mut scores[no as usize];
            *score = (*score + way).saturating_sub(STEP).min(top);
            scored(no, *score)
        });
        let made = made.collect::<Result<Batch, _>>()?;
        let handed = run.nanoseconds();
        for no in batch * BATCH..(batch + 1) * BATCH {
            run.handed[no as usize].store(handed, Ordering::Release);
        }
        let began = Instant::now();
        let receipt = workspace.apply(made)?;
        applying += began.elapsed();
        if batch == 0 {
            // Its first transitions may be read before this; they are not counted.
            run.first_event.store(receipt.first_event.unwrap_or_default(), Ordering::Release);
        }
    }
    Ok((start.elapsed(), applying))
}

/// Transitions by segment, until the run has ended.
fn expected(mut subscription: Subscription, has_ended: &AtomicBool) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    loop {
        // Before the look: what was published before the end is found.
        let is_last = has_ended.load(Ordering::Acquire);
        while let Some(published) = subscription.try_next() {
            if let Published::Transition(transition) = published {
                *counts.entry(transition.segment().as_str().to_owned()).or_default() += 1;
            }
        }
        if is_last {
            return counts;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn run(length: Length) -> Outcome<()> {
    let seconds = length.choose(60, 2);
    let events = seconds * BATCH * 1_000 / INTERVAL.as_millis() as u64;
    let scene = Scene::new(CONTACTS, SEGMENTS)?;
    let (workspace, top) = (scene.acme()?, scene.top());
    let alone = write(&Run::new(events / 4), &workspace, top, events / 4)?;
    let run = Arc::new(Run::new(events));
    let clients = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let followers: Vec<_> = (0..CLIENTS)
        .map(|no| {
            let (run, address) = (Arc::clone(&run), scene.address);
            let base = "/v1/workspaces/acme/stream";
            let segment = (no >= OF_ALL).then(|| segment_id(no));
            let path =
                segment.as_ref().map_or(base.to_owned(), |segment| format!("{base}?segments={segment}"));
            let follower = clients.spawn(async move { follow(&run, address, &path).await });
            (segment, follower)
        })
        .collect();
    thread::sleep(Duration::from_millis(500));
    // Before the first event, so that it is among what is expected.
    let published = workspace.subscribe(SubscribeOptions::all());
    let (counts, beside, memory) = thread::scope(|scope| {
        let counting = scope.spawn(|| expected(published, &run.has_ended));
        let sampling = scope.spawn(|| {
            thread::sleep(Duration::from_secs(seconds / 6));
            let early = resident_kib();
            thread::sleep(Duration::from_secs(seconds - seconds / 6 - seconds / 20));
            (early, resident_kib())
        });
        let beside = write(&run, &workspace, top, events);
        run.has_ended.store(true, Ordering::Release);
        let counts = counting.join().map_err(|_| "counting does not panic")?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>((
            counts,
            beside?,
            sampling.join().map_err(|_| "nor sampling")?,
        ))
    })?;
    let (mut missing, mut gaps, mut received) = (0, 0, 0);
    for (segment, follower) in followers {
        let found = clients.block_on(follower)??;
        let wanted = segment
            .map_or(counts.values().sum(), |segment| counts.get(&segment).copied().unwrap_or_default());
        if found.gaps == 0 {
            missing += wanted - found.transitions;
        }
        gaps += found.gaps;
        received += found.transitions;
    }
    let rate = |events: u64, (took, _): (Duration, Duration)| events as f64 / took.as_secs_f64();
    println!(
        "{events} events at {:.0}/s beside {CLIENTS} streams, alone {:.0}/s; in apply {:.1} us an event, alone {:.1}",
        rate(events, beside),
        rate(events / 4, alone),
        beside.1.as_secs_f64() * 1e6 / events as f64,
        alone.1.as_secs_f64() * 1e6 / (events / 4) as f64,
    );
    println!(
        "{:.2} flips an event; {received} received, {missing} missing without a gap, {gaps} gaps; p50 {:.1?}, p99 {:.1?}, p99.9 {:.1?}",
        counts.values().sum::<u64>() as f64 / events as f64,
        run.latencies.quantile(0.5),
        run.latencies.quantile(0.99),
        run.latencies.quantile(0.999),
    );
    if let (Some(early), Some(late)) = memory {
        println!(
            "memory {late} KiB at the end, {:.2} of {early} KiB after a sixth of it",
            late as f64 / early as f64
        );
    }
    if missing > 0 { Err("transitions are missing without a gap".into()) } else { Ok(()) }
}
