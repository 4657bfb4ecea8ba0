//! Pages show what there is, as text, to users that the host allows.

use axum::body::Body;
use axum::http::Request;
use enlist::Kind;

use crate::scene::{Scene, encoded};

const PRO: &str =
    r#"{"match": "all", "conditions": [{"field": "plan", "operator": "equals", "value": "pro"}]}"#;

fn filled() -> Scene {
    let scene = Scene::new();
    scene.acme.define_field("plan", Kind::Select).unwrap();
    scene.acme.segment("pro").unwrap().save("Pro", PRO).unwrap();
    scene.acme.contact("ada").set("name", "Ada").set("plan", "pro").add_label("VIP").save().unwrap();
    scene.acme.contact("bob").set("name", "Bob").save().unwrap();
    scene
}

#[tokio::test]
async fn a_page_needs_the_token_and_the_way_in_makes_it_a_cookie() {
    let scene = filled();
    let without = scene.send(Request::get("/x/y/acme/segments").body(Body::empty()).unwrap()).await;
    assert_eq!(without.status, 401);
    let entered = scene.send(Request::get("/x/y?token=t").body(Body::empty()).unwrap()).await;
    assert_eq!((entered.status.as_u16(), entered.location()), (303, "/x/y"));
    let cookie = entered.headers["set-cookie"].to_str().unwrap();
    assert_eq!(cookie, "enlist_token=t; Path=/x/y; HttpOnly; SameSite=Strict");
    let first = Request::get("/x/y").header("cookie", "enlist_token=t").body(Body::empty()).unwrap();
    assert_eq!(scene.send(first).await.location(), "/x/y/acme/segments");
}

#[tokio::test]
async fn every_page_has_the_policy_and_no_style_or_script_in_its_text() {
    let scene = filled();
    for path in [
        "segments",
        "segments/-new",
        "segments/pro",
        "contacts",
        "contacts/ada",
        "leads",
        "campaigns",
        "campaigns/-new",
        "insights",
        "insights?over=hours",
        "activity",
        "fields",
    ] {
        let page = scene.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        assert!(
            page.headers["content-security-policy"]
                .to_str()
                .unwrap()
                .starts_with("default-src 'none'; script-src 'self'")
        );
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
        assert!(
            !page.text.contains(" style=")
                && !page.text.contains("<style")
                && !page.text.contains("javascript:")
        );
    }
    assert_eq!(scene.get("nothing").await.status, 404);
    assert_eq!(scene.get("contacts/nobody").await.status, 404);
}

#[tokio::test]
async fn contacts_are_filtered_by_segment_searched_and_counted() {
    let scene = filled();
    let of_pro = scene.get("contacts?segment=pro").await.text;
    assert!(
        of_pro.contains("<strong>1</strong> contact matches")
            && of_pro.contains("Ada")
            && !of_pro.contains("Bob")
    );
    let found = scene.get("contacts?q=bo").await.text;
    assert!(found.contains("Bob") && !found.contains("Ada"));
    let nothing = scene.get("contacts?q=nobody").await.text;
    assert!(nothing.contains("No contact has “<bdi>nobody</bdi>”") && nothing.contains("Clear the search"));
}

#[tokio::test]
async fn a_contact_shows_why_it_is_in_a_segment_and_what_led_there() {
    let page = filled().get("contacts/ada").await.text;
    assert!(page.contains("In 1 segment") && page.contains("Not in 0"), "{page}");
    assert!(page.contains("✓") && page.contains("Plan equals"));
    assert!(page.contains("entered") && page.contains("plan is"));
}

#[tokio::test]
async fn hostile_ids_and_values_show_as_text_and_work_in_addresses() {
    let scene = filled();
    for hostile in [
        "<script>alert(1)</script>",
        "\"><img onerror=x>",
        "{{7*7}}",
        "\u{202e}abc",
        "]]>",
        "..",
        "~",
        "a/b?c#d %",
        "=cmd()",
    ] {
        scene.acme.contact(hostile).set("name", hostile).add_label(hostile).save().unwrap();
        scene.acme.segment(hostile).unwrap().save(hostile, PRO).unwrap();
        let mark = if hostile.starts_with(['.', '~']) { "~" } else { "" };
        for kind in ["contacts", "segments"] {
            let page = scene.get(&format!("{kind}/{mark}{}", encoded(hostile))).await;
            assert_eq!(page.status, 200, "{kind} {hostile}");
            assert!(!page.text.contains("<script>alert") && !page.text.contains("<img"), "{hostile}");
        }
    }
    for path in [
        "segments",
        "contacts",
        "leads",
        "campaigns",
        "campaigns/-new",
        "insights",
        "activity",
        "fields",
        "segments/-new",
    ] {
        let page = scene.get(path).await.text;
        assert!(!page.contains("<script>alert") && !page.contains("<img"), "{path}");
    }
}

#[tokio::test]
async fn an_open_page_gets_its_content_again_when_something_has_changed() {
    let scene = filled();
    let page = scene.get("segments?q=pro").await.text;
    let address = page.split("hx-sse:connect=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let path = address.replace("&amp;", "&").replace("/x/y/acme/", "");
    let mut stream = scene.stream(&path).await;
    let first = scene.message(&mut stream).await;
    assert!(first.lines().all(|line| line.starts_with("data: ")) && first.contains(">1</a>"), "{first}");
    scene.acme.contact("bob").set("plan", "pro").save().unwrap();
    let second = scene.message(&mut stream).await;
    assert!(second.contains(">2</a>"), "{second}");
    // With its workspace it ends.
    scene.enlist().shutdown();
    assert!(scene.ends(&mut stream).await);
}

#[tokio::test]
async fn the_board_has_a_column_for_each_segment_and_says_when_one_was_deleted() {
    let scene = filled();
    let board = scene.get("leads?column=pro&column=gone").await.text;
    assert!(board.contains("Ada") && !board.contains("Bob") && board.contains("entered "), "{board}");
    assert!(board.contains("This segment was deleted."));
    let activity = scene.get("activity").await.text;
    assert!(activity.contains("Ada") && activity.contains("entered"), "{activity}");
}
