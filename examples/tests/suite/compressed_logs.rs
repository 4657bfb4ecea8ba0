//! Compressed logs that are cut off, damaged, padded, or joined from several.

use std::fmt::Write as _;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::replayed::{DEFINITIONS, Replayed, path, saved};

const CONTACTS: usize = 20_000;

/// Definitions and many contacts, each with a plan that does not compress well.
fn log() -> String {
    let mut log = DEFINITIONS.to_owned();
    let mut plan: u64 = 1;
    for contact in 0..CONTACTS {
        plan = plan.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        writeln!(log, "{}", saved(&format!("contact {contact}"), &plan.to_string())).unwrap();
    }
    log
}

fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Compresses as the `zstd` command does; without a checksum, damage may go unnoticed.
fn with_checksum(text: &str) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The number of whole lines that a gzip or zstd stream can be decoded to, read byte by byte.
#[expect(clippy::unbuffered_bytes, reason = "a buffer might lose the bytes before an error")]
fn whole_lines(decoder: impl Read) -> usize {
    decoder.bytes().map_while(Result::ok).filter(|byte| *byte == b'\n').count()
}

fn assert_reads_until_the_cut(replayed: &Replayed, lines: usize) {
    assert!(!replayed.succeeded);
    assert!(lines > CONTACTS / 4, "the cut is somewhere in the middle: {lines}");
    assert_eq!(replayed.json()["events"], lines, "{}", replayed.errors);
    let expected = format!("error: standard input, line {}: cannot be read: ", lines + 1);
    assert!(replayed.errors.starts_with(&expected), "{}", replayed.errors);
    assert!(replayed.errors.contains("cut off or damaged"), "{}", replayed.errors);
    assert_eq!(replayed.errors.lines().count(), 1);
}

#[test]
fn of_a_gzip_log_that_is_cut_off_everything_before_is_applied() {
    let bytes = gzipped(&log());
    let cut = &bytes[..bytes.len() / 2];
    let replayed = Replayed::run(&["-", "--json", "--skip-bad"], cut);
    assert_reads_until_the_cut(&replayed, whole_lines(GzDecoder::new(cut)));
}

#[test]
fn of_a_zstd_log_that_is_cut_off_everything_before_is_applied() {
    let bytes = zstd::encode_all(log().as_bytes(), 19).unwrap();
    let cut = &bytes[..bytes.len() / 2];
    let replayed = Replayed::run(&["-", "--json", "--skip-bad"], cut);
    assert_reads_until_the_cut(&replayed, whole_lines(zstd::Decoder::new(cut).unwrap()));
}

#[test]
fn damaged_bytes_are_an_error_and_no_panic() {
    let log = log();
    let mut damaged = [gzipped(&log), with_checksum(&log)];
    for bytes in &mut damaged {
        let middle = bytes.len() / 2;
        bytes[middle..middle + 16].fill(0xff);
        let replayed = Replayed::run(&["-", "--json", "--skip-bad"], bytes.as_slice());
        assert!(!replayed.succeeded);
        assert!(replayed.errors.contains("cut off or damaged"), "{}", replayed.errors);
    }
}

#[test]
fn members_and_frames_that_follow_one_another_are_one_log() {
    let parts = [DEFINITIONS.to_owned(), saved("a", "pro") + "\n", "\n".to_owned(), saved("b", "pro")];
    let gzip: Vec<u8> = parts.iter().flat_map(|part| gzipped(part)).collect();
    let frames = parts.iter().map(|part| zstd::encode_all(part.as_bytes(), 3).unwrap());
    // Before the others comes a skippable frame.
    let zstd: Vec<u8> =
        [vec![0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]].into_iter().chain(frames).flatten().collect();
    for bytes in [gzip, zstd] {
        let replayed = Replayed::run(&["-", "--json"], bytes.as_slice());
        assert!(replayed.succeeded, "{}", replayed.errors);
        assert_eq!(replayed.json()["segments"][0]["count"], 2);
    }
}

#[test]
fn zeros_behind_gzip_members_are_passed_over_as_gzip_does() {
    let parts = [DEFINITIONS.to_owned(), saved("a", "pro") + "\n", saved("b", "pro")];
    for zeros in [1, 7, 512, 1_000_000] {
        let padded = |part: &String| [gzipped(part), vec![0; zeros]].concat();
        let each: Vec<u8> = parts.iter().flat_map(padded).collect();
        let at_the_end = padded(&parts.concat());
        for bytes in [each, at_the_end] {
            let replayed = Replayed::run(&["-", "--json"], bytes.as_slice());
            assert!(replayed.succeeded, "{zeros} zeros: {}", replayed.errors);
            assert_eq!(replayed.json()["segments"][0]["count"], 2, "{zeros} zeros");
        }
    }
}

#[test]
fn anything_but_zeros_behind_gzip_members_is_an_error_and_no_lost_data() {
    for rest in [&b"\0\0x"[..], b"lost", b"\x1f", b"\0\0\x1f\x8b"] {
        let bytes = [&gzipped(DEFINITIONS), rest].concat();
        let replayed = Replayed::run(&["-", "--json"], bytes.as_slice());
        assert!(!replayed.succeeded, "{rest:?}");
        assert!(
            replayed.errors.starts_with("error: standard input, line 3: cannot be read: "),
            "{}",
            replayed.errors
        );
        assert_eq!(replayed.json()["events"], 2, "{rest:?}");
    }
}

#[test]
fn a_log_named_as_compressed_that_is_not_is_refused() {
    for name in ["not-compressed.gz", "not-compressed.zst", "empty.gz", "empty.zst"] {
        let file = path(name);
        std::fs::write(&file, if name.starts_with("empty") { "" } else { DEFINITIONS }).unwrap();
        let replayed = Replayed::run(&["--json", file.to_str().unwrap()], std::io::empty());
        assert!(!replayed.succeeded, "{name}");
        assert!(replayed.errors.contains(name), "{}", replayed.errors);
        assert_eq!(replayed.json()["events"], 0);
    }
}

#[test]
fn an_empty_log_has_no_now() {
    let replayed = Replayed::run(&["-", "--json", "--verify"], std::io::empty());
    assert!(replayed.succeeded);
    let expected =
        json!({"events": 0, "rejected": 0, "transitions": 0, "now": null, "contacts": 0, "segments": []});
    assert_eq!(replayed.json(), expected);
}
