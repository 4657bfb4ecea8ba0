//! Lines over a limit of the contract: each is a bad line whose reason names the limit, whether the reader of events or
//! the workspace finds it.

use serde_json::json;

use crate::replayed::{DEFINITIONS, Replayed, saved};

/// Lines over one limit, each with the whole message of the replay.
fn over_limits() -> Vec<(String, String)> {
    let at = r#""at":"2027-11-23T10:00:00Z""#;
    let list = |count: usize| (0..count).map(|each| format!("\"o{each}\"")).collect::<Vec<_>>().join(",");
    let rule =
        |rule: &str| format!(r#"{{{at},"type":"segment_saved","segment":"s","name":"S","rule":{rule}}}"#);
    let leaf = r#"{"field":"name","operator":"is_empty"}"#;
    let nested = |depth: usize| {
        format!("{}{leaf}{}", r#"{"match":"all","conditions":["#.repeat(depth), "]}".repeat(depth))
    };
    let one = |condition: &str| rule(&format!(r#"{{"match":"all","conditions":[{condition}]}}"#));
    let field = |field: &str, kind: &str| {
        format!(
            r#"{{{at},"type":"field_defined","field":"{field}","kind":"{kind}","options":[{}]}}"#,
            list(1_001)
        )
    };
    let options = "a list of 1001 options is over the limit `list_values` of 1000";
    let text = |key: &str, text: &str| {
        format!(r#"{{{at},"type":"contact_saved","contact":"z","set":{{"{key}":{text}}}}}"#)
    };
    let conversation = format!(
        r#"{{{at},"type":"conversation_saved","conversation":"k","contact":"a","set":{{"conversation.topics":[{}]}}}}"#,
        list(1_001)
    );
    vec![
        (field("tier", "select"), options.to_owned()),
        (field("tier", "multi_select"), options.to_owned()),
        // With a second mistake, too: a built-in field, another kind, a kind without options.
        (field("name", "text"), options.to_owned()),
        (field("plan", "multi_select"), options.to_owned()),
        (field("size", "number"), options.to_owned()),
        (
            rule(&nested(9)),
            "the rule has 1 problem: conditions[0].conditions[0].conditions[0].conditions[0].conditions[0].conditions[0].\
             conditions[0].conditions[0]: found a group at depth 9; accepted: groups within the limit `depth` of 8"
                .to_owned(),
        ),
        (
            one(&vec![leaf; 101].join(",")),
            "the rule has 1 problem: the rule: found 101 conditions; accepted: conditions within the limit `conditions` of 100"
                .to_owned(),
        ),
        (
            one(&format!(r#"{{"field":"name","operator":"contains","value":"{}"}}"#, "x".repeat(1_025))),
            "the rule has 1 problem: conditions[0].value: found 1025 bytes; accepted: an operand within the limit \
             `operand_bytes` of 1024 (for `contains` on the text field `name`)"
                .to_owned(),
        ),
        (
            one(&format!(
                r#"{{"field":"conversation.topics","operator":"contains_any","value":[{}]}}"#,
                list(1_001)
            )),
            "the rule has 1 problem: conditions[0].value: found a list of 1001 values; accepted: a list within the limit \
             `list_values` of 1000 (for `contains_any` on the multi_select field `conversation.topics`)"
                .to_owned(),
        ),
        (
            text("name", &format!("\"{}\"", "x".repeat(16_385))),
            "1 value that does not fit: `name` (a text field): found 16385 bytes; accepted: a value within the limit \
             `value_bytes` of 16384"
                .to_owned(),
        ),
        (
            conversation,
            "1 value that does not fit: `conversation.topics` (a multi_select field): found a list of 1001 values; accepted: a \
             list within the limit `list_values` of 1000"
                .to_owned(),
        ),
    ]
}

fn log_with(line: &str) -> String {
    let topics = r#"{"at":"2026-11-23T10:00:00Z","type":"field_defined","field":"conversation.topics","kind":"multi_select"}"#;
    format!("{DEFINITIONS}{topics}\n{}\n{line}\n{}\n", saved("a", "pro"), saved("b", "pro"))
}

#[test]
fn a_line_over_a_limit_stops_the_replay_with_the_name_of_the_limit() {
    for (line, message) in over_limits() {
        let replayed = Replayed::run(&["-", "--json"], log_with(&line).as_bytes());
        assert!(!replayed.succeeded, "{message}");
        assert_eq!(replayed.errors, format!("error: standard input, line 5: {message}\n"));
        let report = replayed.json();
        assert_eq!((&report["events"], &report["rejected"]), (&json!(4), &json!(1)), "{message}");
        assert_eq!(report["now"], "2026-11-23T10:00:00Z", "{message}");
    }
}

#[test]
fn lines_over_a_limit_are_skipped_and_counted_like_any_bad_line() {
    for (line, message) in over_limits() {
        for partitions in ["1", "3"] {
            let arguments = ["-", "--json", "--skip-bad", "--verify", "--partitions", partitions];
            let replayed = Replayed::run(&arguments, log_with(&line).as_bytes());
            assert!(replayed.succeeded, "{}", replayed.errors);
            let name = message.split('`').rev().find(|word| message.contains(&format!("the limit `{word}`")));
            let reason = format!("the limit `{}`", name.unwrap());
            assert!(replayed.errors.starts_with("standard input: 1 line skipped: "), "{}", replayed.errors);
            assert!(replayed.errors.contains(&reason), "{}", replayed.errors);
            assert!(replayed.errors.ends_with(" (line 5)\n"), "{}", replayed.errors);
            let report = replayed.json();
            assert_eq!((&report["events"], &report["rejected"]), (&json!(5), &json!(1)), "{message}");
            assert_eq!(report["segments"][0]["count"], 2, "{message}");
            assert_eq!(report["now"], "2026-11-23T10:00:00Z", "{message}");
        }
    }
}

#[test]
fn options_over_the_limit_are_one_reason_however_many_lines_have_them() {
    let lines: Vec<String> = over_limits().into_iter().take(5).map(|(line, _)| line).collect();
    let replayed = Replayed::run(&["-", "--json", "--skip-bad"], lines.join("\n").as_bytes());
    assert_eq!(
        replayed.errors,
        "standard input: 5 lines skipped: over the limit `list_values` of 1000 (lines 1, 2, 3, …)\n"
    );
}
