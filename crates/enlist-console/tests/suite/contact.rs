//! A contact's page: values, labels and conversations are edited, each segment says why, and nothing typed is lost.

use enlist::{Event, Instant, Json, Kind, Workspace};

use crate::scene::{Reply, Scene, encoded};

const HOSTILE: [&str; 9] = [
    "<script>alert(1)</script>",
    "\"><img onerror=x>",
    "{{7*7}}",
    "\u{202e}abc",
    "]]>",
    "..",
    "~",
    "a/b?c#d %",
    "=cmd()",
];

fn filled() -> Scene {
    let scene = Scene::new();
    let acme = &scene.acme;
    acme.define_field("revenue", Kind::Number).unwrap();
    acme.define_field("birthday", Kind::Date).unwrap();
    acme.define_field("newsletter", Kind::Boolean).unwrap();
    for (key, kind) in
        [("plan", Kind::Select), ("interests", Kind::MultiSelect), ("conversation.topic", Kind::Select)]
    {
        let defined = Event::field_defined(acme.clock_now(), key, kind).options(["pro", "free", "art"]);
        acme.apply_event(defined.build().unwrap()).unwrap();
    }
    let ada = acme.contact("ada").set("name", "Ada").set("plan", "pro").set("revenue", 12.5);
    ada.set("interests", Json::List(vec!["art".into()])).add_label("VIP").save().unwrap();
    acme.contact("bob").set("name", "Bob").add_label("new").save().unwrap();
    acme.conversation("v1").set("conversation.channel", "email").save_for("ada").unwrap();
    scene
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

async fn post(scene: &Scene, contact: &str, given: &[(&str, &str)]) -> Reply {
    scene.post(&format!("contacts/{contact}"), &pairs(given)).await
}

fn value(workspace: &Workspace, contact: &str, field: &str) -> Option<String> {
    workspace
        .read(|view| view.contact(contact).unwrap().value(field).map(|value| value.to_json().to_string()))
}

/// The text of a page from a mark to the next `</form>`.
fn form<'a>(page: &'a str, id: &str) -> &'a str {
    let from = page.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no form {id}: {page}"));
    page[from..].split("</form>").next().unwrap()
}

