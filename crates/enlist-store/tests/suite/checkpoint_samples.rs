//! Random records of checkpoints, random changes, and everything that a checkpoint holds.

use enlist_engine::{ContactDump, ConversationDump};
use enlist_model::{
    ContactId, ConversationId, Day, FieldDefinition, FieldKey, Instant, Json, Kind, SegmentId, Value,
    WeekStart, WorkspaceId,
};
use enlist_store::{
    CheckpointReader, CheckpointWriter, ConsumerRecord, DayRecord, DigestRecord, Error, LogPosition,
    SegmentRecord, SeriesRecord, SourcePosition, Totals, Versions, WhenFull, WorkspaceNumber,
    WorkspaceRecord,
};

use crate::samples::settings;

/// How many workspaces the changes are about.
const WORKSPACES: u64 = 3;

/// Everything of a checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Contents {
    pub(crate) position: u64,
    next_workspace: u64,
    versions: Option<Versions>,
    workspaces: Vec<(WorkspaceNumber, WorkspaceRecord)>,
    of_workspaces: Vec<Rows>,
}

#[derive(Clone, Debug, PartialEq)]
struct Rows {
    segments: Vec<SegmentRecord>,
    series: Vec<(SegmentId, SeriesRecord)>,
    spellings: Vec<(u32, String)>,
    sources: Vec<(String, SourcePosition)>,
    consumers: Vec<(String, ConsumerRecord)>,
    digests: Option<DigestRecord>,
    contacts: Vec<ContactDump>,
}

/// Reads everything.
pub(crate) fn contents(reader: &dyn CheckpointReader) -> Result<Contents, Error> {
    let rows = |number| {
        Ok(Rows {
            segments: reader.segments(number)?,
            series: reader.series(number)?,
            spellings: reader.spellings(number)?,
            sources: reader.sources(number)?,
            consumers: reader.consumers(number)?,
            digests: reader.digests(number)?,
            contacts: reader.contacts(number)?.collect::<Result<_, _>>()?,
        })
    };
    Ok(Contents {
        position: reader.position()?.0,
        next_workspace: reader.next_workspace()?.0,
        versions: reader.versions()?,
        workspaces: reader.workspaces()?,
        of_workspaces: numbers().map(rows).collect::<Result<_, _>>()?,
    })
}

/// The first ones, and one after which there is no number.
fn numbers() -> impl Iterator<Item = WorkspaceNumber> {
    (0..WORKSPACES - 1).chain([u64::MAX]).map(WorkspaceNumber)
}

fn pick<T: Clone>(random: &mut fastrand::Rng, from: &[T]) -> T {
    from[random.usize(0..from.len())].clone()
}

fn text(random: &mut fastrand::Rng) -> String {
    pick(random, &["a", " Straße ", "VIP", "e\u{301}", "日本", "+49 (30) 1", "x y\nz", "ΟΔΥΣΣΕΎΣ 7"])
        .repeat(random.usize(1..4))
}

/// A value of each kind.
fn value(random: &mut fastrand::Rng) -> Value {
    let (kind, json) = match random.u8(0..8) {
        0 => (Kind::Text, Json::from(text(random).as_str())),
        1 => (Kind::Phone, Json::from(format!("{}0", text(random)).as_str())),
        2 => (Kind::Number, Json::Number(pick(random, &[0.0, -1.0, 0.1, 1e300, 9_007_199_254_740_993.0]))),
        3 => (Kind::Date, Json::from(pick(random, &["0001-01-01", "9999-12-31", "2026-11-23"]))),
        4 => (Kind::Date, Json::from(pick(random, &["2026-11-23T10:00:00.5Z", "0001-01-01T00:00:00Z"]))),
        5 => (Kind::Boolean, Json::Bool(random.bool())),
        6 => (Kind::Select, Json::from(text(random).as_str())),
        _ => {
            let members = (0..random.usize(1..5)).map(|_| Json::from(text(random).as_str())).collect();
            (Kind::MultiSelect, Json::List(members))
        }
    };
    Value::read(kind, &json).unwrap().unwrap()
}

fn values(random: &mut fastrand::Rng, prefix: &str) -> Vec<(FieldKey, Value)> {
    (0..random.usize(0..6))
        .map(|_| (FieldKey::new(&format!("{prefix}f{}", random.u8(0..20))).unwrap(), value(random)))
        .collect()
}

pub(crate) fn contact(random: &mut fastrand::Rng, creation: u64) -> ContactDump {
    let mut contact = ContactDump::new(ContactId::new(&format!("c{}", random.u32(..))).unwrap(), creation);
    contact.values = values(random, "");
    contact.labels = (0..random.usize(0..4)).map(|_| text(random).as_str().into()).collect();
    contact.conversations = (0..random.usize(0..3))
        .map(|_| {
            let id = ConversationId::new(&format!("v{}", random.u32(..))).unwrap();
            ConversationDump::new(id, values(random, "conversation."))
        })
        .collect();
    contact
}

fn number(random: &mut fastrand::Rng) -> u64 {
    random.u64(..) >> random.u32(0..64)
}

