//! The bundled log: its figures, however it is read.

use std::io::{Read, Write, empty};

use flate2::read::MultiGzDecoder;
use serde_json::{Value, json};

use crate::replayed::{Replayed, json_lines, path};

const BUNDLED: &[u8] = include_bytes!("../../data/cdnow.jsonl.gz");

fn count(report: &Value, segment: &str) -> u64 {
    let segments = report["segments"].as_array().unwrap();
    segments.iter().find(|held| held["segment"] == segment).unwrap()["count"].as_u64().unwrap()
}

#[test]
fn the_demo_is_the_replay_of_cdnow_and_the_evaluator_agrees() {
    let replayed = Replayed::run(&["--demo", "--json", "--verify"], empty());
    assert!(replayed.succeeded, "{}", replayed.errors);
    assert_eq!(replayed.errors, "");
    let report = replayed.json();
    assert_eq!(report["events"], 13_860);
    assert_eq!(report["rejected"], 0);
    assert_eq!(report["transitions"], 67_394);
    assert_eq!(report["contacts"], 2_357);
    assert_eq!(report["now"], "1998-06-30T23:59:59Z");
    assert_eq!(
        (count(&report, "high-value"), count(&report, "slipping"), count(&report, "bought-last-7-days")),
        (280, 921, 27)
    );
}

#[test]
fn the_json_has_exactly_its_members_and_the_segments_in_order_of_creation() {
    let report = Replayed::run(&["--demo", "--json"], empty()).json();
    let names: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["contacts", "events", "now", "rejected", "segments", "transitions"]);
    let segments = report["segments"].as_array().unwrap();
    assert_eq!(segments.len(), 14);
    assert_eq!(segments[0]["segment"], "bought-today");
    assert_eq!(segments[6], json!({"segment": "repeat", "name": "Repeat buyers", "count": 1_152}));
}

#[test]
fn the_table_shows_each_segment_and_the_figures() {
    let replayed = Replayed::run(&["--demo"], empty());
    let row = |word: &str| replayed.output.lines().find(|line| line.contains(word)).unwrap().to_owned();
    assert!(row("high-value").contains("280"));
    assert!(row("transitions").contains("67,394"));
    assert!(row("events ").contains("13,860"));
    assert!(row("rate").contains("events/s"));
}

#[test]
fn plain_gzip_and_zstd_logs_replay_alike_from_files_and_from_standard_input() {
    let mut plain = Vec::new();
    MultiGzDecoder::new(BUNDLED).read_to_end(&mut plain).unwrap();
    let zstd = zstd::encode_all(plain.as_slice(), 3).unwrap();
    let expected = Replayed::run(&["--demo", "--json"], empty()).json();
    for (name, bytes) in
        [("cdnow.jsonl", &plain[..]), ("cdnow.jsonl.gz", BUNDLED), ("cdnow.jsonl.zst", &zstd)]
    {
        let file = path(name);
        std::fs::File::create(&file).unwrap().write_all(bytes).unwrap();
        let from_file = Replayed::run(&["--json", file.to_str().unwrap()], empty());
        assert_eq!(from_file.json(), expected, "{name}");
        assert_eq!(Replayed::run(&["--json", "-"], bytes).json(), expected, "{name}");
    }
}

#[test]
fn the_written_transitions_and_members_agree_with_the_report() {
    let (transitions, members) = (path("cdnow-transitions"), path("cdnow-members"));
    let arguments = [
        "--demo",
        "--json",
        "--transitions",
        transitions.to_str().unwrap(),
        "--members",
        members.to_str().unwrap(),
    ];
    let report = Replayed::run(&arguments, empty()).json();
    let lines = json_lines(&transitions);
    let (notices, transitions): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line["contact"].is_null());
    assert_eq!((notices.len(), transitions.len()), (14, 67_394));
    assert!(lines.is_sorted_by_key(|line| line["at"].as_str().unwrap()));
    let by_line =
        |transition: &&Value| transition["cause"]["line"].as_u64().is_some_and(|line| line <= 13_860);
    let by_clock = |transition: &&Value| transition["cause"] == "clock";
    let caused = [
        transitions.iter().filter(|t| by_line(t)).count(),
        transitions.iter().filter(|t| by_clock(t)).count(),
    ];
    assert_eq!(caused.iter().sum::<usize>(), 67_394);
    assert!(caused.iter().all(|count| *count > 1_000), "{caused:?}");
    for (held, line) in report["segments"].as_array().unwrap().iter().zip(json_lines(&members)) {
        assert_eq!(held["segment"], line["segment"]);
        assert_eq!(held["count"], line["members"].as_array().unwrap().len());
        assert!(line["members"].as_array().unwrap().is_sorted_by_key(|contact| contact.as_str().unwrap()));
    }
}
