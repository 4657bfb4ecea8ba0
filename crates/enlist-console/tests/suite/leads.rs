//! The board: its columns are kept, and say what they are.

use crate::scene::{Reply, Scene, encoded};

/// Segments a to e, by a label each; ada in a and b.
fn filled() -> Scene {
    let scene = Scene::new();
    for id in ["a", "b", "c", "d", "e"] {
        let rule = format!(
            r#"{{"match": "all", "conditions": [{{"field": "labels", "operator": "has_label", "value": "{id}"}}]}}"#
        );
        scene.acme.segment(id).unwrap().save(&format!("Segment {id}"), rule.as_str()).unwrap();
    }
    scene.acme.contact("ada").set("name", "Ada").add_label("a").add_label("b").save().unwrap();
    scene
}

/// The segments of a page's columns, from left to right.
fn columns(page: &Reply) -> Vec<String> {
    let after = page.text.split("data-column=\"").skip(1);
    after.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

async fn post(scene: &Scene, pairs: &[(&str, &str)]) -> Reply {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    scene.post("leads", &pairs).await
}

/// The columns after a form that was accepted.
async fn after(scene: &Scene, pairs: &[(&str, &str)]) -> String {
    let reply = post(scene, pairs).await;
    // A column that was added is scrolled to.
    let page = reply.location().split('#').next().unwrap();
    assert_eq!((reply.status.as_u16(), page), (303, "/x/y/acme/leads"), "{}", reply.text);
    columns(&scene.get("leads").await).join(" ")
}

#[tokio::test]
async fn columns_are_the_first_segments_until_somebody_chooses_and_are_then_kept() {
    let scene = filled();
    assert_eq!(columns(&scene.get("leads").await), ["a", "b", "c", "d"]);
    assert_eq!(after(&scene, &[("do", "add"), ("segment", "e")]).await, "a b c d e");
    assert_eq!(after(&scene, &[("do", "left"), ("column", "c")]).await, "a c b d e");
    assert_eq!(after(&scene, &[("do", "right"), ("column", "d")]).await, "a c b e d");
    assert_eq!(after(&scene, &[("do", "remove"), ("column", "b")]).await, "a c e d");
    assert_eq!(after(&scene, &[("do", "show"), ("column", "c"), ("segment", "b")]).await, "a b e d");
    let order = [("do", "order"), ("column", "d"), ("column", "e"), ("column", "a"), ("column", "b")];
    assert_eq!(after(&scene, &order).await, "d e a b");
}

#[tokio::test]
async fn a_form_that_is_none_or_names_no_segment_changes_nothing() {
    let scene = filled();
    assert_eq!(post(&scene, &[("do", "dance")]).await.status, 400);
    let unknown = post(&scene, &[("do", "add"), ("segment", "<img>")]).await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.text.contains("There is no segment &quot;&lt;img&gt;&quot;."), "{}", unknown.text);
    assert_eq!(columns(&scene.get("leads").await), ["a", "b", "c", "d"]);
}

#[tokio::test]
async fn columns_of_the_address_are_shown_and_kept_only_when_asked() {
    let scene = filled();
    let shown = scene.get("leads?column=e&column=a").await;
    assert_eq!(columns(&shown), ["e", "a"]);
    assert!(shown.text.contains("not kept"));
    assert_eq!(columns(&scene.get("leads").await), ["a", "b", "c", "d"]);
    assert_eq!(after(&scene, &[("column", "e"), ("column", "a"), ("do", "keep")]).await, "e a");
}

#[tokio::test]
async fn a_column_whose_segment_was_deleted_says_so_and_can_be_removed() {
    let scene = filled();
    after(&scene, &[("do", "keep"), ("column", "a"), ("column", "b")]).await;
    scene.acme.segment("a").unwrap().delete().unwrap();
    let page = scene.get("leads").await;
    assert_eq!(columns(&page), ["a", "b"]);
    assert!(page.text.contains("This segment was deleted.") && page.text.contains("Remove the column"));
    assert_eq!(after(&scene, &[("do", "remove"), ("column", "a")]).await, "b");
}

#[tokio::test]
async fn a_card_says_what_led_it_here_and_in_which_other_column_it_is() {
    let page = filled().get("leads").await.text;
    let card =
        page.split("id=\"card/a/ada\"").nth(1).and_then(|rest| rest.split("</article>").next()).unwrap();
    assert!(card.contains("entered <time") && card.contains(": <bdi>label a</bdi>"), "{card}");
    let also = card.split("also in ").nth(1).unwrap();
    assert!(also.contains("Segment b") && !also.contains("Segment a"), "{card}");
    assert!(page.contains("id=\"card/b/ada\"") && page.contains("Nobody is in it now."));
    assert!(page.contains("All 1<span"), "the way to all members: {page}");
}

#[tokio::test]
async fn a_board_without_segments_or_columns_says_what_it_is_for() {
    let empty = Scene::new().get("leads").await.text;
    assert!(empty.contains("No segment yet") && empty.contains("/x/y/acme/segments/-new"), "{empty}");
    let scene = filled();
    for column in ["a", "b", "c", "d"] {
        after(&scene, &[("do", "remove"), ("column", column)]).await;
    }
    let bare = scene.get("leads").await.text;
    assert!(bare.contains("No column") && bare.contains("+ Column"), "{bare}");
}

#[tokio::test]
async fn an_open_board_shows_cards_as_they_come_and_the_order_that_was_kept() {
    let scene = filled();
    let mut stream = scene.stream("-live/leads").await;
    scene.message(&mut stream).await;
    scene.acme.contact("bob").set("name", "Bob").add_label("c").save().unwrap();
    assert!(scene.message(&mut stream).await.contains("id=\"card/c/bob\""));
    after(&scene, &[("do", "left"), ("column", "d")]).await;
    scene.acme.contact("bob").remove_label("c").save().unwrap();
    let message = scene.message(&mut stream).await;
    assert!(!message.contains("Bob"), "{message}");
    assert!(message.find("data-column=\"d\"") < message.find("data-column=\"c\""), "{message}");
}

#[tokio::test]
async fn a_segment_and_a_contact_of_any_id_have_a_column_and_a_card_with_ids_of_their_own() {
    let scene = filled();
    let hostile = "\"><img onerror=x> /%?";
    let rule = r#"{"match": "all", "conditions": [{"field": "name", "operator": "is_not_empty"}]}"#;
    scene.acme.segment(hostile).unwrap().save(hostile, rule).unwrap();
    scene.acme.contact(hostile).set("name", hostile).add_label(hostile).save().unwrap();
    let page = scene.get(&format!("leads?column={}", encoded(hostile))).await.text;
    let part = "%22%3E%3Cimg%20onerror%3Dx%3E%20%2F%25%3F";
    assert!(page.contains(&format!("id=\"card/{part}/{part}\"")), "{page}");
    assert!(!page.contains("<img"));
    assert_eq!(after(&scene, &[("do", "add"), ("segment", hostile)]).await.split(' ').count(), 4 + 3);
    let kept = scene.get("leads").await.text;
    assert!(!kept.contains("<img") && kept.contains(&format!("popovertarget=\"menu/{part}\"")), "{kept}");
}
