//! The engine's estimate of its memory, compared with the growth of the process.
#![cfg(target_os = "linux")]

use std::process::Command;

/// Bytes of a workspace of 100 contacts and 10 segments. It takes 85,000; a doubled list or a second copy of each key is found.
const SMALL_WORKSPACE: u64 = 90_000;

#[test]
fn a_small_workspace_stays_small() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_memory"));
    let ran = program.args(["--small", "--workspaces", "1000"]).output().expect("the program runs");
    let text = String::from_utf8(ran.stdout).expect("the report is text");
    assert!(ran.status.success(), "{text}");
    let (_, rest) =
        text.split_once("100 contacts and 10 segments: ").expect("the report has small workspaces");
    let bytes: u64 = rest.split_whitespace().next().expect("a number").parse().expect("a number");
    assert!((SMALL_WORKSPACE / 2..SMALL_WORKSPACE).contains(&bytes), "{text}");
}

#[test]
fn an_estimate_is_within_a_quarter_of_the_growth_of_the_process() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_memory"));
    let ran = program.args(["--contacts", "100000", "--segments", "50"]).output().expect("the program runs");
    let text = String::from_utf8(ran.stdout).expect("the report is text");
    assert!(ran.status.success(), "{text}");
    let number_after = |line: &str, word: &str| -> f64 {
        let rest = line.split_once(word).expect("the word is there").1;
        rest.split_whitespace().next().expect("a number").parse().expect("a number")
    };
    let pairs = text.lines().filter(|line| line.contains("estimated"));
    let ratios: Vec<f64> =
        pairs.map(|line| number_after(line, "estimated ") / number_after(line, "in all ")).collect();
    assert_eq!(ratios.len(), 3, "of facts, of few segments, of more: {text}");
    assert!(ratios.iter().all(|ratio| (0.75..1.25).contains(ratio)), "{ratios:?}\n{text}");
}
