//! What came and went lately.

use crate::scene::{Scene, encoded};

/// Two segments by a label each, of which ada has entered both and left one.
fn filled() -> Scene {
    let scene = Scene::new();
    for (id, name) in [("vips", "VIPs"), ("new", "New")] {
        let rule = format!(
            r#"{{"match": "all", "conditions": [{{"field": "labels", "operator": "has_label", "value": "{name}"}}]}}"#
        );
        scene.acme.segment(id).unwrap().save(name, rule.as_str()).unwrap();
    }
    scene.acme.contact("ada").set("name", "Ada").add_label("VIPs").add_label("New").save().unwrap();
    scene.acme.contact("ada").remove_label("New").save().unwrap();
    scene
}

/// The entries and exits of a page as plain text.
fn happened(page: &str) -> Vec<String> {
    let rows = page.split("<li id=\"n").skip(1).map(|row| row.split("</li>").next().unwrap());
    rows.map(|row| row.split('<').filter_map(|tag| tag.split_once('>')).map(|(_, text)| text).collect())
        .collect()
}

#[tokio::test]
async fn entries_and_exits_are_sentences_with_their_causes_the_newest_first() {
    let scene = filled();
    let rows = happened(&scene.get("activity").await.text);
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert_eq!(rows[0], "Ada left New: no longer: label Newjust now");
    assert!(rows[1..].contains(&"Ada entered VIPs: label VIPsjust now".to_owned()), "{rows:?}");
}

#[tokio::test]
async fn activity_of_one_segment_is_that_alone() {
    let scene = filled();
    let page = scene.get("activity?segment=vips").await.text;
    assert_eq!(happened(&page).len(), 1, "{page}");
    assert!(page.contains("<option value=\"vips\" selected>VIPs"));
    assert!(page.contains("-live/activity?segment=vips\""));
}

#[tokio::test]
async fn whoever_and_whatever_was_deleted_since_is_named_without_a_link() {
    let scene = filled();
    scene.acme.contact("ada").delete().unwrap();
    scene.acme.segment("new").unwrap().delete().unwrap();
    let page = scene.get("activity").await.text;
    assert!(
        page.contains("<span class=\"name\" dir=\"auto\">ada</span>") && !page.contains("contacts/ada"),
        "{page}"
    );
    assert!(happened(&page).contains(&"ada left VIPs: deleted or mergedjust now".to_owned()), "{page}");
    assert!(!page.contains("segments/new"));
    let gone = scene.get("activity?segment=new").await.text;
    assert!(gone.contains("selected>new (deleted)") && happened(&gone).len() == 2, "{gone}");
}

#[tokio::test]
async fn without_activity_the_page_says_so_and_leads_to_all() {
    let scene = Scene::new();
    assert!(scene.get("activity").await.text.contains("Nobody has entered or left a segment lately."));
    let page = filled().get("activity?segment=none").await.text;
    assert!(page.contains("Show all segments"), "{page}");
}

#[tokio::test]
async fn names_and_causes_of_any_text_are_text() {
    let scene = Scene::new();
    let hostile = "<img onerror=x> {{7*7}}";
    let rule = format!(
        r#"{{"match": "all", "conditions": [{{"field": "labels", "operator": "has_label", "value": "{hostile}"}}]}}"#
    );
    scene.acme.segment(hostile).unwrap().save(hostile, rule.as_str()).unwrap();
    scene.acme.contact(hostile).set("name", hostile).add_label(hostile).save().unwrap();
    let page = scene.get(&format!("activity?segment={}", encoded(hostile))).await.text;
    assert!(!page.contains("<img") && happened(&page)[0].contains("label &quot;&lt;img"), "{page}");
}
