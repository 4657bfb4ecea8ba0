//! The style of the workspace, as far as a machine can see it.

use std::fs;
use std::path::{Path, PathBuf};

/// Words that say nothing of what a file holds.
const EMPTY_NAMES: [&str; 7] = ["util", "helpers", "common", "misc", "manager", "new", "v2"];
const LONGEST_FILE: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// Every Rust file of the workspace, its path from the root, and its text.
fn rust_files() -> Vec<(String, String)> {
    let mut waiting: Vec<PathBuf> =
        ["crates", "examples", "benches", "fuzz"].map(|name| root().join(name)).into();
    let mut files = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let is_built =
                path.ends_with("target") || path.ends_with("corpus") || path.ends_with("artifacts");
            if !is_built {
                waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            files.push((path.strip_prefix(root()).unwrap().to_string_lossy().into_owned(), text));
        }
    }
    assert!(files.len() > 20, "{files:?}");
    files.sort();
    files
}

/// Fails with every file that a check finds something in, not with the first.
fn assert_tidy(problem: impl Fn(&str, &str) -> Option<String>) {
    let problems: Vec<String> = rust_files()
        .iter()
        .filter_map(|(path, text)| problem(path, text).map(|problem| format!("{path}: {problem}")))
        .collect();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn every_file_says_what_it_is_about() {
    assert_tidy(|_, text| {
        let first = text.lines().find(|line| !line.starts_with("#!"))?;
        (!first.starts_with("//! ")).then(|| "does not open with `//! …`".to_owned())
    });
}

#[test]
fn no_file_is_long_outside_tests() {
    assert_tidy(|path, text| {
        let lines = text.lines().count();
        (lines > LONGEST_FILE && !path.contains("/tests/")).then(|| format!("{lines} lines"))
    });
}

#[test]
fn files_are_named_for_what_they_hold() {
    assert_tidy(|path, _| {
        let empty = path.split(['/', '.']).find(|part| EMPTY_NAMES.contains(part))?;
        Some(format!("the name `{empty}`"))
    });
}

#[test]
fn nothing_is_left_lying_about() {
    let left = ["dbg!(", "todo!(", "unimplemented!("];
    assert_tidy(|path, text| {
        let is_this_file = path.ends_with("suite/tidy.rs");
        text.lines().enumerate().find_map(|(at, line)| {
            let found = if line.ends_with([' ', '\t']) {
                "trailing blanks"
            } else {
                left.iter().find(|word| line.contains(**word))?
            };
            (!is_this_file || line.ends_with(' ')).then(|| format!("line {}: {found}", at + 1))
        })
    });
}

#[test]
fn every_crate_is_on_the_map() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(map.contains(&format!("`{name}`")), "ARCHITECTURE.md does not mention {name}");
    }
}
