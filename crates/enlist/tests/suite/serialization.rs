//! What a host shows is written with serde: refusals, receipts, previews, published items, gaps, counts and tags.

use enlist::{
    Batch, Cursor, Error, Event, Incarnation, PageRequest, Published, Revision, Sequence, SubscribeOptions,
};
use serde_json::{Value, json};

use crate::scene::{at, define_number, noon, only, save_segment, saved};
use crate::subject::partitioned;

fn written(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

#[test]
fn a_refusal_is_its_code_its_sentence_and_its_problems() {
    let workspace = partitioned(2);
    define_number(&workspace, "revenue");
    let segment = workspace.segment("rich").unwrap();
    let error = segment.save("Rich", only("revenue", "greater_than", r#""five""#)).unwrap_err();
    let shown = written(&error);
    assert_eq!((&shown["code"], &shown["message"]), (&json!("invalid_rule"), &json!(error.to_string())));
    assert_eq!(shown["rule_problems"][0]["pointer"], "/conditions/0/value");
    assert_eq!(shown["unlisted_rule_problems"], 0);
    assert!(shown.get("value_problems").is_none());

    let receipt =
        workspace.apply(Batch::from(vec![saved("c1", "revenue", "much"), saved("c1", "revenue", 5)]));
    let receipt = written(&receipt.unwrap());
    assert_eq!(receipt["applied"], 1);
    assert!(receipt["first_event"].is_u64());
    assert_eq!(receipt["refused"][0]["index"], 0);
    assert_eq!(receipt["refused"][0]["event"]["contact"], "c1");
    assert_eq!(receipt["refused"][0]["error"]["value_problems"][0]["field"], "revenue");
    assert_eq!(receipt["rest"], json!([]));
}

#[test]
fn published_items_say_what_they_are() {
    let workspace = partitioned(3);
    define_number(&workspace, "revenue");
    let mut subscription = workspace.subscribe(SubscribeOptions::all());
    save_segment(&workspace, "rich", only("revenue", "greater_than", "5"));
    workspace.apply_event(saved("c1", "revenue", 9)).unwrap();
    let notice = subscription.try_next().unwrap();
    let shown = written(&notice);
    assert_eq!((&shown["type"], &shown["notice"]["change"]), (&json!("notice"), &json!("built")));
    assert_eq!(shown["sequence"], notice.sequence().to_string());
    let transition = written(&subscription.try_next().unwrap());
    assert_eq!(transition["type"], "transition");
    assert_eq!(transition["workspace"], workspace.id().as_str());
    assert_eq!((&transition["segment"], &transition["contact"]), (&json!("rich"), &json!("c1")));
    assert_eq!((&transition["change"], &transition["cause"]), (&json!("entered"), &json!({"event": 3})));
    assert_eq!(
        transition["flipped"],
        json!([{"condition": {"field": "revenue", "operator": "greater_than", "value": 5}, "holds": true}])
    );

    // A sequence of another life of the workspace: the subscriber must read again.
    let other = Sequence::new("00c0ffee00c0ffee".parse().unwrap(), 9);
    let gap = workspace.subscribe(SubscribeOptions::all().resume_from(other)).try_next().unwrap();
    assert!(matches!(gap, Published::Gap(_)));
    let shown = written(&gap);
    assert_eq!((&shown["type"], &shown["from"]), (&json!("gap"), &shown["until"]));
}

#[test]
fn previews_and_counts_over_time_are_numbers() {
    let workspace = partitioned(1);
    define_number(&workspace, "revenue");
    workspace.apply_event(saved("c1", "revenue", 9)).unwrap();
    save_segment(&workspace, "rich", only("revenue", "greater_than", "5"));
    let preview = workspace.segment("rich").unwrap().preview(only("revenue", "less_than", "5")).unwrap();
    assert_eq!(
        written(&preview),
        json!({"revision": preview.revision.to_string(), "count": 0, "enters": 0, "leaves": 1})
    );
    let days = workspace.read(|view| view.counts_by_day("rich")).unwrap();
    assert_eq!(written(&days), json!([{"day": "2026-11-23", "count": 1, "entered": 0, "left": 0}]));
    workspace.advance(at("2026-11-23T14:00:00Z")).unwrap();
    let hours = workspace.read(|view| view.counts_by_hour("rich")).unwrap();
    assert_eq!(written(&hours)[0], json!({"at": "2026-11-23T13:00:00Z", "count": 1}));
}

#[test]
fn a_page_is_written_with_a_cursor_that_is_read_back() {
    let workspace = partitioned(2);
    define_number(&workspace, "revenue");
    for contact in ["a", "b", "c"] {
        workspace.apply_event(saved(contact, "revenue", 9)).unwrap();
    }
    save_segment(&workspace, "rich", only("revenue", "greater_than", "5"));
    let request = PageRequest::default().with_size(2);
    let page = written(&workspace.page("rich", &request).unwrap());
    assert_eq!((&page["contacts"], &page["total"]), (&json!(["a", "b"]), &json!(3)));
    let next: Cursor = serde_json::from_value(page["next"].clone()).unwrap();
    let last = written(&workspace.page("rich", &request.after(next)).unwrap());
    assert_eq!(last, json!({"contacts": ["c"], "next": null, "total": 3}));
}

#[test]
fn tags_are_read_back_as_they_were_written_and_in_no_other_form() {
    let workspace = partitioned(1);
    let revision = workspace.read(|view| view.revision());
    assert_eq!(serde_json::from_value::<Revision>(written(&revision)).unwrap(), revision);
    let incarnation = workspace.incarnation();
    assert_eq!(serde_json::from_value::<Incarnation>(written(&incarnation)).unwrap(), incarnation);
    for wrong in ["", "1", "+0c0ffee00c0ffee", "00C0FFEE00C0FFEE"] {
        let message = serde_json::from_value::<Incarnation>(json!(wrong)).unwrap_err().to_string();
        assert!(message.contains("is not a tag; accepted: 16 hexadecimal digits"), "{message}");
    }
    assert!(serde_json::from_value::<Sequence>(json!("00c0ffee00c0ffee")).is_err());
}

#[test]
fn a_rule_is_given_as_text_as_json_or_as_a_rule_and_bad_text_is_refused_at_once() {
    let workspace = partitioned(2);
    let text = r#"{"match":"all","conditions":[{"field":"email","operator":"is_not_empty"}]}"#;
    let segment = workspace.segment("reachable").unwrap();
    segment.save("Reachable", text).unwrap();
    segment.save("Reachable", text.to_owned()).unwrap();
    segment.save("Reachable", serde_json::from_str::<Value>(text).unwrap()).unwrap();
    let rule = workspace.read(|view| view.segments().next().unwrap().rule().clone());
    segment.save("Reachable", &rule).unwrap();
    let definition = workspace.read(|view| written(&view.segments().next().unwrap()));
    assert_eq!(definition["segment"], "reachable");
    assert_eq!(definition["rule"].to_string(), written(&rule).to_string());
    let revision = workspace.read(|view| view.revision());
    let error = segment.save("Reachable", "has an e-mail").unwrap_err();
    assert!(matches!(error, Error::Engine(_)), "{error:?}");
    assert_eq!((error.code(), workspace.read(|view| view.revision())), ("invalid_json", revision));
    assert_eq!(segment.preview("{").unwrap_err().code(), "invalid_json");
    // JSON that is no rule is found by the check, as in an event.
    let error = segment.save("Reachable", json!(5)).unwrap_err();
    assert_eq!(error.rule_problems()[0].code.as_str(), "not_a_group");
}

#[test]
fn an_object_of_the_host_sets_a_contacts_fields() {
    let workspace = partitioned(1);
    workspace.contact("c1").at(noon()).set("email", "ada@example.com").save().unwrap();
    let row = json!({"name": "Ada", "email": null});
    let event = workspace.contact("c1").at(noon()).set_all(&row).event().unwrap();
    let built =
        Event::contact_saved(noon(), "c1").set("email", None::<&str>).set("name", "Ada").build().unwrap();
    assert_eq!(event, built);
    workspace.apply_event(event).unwrap();
    let conversation = workspace.conversation("v1").at(noon());
    conversation.set_all(&json!({"conversation.status": "open"})).save_for("c1").unwrap();
    let error = workspace.contact("c1").set_all(&"Ada").save().unwrap_err();
    assert_eq!(error.code(), "wrong_member");
}
