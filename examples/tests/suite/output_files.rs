//! The files that the replay writes: their lines, their order, when they appear, and when they cannot be written.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use serde_json::json;

use crate::replayed::{DEFINITIONS, Replayed, json_lines, path, saved};

const BUNDLED: &[u8] = include_bytes!("../../data/cdnow.jsonl.gz");

#[test]
fn transitions_and_notices_are_in_order_with_the_lines_that_caused_them() {
    let file = path("ordered-transitions");
    let today = r#"{"at":"2026-11-23T10:00:00Z","type":"segment_saved","segment":"today","name":"Today","rule":{"match":"all","conditions":[{"field":"created_at","operator":"is_today"}]}}"#;
    let unknown = r#"{"at":"2026-11-23T10:00:00Z","type":"contact_deleted","contact":"nobody"}"#;
    let next_day = r#"{"at":"2026-11-24T10:00:00Z","type":"contact_deleted","contact":"a"}"#;
    let dropped = r#"{"at":"2026-11-24T11:00:00Z","type":"segment_deleted","segment":"pro"}"#;
    let (a, b) = (saved("a", "pro"), saved("b", "PRO "));
    let log = [DEFINITIONS.trim_end(), "", &a, "{", unknown, today, "", &b, next_day, dropped].join("\n");
    let arguments = ["-", "--json", "--skip-bad", "--verify", "--transitions", file.to_str().unwrap()];
    let replayed = Replayed::run(&arguments, log.as_bytes());
    assert!(replayed.succeeded, "{}", replayed.errors);
    assert_eq!(replayed.json()["transitions"], 6);
    let transition = |at: &str, segment: &str, contact: &str, change: &str, cause: serde_json::Value| {
        json!({
            "at": format!("2026-11-{at}:00:00Z"), "segment": segment, "contact": contact, "change": change, "cause": cause,
        })
    };
    let expected = [
        json!({"at": "2026-11-23T09:00:00Z", "segment": "pro", "change": "built", "members": 0}),
        transition("23T10", "pro", "a", "entered", json!({"line": 4})),
        json!({"at": "2026-11-23T10:00:00Z", "segment": "today", "change": "built", "members": 1}),
        transition("23T10", "pro", "b", "entered", json!({"line": 9})),
        transition("23T10", "today", "b", "entered", json!({"line": 9})),
        transition("24T00", "today", "a", "left", json!("clock")),
        transition("24T00", "today", "b", "left", json!("clock")),
        transition("24T10", "pro", "a", "left", json!({"line": 10})),
        json!({"at": "2026-11-24T11:00:00Z", "segment": "pro", "change": "dropped"}),
    ];
    assert_eq!(json_lines(&file), expected);
}

#[test]
fn members_are_sorted_by_the_bytes_of_their_ids() {
    let file = path("sorted-members");
    let contacts = ["z", "é", "a", "Z", "\u{1f600}", "10", "9", "\u{ffff}"];
    let lines: Vec<String> = contacts.iter().map(|contact| saved(contact, "pro")).collect();
    let log = format!("{DEFINITIONS}{}", lines.join("\n"));
    let replayed = Replayed::run(&["-", "--members", file.to_str().unwrap()], log.as_bytes());
    assert!(replayed.succeeded, "{}", replayed.errors);
    let sorted = ["10", "9", "Z", "a", "z", "é", "\u{ffff}", "\u{1f600}"];
    assert_eq!(json_lines(&file), [json!({"segment": "pro", "members": sorted})]);
}

