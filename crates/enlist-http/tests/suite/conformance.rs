//! Answers are as the OpenAPI document says: every answer of every test is held against it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

/// The document, read once.
fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::from_str(include_str!("../../openapi.json")).unwrap())
}

/// The operation of a path of the document that an address has.
fn operation(method: &str, address: &str) -> Option<&'static Value> {
    let parts: Vec<&str> = address.split('/').collect();
    let fits = |path: &str| {
        let names: Vec<&str> = path.split('/').collect();
        names.len() == parts.len()
            && names.iter().zip(&parts).all(|(name, part)| name.starts_with('{') || name == part)
    };
    // Paths without a name in them come first: `/contacts/{contact}` is not `/contacts/segments`.
    let mut paths: Vec<_> =
        document()["paths"].as_object().unwrap().iter().filter(|(path, _)| fits(path)).collect();
    paths.sort_by_key(|(path, _)| path.matches('{').count());
    paths.first()?.1.get(method.to_lowercase())
}

/// The validator of a schema of the document, made once.
fn validator(described: &Value) -> Arc<Validator> {
    static VALIDATORS: Mutex<BTreeMap<String, Arc<Validator>>> = Mutex::new(BTreeMap::new());
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let made = validators.entry(described.to_string()).or_insert_with(|| {
        let schema = json!({"allOf": [described], "components": document()["components"]});
        Arc::new(jsonschema::validator_for(&schema).unwrap())
    });
    Arc::clone(made)
}

/// Fails if an answer is not as the document says.
pub(crate) fn check(method: &str, address: &str, status: u16, media_type: &str, text: &str) {
    let path = address.split('?').next().unwrap_or_default();
    let Some(operation) = operation(method, path) else {
        assert!([404, 405].contains(&status) || path.ends_with("openapi.json"), "{method} {path}: {status}");
        return;
    };
    let responses = operation["responses"].as_object().unwrap();
    let response = responses.get(&status.to_string());
    let response =
        response.unwrap_or_else(|| panic!("{method} {path}: {status} is not in the document: {text}"));
    let content = &response["content"];
    let media_type = media_type.split(';').next().unwrap_or_default();
    if status == 204 {
        return assert_eq!((text, content), ("", &Value::Null), "{method} {path}");
    }
    let described = &content[media_type]["schema"];
    assert!(!described.is_null(), "{method} {path}: {status} with {media_type} is not in the document");
    if media_type.ends_with("json") && media_type != "application/x-ndjson" {
        let answer: Value = serde_json::from_str(text).unwrap();
        let validator = validator(described);
        let problems: Vec<String> = validator
            .iter_errors(&answer)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{method} {path}: {answer}\n{problems:?}");
    }
}
