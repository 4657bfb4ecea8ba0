//! Lines that cannot be applied: named, counted, and without effect on those around them.

use std::io::Read;

use serde_json::json;

use crate::replayed::{DEFINITIONS, Replayed, json_lines, path, saved};

/// Definitions, a contact, a bad line (4), a blank one, a contact.
fn with_bad_line(bad: &str) -> String {
    format!("{DEFINITIONS}{}\n{bad}\n \t\r\n{}\n", saved("a", "pro"), saved("b", "pro"))
}

#[test]
fn the_first_bad_line_stops_the_replay_with_everything_before_it_written_out() {
    let (transitions, members) = (path("stopped-transitions"), path("stopped-members"));
    let arguments = [
        "-",
        "--json",
        "--transitions",
        transitions.to_str().unwrap(),
        "--members",
        members.to_str().unwrap(),
    ];
    let replayed = Replayed::run(&arguments, with_bad_line("{\"at\":").as_bytes());
    assert!(!replayed.succeeded);
    assert!(replayed.errors.starts_with("error: standard input:4: this is not JSON"), "{}", replayed.errors);
    let report = replayed.json();
    assert_eq!(
        (&report["events"], &report["rejected"], &report["contacts"]),
        (&json!(3), &json!(1), &json!(1))
    );
    assert_eq!(json_lines(&transitions).len(), 2);
    assert_eq!(json_lines(&members), [json!({"segment": "pro", "members": ["a"]})]);
}

#[test]
fn skipped_bad_lines_are_reported_and_counted_and_the_others_applied() {
    let unknown = r#"{"at":"2026-11-23T10:00:00Z","type":"contact_deleted","contact":"nobody"}"#;
    let late =
        r#"{"at":"2027-01-01T00:00:00Z","type":"contact_saved","contact":"c","set":{"plan":["no","text"]}}"#;
    for bad in [
        "{",
        "[]",
        "null",
        "{} {}",
        "{\"at\":\"2026-11-23T10:00:00Z\",\"type\":\"tick\",\"at\":1}",
        unknown,
        late,
    ] {
        let replayed =
            Replayed::run(&["-", "--json", "--skip-bad", "--verify"], with_bad_line(bad).as_bytes());
        assert!(replayed.succeeded, "{bad}: {}", replayed.errors);
        assert!(replayed.errors.starts_with("error: standard input:4: "), "{bad}: {}", replayed.errors);
        assert_eq!(replayed.errors.lines().count(), 1, "{bad}");
        let report = replayed.json();
        assert_eq!((&report["events"], &report["rejected"]), (&json!(4), &json!(1)), "{bad}");
        assert_eq!(report["segments"][0]["count"], 2, "{bad}");
        assert_eq!(report["now"], "2026-11-23T10:00:00Z", "a refused line does not move time: {bad}");
    }
}

#[test]
fn bad_lines_are_reported_in_the_order_of_the_log_whoever_refuses_them() {
    let unknown = r#"{"at":"2026-11-23T10:00:00Z","type":"contact_deleted","contact":"nobody"}"#;
    let log = format!("{unknown}\n{{\n{unknown}\n{unknown}\n\n\"\n");
    let replayed = Replayed::run(&["-", "--json", "--skip-bad"], log.as_bytes());
    let places: Vec<&str> = replayed.errors.lines().map(|line| line.split(": ").nth(1).unwrap()).collect();
    let expected = [1, 2, 3, 4, 6].map(|line| format!("standard input:{line}"));
    assert_eq!(places, expected);
    assert_eq!(replayed.json()["rejected"], 5);
    assert_eq!(replayed.json()["now"], json!(null));
    let stopped = Replayed::run(&["-", "--json"], log.as_bytes());
    assert!(stopped.errors.starts_with("error: standard input:1: "), "{}", stopped.errors);
    assert_eq!(stopped.errors.lines().count(), 1);
}

#[test]
fn a_log_cut_off_in_mid_line_loses_nothing_before_it() {
    let log = with_bad_line("");
    let cut = &log[..log.len() - 10];
    let replayed = Replayed::run(&["-", "--json"], cut.as_bytes());
    assert!(!replayed.succeeded);
    assert!(replayed.errors.starts_with("error: standard input:6: "), "{}", replayed.errors);
    assert_eq!(replayed.json()["events"], 3);
    let whole = Replayed::run(&["-", "--json"], log.trim_end().as_bytes());
    assert!(whole.succeeded, "a last line needs no end");
    assert_eq!(whole.json()["events"], 4);
}

#[test]
fn a_line_of_a_hundred_megabytes_is_refused_and_the_next_one_applied() {
    const LONG: u64 = 100_000_000;
    let log = DEFINITIONS
        .as_bytes()
        .chain(&br#"{"at":""#[..])
        .chain(std::io::repeat(b'x').take(LONG))
        .chain(&b"\"}\r\n"[..]);
    let last = saved("a", "pro");
    let replayed = Replayed::run(&["-", "--json", "--skip-bad"], log.chain(last.as_bytes()));
    assert!(replayed.succeeded);
    assert!(replayed.errors.starts_with("error: standard input:3: "), "{}", replayed.errors);
    assert!(replayed.errors.contains("line_bytes"), "{}", replayed.errors);
    assert_eq!((&replayed.json()["events"], &replayed.json()["rejected"]), (&json!(3), &json!(1)));
}

#[test]
fn a_line_that_is_not_utf_8_is_refused_with_the_place() {
    let mut log = with_bad_line("#").into_bytes();
    let at = log.iter().position(|byte| *byte == b'#').unwrap();
    log[at] = 0xff;
    let replayed = Replayed::run(&["-", "--json", "--skip-bad"], log.as_slice());
    assert!(replayed.errors.starts_with("error: standard input:4: byte 1 "), "{}", replayed.errors);
    assert_eq!(replayed.json()["events"], 4);
}

#[test]
fn what_a_log_holds_does_not_steer_the_terminal() {
    let log = with_bad_line(&saved("c", "x").replace("\"set\"", "\"\\u001b[2J\\n\\u009b\":1,\"set\""));
    let replayed = Replayed::run(&["-", "--skip-bad"], log.as_bytes());
    assert_eq!(replayed.errors.lines().count(), 1);
    assert!(!replayed.errors.trim_end().chars().any(char::is_control), "{:?}", replayed.errors);
}
