//! Keys that are constructed to collide cost no more than other keys.
//!
//! The keys below collide under the two hash functions that the engine used before it had a secret seed: rustc-hash
//! for labels, options, field keys, segment ids and operands, and foldhash with its default seed for the ids of
//! contacts and conversations. Both multiply one half of the input with the other, and combine each half with a
//! value that is known. Where one half equals this value the product is 0, whatever the other half is, so those
//! eight bytes are free.

use std::hash::{BuildHasher, BuildHasherDefault};
use std::time::{Duration, Instant};

use enlist_engine::{Engine, HashSeed, Output};
use enlist_model::{Event, Json};
use foldhash::quality::FixedState;
use rustc_hash::FxHasher;

/// The number of keys. With this many, colliding ones once took more than ten times as long as others.
const KEYS: usize = 10_000;
/// The number of runs. The least time counts, because other work on the machine only makes a run longer.
const RUNS: u64 = 6;
/// How many times as long as ordinary keys colliding keys may take.
const MOST: u32 = 3;

/// The position of a byte that makes the keys collide, in a [`colliding_text`].
const DECISIVE: usize = 35;

/// A label, option, field key, segment id or operand; all of them collide under rustc-hash. It reads 16 bytes at a
/// time, and combines the first half of the third chunk with the result of the first chunk, which is `_rnkyfot`.
fn colliding_text(no: usize) -> String {
    format!("hash09p4labelkey_second_chunk_16_rnkyfot{no:08}_then_the_suffix")
}

/// An id; all of them collide under foldhash with its default seed. It combines bytes 16 to 24 with the result of
/// bytes 0 to 8 and 47 to 55, which is `lgh5yvh2`.
fn colliding_id(no: usize) -> String {
    format!("hasadkhh_bytes_8lgh5yvh2bytes_24{no:07}bytes_39_contactbytes_55")
}

/// A key of the same length that differs in one byte, so that nothing is multiplied by 0.
fn ordinary(mut key: String) -> String {
    let decisive = if key.starts_with("hash") { DECISIVE } else { 18 };
    key.replace_range(decisive..=decisive, "0");
    key
}

/// Events that add keys to an engine, and those that must come before.
struct Flood {
    first: Vec<Event>,
    events: Vec<Event>,
}

impl Flood {
    fn of(first: &[String], lines: impl Iterator<Item = String>) -> Self {
        let first = first.iter().map(|line| event(line)).collect();
        Flood { first, events: lines.map(|line| event(&line)).collect() }
    }

    /// The time that a fresh engine takes for the events.
    #[expect(clippy::disallowed_methods, reason = "the test measures time; the engine does not read it")]
    fn time(&self, seed: HashSeed) -> Duration {
        let mut engine = Engine::new(seed);
        let mut out: Vec<Output> = Vec::new();
        engine.apply_batch(&self.first, &mut out).unwrap();
        let start = Instant::now();
        engine.apply_batch(&self.events, &mut out).unwrap();
        start.elapsed()
    }
}

fn event(line: &str) -> Event {
    let Ok(Json::Object(mut members)) = Json::parse(line) else { panic!("{line}") };
    members.push(("at".to_owned(), Json::from("2026-11-23T10:00:00Z")));
    Event::from_json(Json::Object(members)).unwrap()
}

/// Compares colliding keys with others. `line` writes the event that adds some keys.
fn assert_no_flood(
    first: &[String],
    keys_an_event: usize,
    key: fn(usize) -> String,
    line: impl Fn(&[String]) -> String,
) {
    let flood = |key: &dyn Fn(usize) -> String| {
        let keys: Vec<String> = (0..KEYS).map(key).collect();
        Flood::of(first, keys.chunks(keys_an_event).map(&line))
    };
    let (colliding, others) = (flood(&key), flood(&|no| ordinary(key(no))));
    // Alternating, so that other work on the machine slows both down.
    let times = (0..RUNS).map(HashSeed::new).map(|seed| (colliding.time(seed), others.time(seed)));
    let (colliding, others): (Vec<Duration>, Vec<Duration>) = times.unzip();
    let (colliding, others) = (colliding.into_iter().min().unwrap(), others.into_iter().min().unwrap());
    assert!(colliding <= MOST * others, "colliding keys took {colliding:?}, others {others:?}");
}

