//! Every refusal of the contract, with its message: `rule_refusals.txt` and `event_refusals.txt`.

use enlist_model::{Error, Event, Json, Rule};

use crate::cases;
use crate::workspace::Workspace;

#[test]
fn rules_are_refused_with_the_path_of_every_problem() {
    let workspace = Workspace::sample();
    cases::run("rule_refusals.txt", |rule| {
        let json = match Json::parse(rule) {
            Ok(json) => json,
            Err(error) => return error.to_string(),
        };
        match Rule::check(&json, None, &workspace) {
            Ok(_) => "accepted".to_owned(),
            Err(Error::Rule { problems, .. }) => {
                problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
            }
            Err(other) => other.to_string(),
        }
    });
}

#[test]
fn events_are_refused_with_their_first_problem() {
    cases::run("event_refusals.txt", |line| match Event::parse(line) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    });
}

/// The code, pointer, field and operator of every problem of a rule.
fn facts(rule: &str) -> Vec<String> {
    let Err(error) = Rule::check(&Json::parse(rule).unwrap(), None, &Workspace::sample()) else {
        panic!("{rule} is accepted")
    };
    let facts = |problem: &enlist_model::RuleProblem| {
        let field = problem.field.as_deref().unwrap_or("-");
        format!("{} {:?} {field} {}", problem.code, problem.pointer, problem.operator.unwrap_or("-"))
    };
    error.rule_problems().iter().map(facts).collect()
}

#[test]
fn a_problem_points_to_its_place_and_a_missing_value_is_not_a_wrong_one() {
    assert_eq!(facts("5"), [r#"not_a_group "" - -"#]);
    assert_eq!(facts("{}"), [r#"missing_member "/match" - -"#, r#"missing_member "/conditions" - -"#]);
    assert_eq!(
        facts(r#"{"match":"every","conditions":[]}"#),
        [r#"wrong_match "/match" - -"#, r#"empty_group "/conditions" - -"#]
    );
    let nested = |condition: &str| {
        facts(&format!(
            r#"{{"match":"all","conditions":[{{"match":"any","conditions":[{{{condition}}}]}}]}}"#
        ))
        .join("; ")
    };
    for (condition, expected) in [
        (r#""field":"revenue","operator":"equals""#, r#"missing_value "/value" revenue equals"#),
        (r#""field":"revenue","operator":"equals","value":null"#, r#"missing_value "/value" revenue equals"#),
        (r#""field":"revenue","operator":"equals","value":"x""#, r#"wrong_value "/value" revenue equals"#),
        (
            r#""field":"revenue","operator":"is_empty","value":1"#,
            r#"surplus_value "/value" revenue is_empty"#,
        ),
        (r#""field":"revenue","operator":"equls""#, r#"unknown_operator "/operator" revenue -"#),
        (
            r#""field":"revenue","operator":"is_true""#,
            r#"operator_of_other_kind "/operator" revenue is_true"#,
        ),
        (r#""field":"revenue""#, r#"missing_member "/operator" revenue -"#),
        (r#""field":"revenu","operator":"is_empty""#, r#"unknown_field "/field" - -"#),
        (r#""segment":"none","operator":"is_member""#, r#"unknown_segment "/segment" - -"#),
        (r#""segment":5,"operator":"is_member""#, r#"wrong_segment "/segment" - -"#),
    ] {
        let expected = expected.replace("\"/", "\"/conditions/0/conditions/0/");
        assert_eq!(nested(condition), expected, "{condition}");
    }
}

#[test]
fn a_reason_leaves_out_what_was_found() {
    let event = |members: &str| {
        let line = format!(r#"{{"type":"activity","at":"2026-11-23T10:00:00Z",{members}}}"#);
        Event::parse(&line).unwrap_err()
    };
    for (one, other, code) in [
        (event(r#""contact":5"#), event(r#""contact":true"#), "wrong_member"),
        (event(r#""x":5"#), event(r#""y":true"#), "unknown_member"),
        (event(r#""x":5,"x":5"#), event(r#""y":true,"y":true"#), "duplicate_key"),
        (event(r#""contact":"""#), event(&format!(r#""contact":"{}""#, "x".repeat(300))), "invalid_id"),
    ] {
        assert_ne!(one.to_string(), other.to_string());
        assert_eq!((one.reason(), one.code()), (other.reason(), other.code()));
        assert_eq!(one.code(), code);
    }
}
