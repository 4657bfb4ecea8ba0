//! Contacts and conversations over HTTP.

use serde_json::json;

use crate::scene::{Scene, address};

#[tokio::test]
async fn a_contact_is_created_changed_and_deleted() {
    let scene = Scene::with_contacts().await;
    let document = json!({"set": {"name": "Ada L.", "plan": null}, "add_labels": ["VIP"]});
    let ada = scene.put("PATCH", "contacts/ada", document.clone()).await.with(200);
    assert_eq!(
        (&ada["contact"], &ada["values"]["name"], ada["values"].get("plan"), &ada["labels"]),
        (&json!("ada"), &json!("Ada L."), None, &json!(["VIP"]))
    );
    // Sent again it changes nothing: one transition in all.
    scene.put("PATCH", "contacts/ada", document).await.with(200);
    assert_eq!(scene.get("contacts/ada").await.with(200), ada);
    let segments = scene.get("contacts/ada/segments").await.with(200);
    assert_eq!(segments, json!({"segments": [{"segment": "pro", "name": "Pro", "is_member": false}]}));
    let deleted = scene.ask("DELETE", "contacts/ada").await;
    deleted.with(204);
    assert!(!deleted.header("enlist-revision").is_empty());
    assert_eq!(scene.ask("DELETE", "contacts/ada").await.refused(404), "unknown_contact");
    assert_eq!(scene.get("contacts/ada").await.refused(404), "unknown_contact");
    assert_eq!(scene.get("contacts/ada/segments").await.refused(404), "unknown_contact");
}

#[tokio::test]
async fn pages_are_searched_and_sorted() {
    let scene = Scene::with_contacts().await;
    let ids = |page: serde_json::Value| -> Vec<String> {
        let contacts = page["contacts"].as_array().unwrap();
        contacts.iter().map(|each| each["contact"].as_str().unwrap().to_owned()).collect()
    };
    let page = async |query: &str| ids(scene.get(&format!("contacts?{query}")).await.with(200));
    assert_eq!(page("").await, ["ada", "bob", "cem"]);
    assert_eq!(page("sort=name&order=desc&size=2").await, ["cem", "bob"]);
    assert_eq!(page("segment=pro&offset=1").await, ["cem"]);
    assert_eq!(page("q=OB").await, ["bob"]);
    assert_eq!(page("q=ce").await, ["cem"]);
    assert_eq!(page("q=3&segment=pro").await, ["ada", "cem"]);
    let first = scene.get("contacts?sort=name&size=1").await.with(200);
    assert_eq!((&first["total"], &first["contacts"][0]["values"]["plan"]), (&json!(3), &json!("pro")));
    let next = first["next"].as_str().unwrap();
    assert_eq!(page(&format!("sort=name&cursor={next}")).await, ["bob", "cem"]);
    for (query, code) in [
        (format!("cursor={next}"), "wrong_cursor"),
        ("cursor=forged".to_owned(), "wrong_cursor"),
        (format!("cursor={next}&offset=1"), "invalid_query"),
        ("size=0".to_owned(), "invalid_query"),
        ("size=1001".to_owned(), "invalid_query"),
    ] {
        assert_eq!(scene.get(&format!("contacts?{query}")).await.refused(400), code, "{query}");
    }
    assert_eq!(scene.get("contacts?sort=labels").await.refused(422), "sort_field");
    assert_eq!(scene.get("contacts?segment=none").await.refused(404), "unknown_segment");
}

#[tokio::test]
async fn a_repeated_merge_is_not_found_and_changes_nothing() {
    let scene = Scene::with_contacts().await;
    let conversation = json!({"contact": "bob", "set": {"conversation.status": "open"}});
    scene.put("PATCH", "conversations/v1", conversation).await.with(200);
    let merged = scene.put("POST", "contacts/bob/merge", json!({"into": "ada"})).await.with(200);
    assert_eq!(
        (&merged["contact"], &merged["conversations"][0]["conversation"]),
        (&json!("ada"), &json!("v1"))
    );
    assert_eq!(
        scene.put("POST", "contacts/bob/merge", json!({"into": "ada"})).await.refused(404),
        "unknown_contact"
    );
    assert_eq!(scene.get("contacts/ada").await.with(200), merged);
    assert_eq!(
        scene.put("POST", "contacts/ada/merge", json!({"into": "eve"})).await.refused(422),
        "unknown_contact"
    );
    assert_eq!(
        scene.put("POST", "contacts/ada/merge", json!({"into": "ada"})).await.refused(422),
        "merge_into_itself"
    );
}

