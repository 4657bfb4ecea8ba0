//! The OpenAPI document: what the operations say of themselves, what all have in common, and the schemas of rules and events.

use serde_json::{Map, Value, json};

use crate::openapi::statuses;
use crate::router::operations;

/// The schemas of rules and events, as the model has them.
const RULE: &str = include_str!("../../schema/rule.schema.json");
const EVENT: &str = include_str!("../../schema/event.schema.json");
/// The schemas of documents that requests have, by the names of operations. Documents are read member by member, so no type has them.
const REQUESTS: &str = include_str!("../../schema/requests.json");

/// The OpenAPI document of the router, as it serves it at `/v1/openapi.json`.
pub fn openapi() -> Value {
    let mut document = serde_json::to_value(operations().into_openapi()).unwrap_or_default();
    document["info"] = json!({
        "title": "Enlist",
        "description": "Segment membership over HTTP.",
        "version": env!("CARGO_PKG_VERSION"),
        "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"}
    });
    let requests: Value = serde_json::from_str(REQUESTS).unwrap_or_default();
    for (path, item) in members(&mut document["paths"]) {
        for (method, operation) in members(item) {
            complete(path, method, operation, &requests);
        }
    }
    let schemas = &mut document["components"]["schemas"];
    for (name, schema) in [("Rule", RULE), ("Event", EVENT)] {
        embed(name, schema, schemas);
    }
    schemas["WeekStart"] = json!({"enum": ["monday", "sunday", "saturday"]});
    let set = json!({"anyOf": [{"type": "string"}, requests["post_sets_count"]]});
    schemas["Sets"] = json!({"type": "array", "minItems": 1, "items": set});
    document
}

fn members(value: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    value.as_object_mut().into_iter().flatten()
}

/// Adds what all operations have in common: the ids of the path, the headers, the problems.
fn complete(path: &str, method: &str, operation: &mut Value, requests: &Value) {
    let mut parameters: Vec<Value> = path
        .split(['{', '}'])
        .skip(1)
        .step_by(2)
        .map(|name| {
            json!({
                "name": name, "in": "path", "required": true, "schema": {"type": "string", "minLength": 1},
                "description": "An id; one that begins with `.` or `~` has `~` before it."
            })
        })
        .collect();
    let is_within = !parameters.is_empty();
    if is_within {
        parameters.push(json!({
            "name": "Enlist-Revision", "in": "header", "schema": {"$ref": "#/components/schemas/Tag"},
            "description": "Answers from this state or a later one."
        }));
    }
    if path.ends_with("/segments/{segment}") && matches!(method, "put" | "delete") {
        for name in ["If-Match", "If-None-Match"] {
            parameters.push(json!({"name": name, "in": "header", "schema": {"type": "string"}}));
        }
    }
    let name = name(path, method);
    if let Some(schema) = requests.get(&name) {
        operation["requestBody"] =
            json!({"required": true, "content": {"application/json": {"schema": schema}}});
    }
    operation["operationId"] = name.into();
    if let Some(own) = operation["parameters"].as_array() {
        parameters.extend(own.iter().cloned());
    }
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    for status in statuses::of_form(path, method, operation) {
        operation["responses"][status.to_string()] = json!({});
    }
    for (status, response) in members(&mut operation["responses"]) {
        if let Some(why) = statuses::meaning(status) {
            *response = refusal(why);
        }
        if is_within && status.starts_with('2') {
            response["headers"] = json!({
                "Enlist-Revision": {
                    "description": "The state that the answer is of.", "schema": {"$ref": "#/components/schemas/Tag"}
                }
            });
        }
    }
    operation["responses"]["default"] = refusal("Refused by the server that serves it.");
}

/// A response that refuses.
fn refusal(why: &str) -> Value {
    json!({
        "description": why,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    })
}

/// A name of an operation, of its method and its path.
fn name(path: &str, method: &str) -> String {
    let below = path.strip_prefix("/v1/workspaces/{workspace}").unwrap_or(path);
    let words = below.split(['/', '{', '}', '.']).filter(|word| !word.is_empty() && *word != "v1");
    let last = if below.is_empty() { "_workspace" } else { "" };
    words.fold(method.to_owned(), |name, word| format!("{name}_{word}")) + last
}

/// Makes the definitions of a schema components of the document.
fn embed(name: &str, schema: &str, schemas: &mut Value) {
    let text = schema.replace("#/$defs/", "#/components/schemas/");
    let mut schema: Map<String, Value> = serde_json::from_str(&text).unwrap_or_default();
    if let Some(Value::Object(definitions)) = schema.remove("$defs") {
        for (each, definition) in definitions {
            schemas[each] = definition;
        }
    }
    schema.remove("$schema");
    schemas[name] = Value::Object(schema);
}
