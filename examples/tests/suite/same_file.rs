//! Outputs that are the log or another output under a different name: refused while every file is as it was.
#![cfg(unix)]

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::process::example;
use crate::replayed::{DEFINITIONS, Replayed};

/// An empty folder with a log in it.
fn folder(name: &str) -> PathBuf {
    let folder = crate::replayed::path(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("log"), DEFINITIONS).unwrap();
    folder
}

fn assert_refused(run: &Output, folder: &Path, other: &str) {
    let errors = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(1), "{errors}");
    assert!(errors.contains(&format!(" is {other} too; name another one")), "{errors}");
    assert_eq!(fs::read_to_string(folder.join("log")).unwrap(), DEFINITIONS);
}

#[test]
fn an_output_that_is_the_log_by_another_name_is_refused() {
    let folder = folder("log-by-another-name");
    fs::hard_link(folder.join("log"), folder.join("hard")).unwrap();
    symlink("log", folder.join("soft")).unwrap();
    symlink("soft", folder.join("softer")).unwrap();
    for name in ["log", "hard", "soft", "softer", "../log-by-another-name/log"] {
        for option in ["--transitions", "--members"] {
            let run = example("replay").current_dir(&folder).args(["log", option, name]).output().unwrap();
            assert_refused(&run, &folder, "the log");
        }
    }
}

#[test]
fn an_output_that_is_the_file_on_standard_input_is_refused() {
    let folder = folder("log-on-standard-input");
    fs::hard_link(folder.join("log"), folder.join("hard")).unwrap();
    for arguments in
        [&["--members", "hard"][..], &["-", "--transitions", "log"], &["--members", "/dev/stdin"]]
    {
        let log = File::open(folder.join("log")).unwrap();
        let run = example("replay").current_dir(&folder).args(arguments).stdin(log).output().unwrap();
        assert_refused(&run, &folder, "the log");
    }
}

#[test]
fn a_standard_stream_that_is_the_log_is_refused() {
    let folder = folder("log-on-standard-output");
    let append = || OpenOptions::new().append(true).open(folder.join("log")).unwrap();
    let run =
        example("replay").current_dir(&folder).args(["log", "--json"]).stdout(append()).output().unwrap();
    assert_refused(&run, &folder, "the log");
    let run =
        example("replay").current_dir(&folder).args(["log", "--json"]).stderr(append()).output().unwrap();
    assert_eq!((run.status.code(), run.stdout.as_slice()), (Some(1), &b""[..]));
}

#[test]
fn two_outputs_that_are_one_file_are_refused_also_if_it_does_not_exist_yet() {
    let folder = folder("one-output-by-two-names");
    fs::write(folder.join("old"), "old").unwrap();
    fs::hard_link(folder.join("old"), folder.join("hard")).unwrap();
    symlink("absent", folder.join("dangling")).unwrap();
    for (one, other) in [("old", "hard"), ("absent", "./absent"), ("absent", "dangling")] {
        let arguments = ["log", "--transitions", one, "--members", other];
        let run = example("replay").current_dir(&folder).args(arguments).output().unwrap();
        assert_refused(&run, &folder, "that of --transitions");
        assert_eq!(fs::read_to_string(folder.join("old")).unwrap(), "old");
        assert!(!folder.join("absent").exists());
    }
}

#[test]
fn an_output_that_is_the_file_of_the_report_is_refused() {
    let folder = folder("output-on-standard-output");
    let report = File::create(folder.join("report")).unwrap();
    let arguments = ["log", "--json", "--members", "report"];
    let run = example("replay").current_dir(&folder).args(arguments).stdout(report).output().unwrap();
    assert_refused(&run, &folder, "standard output");
}

#[test]
fn an_output_to_standard_output_comes_before_the_report_in_a_file_too() {
    let folder = folder("all-on-standard-output");
    let report = File::create(folder.join("report")).unwrap();
    let arguments = ["log", "--json", "--transitions", "/dev/stdout", "--members", "/dev/stdout"];
    let run = example("replay").current_dir(&folder).args(arguments).stdout(report).output().unwrap();
    assert!(run.status.success(), "{run:?}");
    let written = fs::read_to_string(folder.join("report")).unwrap();
    let starts: Vec<&str> = written.lines().map(|line| line.get(..8).unwrap()).collect();
    assert_eq!(starts, [r#"{"at":"2"#, r#"{"segmen"#, r#"{"events"#]);
}

#[test]
fn a_named_pipe_that_is_both_the_log_and_an_output_is_refused() {
    let folder = folder("pipe-into-itself");
    assert!(Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap().success());
    let arguments = ["pipe", "--transitions", "pipe"];
    let run = example("replay").current_dir(&folder).args(arguments).output().unwrap();
    assert_refused(&run, &folder, "the log");
}

#[test]
fn devices_may_be_written_twice() {
    let arguments = ["-", "--transitions", "/dev/null", "--members", "/dev/null"];
    assert!(Replayed::run(&arguments, DEFINITIONS.as_bytes()).succeeded);
}
