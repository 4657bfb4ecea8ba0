//! The fields: added, edited, deleted; what is refused names who uses it.

use enlist::{Event, Kind};

use crate::scene::{Reply, Scene};

fn filled() -> Scene {
    let scene = Scene::new();
    let plan = Event::field_defined(scene.acme.clock_now(), "plan", Kind::Select).options(["pro", "free"]);
    scene.acme.apply_event(plan.build().unwrap()).unwrap();
    let rule = r#"{"match": "all", "conditions": [{"field": "plan", "operator": "equals", "value": "pro"}]}"#;
    scene.acme.segment("pro").unwrap().save("Pro <b>", rule).unwrap();
    scene.acme.contact("ada").set("plan", "pro").save().unwrap();
    scene
}

async fn post(scene: &Scene, field: &str, given: &[(&str, &str)]) -> Reply {
    let pairs: Vec<_> = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    scene.post(&format!("fields/{field}"), &pairs).await
}

fn accepted(scene: &Scene, field: &str) -> Option<Vec<String>> {
    scene.acme.read(|view| {
        let found = view.fields().find(|each| each.key.as_str() == field).unwrap();
        found.options.as_ref().map(|options| options.iter().map(ToString::to_string).collect())
    })
}

const PRO: &str = r#"href="/x/y/acme/segments/pro"><bdi>Pro &lt;b&gt;</bdi>"#;

