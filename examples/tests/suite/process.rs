//! The programs as processes: exit status, and that nothing but the report is on standard output.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::replayed::{DEFINITIONS, saved};

/// The built example: it stands in `examples` beside the folder of this test's own program.
pub(crate) fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(|deps| deps.parent()).unwrap();
    let program: PathBuf = folder.join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    assert!(program.is_file(), "{} is built by `cargo test -p enlist-examples`", program.display());
    Command::new(program)
}

fn replay(arguments: &[&str], input: &str) -> Output {
    let mut replay = example("replay")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A replay that refuses its options does not read.
    let _ = replay.stdin.take().unwrap().write_all(input.as_bytes());
    replay.wait_with_output().unwrap()
}

#[test]
fn a_good_log_ends_with_status_0_and_one_object_on_standard_output() {
    let run = replay(&["--json"], "");
    assert_eq!(run.status.code(), Some(0));
    assert_eq!(String::from_utf8(run.stderr).unwrap(), "", "no progress where there is no terminal");
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(report["transitions"], 67_394);
}

#[test]
fn a_bad_line_ends_with_status_1_and_with_0_when_it_is_skipped() {
    let log = format!("{DEFINITIONS}#\n{}\n", saved("a", "pro"));
    let stopped = replay(&["-", "--json"], &log);
    assert_eq!(stopped.status.code(), Some(1));
    assert!(stopped.stderr.starts_with(b"error: standard input, line 3: "));
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&stopped.stdout).unwrap()["events"], 2);
    let skipped = replay(&["-", "--json", "--skip-bad"], &log);
    assert_eq!(skipped.status.code(), Some(0));
    assert!(skipped.stderr.starts_with(b"standard input: 1 line skipped: "));
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&skipped.stdout).unwrap()["events"], 3);
}

#[test]
fn options_that_there_are_not_are_refused() {
    for arguments in
        [&["--partitions", "0"][..], &["--partitions", "65"], &["--store", "folder"], &["one", "two"]]
    {
        let run = replay(arguments, "");
        assert_eq!(run.status.code(), Some(2), "{arguments:?}");
        assert!(run.stdout.is_empty());
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut replay = example("replay")
        .args(["-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(replay.stdout.take());
    replay.stdin.take().unwrap().write_all(DEFINITIONS.as_bytes()).unwrap();
    let mut errors = String::new();
    replay.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!((replay.wait().unwrap().code(), errors.as_str()), (Some(0), ""));
}

#[test]
fn what_is_piped_in_is_the_log_where_none_is_named() {
    let log = format!("{DEFINITIONS}{}\n", saved("a", "pro"));
    let run = replay(&["--json"], &log);
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&run.stdout).unwrap()["events"], 3);
}

#[test]
fn a_pipe_on_which_nobody_writes_does_not_keep_the_bundled_log_waiting() {
    let mut replay = example("replay")
        .arg("--json")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let silent = replay.stdin.take();
    let run = replay.wait_with_output().unwrap();
    drop(silent);
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&run.stdout).unwrap()["events"], 13_860);
}