#[tokio::test]
async fn every_kind_of_field_has_an_input_and_what_enlist_sets_itself_has_none() {
    let page = filled().get("contacts/ada").await.text;
    let values = form(&page, "values");
    assert!(values.contains(r#"name="v.name" value="Ada""#), "{values}");
    assert!(values.contains(r#"name="v.revenue" value="12.5" inputmode="decimal""#), "{values}");
    assert!(values.contains(r#"type="date" name="v.birthday""#));
    assert!(values.contains(r#"<option value="pro" selected>pro</option>"#));
    assert!(values.contains(r#"type="checkbox" name="v.interests" value="art" checked"#));
    assert!(values.contains(r#"<option value="true">yes</option>"#));
    assert!(values.contains(r#"name="v.phone" value="" inputmode="tel""#));
    assert!(values.contains("<dt>Created</dt>") && !values.contains("v.created_at"));
    let conversation = form(&page, "conversation-v1");
    assert!(conversation.contains(r#"name="v.conversation.channel" value="email""#), "{conversation}");
    assert!(!conversation.contains("v.conversation.created_at"));
}

#[tokio::test]
async fn only_what_was_changed_is_saved_and_an_empty_input_clears() {
    let scene = filled();
    // Since the form was drawn, somebody else has changed the plan and the name.
    scene.acme.contact("ada").set("plan", "free").save().unwrap();
    let sent = [
        ("do", "save"),
        ("was.name", "Ada"),
        ("v.name", "Ada"),
        ("was.plan", "pro"),
        ("v.plan", "pro"),
        ("was.revenue", "12.5"),
        ("v.revenue", ""),
        ("was.newsletter", ""),
        ("v.newsletter", "false"),
        ("was.interests", "art"),
        ("v.interests", "free"),
        ("v.interests", "pro"),
        ("v.interests", ""),
        ("was.birthday", ""),
        ("v.birthday", "1990-02-28"),
    ];
    let reply = post(&scene, "ada", &sent).await;
    assert_eq!((reply.status.as_u16(), reply.location()), (303, "/x/y/acme/contacts/ada"));
    let held = |field| value(&scene.acme, "ada", field);
    assert_eq!(held("plan").as_deref(), Some("\"free\""));
    assert_eq!((held("revenue"), held("newsletter").as_deref()), (None, Some("false")));
    assert_eq!(held("interests").as_deref(), Some(r#"["free","pro"]"#));
    assert_eq!(held("birthday").as_deref(), Some("\"1990-02-28\""));
    let nothing =
        post(&scene, "ada", &[("do", "save"), ("was.interests", "free"), ("was.interests", "pro")]).await;
    assert_eq!((nothing.status.as_u16(), held("interests")), (303, None));
}

#[tokio::test]
async fn what_is_refused_is_said_under_its_field_and_what_else_was_typed_stays() {
    let scene = filled();
    let sent = [
        ("do", "save"),
        ("was.name", "Ada"),
        ("v.name", "Ada Lovelace"),
        ("was.revenue", "12.5"),
        ("v.revenue", "much"),
        ("was.birthday", ""),
        ("v.birthday", "yesterday"),
        ("was.plan", "pro"),
        ("v.plan", "fre"),
    ];
    let reply = post(&scene, "ada", &sent).await;
    assert_eq!(reply.status, 422);
    let values = form(&reply.text, "values");
    // The stream passes over a form with what was typed.
    assert!(values.contains("hx-morph-skip"), "{values}");
    assert!(values.contains(r#"value="Ada Lovelace""#) && values.contains(r#"value="yesterday""#));
    let revenue = values.split(r#"id="values.revenue.row""#).nth(1).unwrap().split(".row\"").next().unwrap();
    assert!(revenue.contains(r#"value="much""#) && revenue.contains("a finite number"), "{revenue}");
    assert!(values.contains(r#"value="use:plan:free""#), "{values}");
    assert_eq!(value(&scene.acme, "ada", "name").as_deref(), Some("\"Ada\""));

    let mended = [
        ("do", "use:plan:free"),
        ("was.name", "Ada"),
        ("v.name", "Ada L"),
        ("was.plan", "pro"),
        ("v.plan", "fre"),
    ];
    assert_eq!(post(&scene, "ada", &mended).await.status, 303);
    assert_eq!(value(&scene.acme, "ada", "plan").as_deref(), Some("\"free\""));
    assert_eq!(value(&scene.acme, "ada", "name").as_deref(), Some("\"Ada L\""));
}

#[tokio::test]
async fn a_field_that_was_deleted_meanwhile_is_named_and_nothing_is_saved() {
    let scene = filled();
    let sent = [("do", "save"), ("was.gone", ""), ("v.gone", "x"), ("was.name", "Ada"), ("v.name", "Eve")];
    let reply = post(&scene, "ada", &sent).await;
    assert_eq!(reply.status, 422);
    assert!(reply.text.contains("`gone`") && reply.text.contains(r#"value="Eve""#), "{}", reply.text);
    assert_eq!(value(&scene.acme, "ada", "name").as_deref(), Some("\"Ada\""));
}

#[tokio::test]
async fn a_text_of_several_lines_stays_as_it_is_until_it_is_changed() {
    let scene = filled();
    scene.acme.contact("ada").set("name", "Ada\nLovelace").save().unwrap();
    let sent = [("do", "save"), ("was.name", "Ada\r\nLovelace"), ("v.name", "AdaLovelace")];
    assert_eq!(post(&scene, "ada", &sent).await.status, 303);
    assert_eq!(value(&scene.acme, "ada", "name").as_deref(), Some(r#""Ada\nLovelace""#));
}

#[tokio::test]
async fn labels_are_added_and_removed_and_those_in_use_are_offered_with_counts() {
    let scene = filled();
    let page = scene.get("contacts/ada").await.text;
    assert!(page.contains(r#"<option value="new" label="new · 1">"#), "{page}");
    assert_eq!(post(&scene, "ada", &[("do", "label"), ("label", "big spender")]).await.status, 303);
    assert_eq!(post(&scene, "ada", &[("do", "unlabel:VIP"), ("label", "")]).await.status, 303);
    let labels = |id: &str| {
        scene.acme.read(|view| view.contact(id).unwrap().labels().map(str::to_owned).collect::<Vec<_>>())
    };
    assert_eq!(labels("ada"), ["big spender"]);
    let refused = post(&scene, "ada", &[("do", "label"), ("label", " ")]).await;
    assert_eq!(refused.status, 422);
    assert!(form(&refused.text, "labels").contains("blank"), "{}", refused.text);
}

#[tokio::test]
async fn a_conversation_is_edited_and_never_taken_from_another_contact() {
    let scene = filled();
    let sent = [
        ("do", "save"),
        ("conversation", "v1"),
        ("was.conversation.status", ""),
        ("v.conversation.status", "open"),
        ("was.conversation.topic", ""),
        ("v.conversation.topic", "art"),
    ];
    assert_eq!(post(&scene, "ada", &sent).await.status, 303);
    let taken = post(&scene, "bob", &sent).await;
    assert!(taken.status == 409 && taken.text.contains("another contact's now"), "{}", taken.text);
    let page = scene.get("contacts/ada").await.text;
    assert!(form(&page, "conversation-v1").contains(r#"name="v.conversation.status" value="open""#));
    let wrong = [
        ("do", "save"),
        ("conversation", "v1"),
        ("was.conversation.topic", "art"),
        ("v.conversation.topic", "arts"),
    ];
    let refused = post(&scene, "ada", &wrong).await;
    let conversation = form(&refused.text, "conversation-v1");
    assert!(conversation.contains("use:conversation.topic:art"), "{conversation}");
    assert!(!form(&refused.text, "values").contains("hx-morph-skip"));
}

#[tokio::test]
async fn conversations_are_shown_the_newest_first() {
    let scene = filled();
    for (id, created) in [("older", "2020-01-01"), ("newer", "2099-01-01")] {
        scene.acme.conversation(id).set("conversation.created_at", created).save_for("ada").unwrap();
    }
    let page = scene.get("contacts/ada").await.text;
    let at = |id: &str| page.find(&format!("conversation-{id}")).unwrap();
    assert!(at("newer") < at("v1") && at("v1") < at("older"));
}

#[tokio::test]
async fn a_contact_is_deleted_and_one_that_is_gone_is_not_created_again() {
    let scene = filled();
    let page = scene.get("contacts/ada").await.text;
    assert!(page.contains("Deletes the contact, its labels and conversations."));
    let deleted = post(&scene, "ada", &[("do", "delete")]).await;
    assert_eq!((deleted.status.as_u16(), deleted.location()), (303, "/x/y/acme/contacts"));
    let sent = [("do", "save"), ("was.name", "Ada"), ("v.name", "Eve")];
    for reply in [scene.get("contacts/ada").await, post(&scene, "ada", &sent).await] {
        assert_eq!(reply.status, 404);
        assert!(reply.text.contains("There is no contact"), "{}", reply.text);
        assert!(reply.text.contains(r#"<a href="/x/y/acme/contacts">Contacts</a>"#));
    }
    assert_eq!(scene.acme.read(|view| view.contact_count()).unwrap(), 1);
}

#[tokio::test]
async fn a_segment_says_why_and_when_the_contact_leaves_or_enters_by_itself() {
    let scene = filled();
    let recent = r#"{"match": "all", "conditions": [{"field": "created_at", "operator": "is_in_last_7_days"}, {"field": "plan", "operator": "equals", "value": "pro"}]}"#;
    scene.acme.segment("recent").unwrap().save("Recent", recent).unwrap();
    let old = r#"{"match": "all", "conditions": [{"field": "created_at", "operator": "is_more_than_n_days_ago", "value": 6}]}"#;
    scene.acme.segment("old").unwrap().save("Old", old).unwrap();
    let now = scene.acme.clock_now();
    let later = Instant::from_milliseconds(now.milliseconds() + 7 * 86_400_000).unwrap();
    let day = later.to_string()[..10].to_owned();
    let page = scene.get("contacts/ada").await.text;
    assert!(page.contains("In 1 segment") && page.contains("Not in 1"), "{page}");
    let summary = |id: &str| {
        let text = page.split(&format!("id=\"why-{id}\"")).nth(1).unwrap();
        text.split("</summary>").next().unwrap().to_owned()
    };
    let year = &day[..4];
    let (left, entered) = (summary("recent"), summary("old"));
    assert!(
        left.contains("leaves on ") && left.contains(year) && left.contains("unless something changes"),
        "{left}"
    );
    assert!(entered.contains("enters on "), "{entered}");
    assert!(page.contains("✓") && page.contains("✗") && page.contains("ends on "));
    // What was seen.
    assert!(page.contains("Plan equals") && !page.contains("&quot;pro&quot;"), "{page}");
}

#[tokio::test]
async fn an_open_page_is_drawn_again_and_says_when_its_contact_is_gone() {
    let scene = filled();
    let page = scene.get("contacts/ada").await.text;
    assert!(page.contains(r#"hx-sse:connect="/x/y/acme/-live/contacts/ada""#));
    let mut stream = scene.stream("-live/contacts/ada").await;
    scene.message(&mut stream).await;
    scene.acme.contact("ada").set("name", "Countess").save().unwrap();
    assert!(scene.message(&mut stream).await.contains("Countess"));
    scene.acme.contact("ada").merge_into("bob").unwrap();
    assert!(scene.message(&mut stream).await.contains("There is no contact"));
}

#[tokio::test]
async fn hostile_ids_values_labels_and_conversations_are_text_and_can_be_edited() {
    let scene = filled();
    for hostile in HOSTILE {
        let contact = scene.acme.contact(hostile).set("name", hostile).add_label(hostile);
        contact.save().unwrap();
        scene.acme.conversation(hostile).set("conversation.channel", hostile).save_for(hostile).unwrap();
        let mark = if hostile.starts_with(['.', '~']) { "~" } else { "" };
        let address = format!("{mark}{}", encoded(hostile));
        let page = scene.get(&format!("contacts/{address}")).await;
        assert_eq!(page.status, 200, "{hostile}");
        assert!(!page.text.contains("<script>alert") && !page.text.contains("<img"), "{hostile}");
        let sent = [("do", "save"), ("was.email", ""), ("v.email", hostile)];
        assert_eq!(post(&scene, &address, &sent).await.status, 303, "{hostile}");
        let channel = [
            ("do", "save"),
            ("conversation", hostile),
            ("was.conversation.status", ""),
            ("v.conversation.status", hostile),
        ];
        assert_eq!(post(&scene, &address, &channel).await.status, 303, "{hostile}");
        let unlabel = format!("unlabel:{hostile}");
        assert_eq!(post(&scene, &address, &[("do", &unlabel), ("label", "")]).await.status, 303);
        assert!(value(&scene.acme, hostile, "email").is_some());
        assert!(scene.acme.read(|view| view.contact(hostile).unwrap().labels().next().is_none()));
        let refused =
            post(&scene, &address, &[("do", "save"), ("was.revenue", ""), ("v.revenue", hostile)]).await;
        assert_eq!(refused.status, 422, "{hostile}");
        assert!(!refused.text.contains("<script>alert") && !refused.text.contains("<img"), "{hostile}");
    }
}
