//! The committed JSON Schemas: they are current, and they accept and refuse the same input as the reader.
//!
//! `REWRITE=1 cargo test -p enlist-model json_schema` rewrites them.

use std::path::Path;

use enlist_model::{Event, Json, Rule};
use regex_lite::Regex;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use crate::workspace::Workspace;

fn schema_of<T: JsonSchema>() -> Value {
    SchemaGenerator::default().into_root_schema_for::<T>().to_value()
}

#[test]
fn the_committed_json_schemas_are_current() {
    for (file, schema) in
        [("rule.schema.json", schema_of::<Rule>()), ("event.schema.json", schema_of::<Event>())]
    {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema").join(file);
        let current = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("REWRITE").is_some() {
            std::fs::write(&path, current).unwrap();
            continue;
        }
        let committed = std::fs::read_to_string(&path).unwrap();
        assert!(
            committed == current,
            "schema/{file} is out of date: REWRITE=1 cargo test -p enlist-model json_schema"
        );
    }
}

#[test]
fn the_rule_schema_accepts_every_rule_that_is_accepted() {
    let (schema, workspace) = (schema_of::<Rule>(), Workspace::sample());
    let rules = include_str!("sentences.txt").lines().chain(include_str!("rule_refusals.txt").lines());
    let mut accepted = 0;
    for rule in rules.filter(|line| line.starts_with('{')) {
        if let Ok(checked) = workspace.check(rule) {
            accepted += 1;
            assert_eq!(problem(&schema, rule), None, "{rule}");
            assert_eq!(problem(&schema, &checked.to_string()), None, "{rule}");
        }
    }
    assert!(accepted > 60, "{accepted}");
}

#[test]
fn the_event_schema_accepts_every_event_that_is_accepted_and_no_other_shape() {
    let schema = schema_of::<Event>();
    // What a schema cannot express: the calendar, and blank strings.
    let unseen = [
        "02-30T",
        ":60Z",
        "T24:00",
        "0000-12-31",
        "9999-01-01",
        "\" \"",
        "\"rule\":{}",
        "\"rule\":null",
        "\"a\":1,\"a\"",
    ];
    let mut refused = 0;
    for line in include_str!("event_refusals.txt").lines().filter(|line| line.starts_with('{')) {
        let Ok(json) = serde_json::from_str::<Value>(line) else { continue };
        let twice = Json::parse(line).is_err();
        if unseen.iter().any(|words| line.contains(words)) || twice {
            continue;
        }
        let is_accepted = Event::parse(line).is_ok();
        refused += usize::from(!is_accepted);
        assert_eq!(check(&schema, &schema, &json).is_ok(), is_accepted, "{line}");
    }
    assert!(refused > 50, "{refused}");
}

#[test]
fn the_rule_schema_refuses_what_has_the_wrong_shape() {
    let schema = schema_of::<Rule>();
    for rule in [
        "{}",
        r#"{"match":"all","conditions":[]}"#,
        r#"{"match":"some","conditions":[{"field":"plan","operator":"is_empty"}]}"#,
        r#"{"match":"all","conditions":[{"field":"plan","operator":"is_empty","x":1}]}"#,
        r#"{"match":"all","conditions":[{"field":"Plan","operator":"is_empty"}]}"#,
        r#"{"match":"all","conditions":[{"field":"plan","operator":"equals"}]}"#,
        r#"{"match":"all","conditions":[{"field":"plan","operator":"equal","value":"x"}]}"#,
        r#"{"match":"all","conditions":[{"field":"plan","operator":"is_empty","value":"x"}]}"#,
        r#"{"match":"all","conditions":[{"field":"day","operator":"is","value":"23.11.2026"}]}"#,
        r#"{"match":"all","conditions":[{"field":"day","operator":"is_in_last_n_days","value":0}]}"#,
        r#"{"match":"all","conditions":[{"field":"interests","operator":"contains_any","value":[]}]}"#,
        r#"{"match":"all","conditions":[{"segment":"s","operator":"equals"}]}"#,
        r#"{"match":"all","conditions":[{"same_conversation":{"match":"all","conditions":[{"field":"plan","operator":"is_empty"}]}}]}"#,
    ] {
        assert!(problem(&schema, rule).is_some(), "{rule}");
    }
}

