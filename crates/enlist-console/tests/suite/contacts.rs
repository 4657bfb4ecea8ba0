//! The page of contacts: all of it is in the address.

use enlist::Kind;

use crate::scene::{Scene, encoded};

const PRO: &str =
    r#"{"match": "all", "conditions": [{"field": "plan", "operator": "equals", "value": "pro"}]}"#;

/// 120 contacts c000 to c119, of which the even ones are in the segment pro.
fn filled() -> Scene {
    let scene = Scene::new();
    scene.acme.define_field("plan", Kind::Select).unwrap();
    scene.acme.segment("pro").unwrap().save("Pro", PRO).unwrap();
    for number in 0..120 {
        let (id, plan) = (format!("c{number:03}"), if number % 2 == 0 { "pro" } else { "free" });
        scene
            .acme
            .contact(&id)
            .set("name", format!("Name {number:03}").as_str())
            .set("plan", plan)
            .save()
            .unwrap();
    }
    scene
}

/// The headings of the table.
fn headings(page: &str) -> Vec<String> {
    let head =
        page.split("<thead>").nth(1).and_then(|rest| rest.split("</thead>").next()).unwrap_or_default();
    let cells = head.split("</th>").filter(|cell| cell.contains("<th"));
    let texts = cells
        .map(|cell| cell.split('<').filter_map(|tag| tag.split_once('>')).map(|(_, text)| text).collect());
    texts.collect()
}

/// The addresses of links with a text, as they stand in the page.
fn link(page: &str, text: &str) -> String {
    let before = page.split(&format!(">{text}")).next().unwrap();
    let address = before.rsplit("href=\"").next().and_then(|rest| rest.split('"').next()).unwrap();
    address.replace("&amp;", "&").replace("/x/y/acme/", "")
}

#[tokio::test]
async fn columns_are_chosen_in_the_address_and_the_usual_ones_are_shown_otherwise() {
    let scene = filled();
    let page = scene.get("contacts").await.text;
    assert_eq!(headings(&page), ["Name", "Email", "Phone", "Labels"]);
    assert!(page.contains("<input type=\"checkbox\" name=\"columns\" value=\"plan\">"), "{page}");
    let chosen = scene.get("contacts?columns=plan,name&segment=pro").await.text;
    assert_eq!(headings(&chosen), ["Plan", "Name"]);
    assert!(chosen.contains("name=\"columns\" value=\"plan\" checked"));
    assert!(
        chosen.contains("<input type=\"hidden\" name=\"segment\" value=\"pro\">"),
        "the menu keeps the segment"
    );
    let checked = scene.get("contacts?columns=name&columns=plan&columns=none").await.text;
    assert_eq!(headings(&checked), ["Name", "Plan"]);
    assert!(link(&checked, "Next").contains("columns=name%2Cplan"));
}

#[tokio::test]
async fn contacts_are_sorted_by_a_heading_and_again_the_other_way() {
    let scene = filled();
    let page = scene.get("contacts").await.text;
    assert!(!page.contains("aria-sort"));
    let up = scene.get(&link(&page, "Name<")).await.text;
    assert!(
        up.contains("aria-sort=\"ascending\"") && up.contains("Name 000") && !up.contains("Name 119"),
        "{up}"
    );
    let down = scene.get(&link(&up, "Name<")).await.text;
    assert!(
        down.contains("aria-sort=\"descending\"") && down.contains("Name 119") && !down.contains("Name 000")
    );
    for unsortable in ["labels", "none", "<img>"] {
        let page = scene.get(&format!("contacts?sort={}", encoded(unsortable))).await;
        assert!(page.status == 200 && !page.text.contains("aria-sort"), "{unsortable}");
    }
}

#[tokio::test]
async fn pages_say_which_contacts_they_have_and_lead_to_each_other() {
    let scene = filled();
    let first = scene.get("contacts").await.text;
    assert!(first.contains("1 – 50 of 120") && !first.contains("Previous"), "{first}");
    assert!(first.contains("<strong>120</strong> contacts"));
    let second = scene.get(&link(&first, "Next")).await.text;
    assert!(second.contains("51 – 100 of 120") && second.contains("Previous"));
    let third = scene.get(&link(&second, "Next")).await.text;
    assert!(third.contains("101 – 120 of 120") && !third.contains("rel=\"next\""));
    let beyond = scene.get("contacts?page=99").await.text;
    assert!(beyond.contains("101 – 120 of 120"), "one that is gone is the last");
}

#[tokio::test]
async fn the_banner_says_which_segment_and_leads_out_of_it() {
    let page = filled().get("contacts?segment=pro&columns=name").await.text;
    assert!(page.contains("<bdi>Pro</bdi> · <strong>60</strong> contacts match"), "{page}");
    assert!(page.contains("/x/y/acme/segments/pro\">Edit") && link(&page, "×") == "contacts?columns=name");
}

#[tokio::test]
async fn an_empty_page_says_why_and_offers_to_clear_what_narrows_it() {
    let nobody = Scene::new().get("contacts").await.text;
    assert!(nobody.contains("There is no contact yet."), "{nobody}");
    let scene = filled();
    let unfound = scene.get("contacts?q=zebra&segment=pro&columns=name").await.text;
    assert!(unfound.contains("in “<bdi>Pro</bdi>” has “<bdi>zebra</bdi>”"), "{unfound}");
    assert_eq!(link(&unfound, "Clear the search"), "contacts?segment=pro&columns=name");
    assert_eq!(link(&unfound, "Search all contacts"), "contacts?q=zebra&columns=name");
    scene.acme.segment("none").unwrap().save("None", PRO.replace("\"pro\"", "\"gold\"").as_str()).unwrap();
    let empty = scene.get("contacts?segment=none").await.text;
    assert!(empty.contains("Nobody is in “<bdi>None</bdi>” now: ") && empty.contains("gold"), "{empty}");
    assert_eq!(link(&empty, "Show all contacts"), "contacts?");
    let gone = scene.get("contacts?segment=%3Cimg%3E").await;
    assert_eq!(gone.status, 200);
    assert!(gone.text.contains("There is no segment “<bdi>&lt;img&gt;</bdi>”"), "{}", gone.text);
    assert_eq!(link(&gone.text, "Show all contacts"), "contacts?");
}

#[tokio::test]
async fn a_text_that_cannot_be_searched_for_is_said_and_can_be_cleared() {
    let scene = filled();
    let page = scene.get(&format!("contacts?q={}", "x".repeat(20_000))).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(
        page.text.contains("cannot be searched for") && page.text.contains("Clear the search"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn a_contact_without_a_name_shows_its_id_and_values_of_any_text_are_text() {
    let scene = filled();
    let hostile = "\"><img onerror=x>\r\revent: x";
    scene.acme.contact("nameless").add_label(hostile).set("plan", "pro").save().unwrap();
    let page = scene.get("contacts?q=nameless").await.text;
    assert!(page.contains("<span class=\"quiet\">nameless</span>"), "{page}");
    assert!(!page.contains("<img"));
    let mut stream = scene.stream("-live/contacts?q=nameless").await;
    let message = scene.message(&mut stream).await;
    assert!(message.split(['\n', '\r']).all(|line| line.starts_with("data: ")), "{message}");
}
