//! How many bytes a journal hands to its storage, for batches and for single events. Counted, so that it is the same on every machine.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use enlist_model::{Event, Instant};
use enlist_store::{
    Anchor, ByteLimit, Events, Expected, Frame, FrameBody, Journal, Log, Mark, OnRefusal, Step,
    StorageBackend, WorkspaceNumber,
};
use redb::backends::InMemoryBackend;

use crate::simulated_disk::Disk;

/// Bytes of an encoded frame for each event of a batch.
const ENCODED_MOST: u64 = 80;
/// Bytes handed to the storage over encoded bytes, in tenths.
const WRITTEN_MOST_TENTHS: u64 = 25;
/// Bytes handed to the storage by a commit of a single event.
const SINGLE_MOST: u64 = 32 << 10;

/// Storage that counts what is written to it.
#[derive(Debug)]
struct Counting {
    inner: InMemoryBackend,
    written: Arc<AtomicU64>,
}

impl StorageBackend for Counting {
    fn len(&self) -> std::io::Result<u64> {
        self.inner.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.inner.read(offset, out)
    }

    fn set_len(&self, len: u64) -> std::io::Result<()> {
        self.inner.set_len(len)
    }

    fn sync_data(&self) -> std::io::Result<()> {
        self.inner.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> std::io::Result<()> {
        self.written.fetch_add(data.len() as u64, Ordering::Relaxed);
        self.inner.write(offset, data)
    }
}

fn journal() -> (Journal, Arc<AtomicU64>) {
    let written = Arc::new(AtomicU64::new(0));
    let storage = Counting { inner: InMemoryBackend::new(), written: Arc::clone(&written) };
    let mark = Mark::create(Disk::default().mark(), Path::new("mark")).unwrap();
    (Journal::open_on(storage, Path::new("journal"), mark).unwrap(), written)
}

/// A frame of events that set a field of contacts with ids as databases give them.
fn frame(number: u64, events: u64) -> Vec<u8> {
    let formed_at = Instant::parse("2026-11-23T10:00:00Z").unwrap();
    let event = |event: u64| {
        let contact = (number * 1_000 + event).wrapping_mul(2_654_435_761) as u32;
        let id = format!("{contact:08x}-8a31-4c5f-9b1e-{event:012x}");
        Event::contact_saved(formed_at, &id).set("lifecycle_stage", "opportunity").build().unwrap()
    };
    let body = FrameBody::Events(Box::new(Events {
        step: Step { revision: 1_000 + number, formed_at, anchor: Anchor { revision: 999, sequence: 5_000 } },
        first_creation: 1_000_000 + number * events,
        events: Arc::new((0..events).map(event).collect()),
        on_refusal: OnRefusal::Skip,
        expected: Expected::Anything,
        sources: Vec::new(),
        byte_limit: ByteLimit::Within,
    }));
    Frame { workspace: WorkspaceNumber(1), body }.encode().unwrap()
}

#[test]
fn a_batch_of_a_thousand_events_is_written_not_much_more_than_once() {
    let (journal, written) = journal();
    let before = written.load(Ordering::Relaxed);
    let mut encoded = 0;
    for number in 0..200 {
        let frame = frame(number, 1_000);
        encoded += frame.len() as u64;
        journal.append(vec![frame]).unwrap().wait().unwrap();
    }
    let written = written.load(Ordering::Relaxed) - before;
    println!("{} bytes an event, {written} written for {encoded}", encoded / 200_000);
    assert!(encoded <= ENCODED_MOST * 200_000, "{encoded} bytes are encoded");
    assert!(written * 10 <= encoded * WRITTEN_MOST_TENTHS, "{written} bytes are written for {encoded}");
}

#[test]
fn a_commit_of_a_single_event_writes_a_few_pages() {
    let (journal, written) = journal();
    for number in 0..3_000 {
        journal.append(vec![frame(number, 1)]).unwrap().wait().unwrap();
    }
    let before = written.load(Ordering::Relaxed);
    for number in 3_000..4_000 {
        journal.append(vec![frame(number, 1)]).unwrap().wait().unwrap();
    }
    let each = (written.load(Ordering::Relaxed) - before) / 1_000;
    println!("{each} bytes a commit");
    assert!(each <= SINGLE_MOST, "{each} bytes are written for an event");
}
