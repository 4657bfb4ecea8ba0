//! Campaigns: who is in them, frozen audiences, downloads.

use enlist::Kind;

use crate::scene::{Reply, Scene, encoded};

const HOSTILE: [&str; 6] =
    ["<script>alert(1)</script>", "\"><img onerror=x>", "..", "a/b?c#d %", "=cmd()", "\u{202e}abc"];

fn rule(field: &str, value: &str) -> String {
    format!(
        r#"{{"match": "all", "conditions": [{{"field": "{field}", "operator": "equals", "value": "{value}"}}]}}"#
    )
}

/// Three of Pro, of which one is at risk; two of Trial, of which one is of Pro.
fn filled() -> Scene {
    let scene = Scene::new();
    for field in ["plan", "trial", "risk"] {
        scene.acme.define_field(field, Kind::Select).unwrap();
    }
    for (id, name, field) in
        [("pro", "Pro", "plan"), ("trial", "Trial", "trial"), ("risk", "At risk", "risk")]
    {
        scene.acme.segment(id).unwrap().save(name, rule(field, "yes").as_str()).unwrap();
    }
    let fields = [
        ("ada", &["plan"][..]),
        ("bob", &["plan", "trial"]),
        ("cy", &["plan", "risk"]),
        ("di", &["trial"]),
        ("ed", &["risk"]),
    ];
    for (contact, fields) in fields {
        let draft = scene.acme.contact(contact).set("name", format!("={contact}()"));
        fields.iter().fold(draft, |draft, field| draft.set(field, "yes")).save().unwrap();
    }
    scene
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

const SPRING: [(&str, &str); 5] = [
    ("name", "Spring"),
    ("include", "pro"),
    ("include", "trial"),
    ("exclude", "risk"),
    ("suppress", "di\r\nnobody\r\n\r\ndi"),
];

async fn spring(scene: &Scene) -> Reply {
    let made = scene.post("campaigns/-new", &pairs(&[&SPRING[..], &[("do", "save")]].concat())).await;
    assert_eq!((made.status.as_u16(), made.location()), (303, "/x/y/acme/campaigns/spring"), "{}", made.text);
    scene.get("campaigns/spring").await
}

async fn freeze(scene: &Scene, name: &str) -> Reply {
    scene.post("campaigns/spring/audiences", &pairs(&[("name", name)])).await
}

#[tokio::test]
async fn a_campaign_says_how_many_it_reaches_and_what_each_segment_adds_or_takes() {
    let scene = filled();
    assert!(scene.get("campaigns").await.text.contains("A campaign is for the members of segments"));
    let draft = scene.post("campaigns/-new", &pairs(&[&SPRING[..], &[("do", "show")]].concat())).await.text;
    assert!(
        draft.contains("<strong>2</strong> contacts now") && draft.contains("value=\"Spring\""),
        "{draft}"
    );
    assert!(!scene.get("campaigns").await.text.contains("Spring"), "a count keeps nothing");
    let page = spring(&scene).await.text;
    for said in [
        "<strong>2</strong> contacts now",
        "adds 3",
        "adds 1",
        "takes 1",
        "2 listed, 1 is a member",
        "not among the contacts: <bdi>nobody</bdi>",
        "Members of <bdi>Pro</bdi> or <bdi>Trial</bdi>, but not of <bdi>At risk</bdi>, without 2 contacts.",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let list = scene.get("campaigns").await.text;
    assert!(list.contains("Spring") && list.contains("Members of") && list.contains(">2<"), "{list}");
}

#[tokio::test]
async fn the_size_is_live_and_the_form_is_left_alone() {
    let scene = filled();
    spring(&scene).await;
    let mut stream = scene.stream("-live/campaigns/spring").await;
    let first = scene.message(&mut stream).await;
    assert!(first.contains("<strong>2</strong>") && first.contains("hx-morph-skip"), "{first}");
    scene.acme.contact("fay").set("trial", "yes").save().unwrap();
    assert!(scene.message(&mut stream).await.contains("<strong>3</strong>"));
}

#[tokio::test]
async fn a_frozen_audience_stands_still_and_is_downloaded() {
    let scene = filled();
    let page = spring(&scene).await.text;
    assert!(page.contains("name=\"name\" value=\"Spring 20"), "a name is proposed: {page}");
    assert_eq!(freeze(&scene, "Spring 1").await.location(), "/x/y/acme/campaigns/spring");
    scene.acme.contact("bob").delete().unwrap();
    scene.acme.contact("fay").set("trial", "yes").save().unwrap();
    let page = scene.get("campaigns/spring").await.text;
    assert!(page.contains("1 still selected, 1 no longer"), "{page}");
    let csv = scene.get("audiences/Spring%201/contacts.csv").await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert!(csv.headers["content-disposition"].to_str().unwrap().contains("UTF-8''Spring%201.csv"));
    let ids: Vec<&str> = csv.text.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(ids.len(), 2, "{}", csv.text);
    assert!(ids.contains(&"ada") && ids.contains(&"bob") && csv.text.contains("'=ada()"), "{}", csv.text);
    let lines = scene.get("audiences/Spring%201/contacts.ndjson").await.text;
    assert!(lines.contains("{\"contact\":\"bob\",\"values\":{}}"), "{lines}");
    assert_eq!(scene.get("audiences/none/contacts.csv").await.status, 404);
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused_with_a_sentence() {
    let scene = filled();
    spring(&scene).await;
    freeze(&scene, "S").await;
    scene.acme.contact("fay").set("trial", "yes").save().unwrap();
    let refused = freeze(&scene, "S").await;
    assert!(refused.text.contains("There is a frozen audience of this name"), "{}", refused.text);
    assert!(refused.text.contains("name=\"name\" value=\"S\""), "what was typed is there");
    assert!(freeze(&scene, " ").await.text.contains("Give the audience a name."));
    assert!(freeze(&scene, &"x".repeat(257)).await.text.contains("The name is too long"));
    let lines = scene.get("audiences/S/contacts.ndjson").await.text;
    assert_eq!(lines.lines().count(), 2, "{lines}");
}

#[tokio::test]
async fn a_deleted_segment_is_named_and_nothing_is_frozen_until_it_is_removed() {
    let scene = filled();
    spring(&scene).await;
    scene.acme.segment("risk").unwrap().delete().unwrap();
    let page = scene.get("campaigns/spring").await.text;
    assert!(page.contains("<bdi>risk</bdi><span class=\"problem\"> was deleted"), "{page}");
    assert!(
        page.contains("Remove it; then the campaign can be frozen.") && page.contains("<button disabled"),
        "{page}"
    );
    assert!(freeze(&scene, "S").await.text.contains("A segment of this campaign was deleted."));
    let without = [("name", "Spring"), ("include", "pro"), ("do", "save")];
    assert_eq!(scene.post("campaigns/spring", &pairs(&without)).await.status, 303);
    assert_eq!(freeze(&scene, "S").await.status, 303);
}

#[tokio::test]
async fn what_cannot_be_kept_is_said_and_comes_back() {
    let scene = filled();
    let nameless = [("name", " "), ("include", "pro"), ("suppress", "ada"), ("do", "save")];
    let page = scene.post("campaigns/-new", &pairs(&nameless)).await.text;
    assert!(page.contains("Give the campaign a name.") && page.contains("ada</textarea>"), "{page}");
    assert!(page.contains("value=\"pro\" checked"), "{page}");
    spring(&scene).await;
    let page = scene.post("campaigns/spring", &pairs(&nameless)).await.text;
    assert!(page.contains("Give the campaign a name."));
    assert!(scene.get("campaigns").await.text.contains("Spring"));
    // A change that a script sends is kept, and the page is the answer.
    let changed = scene.post("campaigns/spring", &pairs(&[("name", "Autumn"), ("include", "pro")])).await;
    assert!(
        changed.status == 200 && changed.text.contains("<strong>3</strong> contacts now"),
        "{}",
        changed.text
    );
    assert!(scene.get("campaigns").await.text.contains("Autumn"));
    assert_eq!(scene.post("campaigns/none", &pairs(&SPRING)).await.status, 404);
}

#[tokio::test]
async fn a_campaign_is_deleted_and_its_frozen_audiences_stay() {
    let scene = filled();
    spring(&scene).await;
    freeze(&scene, "Kept").await;
    freeze(&scene, "Gone").await;
    let forgotten = scene.post("audiences/Gone", &pairs(&[("campaign", "spring")])).await;
    assert_eq!(forgotten.location(), "/x/y/acme/campaigns/spring");
    let page = scene.get("campaigns/spring").await.text;
    assert!(
        page.contains("Kept") && !page.contains("Gone") && page.contains("so does its frozen audience"),
        "{page}"
    );
    let deleted = scene.post("campaigns/spring", &pairs(&[("do", "delete")])).await;
    assert_eq!(deleted.location(), "/x/y/acme/campaigns");
    let list = scene.get("campaigns").await.text;
    assert!(list.contains("Frozen audiences of no campaign") && list.contains("Kept"), "{list}");
    assert_eq!(scene.get("audiences/Kept/contacts.csv").await.status, 200);
    assert_eq!(scene.acme.count("pro").unwrap(), 3);
}

#[tokio::test]
async fn hostile_names_of_campaigns_segments_contacts_and_audiences_show_as_text() {
    let scene = filled();
    for hostile in HOSTILE {
        scene.acme.segment(hostile).unwrap().save(hostile, rule("plan", "yes").as_str()).unwrap();
        let form = [
            ("name", hostile),
            ("include", hostile),
            ("exclude", hostile),
            ("suppress", hostile),
            ("do", "save"),
        ];
        let made = scene.post("campaigns/-new", &pairs(&form)).await;
        assert_eq!(made.status, 303, "{hostile}: {}", made.text);
        let path = made.location().trim_start_matches("/x/y/acme/").to_owned();
        let frozen = scene.post(&format!("{path}/audiences"), &pairs(&[("name", hostile)])).await;
        assert_eq!(frozen.status, 303, "{hostile}: {}", frozen.text);
        let page = scene.get(&path).await;
        assert_eq!(page.status, 200, "{hostile}");
        assert!(!page.text.contains("<script>alert") && !page.text.contains("<img"), "{hostile}");
        let mark = if hostile.starts_with('.') { "~" } else { "" };
        let csv = scene.get(&format!("audiences/{mark}{}/contacts.csv", encoded(hostile))).await;
        assert_eq!(csv.status, 200, "{hostile}");
        scene.acme.segment(hostile).unwrap().delete().unwrap();
        assert!(!scene.get(&path).await.text.contains("<script>alert"), "{hostile}");
    }
    let list = scene.get("campaigns").await.text;
    assert!(!list.contains("<script>alert") && !list.contains("<img"), "{list}");
}
