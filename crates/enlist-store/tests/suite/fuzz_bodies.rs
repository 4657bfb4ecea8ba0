//! The bodies of the store's fuzz targets: arbitrary bytes in, properties asserted.
//!
//! The targets in `fuzz/` include this file, so it uses public items only. Invariant: bytes that are no record are a typed error,
//! and a record that was read is written and read again as it was.

use std::sync::Arc;
use std::time::Duration;

use enlist_model::limits::ContentLimits;
use enlist_model::{FieldKey, Instant, WorkspaceId};
use enlist_sim::{Profile, Workload};
use enlist_store::{
    Anchor, ByteLimit, ConsumerRecord, Creation, Error, Events, Expected, Frame, FrameBody, LimitsRecord,
    OnRefusal, OutboxRecord, Outcome, SegmentRecord, SeriesRecord, SettingsRecord, Source, SourcePosition,
    Step, WhenFull, WorkspaceNumber, WorkspaceRecord,
};

/// Maximum events of an arbitrary frame.
const EVENTS_MOST: u64 = 40;

/// An arbitrary frame, whose choices are made by the bytes, is read as it was written.
///
/// # Panics
/// If that is not so.
pub fn frame_round_trip(data: &[u8]) {
    let frame = Choices(data).frame();
    let bytes = frame.encode().expect("a frame of the model's own events can be written");
    assert_eq!(Frame::decode(&bytes).as_ref(), Ok(&frame));
    assert_eq!(Frame::kind(&bytes).map(|(workspace, _)| workspace), Ok(frame.workspace));
}

/// Bytes are a frame or a typed error.
///
/// # Panics
/// If a frame that was read is not written and read again as it was.
pub fn frame_bytes(data: &[u8]) {
    again(data, Frame::decode, Frame::encode);
    check(Frame::kind(data).err());
}

/// Bytes are a record of a checkpoint or a typed error, as each of its records.
///
/// # Panics
/// If a record that was read is not written and read again as it was.
pub fn checkpoint_bytes(data: &[u8]) {
    again(data, WorkspaceRecord::decode, WorkspaceRecord::encode);
    again(data, SegmentRecord::decode, SegmentRecord::encode);
    again(data, SeriesRecord::decode, SeriesRecord::encode);
    let fields: Vec<FieldKey> = ["a", "b", "c"].iter().filter_map(|key| FieldKey::new(key).ok()).collect();
    match enlist_store::rewritten_contact(data, &fields) {
        Ok(written) => assert_eq!(enlist_store::rewritten_contact(&written, &fields), Ok(written)),
        Err(error) => check(Some(error)),
    }
}

/// Bytes are a record of an outbox or a typed error.
///
/// # Panics
/// If a record that was read is not written and read again as it was.
pub fn outbox_bytes(data: &[u8]) {
    again(data, OutboxRecord::decode, OutboxRecord::encode);
}

/// Bytes as a record, written and read again.
fn again<T: std::fmt::Debug>(
    data: &[u8],
    read: impl Fn(&[u8]) -> Result<T, Error>,
    write: impl Fn(&T) -> Result<Vec<u8>, Error>,
) {
    match read(data) {
        // By bytes, because a number that is none is not equal to itself.
        Ok(record) => {
            let written = write(&record).expect("what was read can be written");
            let record = read(&written).expect("what was written can be read");
            assert_eq!(write(&record).as_ref(), Ok(&written));
        }
        Err(error) => check(Some(error)),
    }
}

/// Bytes can be malformed or of another format, and nothing else.
fn check(error: Option<Error>) {
    let code = error.map_or("malformed", |error| error.code());
    assert!(matches!(code, "malformed" | "format"), "{code}");
}