#[test]
fn the_test_keys_collide_under_hash_functions_without_a_secret() {
    let all_equal = |hash: &dyn Fn(usize) -> u64| (0..KEYS).all(|no| hash(no) == hash(0));
    let fx = BuildHasherDefault::<FxHasher>::default();
    assert!(all_equal(&|no| fx.hash_one(colliding_text(no).as_str())));
    assert!(!all_equal(&|no| fx.hash_one(ordinary(colliding_text(no)).as_str())));
    let fold = FixedState::default();
    assert!(all_equal(&|no| fold.hash_one(colliding_id(no).as_str())));
    assert!(!all_equal(&|no| fold.hash_one(ordinary(colliding_id(no)).as_str())));
}

#[test]
fn colliding_labels_cost_no_more_than_others() {
    assert_no_flood(&[], 1, colliding_text, |keys| {
        // One label for each contact, because the number of labels on a contact is limited.
        let no = digits(&keys[0]);
        format!(r#"{{"type":"contact_saved","contact":"{no}","add_labels":["{}"]}}"#, keys[0])
    });
}

#[test]
fn colliding_options_cost_no_more_than_others() {
    let field = |kind: &str| format!(r#"{{"type":"field_defined","field":"plan","kind":"{kind}"}}"#);
    let set = |key: &str, value: &str| {
        format!(r#"{{"type":"contact_saved","contact":"{}","set":{{"plan":{value}}}}}"#, digits(key))
    };
    assert_no_flood(&[field("select")], 1, colliding_text, |keys| {
        set(&keys[0], &format!(r#""{}""#, keys[0]))
    });
    assert_no_flood(&[field("multi_select")], 1, colliding_text, |keys| {
        set(&keys[0], &format!(r#"["{}"]"#, keys[0]))
    });
}

#[test]
fn colliding_contact_ids_cost_no_more_than_others() {
    assert_no_flood(&[], 1, colliding_id, |keys| contact(&keys[0]));
}

#[test]
fn colliding_conversation_ids_cost_no_more_than_others() {
    let contacts: Vec<String> = (0..=9).map(|no| contact(&no.to_string())).collect();
    assert_no_flood(&contacts, 1, colliding_id, |keys| {
        // By the last digit, because the number of conversations of a contact is limited.
        let contact = &keys[0][38..39];
        format!(r#"{{"type":"conversation_saved","conversation":"{}","contact":"{contact}"}}"#, keys[0])
    });
}

#[test]
fn colliding_field_keys_cost_no_more_than_others() {
    assert_no_flood(&[], 1, colliding_text, |keys| {
        format!(r#"{{"type":"field_defined","field":"{}","kind":"number"}}"#, keys[0])
    });
}

#[test]
fn colliding_segment_ids_and_operands_cost_no_more_than_others() {
    let saved = |id: &str, operands: &[String]| {
        let condition =
            |operand: &String| format!(r#"{{"field":"name","operator":"equals","value":"{operand}"}}"#);
        let conditions: Vec<String> = operands.iter().map(condition).collect();
        let rule = format!(r#"{{"match":"any","conditions":[{}]}}"#, conditions.join(","));
        format!(r#"{{"type":"segment_saved","segment":"{id}","name":"S","rule":{rule}}}"#)
    };
    assert_no_flood(&[], 1, colliding_text, |keys| saved(&keys[0], &["ada".to_owned()]));
    assert_no_flood(&[], 100, colliding_text, |keys| saved(digits(&keys[0]), keys));
}

fn contact(id: &str) -> String {
    format!(r#"{{"type":"contact_saved","contact":"{id}"}}"#)
}

/// The part of a [`colliding_text`] that is unique.
fn digits(text: &str) -> &str {
    &text[40..48]
}