fn problem(schema: &Value, json: &str) -> Option<String> {
    check(schema, schema, &serde_json::from_str(json).unwrap()).err()
}

/// Checks a value by the keywords that these schemas use; any other keyword fails the test.
fn check(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let Value::Object(keywords) = schema else {
        return if schema == &Value::Bool(true) {
            Ok(())
        } else {
            Err(format!("{value}: nothing is accepted"))
        };
    };
    let holds = |schema: &Value| check(root, schema, value).is_ok();
    for (keyword, operand) in keywords {
        let met = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "then" => true,
            "$ref" => holds(root.pointer(operand.as_str().unwrap().trim_start_matches('#')).unwrap()),
            "anyOf" => operand.as_array().unwrap().iter().any(holds),
            "allOf" => operand.as_array().unwrap().iter().all(holds),
            "oneOf" => operand.as_array().unwrap().iter().filter(|schema| holds(schema)).count() == 1,
            "if" => !holds(operand) || holds(&keywords["then"]),
            "const" => value == operand,
            "enum" => operand.as_array().unwrap().contains(value),
            "type" => match operand {
                Value::Array(types) => types.iter().any(|name| is_of_type(value, name)),
                name => is_of_type(value, name),
            },
            _ => match value {
                Value::String(text) => string_meets(keyword, operand, text),
                Value::Number(number) => number_meets(keyword, operand, number.as_f64().unwrap()),
                Value::Array(members) => list_meets(root, keyword, operand, members),
                Value::Object(members) => object_meets(root, keywords, keyword, members),
                Value::Null | Value::Bool(_) => true,
            },
        };
        if !met {
            return Err(format!("{value} does not meet `{keyword}`: {operand}"));
        }
    }
    Ok(())
}

/// Keywords that apply only to values of another type.
const OF_OTHER_TYPES: [&str; 12] = [
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "items",
    "minItems",
    "maxItems",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
];

fn is_of_other_type(keyword: &str) -> bool {
    assert!(OF_OTHER_TYPES.contains(&keyword), "a keyword that is not checked here: {keyword}");
    true
}

fn is_of_type(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        other => panic!("a type that is not checked here: {other}"),
    }
}

fn string_meets(keyword: &str, operand: &Value, text: &str) -> bool {
    let length = || text.chars().count() as u64;
    match keyword {
        "pattern" => Regex::new(operand.as_str().unwrap()).unwrap().is_match(text),
        "minLength" => length() >= operand.as_u64().unwrap(),
        "maxLength" => length() <= operand.as_u64().unwrap(),
        other => is_of_other_type(other),
    }
}

fn number_meets(keyword: &str, operand: &Value, number: f64) -> bool {
    match keyword {
        "minimum" => number >= operand.as_f64().unwrap(),
        "maximum" => number <= operand.as_f64().unwrap(),
        other => is_of_other_type(other),
    }
}

fn list_meets(root: &Value, keyword: &str, operand: &Value, members: &[Value]) -> bool {
    let count = members.len() as u64;
    match keyword {
        "items" => members.iter().all(|member| check(root, operand, member).is_ok()),
        "minItems" => count >= operand.as_u64().unwrap(),
        "maxItems" => count <= operand.as_u64().unwrap(),
        other => is_of_other_type(other),
    }
}

type Members = serde_json::Map<String, Value>;

fn object_meets(root: &Value, keywords: &Members, keyword: &str, members: &Members) -> bool {
    let operand = &keywords[keyword];
    let named =
        |name: &str| keywords.get("properties").is_some_and(|properties| properties.get(name).is_some());
    match keyword {
        "properties" => {
            operand.as_object().unwrap().iter().all(|(name, schema)| {
                members.get(name).is_none_or(|member| check(root, schema, member).is_ok())
            })
        }
        "required" => {
            operand.as_array().unwrap().iter().all(|name| members.contains_key(name.as_str().unwrap()))
        }
        "additionalProperties" => members
            .iter()
            .filter(|(name, _)| !named(name))
            .all(|(_, member)| check(root, operand, member).is_ok()),
        "propertyNames" => {
            members.keys().all(|name| check(root, operand, &Value::from(name.as_str())).is_ok())
        }
        other => is_of_other_type(other),
    }
}
