//! Rules as sentences: `sentences.txt`, which has every operator at least once.

use enlist_model::Operator;

use crate::cases;
use crate::workspace::Workspace;

#[test]
fn rules_read_as_sentences() {
    let workspace = Workspace::sample();
    cases::run("sentences.txt", |rule| {
        workspace.check(rule).map_or_else(|error| error, |rule| rule.sentence())
    });
}

#[test]
fn every_operator_has_a_sentence_among_the_cases() {
    let cases = include_str!("sentences.txt");
    for operator in Operator::ALL {
        assert!(cases.contains(&format!("\"operator\":\"{operator}\"")), "{operator}");
    }
}

#[test]
fn the_caller_can_name_segments() {
    let workspace = Workspace::sample();
    let rule = workspace
        .check(r#"{"match":"any","conditions":[{"segment":"churned","operator":"is_member"}]}"#)
        .unwrap();
    assert_eq!(rule.sentence_naming(|id| format!("Ours: {id}")), "in segment \"Ours: churned\"");
}

#[test]
fn a_condition_by_itself_reads_as_in_a_rule_of_its_own() {
    let workspace = Workspace::sample();
    for condition in [
        r#"{"field":"created_at","operator":"is_in_last_7_days"}"#,
        r#"{"segment":"churned","operator":"is_member"}"#,
        r#"{"same_conversation":{"match":"all","conditions":[{"field":"conversation.status","operator":"equals","value":"open"}]}}"#,
    ] {
        let rule = workspace.check(&format!(r#"{{"match":"all","conditions":[{condition}]}}"#)).unwrap();
        let enlist_model::Node::Condition(alone) = &rule.root().nodes[0] else { panic!("a condition") };
        assert_eq!(alone.sentence_naming(ToString::to_string), rule.sentence());
    }
}
