//! Lines that cannot be applied: reported, counted, and without effect on those around them.

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
    assert!(
        replayed.errors.starts_with("error: standard input, line 4: this is not JSON"),
        "{}",
        replayed.errors
    );
    let report = replayed.json();
    assert_eq!(
        (&report["events"], &report["rejected"], &report["contacts"]),
        (&json!(3), &json!(1), &json!(1))
    );
    assert_eq!(json_lines(&transitions).len(), 2);
    assert_eq!(json_lines(&members), [json!({"segment": "pro", "members": ["a"]})]);
}

#[test]
fn skipped_bad_lines_are_counted_with_their_reason_and_the_others_applied() {
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
        assert!(
            replayed.errors.starts_with("standard input: 1 line skipped: "),
            "{bad}: {}",
            replayed.errors
        );
        assert!(replayed.errors.ends_with(" (line 4)\n"), "{bad}: {}", replayed.errors);
        assert_eq!(replayed.errors.lines().count(), 1, "{bad}");
        let report = replayed.json();
        assert_eq!((&report["events"], &report["rejected"]), (&json!(4), &json!(1)), "{bad}");
        assert_eq!(report["segments"][0]["count"], 2, "{bad}");
        assert_eq!(report["now"], "2026-11-23T10:00:00Z", "a refused line does not move time: {bad}");
    }
}

#[test]
fn the_first_bad_line_stops_the_replay_also_if_the_workspace_refuses_it() {
    let unknown = r#"{"at":"2026-11-23T10:00:00Z","type":"contact_deleted","contact":"nobody"}"#;
    for (log, line) in [(format!("{unknown}\n{{\n"), 1), (format!("\n{{\n{unknown}\n"), 2)] {
        let stopped = Replayed::run(&["-", "--json"], log.as_bytes());
        let expected = format!("error: standard input, line {line}: ");
        assert!(stopped.errors.starts_with(&expected), "{}", stopped.errors);
        assert_eq!(stopped.errors.lines().count(), 1);
    }
}

#[test]
fn skipped_lines_are_grouped_by_reason_most_lines_first_then_the_earliest() {
    let deleted = |contact: &str| {
        format!(r#"{{"at":"2026-11-23T10:00:00Z","type":"contact_deleted","contact":"{contact}"}}"#)
    };
    let wrong_at = |at: &str| format!(r#"{{"at":"{at}","type":"tick"}}"#);
    let lines = [
        "[",
        &deleted("x"),
        &wrong_at("now"),
        &deleted("y"),
        "",
        &wrong_at("tomorrow"),
        &deleted("z"),
        &deleted("x"),
    ];
    let replayed = Replayed::run(&["-", "--json", "--skip-bad"], lines.join("\n").as_bytes());
    assert!(replayed.succeeded);
    let expected = [
        "standard input: 4 lines skipped: there is no such contact; save it first (lines 2, 4, 7, …)",
        "standard input: 2 lines skipped: `at` of `tick` is wrong; accepted: an RFC 3339 instant of the years 0001 to 9998, \
         as `2026-11-23T10:00:00Z` (lines 3, 6)",
        "standard input: 1 line skipped: this is not JSON that can be read: EOF while parsing a list (line 1)",
    ];
    assert_eq!(replayed.errors.lines().collect::<Vec<_>>(), expected);
    assert_eq!(replayed.json()["rejected"], 7);
    assert_eq!(replayed.json()["now"], json!(null));
}

#[test]
fn a_reason_does_not_contain_what_was_found() {
    let at = r#""at":"2026-11-23T10:00:00Z""#;
    let found = |found: &str| {
        [
            format!("{found}{found}"),
            format!(r#"{{{at},"type":"{found}"}}"#),
            format!(r#"{{{at},"type":"contact_deleted","contact":"{found}"}}"#),
            format!(r#"{{{at},"type":"conversation_deleted","conversation":"{found}"}}"#),
            format!(r#"{{{at},"type":"segment_deleted","segment":"{found}"}}"#),
            format!(r#"{{{at},"type":"field_deleted","field":"{found}"}}"#),
            format!(r#"{{{at},"type":"field_defined","field":"{found}-","kind":"text"}}"#),
            format!(r#"{{{at},"type":"workspace_configured","time_zone":"{found}"}}"#),
            format!(r#"{{{at},"type":"workspace_configured","week_start":"{found}"}}"#),
            format!(r#"{{{at},"type":"contact_saved","contact":"a","set":{{"created_at":"{found}"}}}}"#),
            format!(r#"{{{at},"type":"contact_merged","contact":"{found}","into":"{found}"}}"#),
            format!(
                r#"{{{at},"type":"segment_saved","segment":"s","name":"S","rule":{{"match":"{found}","conditions":[{{"field":"{found}","operator":"equals"}}]}}}}"#
            ),
        ]
    };
    let log = [found("aaaaa"), found("bbbbb")].concat().join("\n");
    let replayed = Replayed::run(&["-", "--json", "--skip-bad"], log.as_bytes());
    for line in replayed.errors.lines() {
        assert!(!line.contains("aaaaa") && !line.contains("bbbbb"), "{line}");
        assert!(!line.contains(" 1 line skipped"), "{line}");
    }
    assert_eq!(replayed.json()["rejected"], 24);
}

#[test]
fn a_log_cut_off_in_mid_line_loses_nothing_before_it() {
    let log = with_bad_line("");
    let cut = &log[..log.len() - 10];
    let replayed = Replayed::run(&["-", "--json"], cut.as_bytes());
    assert!(!replayed.succeeded);
    assert!(replayed.errors.starts_with("error: standard input, line 6: "), "{}", replayed.errors);
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
    assert!(replayed.errors.ends_with(" (line 3)\n"), "{}", replayed.errors);
    assert!(replayed.errors.contains("line_bytes"), "{}", replayed.errors);
    assert_eq!((&replayed.json()["events"], &replayed.json()["rejected"]), (&json!(3), &json!(1)));
}

#[test]
fn a_line_that_is_not_utf_8_is_refused_with_the_place() {
    let mut log = with_bad_line("#").into_bytes();
    let at = log.iter().position(|byte| *byte == b'#').unwrap();
    log[at] = 0xff;
    let replayed = Replayed::run(&["-", "--json", "--skip-bad"], log.as_slice());
    assert!(
        replayed.errors.starts_with(
            "standard input: 1 line skipped: the line is not UTF-8; write the log in UTF-8 (line 4)"
        ),
        "{}",
        replayed.errors
    );
    assert_eq!(replayed.json()["events"], 4);
}

#[test]
fn the_content_of_a_log_does_not_control_the_terminal() {
    let log = with_bad_line(&saved("c", "x").replace("\"set\"", "\"\\u001b[2J\\n\\u009b\":1,\"set\""));
    let replayed = Replayed::run(&["-", "--skip-bad"], log.as_bytes());
    assert_eq!(replayed.errors.lines().count(), 1);
    assert!(!replayed.errors.trim_end().chars().any(char::is_control), "{:?}", replayed.errors);
}
