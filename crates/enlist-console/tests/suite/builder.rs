//! The builder by its buttons alone.

use enlist::Kind;

use crate::scene::{Reply, Scene};

fn filled() -> Scene {
    let scene = Scene::new();
    scene.acme.define_field("revenue", Kind::Number).unwrap();
    for (contact, revenue) in [("ada", 700), ("bob", 20), ("cy", 90)] {
        scene.acme.contact(contact).set("revenue", revenue).save().unwrap();
        let id = format!("{contact}-1");
        let talk = scene.acme.conversation(&id).set("conversation.channel", "instagram");
        talk.save_for(contact).unwrap();
    }
    scene
}

/// The value of an input of a page.
fn input(page: &Reply, name: &str) -> String {
    let after = page.text.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_default();
    after.split('"').next().unwrap_or_default().replace("&quot;", "\"")
}

/// A form as a browser sends it: what is hidden in the page, and what a person chose.
fn form(page: &Reply, chosen: &[(&str, &str)]) -> Vec<(String, String)> {
    let hidden = ["tree", "began_at"].map(|name| (name.to_owned(), input(page, name)));
    hidden
        .into_iter()
        .chain(chosen.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
        .collect()
}

#[tokio::test]
async fn a_segment_is_built_counted_and_saved() {
    let scene = filled();
    let page = scene.get("segments/-new").await;
    let chosen = [("name", "Instagram"), ("m1", "all"), ("f2", "conversation.channel"), ("do", "show")];
    let page = scene.post("segments/-new", &form(&page, &chosen)).await;
    assert!(page.text.contains("instagram · 3"), "options have their use: {}", page.text);
    let chosen = [
        ("name", "Instagram"),
        ("m1", "all"),
        ("f2", "conversation.channel"),
        ("o2", "equals"),
        ("v2", "instagram"),
        ("do", "add:1"),
    ];
    let page = scene.post("segments/-new", &form(&page, &chosen)).await;
    assert!(
        page.text.contains("<strong>3</strong> of 3")
            && page.text.contains("Counted without 1 unfinished row."),
        "{}",
        page.text
    );
    let row = [("f3", "revenue"), ("o3", "greater_than"), ("v3", "50"), ("do", "save")];
    let chosen: Vec<_> = chosen[..5].iter().chain(&row).copied().collect();
    let saved = scene.post("segments/-new", &form(&page, &chosen)).await;
    assert_eq!(
        (saved.status.as_u16(), saved.location()),
        (303, "/x/y/acme/segments/instagram"),
        "{}",
        saved.text
    );
    assert_eq!(scene.acme.count("instagram").unwrap(), 2);
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_row_and_not_saved() {
    let scene = filled();
    let page = scene.get("segments/-new").await;
    let chosen = [
        ("name", "Big"),
        ("m1", "all"),
        ("f2", "revenue"),
        ("o2", "greater_than"),
        ("v2", "many"),
        ("do", "save"),
    ];
    let page = scene.post("segments/-new", &form(&page, &chosen)).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("a finite number") && page.text.contains("value=\"many\""), "{}", page.text);
    assert!(scene.acme.segment("big").unwrap().count().is_err());
}

#[tokio::test]
async fn a_date_says_which_days_it_means_and_a_negation_that_it_includes_empty_values() {
    let scene = filled();
    let page = scene.get("segments/-new").await;
    let chosen = [("m1", "all"), ("f2", "created_at"), ("o2", "is_in_last_7_days"), ("do", "add:1")];
    let page = scene.post("segments/-new", &form(&page, &chosen)).await;
    assert!(page.text.contains(" – ") && page.text.contains(" in UTC"), "{}", page.text);
    let row = [("f3", "email"), ("o3", "not_equals"), ("v3", "a@b.c"), ("do", "show")];
    let chosen: Vec<_> = chosen[..3].iter().chain(&row).copied().collect();
    let page = scene.post("segments/-new", &form(&page, &chosen)).await;
    assert!(page.text.contains("includes contacts without a value"), "{}", page.text);
}

#[tokio::test]
async fn a_segment_that_somebody_else_saved_is_not_overwritten() {
    let scene = filled();
    let rule =
        r#"{"match": "all", "conditions": [{"field": "revenue", "operator": "greater_than", "value": 50}]}"#;
    scene.acme.segment("big").unwrap().save("Big", rule).unwrap();
    let page = scene.get("segments/big").await;
    scene.acme.segment("big").unwrap().save("Bigger", rule).unwrap();
    let chosen = [
        ("name", "Mine"),
        ("m1", "all"),
        ("f2", "revenue"),
        ("o2", "greater_than"),
        ("v2", "60"),
        ("do", "save"),
    ];
    let page = scene.post("segments/big", &form(&page, &chosen)).await;
    assert!(page.text.contains("Somebody else has saved this segment"), "{}", page.text);
    assert!(
        page.text.contains("Bigger") && page.text.contains("revenue is greater than 60"),
        "{}",
        page.text
    );
    assert!(scene.get("segments").await.text.contains("Bigger"));
    // Both are shown; saving mine instead is a decision of its own.
    let overwrite =
        page.text.split("value=\"overwrite:").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let overwrite = format!("overwrite:{overwrite}");
    let chosen = [chosen.as_slice()[..5].to_vec(), vec![("do", overwrite.as_str())]].concat();
    assert_eq!(scene.post("segments/big", &form(&page, &chosen)).await.status, 303);
    assert!(scene.get("segments").await.text.contains("Mine"));
}

#[tokio::test]
async fn a_segment_in_use_cannot_be_deleted_and_another_can() {
    let scene = filled();
    let rule =
        r#"{"match": "all", "conditions": [{"field": "revenue", "operator": "greater_than", "value": 50}]}"#;
    scene.acme.segment("big").unwrap().save("Big", rule).unwrap();
    let user = r#"{"match": "all", "conditions": [{"segment": "big", "operator": "is_member"}]}"#;
    scene.acme.segment("user").unwrap().save("User", user).unwrap();
    let page = scene.get("segments/big").await;
    assert!(page.text.contains("It cannot be deleted while it is used by"), "{}", page.text);
    let page = scene.post("segments/big", &form(&page, &[("do", "delete")])).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(scene.acme.count("big").is_ok());
    let page = scene.get("segments/user").await;
    let deleted = scene.post("segments/user", &form(&page, &[("do", "delete")])).await;
    assert_eq!(deleted.location(), "/x/y/acme/segments");
    assert!(scene.acme.count("user").is_err());
    assert!(scene.get("contacts").await.text.contains("<strong>3</strong> contacts"));
}

#[tokio::test]
async fn a_suggestion_is_a_button_that_takes_it() {
    let scene = filled();
    let plans = enlist::Event::field_defined(scene.acme.clock_now(), "plan", Kind::Select);
    scene.acme.apply_event(plans.options(["free", "business"]).build().unwrap()).unwrap();
    let page = scene.get("segments/-new").await;
    let chosen =
        [("name", "B"), ("m1", "all"), ("f2", "plan"), ("o2", "equals"), ("v2", "busines"), ("do", "show")];
    let page = scene.post("segments/-new", &form(&page, &chosen)).await;
    let take = "take:2:value:business";
    assert!(
        page.text.contains(&format!("value=\"{take}\"")) && page.text.contains("Use <bdi>business</bdi>"),
        "{}",
        page.text
    );
    let chosen: Vec<_> = chosen[..5].iter().copied().chain([("do", take)]).collect();
    let page = scene.post("segments/-new", &form(&page, &chosen)).await;
    assert!(
        page.text.contains("<option value=\"business\" selected>") && !page.text.contains("Use <bdi>"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn a_starter_opens_the_builder_filled_in() {
    let scene = filled();
    let page = scene.get("segments/-new?starter=without-email").await;
    assert!(
        page.text.contains("value=\"Without e-mail\"") && page.text.contains("<strong>3</strong> of 3"),
        "{}",
        page.text
    );
}
