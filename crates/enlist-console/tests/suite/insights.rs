//! Insights: numbers over time and overlaps, as tables.

use enlist::Kind;

use crate::scene::{Scene, encoded};

fn rule(field: &str) -> String {
    format!(
        r#"{{"match": "all", "conditions": [{{"field": "{field}", "operator": "equals", "value": "yes"}}]}}"#
    )
}

fn filled() -> Scene {
    let scene = Scene::new();
    for (id, contacts) in [("a", 4), ("b", 1)] {
        scene.acme.define_field(id, Kind::Select).unwrap();
        scene.acme.segment(id).unwrap().save(&format!("Segment {id}"), rule(id).as_str()).unwrap();
        for number in 0..contacts {
            scene.acme.contact(&format!("c{number}")).set(id, "yes").save().unwrap();
        }
    }
    scene.acme.contact("c3").set("a", enlist::Json::Null).save().unwrap();
    scene
}

#[tokio::test]
async fn every_picture_has_its_numbers_as_a_table() {
    let scene = filled();
    let page = scene.get("insights?over=hours&segment=a&segment=b").await.text;
    assert_eq!(page.matches("<figure data-plot").count(), 2, "{page}");
    assert!(page.contains(", now</time></th><td>3</td><td>1</td>"), "{page}");
    assert!(page.contains(", so far</time></th><td>4</td><td>1</td><td>1</td><td>0</td>"), "{page}");
    assert!(page.contains("class=\"tint-7\">3 <span class=\"share\">100 %"), "{page}");
    assert!(page.contains("class=\"tint-2\">1 <span class=\"share\">33 %"), "{page}");
    let days = scene.get("insights").await.text;
    assert!(
        days.contains("Day began") && days.contains("Segment b"),
        "the first segments are chosen: {days}"
    );
}

#[tokio::test]
async fn what_is_chosen_is_in_the_address_and_at_most_twelve() {
    let scene = filled();
    let page = scene.get("insights?segment=b&segment=gone&over=hours").await.text;
    assert!(
        page.contains("There is no segment “<bdi>gone</bdi>”")
            && !page.contains("<bdi>Segment a</bdi></span>"),
        "{page}"
    );
    assert!(page.contains("-live/insights?over=hours&amp;segment=b&amp;segment=gone"), "{page}");
    let ids: Vec<String> = (0..13).map(|number| format!("more-{number}")).collect();
    for id in &ids {
        scene.acme.segment(id).unwrap().save(id, rule("a").as_str()).unwrap();
    }
    let query = ids.iter().map(|id| format!("segment={}", encoded(id))).collect::<Vec<_>>().join("&");
    let page = scene.get(&format!("insights?{query}")).await;
    assert!(
        page.text.contains("At most 12 segments are shown at once: these are the first of 13."),
        "{}",
        page.text
    );
    assert!(page.text.len() < 100 * 1024, "{} bytes", page.text.len());
}

#[tokio::test]
async fn a_workspace_without_segments_says_so() {
    let page = Scene::new().get("insights").await;
    assert!(page.status == 200 && page.text.contains("There is no segment yet."), "{}", page.text);
}

#[tokio::test]
async fn the_numbers_are_live() {
    let scene = filled();
    let mut stream = scene.stream("-live/insights?segment=b").await;
    scene.message(&mut stream).await;
    scene.acme.contact("new").set("b", "yes").save().unwrap();
    assert!(scene.message(&mut stream).await.contains(", now</time></th><td>2</td>"));
}
