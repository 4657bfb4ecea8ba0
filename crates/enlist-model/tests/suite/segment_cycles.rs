//! Cycles of segments are refused with their path, at any length, in time linear in the number of segments.

use std::time::{Duration, Instant};

use crate::workspace::{Workspace, referring};

#[test]
fn a_segment_cannot_refer_to_itself_saved_or_not() {
    let mut workspace = Workspace::sample();
    for _ in 0..2 {
        let error = workspace.check_as(Some("a"), &referring(&["a"])).unwrap_err();
        assert!(
            error.contains("conditions[0].segment: found the cycle a → a; accepted: a segment that"),
            "{error}"
        );
        workspace.save_referring("a", &["churned"]);
    }
}

#[test]
fn a_cycle_names_its_path() {
    let mut workspace = Workspace::sample();
    workspace.save_referring("b", &["churned", "high-value"]);
    workspace.save_referring("c", &["high-value", "b", "churned"]);
    workspace.save_referring("d", &["high-value"]);
    let error = workspace.check_as(Some("churned"), &referring(&["c", "b", "churned", "d"])).unwrap_err();
    for cycle in [
        "churned → c → high-value → churned",
        "churned → b → churned",
        "churned → churned",
        "churned → d → high-value → churned",
    ] {
        assert!(error.contains(&format!("the cycle {cycle};")), "{error}");
    }
    let error = workspace.check_as(Some("b"), &referring(&["c"])).unwrap_err();
    assert!(error.contains("the cycle b → c → b;"), "{error}");
}

#[test]
fn shared_segments_are_not_a_cycle() {
    let mut workspace = Workspace::sample();
    workspace.save_referring("left", &["churned"]);
    workspace.save_referring("right", &["churned", "left"]);
    assert!(workspace.check_as(Some("top"), &referring(&["left", "right", "left", "churned"])).is_ok());
    assert!(workspace.check_as(None, &referring(&["right"])).is_ok());
}

#[test]
fn a_chain_of_ten_thousand_segments_is_searched_once_and_without_recursion() {
    let mut workspace = Workspace::sample();
    let id = |number: usize| format!("segment-{number:05}");
    workspace.save_referring(&id(0), &["churned"]);
    for number in 1..10_000 {
        workspace.save(&id(number), &referring(&[&id(number - 1)]));
    }
    let names: Vec<String> = (0..100).map(|number| id(9_999 - number)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();

    let began = Instant::now();
    assert!(workspace.check_as(Some("own"), &referring(&names)).is_ok());
    let error = workspace.check_as(Some(&id(0)), &referring(&names)).unwrap_err();
    // One search takes some milliseconds. One for each of two hundred references would take seconds.
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());

    assert!(error.contains("segment-00000 → segment-09999 → segment-09998 →"), "{error}");
    assert!(error.contains(" more … → "), "{error}");
    assert!(error.len() < 400_000, "{}", error.len());
}