#[tokio::test]
async fn conversations_and_activity_belong_to_contacts() {
    let scene = Scene::with_contacts().await;
    scene.put("PATCH", "conversations/v1", json!({"contact": "ada"})).await.with(200);
    assert_eq!(
        scene.put("PATCH", "conversations/v1", json!({"contact": "eve"})).await.refused(422),
        "unknown_contact"
    );
    assert_eq!(scene.put("PATCH", "conversations/v1", json!({})).await.refused(422), "missing_member");
    scene.put("POST", "contacts/ada/activity", json!({"conversation": "v1"})).await.with(200);
    assert_eq!(
        scene.put("POST", "contacts/bob/activity", json!({"conversation": "v1"})).await.refused(422),
        "foreign_conversation"
    );
    assert_eq!(scene.put("POST", "contacts/eve/activity", json!({})).await.refused(404), "unknown_contact");
    scene.ask("DELETE", "conversations/v1").await.with(204);
    assert_eq!(scene.ask("DELETE", "conversations/v1").await.refused(404), "unknown_conversation");
}

#[tokio::test]
async fn any_id_works_in_an_address() {
    let scene = Scene::with_contacts().await;
    for (id, address) in [
        ("..", "~.."),
        (".", "~."),
        ("~a", "~~a"),
        ("a/b", "a%2Fb"),
        ("%2F", "%252F"),
        ("?", "%3F"),
        ("<script>", "%3Cscript%3E"),
        ("\u{202e}x", "%E2%80%AEx"),
        ("{{ ]]> =cmd()", "%7B%7B%20%5D%5D%3E%20=cmd()"),
    ] {
        let path = format!("contacts/{address}");
        let saved =
            scene.put("PATCH", &path, json!({"set": {"name": id}, "add_labels": [id]})).await.with(200);
        assert_eq!(
            (&saved["contact"], &saved["values"]["name"], &saved["labels"][0]),
            (&json!(id), &json!(id), &json!(id))
        );
        assert!(scene.acme().read(|view| view.has_contact(id)).unwrap(), "{id}");
        scene.get(&path).await.with(200);
        scene.ask("DELETE", &path).await.with(204);
    }
    assert_eq!(scene.get("contacts/~a").await.refused(400), "invalid_address");
    let long = "a".repeat(257);
    assert_eq!(scene.put("PATCH", &format!("contacts/{long}"), json!({})).await.refused(422), "invalid_id");
}

#[tokio::test]
async fn hostile_texts_come_back_as_they_were_from_everywhere() {
    let scene = Scene::with_contacts().await;
    scene.put("PUT", "fields/open", json!({"kind": "select"})).await.with(201);
    let emoji = "\u{1f9ea}".repeat(64);
    for text in [
        "<script>alert(1)</script>",
        "\u{202e}gnp.exe",
        "{{7*7}}",
        "]]>",
        "=cmd()|' /C calc'!A0",
        &emoji,
        "/ % ? ..",
        "~",
    ] {
        let address = address(text);
        let document = json!({"set": {"name": text, "open": text}, "add_labels": [text]});
        let contact = scene.put("PATCH", &format!("contacts/{address}"), document).await.with(200);
        assert_eq!(
            (&contact["contact"], &contact["values"]["open"], &contact["labels"]),
            (&json!(text), &json!(text), &json!([text]))
        );
        let rule =
            json!({"match": "all", "conditions": [{"field": "open", "operator": "equals", "value": text}]});
        let path = format!("segments/{address}");
        let saved = scene.put("PUT", &path, json!({"name": text, "rule": rule})).await.with(201);
        assert_eq!(
            (&saved["segment"], &saved["name"], &saved["rule"], &saved["count"]),
            (&json!(text), &json!(text), &rule, &json!(1))
        );
        let page = scene.get(&format!("{path}/members")).await.with(200);
        assert_eq!(
            (&page["contacts"][0]["contact"], &page["contacts"][0]["values"]["name"]),
            (&json!(text), &json!(text))
        );
        assert_eq!(scene.get(&format!("{path}/members/{address}")).await.with(200)["is_member"], true);
        let frozen =
            scene.put("PUT", &format!("audiences/{address}"), json!({"include": [text]})).await.with(200);
        assert_eq!((&frozen["audience"], &frozen["count"]), (&json!(text), &json!(1)));
        let listed = scene.get(&format!("contacts/{address}/transitions")).await.with(200);
        assert_eq!(listed["transitions"], json!([]));
        scene.ask("DELETE", &format!("audiences/{address}")).await.with(204);
    }
    let labels = scene.get("labels").await.with(200);
    assert_eq!(labels["labels"].as_array().unwrap().len(), 8);
}
