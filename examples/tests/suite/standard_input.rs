//! Which log is replayed when none is named: a pipe or file on standard input, or else the bundled one.

use std::fs::File;
use std::io::Write;
use std::process::{Output, Stdio};
use std::thread;
use std::time::Duration;

use crate::process::{example, replay};
use crate::replayed::{DEFINITIONS, path, saved};

/// Longer than any time after which a program could lose patience.
const SLOW: Duration = Duration::from_millis(1_500);

fn events(run: &Output) -> u64 {
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    report["events"].as_u64().unwrap()
}

fn log() -> String {
    format!("{DEFINITIONS}{}\n", saved("a", "pro"))
}

#[test]
fn a_pipe_is_the_log() {
    assert_eq!(events(&replay(&["--json"], &log())), 3);
}

#[test]
fn a_pipe_is_the_log_also_if_its_first_line_comes_late() {
    let mut replay =
        example("replay").arg("--json").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    thread::sleep(SLOW);
    replay.stdin.take().unwrap().write_all(log().as_bytes()).unwrap();
    assert_eq!(events(&replay.wait_with_output().unwrap()), 3);
}

#[test]
fn an_empty_pipe_and_an_empty_file_are_logs_without_events() {
    let run = replay(&["--json"], "");
    assert_eq!((run.status.code(), events(&run)), (Some(0), 0));
    let empty = path("empty-standard-input");
    std::fs::write(&empty, "").unwrap();
    let run = example("replay").arg("--json").stdin(File::open(&empty).unwrap()).output().unwrap();
    assert_eq!((run.status.code(), events(&run)), (Some(0), 0));
}

#[test]
fn a_file_on_standard_input_is_the_log() {
    let file = path("standard-input.jsonl");
    std::fs::write(&file, log()).unwrap();
    let run = example("replay").arg("--json").stdin(File::open(&file).unwrap()).output().unwrap();
    assert_eq!(events(&run), 3);
}

#[cfg(unix)]
#[test]
fn the_null_device_and_a_closed_standard_input_give_the_bundled_log() {
    let run = example("replay").arg("--json").stdin(Stdio::null()).output().unwrap();
    assert_eq!(events(&run), 13_860);
    let replay = example("replay");
    let closed = [r#"exec "$0" --json <&-"#, replay.get_program().to_str().unwrap()];
    let run = std::process::Command::new("sh").arg("-c").args(closed).output().unwrap();
    assert_eq!(events(&run), 13_860);
}

#[test]
fn the_demo_does_not_wait_for_a_silent_pipe() {
    let mut replay = example("replay")
        .args(["--demo", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let silent = replay.stdin.take();
    let run = replay.wait_with_output().unwrap();
    drop(silent);
    assert_eq!(events(&run), 13_860);
}

#[test]
fn the_demo_and_a_log_together_are_refused() {
    let run = replay(&["--demo", "log.jsonl"], "");
    let errors = String::from_utf8(run.stderr).unwrap();
    assert!(errors.contains("'--demo' cannot be used with '[LOG]'"), "{errors}");
}

#[cfg(unix)]
#[test]
fn a_folder_on_standard_input_is_refused_before_any_output_is_written() {
    let target = path("kept-beside-folder");
    std::fs::write(&target, "kept").unwrap();
    let folder = File::open(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let run = example("replay").arg("--members").arg(&target).stdin(folder).output().unwrap();
    assert_eq!(run.status.code(), Some(1));
    assert!(run.stderr.starts_with(b"error: standard input: cannot be opened: "));
    assert_eq!(std::fs::read_to_string(target).unwrap(), "kept");
}