/// Choices that bytes make; where they end, the first of each.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number of any size, small ones more often.
    fn number(&mut self) -> u64 {
        let bytes = self.byte() % 9;
        (0..bytes).fold(0, |number, _| number << 8 | u64::from(self.byte()))
    }

    fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }

    fn optional(&mut self) -> Option<u64> {
        (self.byte() % 2 == 1).then(|| self.number())
    }

    fn instant(&mut self) -> Instant {
        let range = Instant::MAX.milliseconds().abs_diff(Instant::MIN.milliseconds());
        let after = i64::try_from(self.below(range)).unwrap_or_default();
        Instant::from_milliseconds(Instant::MIN.milliseconds() + after).unwrap_or(Instant::MIN)
    }

    fn text(&mut self) -> String {
        let length = self.byte() % 20;
        (0..length).map(|_| char::from(self.byte())).collect()
    }

    fn step(&mut self) -> Step {
        let anchor = Anchor { revision: self.number(), sequence: self.number() };
        Step { revision: self.number(), formed_at: self.instant(), anchor }
    }

    fn settings(&mut self) -> SettingsRecord {
        let mut small = || self.number() as u32;
        let (partitions, history_hours, history_days) = (small(), small(), small());
        let limits = LimitsRecord {
            contacts: self.optional(),
            segments: self.optional(),
            conditions: self.optional(),
            bytes: self.optional(),
            queued_events: self.optional(),
            ahead: self
                .optional()
                .map(|seconds| Duration::new(seconds, self.number() as u32 % 1_000_000_000)),
            content: ContentLimits::default().with_rule_depth(1 + self.below(9) as usize),
        };
        SettingsRecord { partitions, retained: self.number(), history_hours, history_days, limits }
    }

    fn source(&mut self, events: usize) -> Option<Source> {
        let (mut index, mut at) = (0, SourcePosition(self.below(1 << 40), self.below(1 << 40)));
        let mut positions = Vec::new();
        while index < events as u32 {
            positions.push((index, at));
            index += 1 + u32::from(self.byte() % 3);
            let first = self.below(1 << 10);
            at = if first == 0 {
                SourcePosition(at.0, at.1 + 1 + self.below(1 << 10))
            } else {
                SourcePosition(at.0 + first, self.number())
            };
            if at.1 == u64::MAX {
                break;
            }
        }
        Source::new(self.text(), positions)
    }

    fn events(&mut self) -> Events {
        let (step, first_creation, count) = (self.step(), self.number(), self.below(EVENTS_MOST) as usize);
        let on_refusal = if self.byte().is_multiple_of(2) { OnRefusal::Skip } else { OnRefusal::Stop };
        let expected = match self.byte() % 3 {
            0 => Expected::Anything,
            1 => Expected::Absent,
            _ => Expected::SavedAt { incarnation: self.number(), revision: self.number() },
        };
        let byte_limit = self.optional().map_or(ByteLimit::Within, |bytes| ByteLimit::Exceeded { bytes });
        let has_source = self.byte() % 2 == 1;
        let source = if has_source { self.source(count) } else { None };
        let profile = Profile { wrong: 200, ..Profile::default() };
        let events: Vec<_> = Workload::from_bytes(self.0, profile).take(count).collect();
        // A workload ends with its bytes.
        let within =
            |source: &Source| source.positions().iter().all(|(event, _)| (*event as usize) < events.len());
        let sources = source.filter(within).into_iter().collect();
        Events { step, first_creation, events: Arc::new(events), on_refusal, expected, sources, byte_limit }
    }

    fn consumer(&mut self) -> Option<ConsumerRecord> {
        Some(ConsumerRecord {
            acknowledged: self.optional()?,
            unacknowledged_most: self.number(),
            when_full: if self.byte() % 2 == 1 { WhenFull::Refuse } else { WhenFull::Gap },
        })
    }

    fn frame(&mut self) -> Frame {
        let workspace = WorkspaceNumber(self.number());
        let body = match self.byte() % 10 {
            0 => FrameBody::Drop,
            1 => FrameBody::Advance { step: self.step(), to: self.instant() },
            2 => FrameBody::Settings { step: self.step(), settings: Box::new(self.settings()) },
            3 => FrameBody::Rebuild { step: self.step() },
            4 => FrameBody::Consumer { consumer: self.text(), record: self.consumer() },
            5 => {
                let refused = (0..self.byte()).map(|_| self.number() as u32).collect();
                let outcome = Outcome { refused, next_sequence: self.number() };
                FrameBody::Outcome { revision: self.number(), outcome }
            }
            6 => FrameBody::Create(Box::new(Creation {
                id: WorkspaceId::new(&format!("w{}", self.number())).expect("an id of a few bytes"),
                incarnation: self.number(),
                cursor_key: std::array::from_fn(|_| self.byte()),
                settings: self.settings(),
                formed_at: self.instant(),
            })),
            _ => FrameBody::Events(Box::new(self.events())),
        };
        Frame { workspace, body }
    }
}
