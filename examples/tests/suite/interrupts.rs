//! Ctrl-C: what is applied is written out, and nothing is left half written.
#![cfg(unix)]

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use enlist_examples::replay::Interrupt;
use serde_json::json;

use crate::process::example;
use crate::replayed::{DEFINITIONS, Replayed, json_lines, saved};

/// How often a test looks for what it waits for, and after how many looks it gives up: a minute.
const LOOK: Duration = Duration::from_millis(20);
const MOST_LOOKS: usize = 3_000;

fn folder(name: &str) -> PathBuf {
    let folder = crate::replayed::path(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    for name in ["transitions", "members"] {
        fs::write(folder.join(name), "old\n").unwrap();
    }
    folder
}

/// A replay whose outputs are in the folder, and its standard input.
fn start(folder: &Path, arguments: &[&str]) -> (Child, ChildStdin) {
    let outputs = ["--json", "--transitions", "transitions", "--members", "members"];
    let mut replay = example("replay")
        .current_dir(folder)
        .args(outputs)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let input = replay.stdin.take().unwrap();
    (replay, input)
}

fn press_ctrl_c(replay: &Child) {
    let kill = Command::new("kill").args(["-INT", &replay.id().to_string()]).status().unwrap();
    assert!(kill.success());
}

fn wait_until(is_so: impl Fn() -> bool) {
    let look = |_| {
        thread::sleep(LOOK);
        is_so()
    };
    assert!((0..MOST_LOOKS).any(look), "waited in vain");
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn partial_files(folder: &Path) -> usize {
    names(folder).iter().filter(|name| name.ends_with(".partial")).count()
}

fn finish(replay: Child) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = replay.wait_with_output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn a_first_interrupt_applies_what_was_read_and_completes_report_and_files() {
    let folder = folder("interrupted-once");
    let (replay, mut input) = start(&folder, &[]);
    write!(input, "{DEFINITIONS}{}\n{}", saved("a", "pro"), &saved("b", "pro")[..20]).unwrap();
    wait_until(|| partial_files(&folder) == 2);
    // The lines are in the pipe; the replay reads them at once, and has nothing else to wait for.
    thread::sleep(Duration::from_secs(1));
    assert_eq!(fs::read_to_string(folder.join("transitions")).unwrap(), "old\n", "written beside its target");
    press_ctrl_c(&replay);
    let (status, output, errors) = finish(replay);
    assert_eq!(status, Some(130), "{errors}");
    assert_eq!(
        errors,
        "error: standard input, line 4: interrupted before this line; the lines before it were applied and are written out\n"
    );
    let report: serde_json::Value = serde_json::from_str(&output).unwrap();
    assert_eq!((&report["events"], &report["transitions"]), (&json!(3), &json!(1)));
    assert_eq!(json_lines(&folder.join("transitions")).len(), 2);
    assert_eq!(json_lines(&folder.join("members")), [json!({"segment": "pro", "members": ["a"]})]);
    assert_eq!(names(&folder), ["members", "transitions"]);
    drop(input);
}

#[test]
fn an_interrupt_in_the_middle_of_a_log_leaves_files_that_agree_with_the_report() {
    let folder = folder("interrupted-in-the-middle");
    let (replay, mut input) = start(&folder, &["--verify"]);
    // The log never ends; the writer does when the replay is gone.
    let writer = thread::Builder::new().spawn(move || {
        let _ = input.write_all(DEFINITIONS.as_bytes());
        for contact in 0.. {
            if writeln!(input, "{}", saved(&format!("contact {contact}"), "pro")).is_err() {
                return;
            }
        }
    });
    wait_until(|| partial_files(&folder) == 2);
    thread::sleep(Duration::from_millis(500));
    press_ctrl_c(&replay);
    let (status, output, errors) = finish(replay);
    writer.unwrap().join().unwrap();
    assert_eq!(status, Some(130), "{errors}");
    assert!(errors.ends_with("error: verify: not done, because the replay was interrupted\n"), "{errors}");
    let report: serde_json::Value = serde_json::from_str(&output).unwrap();
    let transitions = report["transitions"].as_u64().unwrap() as usize;
    assert_eq!(report["events"], transitions + 2);
    // One line more, for the notice.
    assert_eq!(json_lines(&folder.join("transitions")).len(), transitions + 1);
    assert_eq!(json_lines(&folder.join("members"))[0]["members"].as_array().unwrap().len(), transitions);
    assert_eq!(names(&folder), ["members", "transitions"]);
}

#[test]
fn a_second_interrupt_ends_at_once_and_leaves_the_files_as_they_were() {
    let folder = folder("interrupted-twice");
    assert!(Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap().success());
    let mut replay = example("replay")
        .current_dir(&folder)
        .args(["--demo", "--members", "members", "--transitions", "pipe"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // Nobody reads the pipe after its first byte, so the replay cannot finish.
    let mut reader = fs::File::open(folder.join("pipe")).unwrap();
    reader.read_exact(&mut [0]).unwrap();
    thread::sleep(Duration::from_millis(500));
    press_ctrl_c(&replay);
    thread::sleep(Duration::from_millis(500));
    assert_eq!(replay.try_wait().unwrap(), None, "the first one waits for the reader");
    press_ctrl_c(&replay);
    assert_eq!(replay.wait().unwrap().code(), Some(130));
    assert_eq!(names(&folder), ["members", "pipe", "transitions"]);
    assert_eq!(fs::read_to_string(folder.join("members")).unwrap(), "old\n");
}

#[test]
fn an_interrupt_while_an_output_is_being_opened_ends_at_once() {
    let folder = folder("interrupted-early");
    assert!(Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap().success());
    let mut replay = example("replay")
        .current_dir(&folder)
        .args(["--demo", "--transitions", "transitions", "--members", "pipe"])
        .spawn()
        .unwrap();
    wait_until(|| partial_files(&folder) == 1);
    press_ctrl_c(&replay);
    assert_eq!(replay.wait().unwrap().code(), Some(130));
    assert_eq!(names(&folder), ["members", "pipe", "transitions"]);
    assert_eq!(fs::read_to_string(folder.join("transitions")).unwrap(), "old\n");
}

#[test]
fn an_interrupt_raised_before_the_first_line_gives_an_empty_report() {
    let interrupt = Interrupt::default();
    interrupt.raise();
    let replayed = Replayed::run_with(&["-", "--json"], DEFINITIONS.as_bytes(), &interrupt);
    assert!(
        replayed.errors.starts_with("error: standard input, line 1: interrupted "),
        "{}",
        replayed.errors
    );
    assert_eq!(replayed.json()["events"], 0);
}
