//! The committed OpenAPI document is the one that is served, and complete.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::scene::Scene;

fn beside(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// Every `$ref` below a value.
fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|each| references(each, found));
        }
        Value::Array(members) => members.iter().for_each(|each| references(each, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_committed_document_is_the_one_that_is_served() {
    let served = Scene::empty().get("/v1/openapi.json").await.with(200);
    let text = serde_json::to_string_pretty(&served).unwrap() + "\n";
    if std::env::var_os("REWRITE").is_some() {
        fs::write(beside("openapi.json"), &text).unwrap();
    }
    let committed = fs::read_to_string(beside("openapi.json")).unwrap_or_default();
    assert!(committed == text, "openapi.json is out of date: REWRITE=1 cargo test -p enlist-http openapi");
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_has_a_name_of_its_own() {
    let document = enlist_http::openapi();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.contains(&"#/components/schemas/Rule") && found.contains(&"#/components/schemas/Event"));
    for reference in found {
        assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
    }
    let mut names = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path}");
            names.push(operation["operationId"].as_str().unwrap().to_owned());
        }
    }
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "{names:?}");
}

#[test]
fn the_schemas_of_rules_and_events_are_those_of_the_model() {
    for file in ["rule.schema.json", "event.schema.json"] {
        // The package has no other crate beside it.
        let Ok(model) = fs::read_to_string(beside("../enlist-model/schema").join(file)) else { continue };
        assert_eq!(
            fs::read_to_string(beside("schema").join(file)).unwrap(),
            model,
            "copy {file} from enlist-model"
        );
    }
}