fn instant(random: &mut fastrand::Rng) -> Instant {
    Instant::from_milliseconds(random.i64(Instant::MIN.milliseconds()..=Instant::MAX.milliseconds())).unwrap()
}

fn field(random: &mut fastrand::Rng) -> FieldDefinition {
    let key = FieldKey::new(&format!("f{}", random.u8(..))).unwrap();
    let mut field = FieldDefinition::new(key, pick(random, &Kind::DEFINABLE));
    field.options = random.bool().then(|| (0..random.usize(0..4)).map(|_| text(random).into()).collect());
    field.default = pick(random, &[None, Some(false), Some(true)]);
    field
}

pub(crate) fn workspace(random: &mut fastrand::Rng) -> WorkspaceRecord {
    WorkspaceRecord {
        id: WorkspaceId::new(&text(random)).unwrap(),
        incarnation: random.u64(..),
        cursor_key: std::array::from_fn(|_| random.u8(..)),
        settings: settings(),
        through: LogPosition(number(random)),
        revision: number(random),
        next_sequence: number(random),
        forgotten: number(random),
        now: random.bool().then(|| instant(random)),
        event_count: number(random),
        next_creation: number(random),
        time_zone: "Europe/Berlin".to_owned(),
        week_start: pick(random, &[WeekStart::Monday, WeekStart::Sunday, WeekStart::Saturday]),
        fields: (0..random.usize(0..5)).map(|_| field(random)).collect(),
        totals: Totals {
            events: number(random),
            refused: number(random),
            frames: number(random),
            published: number(random),
            transitions: number(random),
        },
    }
}

fn segment_id(random: &mut fastrand::Rng) -> SegmentId {
    SegmentId::new(&format!("s{}", random.u8(0..6))).unwrap()
}

pub(crate) fn segment(random: &mut fastrand::Rng) -> SegmentRecord {
    let rule =
        Json::parse(r#"{"match":"all","conditions":[{"field":"n","operator":"greater_than","value":-2.5}]}"#);
    SegmentRecord {
        id: segment_id(random),
        name: text(random),
        rule: rule.unwrap(),
        creation: random.u32(..),
        saved_at: number(random),
    }
}

pub(crate) fn series(random: &mut fastrand::Rng) -> SeriesRecord {
    let day = |random: &mut fastrand::Rng| Day::from_number(random.i32(..));
    SeriesRecord {
        first_hour: random.i64(..),
        first_day: day(random),
        hours: (0..random.usize(0..9)).map(|_| (random.i64(..), number(random))).collect(),
        days: (0..random.usize(0..9))
            .map(|_| DayRecord {
                day: day(random),
                count: number(random),
                entered: number(random),
                left: number(random),
            })
            .collect(),
        latest: random.bool().then(|| (random.i64(..), day(random))),
        pending: (number(random), number(random)),
    }
}

fn consumer(random: &mut fastrand::Rng) -> ConsumerRecord {
    ConsumerRecord {
        acknowledged: number(random),
        unacknowledged_most: number(random),
        when_full: if random.bool() { WhenFull::Refuse } else { WhenFull::Gap },
    }
}

pub(crate) fn digests(random: &mut fastrand::Rng) -> DigestRecord {
    let segments = (0..random.usize(0..4)).map(|_| (segment_id(random), number(random), number(random)));
    DigestRecord { segments: segments.collect(), revision: 7 }
}

/// One random change.
fn change(writer: &mut dyn CheckpointWriter, random: &mut fastrand::Rng) -> Result<(), Error> {
    let of = pick(random, &numbers().collect::<Vec<_>>());
    match random.u8(0..40) {
        0 => writer.drop_workspace(of),
        1 => writer.clear_contacts(of),
        2 => writer.set_next_workspace(WorkspaceNumber(random.u64(..))),
        3 => writer.set_versions(&Versions::new(random.u32(..), text(random), number(random))),
        4..=5 => writer.put_workspace(of, &workspace(random)),
        6..=8 => writer.put_segment(of, &segment(random)),
        9 => writer.remove_segment(of, &segment_id(random)),
        10..=12 => writer.put_series(of, &segment_id(random), &series(random)),
        13..=14 => writer.put_spelling(of, random.u32(0..300), &text(random)),
        15..=16 => writer.put_source(of, &text(random), SourcePosition(number(random), number(random))),
        17..=18 => writer.put_consumer(of, &text(random), &consumer(random)),
        19 => writer.remove_consumer(of, &text(random)),
        20 => writer.put_digests(of, &digests(random)),
        21..=24 => writer.remove_contact(of, random.u64(0..400)),
        _ => {
            let creation = random.u64(0..400);
            writer.put_contact(of, &contact(random, creation))
        }
    }
}

/// The random changes of a seed, with a position.
pub(crate) fn changes(writer: &mut dyn CheckpointWriter, seed: u64, position: u64) -> Result<(), Error> {
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..random.usize(1..80) {
        change(writer, &mut random)?;
    }
    writer.set_position(LogPosition(position))
}