#[tokio::test]
async fn a_field_shows_its_kind_its_options_with_their_use_and_the_segments_that_name_it() {
    let scene = filled();
    for path in ["fields", "fields/plan"] {
        let page = scene.get(path).await.text;
        assert!(page.contains(r#"<bdi>pro</bdi> <span class="quiet">1</span>"#), "{path}: {page}");
        assert!(page.contains(r#"<bdi>free</bdi> <span class="quiet">0</span>"#), "{path}");
        assert!(page.contains(PRO), "{path}: {page}");
    }
    for path in ["fields", "fields/-new", "fields/plan", "fields/name"] {
        let page = scene.get(path).await;
        assert!(page.status == 200 && !page.text.contains(" style="), "{path}");
    }
    assert!(scene.get("fields/name").await.text.contains("built in"));
    assert_eq!(scene.get("fields/nothing").await.status, 404);
}

#[tokio::test]
async fn a_field_is_added_for_contacts_and_for_conversations() {
    let scene = filled();
    let reply =
        post(&scene, "-new", &[("scope", "contact"), ("key", " city "), ("kind", "text"), ("options", "")])
            .await;
    assert_eq!((reply.status.as_u16(), reply.location()), (303, "/x/y/acme/fields/city"));
    let sent = [
        ("scope", "conversation"),
        ("key", "topic"),
        ("kind", "multi_select"),
        ("options", "a\r\n\r\nb <i>\r\n"),
    ];
    let reply = post(&scene, "-new", &sent).await;
    assert_eq!(reply.location(), "/x/y/acme/fields/conversation.topic");
    assert_eq!(accepted(&scene, "conversation.topic").unwrap(), ["a", "b <i>"]);
    assert!(!scene.get("fields").await.text.contains("<i>"));
}

#[tokio::test]
async fn a_wrong_key_is_said_under_the_input_and_nothing_typed_is_lost() {
    let scene = filled();
    let sent =
        |key, kind, options| [("scope", "conversation"), ("key", key), ("kind", kind), ("options", options)];
    for key in ["Plan", "", "1st", "<script>alert(1)</script>", "conversation.", "a b"] {
        let reply = post(&scene, "-new", &sent(key, "select", "x & y")).await;
        assert_eq!(reply.status, 422, "{key}");
        let input = reply.text.split(r#"id="key""#).nth(1).unwrap().split("</div>").next().unwrap();
        assert!(input.contains("is not the key of a field"), "{key}: {input}");
        assert!(reply.text.contains("x &amp; y"), "{key}");
        assert!(reply.text.contains(r#"<option value="conversation" selected>"#), "{key}");
        assert!(reply.text.contains(r#"<option value="select" selected>"#), "{key}");
        assert!(!reply.text.contains("<script>alert"), "{key}");
    }
    let taken =
        post(&scene, "-new", &[("scope", "contact"), ("key", "plan"), ("kind", "text"), ("options", "")])
            .await;
    assert!(taken.text.contains("There is a field plan already"), "{}", taken.text);
    let built_in =
        post(&scene, "-new", &[("scope", "contact"), ("key", "name"), ("kind", "text"), ("options", "")])
            .await;
    assert_eq!(built_in.status, 422);
    let number = post(&scene, "-new", &sent("score", "number", "1\n2")).await;
    let input = number.text.split(r#"id="options""#).nth(1).unwrap().split("</div>").next().unwrap();
    assert!(input.contains("has no `options`"), "{input}");
}

#[tokio::test]
async fn options_are_added_and_removed_unless_a_rule_names_them() {
    let scene = filled();
    let reply =
        post(&scene, "plan", &[("do", "save"), ("was", "pro\r\nfree"), ("options", "pro\r\nteam")]).await;
    assert_eq!(reply.status, 303, "{}", reply.text);
    assert_eq!(accepted(&scene, "plan").unwrap(), ["pro", "team"]);
    let refused =
        post(&scene, "plan", &[("do", "save"), ("was", "pro\r\nteam"), ("options", "team\r\nfancy")]).await;
    assert_eq!(refused.status, 409);
    let form = refused.text.split("<form class=\"draft\"").nth(1).unwrap().split("</form>").next().unwrap();
    assert!(form.contains("cannot lose options") && form.contains(PRO) && form.contains("fancy"), "{form}");
    assert_eq!(accepted(&scene, "plan").unwrap(), ["pro", "team"]);
}

#[tokio::test]
async fn options_that_somebody_else_has_changed_are_not_overwritten() {
    let scene = filled();
    let reply = post(&scene, "plan", &[("do", "save"), ("was", "pro"), ("options", "pro\nmine")]).await;
    assert_eq!(reply.status, 422);
    assert!(reply.text.contains("now accepted: pro, free") && reply.text.contains("mine"), "{}", reply.text);
    assert_eq!(accepted(&scene, "plan").unwrap(), ["pro", "free"]);
}

#[tokio::test]
async fn a_field_without_options_accepts_any() {
    let scene = filled();
    scene.acme.segment("pro").unwrap().delete().unwrap();
    let reply = post(&scene, "plan", &[("do", "save"), ("was", "pro\nfree"), ("options", " \n")]).await;
    assert_eq!((reply.status.as_u16(), accepted(&scene, "plan")), (303, None));
}

#[tokio::test]
async fn an_empty_boolean_reads_as_its_default() {
    let scene = filled();
    scene.acme.define_field("newsletter", Kind::Boolean).unwrap();
    let default = || {
        scene.acme.read(|view| view.fields().find(|each| each.key.as_str() == "newsletter").unwrap().default)
    };
    for (given, read) in [("true", Some(true)), ("false", Some(false)), ("", None)] {
        let reply = post(&scene, "newsletter", &[("do", "save"), ("default", given)]).await;
        assert_eq!((reply.status.as_u16(), default()), (303, read));
    }
}

#[tokio::test]
async fn a_field_in_use_is_not_deleted_and_links_to_the_segments_that_use_it() {
    let scene = filled();
    let page = scene.get("fields/plan").await.text;
    assert!(page.contains(r#"value="delete" disabled"#), "{page}");
    let refused = post(&scene, "plan", &[("do", "delete")]).await;
    assert_eq!(refused.status, 409);
    let alert = refused.text.split("role=\"alert\"").nth(1).unwrap();
    assert!(alert.contains("is used by") && alert.contains(PRO), "{alert}");
    scene.acme.segment("pro").unwrap().delete().unwrap();
    let deleted = post(&scene, "plan", &[("do", "delete")]).await;
    assert_eq!((deleted.status.as_u16(), deleted.location()), (303, "/x/y/acme/fields"));
    assert_eq!(scene.get("fields/plan").await.status, 404);
}
