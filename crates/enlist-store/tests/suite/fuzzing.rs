//! The bodies of the fuzz targets on random bytes and on changed records, for a number of cases or of seconds.

use std::time::{Duration, Instant};

use enlist_model::FieldKey;

use crate::fuzz_bodies::{checkpoint_bytes, frame_bytes, frame_round_trip, outbox_bytes};
use crate::{checkpoint_samples, outbox, samples};

/// How many cases are run of each target, unless a number of seconds is asked for.
const CASES: u64 = 5_000;
/// Says for how many seconds each target is run.
const SECONDS: &str = "ENLIST_TEST_FUZZ_SECONDS";

/// Runs a target on the bytes that `data` makes of a seed.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a longer run is asked for, and its figures"
)]
fn run(name: &str, target: impl Fn(&[u8]), data: impl Fn(&mut fastrand::Rng) -> Vec<u8>) {
    let seconds = std::env::var(SECONDS).ok().and_then(|seconds| seconds.parse().ok());
    let (began, most) = (Instant::now(), seconds.map(Duration::from_secs));
    let goes_on = |case: u64| match most {
        Some(most) => !case.is_multiple_of(64) || began.elapsed() < most,
        None => case < CASES,
    };
    let mut case = 0;
    while goes_on(case) {
        let mut random = fastrand::Rng::with_seed(case);
        target(&data(&mut random));
        case += 1;
    }
    println!("{name}: {case} cases");
}

/// Random bytes, short ones more often.
fn noise(random: &mut fastrand::Rng) -> Vec<u8> {
    let most = 1 << random.u32(3..12);
    let count = random.usize(0..most);
    (0..count).map(|_| random.u8(..)).collect()
}

/// A record with a few of its bytes doubled, dropped, replaced or moved; or bytes that begin as one.
fn changed(random: &mut fastrand::Rng, mut bytes: Vec<u8>) -> Vec<u8> {
    for _ in 0..random.usize(0..6) {
        if bytes.is_empty() {
            break;
        }
        let at = random.usize(0..bytes.len());
        match random.u8(0..6) {
            0 => bytes.insert(at, bytes[at]),
            1 => drop(bytes.remove(at)),
            2 => bytes[at] ^= 1 << random.u8(0..8),
            // The lengths of a varint, which claim much.
            3 => bytes[at] = random.u8(250..=255),
            4 => bytes.truncate(at + 1),
            _ => bytes[at] = random.u8(..),
        }
    }
    bytes
}

#[test]
fn arbitrary_frames_are_read_as_they_were_written() {
    run("frame_round_trip", frame_round_trip, noise);
}

#[test]
fn arbitrary_bytes_are_a_frame_or_a_typed_error() {
    // Made once: random events take longer than reading them.
    let random_frame = |seed| samples::events(seed, samples::random_events(seed, seed as usize % 40));
    let mut frames: Vec<_> = samples::one_of_each().into_iter().map(|(_, frame)| frame).collect();
    frames.extend((0..100).map(random_frame));
    let whole: Vec<Vec<u8>> = frames.iter().map(|frame| frame.encode().unwrap()).collect();
    run("frame_bytes", frame_bytes, |random| {
        let bytes = match random.u8(0..8) {
            0 => [&[1][..], &noise(random)].concat(),
            _ => whole[random.usize(0..whole.len())].clone(),
        };
        changed(random, bytes)
    });
}

/// A contact with a text, an option, a label, and a conversation with a number.
const CONTACT: &[u8] = b"\x01\x03ada\x02\x00\x00\x02ab\x01\x08\x02ab\x01\x01c\x01\x01v\x01\x02\x02\x0a";

#[test]
fn arbitrary_bytes_are_a_record_of_a_checkpoint_or_a_typed_error() {
    let fields = ["a", "b", "c"].map(|key| FieldKey::new(key).unwrap());
    assert_eq!(enlist_store::rewritten_contact(CONTACT, &fields).as_deref(), Ok(CONTACT));
    run("checkpoint_bytes", checkpoint_bytes, |random| {
        let bytes = match random.u8(0..6) {
            0 => [&[1][..], &noise(random)].concat(),
            1 => checkpoint_samples::workspace(random).encode().unwrap(),
            2 => checkpoint_samples::segment(random).encode().unwrap(),
            3 => checkpoint_samples::series(random).encode().unwrap(),
            _ => CONTACT.to_vec(),
        };
        changed(random, bytes)
    });
}

#[test]
fn arbitrary_bytes_are_a_record_of_an_outbox_or_a_typed_error() {
    run("outbox_bytes", outbox_bytes, |random| {
        let bytes = if random.u8(0..8) == 0 {
            [&[1][..], &noise(random)].concat()
        } else {
            outbox::record(random.u64(..), random.u64(0..300), random.usize(0..12)).encode().unwrap()
        };
        changed(random, bytes)
    });
}
