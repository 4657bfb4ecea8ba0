//! The programs as processes: exit status, and that nothing but the report is on standard output.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::replayed::{DEFINITIONS, saved};

/// The built example: it is in `examples`, beside the folder of this test's own program.
pub(crate) fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(|deps| deps.parent()).unwrap();
    let program: PathBuf = folder.join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    assert!(program.is_file(), "{} is built by `cargo test -p enlist-examples`", program.display());
    Command::new(program)
}

pub(crate) fn replay(arguments: &[&str], input: &str) -> Output {
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
    let run = replay(&["--demo", "--json"], "");
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
fn wrong_options_are_refused() {
    for arguments in [
        &["--partitions", "0"][..],
        &["--partitions", "65"],
        &["--store"],
        &["--store", "folder", "--verify"],
        &["one", "two"],
        &["--demo", "one"],
        &["--demo", "-"],
    ] {
        let run = replay(arguments, "");
        assert_eq!(run.status.code(), Some(2), "{arguments:?}");
        assert!(run.stdout.is_empty());
    }
}

#[test]
fn a_reader_that_closes_its_pipe_is_no_failure() {
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

#[cfg(target_os = "linux")]
#[test]
fn a_standard_output_that_refuses_a_write_ends_with_status_1() {
    for arguments in [&["--demo", "--json"][..], &["--demo"], &["--help"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let run = example("replay").args(arguments).stdout(full).output().unwrap();
        let errors = String::from_utf8(run.stderr).unwrap();
        assert_eq!(run.status.code(), Some(1), "{arguments:?}: {errors}");
        assert!(errors.starts_with("error: standard output: cannot be written: "), "{arguments:?}: {errors}");
        assert_eq!(errors.lines().count(), 1, "{arguments:?}: {errors}");
    }
}

#[cfg(unix)]
#[test]
fn transitions_written_to_a_pipe_that_closes_are_a_failure_and_no_panic() {
    let mut replay = example("replay")
        .args(["--demo", "--json", "--transitions", "/dev/stdout"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 1];
    let mut output = replay.stdout.take().unwrap();
    output.read_exact(&mut first).unwrap();
    drop(output);
    let run = replay.wait_with_output().unwrap();
    let errors = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(1), "{errors}");
    assert!(errors.starts_with("error: /dev/stdout: cannot be written: "), "{errors}");
}
