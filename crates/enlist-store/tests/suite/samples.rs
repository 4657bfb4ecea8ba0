//! One frame of each type, and frames of random events.

use std::sync::Arc;
use std::time::Duration;

use enlist_model::limits::ContentLimits;
use enlist_model::{Event, Instant, WorkspaceId};
use enlist_sim::{Profile, Workload};
use enlist_store::{
    Anchor, ByteLimit, ConsumerRecord, Creation, Events, Expected, Frame, FrameBody, LimitsRecord, OnRefusal,
    Outcome, SettingsRecord, Source, SourcePosition, Step, WhenFull, WorkspaceNumber,
};

pub(crate) fn instant() -> Instant {
    Instant::parse("2026-11-23T10:00:00.123Z").unwrap()
}

pub(crate) fn step(revision: u64) -> Step {
    let anchor = Anchor { revision: revision.saturating_sub(2), sequence: 3 * revision };
    Step { revision, formed_at: instant(), anchor }
}

pub(crate) fn settings() -> SettingsRecord {
    SettingsRecord {
        partitions: 2,
        retained: 65_536,
        history_hours: 168,
        history_days: 400,
        limits: LimitsRecord {
            contacts: None,
            segments: Some(10_000),
            conditions: Some(100_000),
            bytes: Some(1 << 33),
            queued_events: Some(65_536),
            ahead: Some(Duration::new(86_400, 7)),
            content: ContentLimits::default().with_rule_depth(9),
        },
    }
}

pub(crate) fn events(revision: u64, events: Vec<Event>) -> Frame {
    let body = FrameBody::Events(Box::new(Events {
        step: step(revision),
        first_creation: 1_000 * revision,
        events: Arc::new(events),
        on_refusal: OnRefusal::Skip,
        expected: Expected::Anything,
        sources: Vec::new(),
        byte_limit: ByteLimit::Within,
    }));
    Frame { workspace: WorkspaceNumber(7), body }
}

/// A small frame that differs from all others.
pub(crate) fn small(number: u64) -> Vec<u8> {
    let contact = format!("contact-{number}");
    events(number, vec![Event::contact_deleted(instant(), &contact).build().unwrap()]).encode().unwrap()
}

/// Random events of every type, wrong ones included.
pub(crate) fn random_events(seed: u64, count: usize) -> Vec<Event> {
    Workload::script(seed, Profile { wrong: 200, ..Profile::default() }, count)
}

/// Events that set one field of a contact each: as a CRM with random ids sends them.
pub(crate) fn one_field_events(count: usize) -> Vec<Event> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut at = instant().milliseconds();
    let stages = ["lead", "customer", "opportunity", "evangelist"];
    let event = |_| {
        at += random.i64(0..2_000);
        let id = format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            random.u32(..),
            random.u16(..),
            random.u16(..) >> 4,
            random.u16(..),
            random.u64(..) >> 16
        );
        let at = Instant::from_milliseconds(at).unwrap();
        let event = Event::contact_saved(at, &id);
        match random.u8(0..3) {
            0 => event.set("lifecycle_stage", stages[random.usize(0..4)]),
            1 => event.set("annual_revenue", f64::from(random.u32(0..10_000_000)) / 100.0),
            _ => event.set(
                "renewal_date",
                format!("2027-{:02}-{:02}", random.u8(1..13), random.u8(1..29)).as_str(),
            ),
        }
        .build()
        .unwrap()
    };
    (0..count).map(event).collect()
}

/// One frame of each type, by name.
pub(crate) fn one_of_each() -> Vec<(&'static str, Frame)> {
    let workspace = WorkspaceNumber(300);
    let positions = vec![(0, SourcePosition(5, 1)), (1, SourcePosition(5, 9)), (3, SourcePosition(6, 0))];
    let full = Events {
        step: step(41),
        first_creation: 70_000,
        events: Arc::new(every_event()),
        on_refusal: OnRefusal::Stop,
        expected: Expected::SavedAt { incarnation: 0x00c0_ffee_00c0_ffee, revision: 17 },
        sources: vec![Source::new("pg".to_owned(), positions).unwrap()],
        byte_limit: ByteLimit::Exceeded { bytes: 1 << 30 },
    };
    let creation = Creation {
        id: WorkspaceId::new("crm").unwrap(),
        incarnation: u64::MAX - 1,
        cursor_key: std::array::from_fn(|at| at as u8),
        settings: settings(),
        formed_at: instant(),
    };
    let bodies = [
        ("create", FrameBody::Create(Box::new(creation))),
        ("events", FrameBody::Events(Box::new(full))),
        ("advance", FrameBody::Advance { step: step(42), to: Instant::MAX }),
        ("settings", FrameBody::Settings { step: step(43), settings: Box::new(settings()) }),
        ("drop", FrameBody::Drop),
        (
            "consumer",
            FrameBody::Consumer {
                consumer: "webhook".to_owned(),
                record: Some(ConsumerRecord {
                    acknowledged: 99,
                    unacknowledged_most: 1_000_000,
                    when_full: WhenFull::Gap,
                }),
            },
        ),
        ("consumer_ends", FrameBody::Consumer { consumer: "webhook".to_owned(), record: None }),
        (
            "outcome",
            FrameBody::Outcome {
                revision: 41,
                outcome: Outcome { refused: vec![0, 3, 900], next_sequence: 1_000 },
            },
        ),
    ];
    bodies.map(|(name, body)| (name, Frame { workspace, body })).into()
}

/// An event of each type, with every optional member.
fn every_event() -> Vec<Event> {
    [
        r#"{"type":"workspace_configured","at":"2026-11-23T10:00:00Z","time_zone":"Europe/Berlin","week_start":"sunday"}"#,
        r#"{"type":"field_defined","at":"2026-11-23T10:00:00Z","field":"plan","kind":"select","options":["free","pro"]}"#,
        r#"{"type":"field_defined","at":"2026-11-23T10:00:00Z","field":"vip","kind":"boolean","default":false,"options":null}"#,
        r#"{"type":"field_deleted","at":"2026-11-23T10:00:00Z","field":"old"}"#,
        r#"{"type":"segment_saved","at":"2026-11-23T10:00:00Z","segment":"s","name":"S","rule":{"match":"all","conditions":[{"field":"plan","operator":"equals","value":"pro"}]}}"#,
        r#"{"type":"segment_deleted","at":"2026-11-23T10:00:00Z","segment":"s"}"#,
        r#"{"type":"contact_saved","at":"2026-11-23T10:00:00.001Z","contact":"c1","set":{"plan":"pro","n":[1,-2.5,1e300,true,false,null,{}]}}"#,
        r#"{"type":"contact_saved","at":"2026-11-23T10:00:00Z","contact":"c1","add_labels":["VIP"],"remove_labels":["é"]}"#,
        r#"{"type":"contact_deleted","at":"2026-11-22T10:00:00Z","contact":"c1"}"#,
        r#"{"type":"contact_merged","at":"2026-11-23T10:00:00Z","contact":"c1","into":"c2"}"#,
        r#"{"type":"conversation_saved","at":"2026-11-23T10:00:00Z","conversation":"v","contact":"c2","set":{"conversation.status":"open"}}"#,
        r#"{"type":"conversation_deleted","at":"2026-11-23T10:00:00Z","conversation":"v"}"#,
        r#"{"type":"activity","at":"2026-11-23T10:00:00Z","contact":"c2","conversation":"v"}"#,
        r#"{"type":"tick","at":"9998-12-31T23:59:59.999Z"}"#,
    ]
    .map(|line| Event::parse(line).unwrap())
    .into()
}
