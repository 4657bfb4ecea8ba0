//! Frames as bytes: round trips, size, and bytes that are no frame.

use enlist_model::{Event, EventBody, Json, Label, TextKey};
use enlist_store::{Error, FORMAT, Frame, FrameBody, MOST_BYTES, Source, SourcePosition};
use proptest::prelude::*;

use crate::samples::{events, instant, one_field_events, one_of_each, random_events, small, step};

#[test]
fn a_frame_of_each_type_comes_back_equal() {
    for (name, frame) in one_of_each() {
        assert_eq!(Frame::decode(&frame.encode().unwrap()).as_ref(), Ok(&frame), "{name}");
    }
}

#[test]
fn a_frame_that_is_cut_anywhere_or_goes_on_is_malformed() {
    for (name, frame) in one_of_each() {
        let mut bytes = frame.encode().unwrap();
        for end in 0..bytes.len() {
            let error = Frame::decode(&bytes[..end]).unwrap_err();
            assert_eq!(error.code(), "malformed", "{name} cut at {end}: {error}");
        }
        bytes.push(0);
        assert_eq!(
            Frame::decode(&bytes).unwrap_err(),
            Error::Malformed { what: "1 bytes after the end".into() }
        );
    }
}

#[test]
fn a_newer_format_is_named_and_not_read() {
    let mut bytes = small(1);
    bytes[0] = FORMAT + 1;
    assert_eq!(Frame::decode(&bytes), Err(Error::Format { found: 2, known: 1 }));
    bytes[0] = 0;
    assert_eq!(Frame::decode(&bytes).unwrap_err().code(), "malformed");
}

/// The varint of a length that no frame can have.
const HUGE: [u8; 9] = [253, 0, 0, 0, 0, 255, 255, 0, 0];

#[test]
fn a_length_beyond_the_bytes_is_refused_before_anything_is_allocated() {
    // A refused length would otherwise abort the process: it asks for 2^47 bytes and more.
    let list = [&[FORMAT, 7, 6, 41][..], &HUGE].concat();
    assert_eq!(Frame::decode(&list).unwrap_err().code(), "malformed");
    let text = [&[FORMAT, 7, 5][..], &HUGE].concat();
    assert_eq!(Frame::decode(&text).unwrap_err().code(), "malformed");
    let most = vec![FORMAT; MOST_BYTES + 1];
    assert_eq!(Frame::decode(&most).unwrap_err().code(), "malformed");
}

#[test]
fn a_frame_over_the_limit_is_not_written() {
    let name = "n".repeat(MOST_BYTES);
    let frame =
        Frame { body: FrameBody::Consumer { consumer: name, record: None }, ..one_of_each().remove(0).1 };
    assert_eq!(frame.encode().unwrap_err().code(), "frame_too_large");
}

#[test]
fn a_value_nested_deeper_than_any_reader_keeps_is_stored_as_too_deep() {
    let nested = |levels: usize, core: Json| (0..levels).fold(core, |inner, _| Json::List(vec![inner]));
    let event = |value: Json| Event::contact_saved(instant(), "c").set("f", value).build().unwrap();
    let kept = events(1, vec![event(nested(64, Json::TooDeep)), event(Json::TooDeep)]);
    assert_eq!(Frame::decode(&kept.encode().unwrap()).as_ref(), Ok(&kept));
    let built = events(1, vec![event(nested(5_000, Json::Null))]);
    assert_eq!(
        Frame::decode(&built.encode().unwrap()),
        Ok(events(1, vec![event(nested(64, Json::TooDeep))]))
    );
}

#[test]
fn lists_that_are_nested_without_end_are_refused() {
    let mut bytes =
        events(1, vec![Event::contact_saved(instant(), "c").set("f", Json::TooDeep).build().unwrap()])
            .encode()
            .unwrap();
    let value = bytes.iter().rposition(|byte| *byte == 8).unwrap();
    // A list of one list of one list.
    bytes.splice(value..value, [6, 1].repeat(1 << 20));
    assert_eq!(Frame::decode(&bytes), Err(Error::Malformed { what: "lists nested too deep".into() }));
}

#[test]
fn a_label_with_the_key_of_another_is_not_written() {
    let label = Label { key: TextKey::of("other").unwrap(), shown: "VIP".into() };
    let body = EventBody::ContactSaved {
        contact: enlist_model::ContactId::new("c").unwrap(),
        set: Vec::new(),
        add_labels: vec![label],
        remove_labels: Vec::new(),
    };
    let error = events(1, vec![Event { at: instant(), body }]).encode().unwrap_err();
    assert_eq!(error.code(), "unwritable");
}

#[test]
fn positions_of_a_source_rise() {
    let at = |first, second| SourcePosition(first, second);
    let source = |positions: &[(u32, SourcePosition)]| Source::new("s".into(), positions.to_vec());
    assert!(source(&[(0, at(1, 5)), (1, at(2, 0))]).is_some());
    assert!(source(&[(0, at(1, 5)), (1, at(1, 5))]).is_none());
    assert!(source(&[(0, at(1, 5)), (0, at(1, 6))]).is_none());
    assert!(source(&[]).is_none());
}

#[test]
fn a_frame_of_a_thousand_events_of_one_field_takes_at_most_80_bytes_an_event() {
    let bytes = events(1, one_field_events(1_000)).encode().unwrap().len();
    println!(
        "a stored event with one field and a random id of 36 characters: {}.{:03} bytes",
        bytes / 1_000,
        bytes % 1_000
    );
    assert!(bytes <= 80_000, "{bytes}");
}

fn position() -> impl Strategy<Value = SourcePosition> {
    let number = || prop_oneof![any::<u64>(), 0..4_u64];
    (number(), number()).prop_map(|(first, second)| SourcePosition(first, second))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_events_come_back_equal(seed in any::<u64>(), count in 0..120_usize, revision in any::<u64>()) {
        let mut frame = events(0, random_events(seed, count));
        let FrameBody::Events(body) = &mut frame.body else { unreachable!() };
        body.step = enlist_store::Step { revision, ..step(revision / 4) };
        body.first_creation = revision;
        prop_assert_eq!(Frame::decode(&frame.encode().unwrap()), Ok(frame));
    }

    #[test]
    fn sources_come_back_equal(positions in prop::collection::btree_set(position(), 1..20), gap in 1..4_u32) {
        let count = positions.len() * gap as usize;
        let positions = positions.into_iter().enumerate().map(|(index, at)| (index as u32 * gap, at)).collect();
        let mut frame = events(1, vec![Event::tick(instant()); count]);
        let FrameBody::Events(body) = &mut frame.body else { unreachable!() };
        body.sources.push(Source::new("log".to_owned(), positions).unwrap());
        prop_assert_eq!(Frame::decode(&frame.encode().unwrap()), Ok(frame));
    }

    #[test]
    fn changed_bytes_are_an_error_or_a_frame_and_never_a_panic(
        seed in any::<u64>(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = events(3, random_events(seed, 60)).encode().unwrap();
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(frame) = Frame::decode(&bytes) {
            // What was read can be written again.
            prop_assert!(frame.encode().is_ok());
        }
    }
}