#[test]
fn a_file_that_cannot_be_created_fails_before_anything_is_replayed() {
    for option in ["--transitions", "--members"] {
        let file = path("no such folder").join("file");
        let replayed =
            Replayed::run(&["-", "--json", option, file.to_str().unwrap()], DEFINITIONS.as_bytes());
        assert!(!replayed.succeeded);
        assert!(replayed.errors.starts_with(&format!("error: {}: cannot be written: ", file.display())));
        assert_eq!(replayed.output, "");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_written_is_named_once_and_the_report_still_printed() {
    for option in ["--transitions", "--members"] {
        let replayed = Replayed::run(&["-", "--json", option, "/dev/full"], DEFINITIONS.as_bytes());
        assert!(!replayed.succeeded);
        assert!(replayed.errors.starts_with("error: /dev/full: cannot be written: "), "{}", replayed.errors);
        assert_eq!(replayed.errors.lines().count(), 1);
        assert_eq!(replayed.json()["events"], 2);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn writing_that_fails_ends_a_long_replay_and_what_was_applied_by_then_is_reported() {
    let arguments = ["--demo", "--json", "--transitions", "/dev/full", "--partitions", "2"];
    let replayed = Replayed::run(&arguments, std::io::empty());
    assert!(!replayed.succeeded);
    assert_eq!(replayed.errors.lines().count(), 1, "{}", replayed.errors);
    let report = replayed.json();
    let (events, contacts) = (report["events"].as_u64().unwrap(), report["contacts"].as_u64().unwrap());
    assert!((1_000..13_860).contains(&events), "{events}");
    assert!(contacts > 0 && contacts < 2_357, "{contacts}");
    // The same events alone: every figure of the report must be theirs, also those counted after the failed write.
    let mut log = String::new();
    MultiGzDecoder::new(BUNDLED).read_to_string(&mut log).unwrap();
    let applied: Vec<&str> = log.lines().take(usize::try_from(events).unwrap()).collect();
    assert_eq!(report, Replayed::run(&["-", "--json"], applied.join("\n").as_bytes()).json());
}

#[cfg(target_os = "linux")]
#[test]
fn lines_refused_in_the_batch_of_a_failed_write_are_counted() {
    let unknown = r#"{"at":"2026-11-23T10:00:00Z","type":"contact_deleted","contact":"nobody"}"#;
    let mut log = DEFINITIONS.to_owned();
    for contact in 0..2_000 {
        writeln!(log, "{}\n{unknown}", saved(&format!("contact {contact}"), "pro")).unwrap();
    }
    let replayed =
        Replayed::run(&["-", "--json", "--skip-bad", "--transitions", "/dev/full"], log.as_bytes());
    assert!(!replayed.succeeded);
    let report = replayed.json();
    // Of each two lines behind the definitions one is refused.
    assert_eq!(report["rejected"].as_u64().unwrap(), report["events"].as_u64().unwrap() - 2);
    assert_eq!(report["transitions"], report["segments"][0]["count"]);
}

#[test]
fn the_log_and_the_files_are_not_written_over_one_another() {
    let (log, file) = (path("precious-log"), path("twice"));
    std::fs::write(&log, DEFINITIONS).unwrap();
    let (log, file) = (log.to_str().unwrap(), file.to_str().unwrap());
    for arguments in [
        vec![log, "--transitions", log],
        vec![log, "--members", log],
        vec![log, "--transitions", file, "--members", file],
    ] {
        let replayed = Replayed::run(&arguments, std::io::empty());
        assert!(!replayed.succeeded);
        assert!(replayed.errors.contains("name another one"), "{}", replayed.errors);
        assert_eq!(std::fs::read_to_string(log).unwrap(), DEFINITIONS);
    }
}

#[test]
fn a_log_that_does_not_exist_is_named() {
    for name in ["no such log.jsonl", "."] {
        let replayed = Replayed::run(&[name], std::io::empty());
        assert!(!replayed.succeeded);
        assert!(
            replayed.errors.starts_with(&format!("error: {name}: cannot be opened: ")),
            "{}",
            replayed.errors
        );
    }
}

/// An input that looks at a file while the replay reads it.
struct Watching<'a> {
    log: &'a [u8],
    look: &'a dyn Fn(),
}

impl Read for Watching<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (self.look)();
        self.log.read(buffer)
    }
}

#[test]
fn a_target_is_as_it_was_until_the_end_and_then_complete() {
    let folder = path("whole-targets");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    let (old, absent) = (folder.join("old"), folder.join("absent"));
    fs::write(&old, "old").unwrap();
    let looked = std::cell::Cell::new(0);
    let look = || {
        assert_eq!(fs::read_to_string(&old).unwrap(), "old");
        assert!(!absent.exists());
        looked.set(looked.get() + 1);
    };
    let arguments = ["-", "--transitions", old.to_str().unwrap(), "--members", absent.to_str().unwrap()];
    let replayed = Replayed::run(&arguments, Watching { log: DEFINITIONS.as_bytes(), look: &look });
    assert!(replayed.succeeded && looked.get() > 0, "{}", replayed.errors);
    assert_eq!((json_lines(&old).len(), json_lines(&absent).len()), (1, 1));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "no partial file is left");
}

#[test]
fn a_replay_that_is_refused_changes_no_target_and_leaves_no_partial_file() {
    let folder = path("refused-targets");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    let old = folder.join("old");
    fs::write(&old, "old").unwrap();
    let missing = folder.join("missing").join("file");
    for arguments in [
        ["-", "--transitions", old.to_str().unwrap(), "--members", missing.to_str().unwrap()],
        ["-", "--members", old.to_str().unwrap(), "--transitions", missing.to_str().unwrap()],
        ["-", "--transitions", old.to_str().unwrap(), "--members", folder.to_str().unwrap()],
    ] {
        let replayed = Replayed::run(&arguments, DEFINITIONS.as_bytes());
        assert!(!replayed.succeeded, "{arguments:?}");
        assert_eq!(fs::read_to_string(&old).unwrap(), "old", "{arguments:?}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_target_keeps_its_permissions_and_a_link_stays_a_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = path("kept-permissions");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    let (file, link) = (folder.join("file"), folder.join("link"));
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("file", &link).unwrap();
    let replayed = Replayed::run(&["-", "--members", link.to_str().unwrap()], DEFINITIONS.as_bytes());
    assert!(replayed.succeeded, "{}", replayed.errors);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(json_lines(&file).len(), 1);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
}
