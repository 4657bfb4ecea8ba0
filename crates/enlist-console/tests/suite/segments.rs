//! The list of segments.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use enlist_console::{Arrangement, Arrangements, Campaign, Console, InMemory};

use crate::scene::Scene;

const NAMED: &str = r#"{"match": "all", "conditions": [{"field": "name", "operator": "is_not_empty"}]}"#;

fn filled() -> Scene {
    let scene = Scene::new();
    scene.acme.segment("named").unwrap().save("Named", NAMED).unwrap();
    let in_named = r#"{"match": "all", "conditions": [{"segment": "named", "operator": "is_member"}]}"#;
    scene.acme.segment("core").unwrap().save("Core", in_named).unwrap();
    scene.acme.contact("ada").set("name", "Ada").save().unwrap();
    scene
}

#[tokio::test]
async fn a_workspace_without_segments_says_what_one_is_and_offers_four_to_begin_with() {
    let page = Scene::new().get("segments").await.text;
    assert!(page.contains("A segment is a rule over your contacts."));
    for name in ["new-this-week", "no-activity", "open-conversations", "without-email"] {
        assert!(page.contains(&format!("/x/y/acme/segments/-new?starter={name}\"")), "{name}");
    }
}

#[tokio::test]
async fn a_search_without_a_result_says_so_and_can_be_cleared() {
    let scene = filled();
    let page = scene.get("segments?q=%3Cimg%3E&sort=name").await.text;
    assert!(page.contains("No segment has “<bdi>&lt;img&gt;</bdi>”"), "{page}");
    assert!(page.contains("href=\"/x/y/acme/segments?sort=name\">Clear the search"), "{page}");
    assert_eq!(scene.get("segments?sort=nonsense").await.status, 200);
}

#[tokio::test]
async fn segments_are_in_the_order_that_the_address_says() {
    let scene = filled();
    let at = |page: &str, id: &str| page.find(&format!("id=\"segment/{id}\"")).unwrap();
    let created = scene.get("segments").await.text;
    assert!(at(&created, "named") < at(&created, "core"));
    let by_name = scene.get("segments?sort=name").await.text;
    assert!(at(&by_name, "core") < at(&by_name, "named"));
}

#[tokio::test]
async fn what_uses_a_segment_is_listed_with_links() {
    let scene = filled();
    let kept = InMemory::default();
    let mut campaign = Campaign::default();
    (campaign.id, campaign.name) = ("a/b".to_owned(), "<img> Spring".to_owned());
    campaign.exclude.push("named".to_owned());
    let mut arrangement = Arrangement::default().with_columns(["named"]);
    arrangement.campaigns.push(campaign);
    kept.keep("acme", &arrangement).unwrap();
    let scene = scene.with(|api| Console::new(api).keep(kept));
    let page = scene.get("segments").await.text;
    let row = page.split("id=\"segment/named\"").nth(1).and_then(|rest| rest.split("</tr>").next()).unwrap();
    assert!(row.contains("href=\"/x/y/acme/segments/core\""), "{row}");
    assert!(row.contains("href=\"/x/y/acme/leads\"><bdi>Leads"), "{row}");
    assert!(row.contains("href=\"/x/y/acme/campaigns/a%2Fb\"><bdi>&lt;img&gt; Spring"), "{row}");
    let core = page.split("id=\"segment/core\"").nth(1).and_then(|rest| rest.split("</tr>").next()).unwrap();
    assert!(core.contains("—") && !core.contains("/leads"), "{core}");
}

/// Cannot be read the second time.
#[derive(Debug, Default)]
struct Failing {
    found: AtomicUsize,
}

impl Arrangements for Failing {
    fn find(&self, _: &str) -> io::Result<Option<Arrangement>> {
        if self.found.fetch_add(1, Ordering::Relaxed) == 1 {
            return Err(io::Error::other("not now"));
        }
        Ok(None)
    }

    fn keep(&self, _: &str, _: &Arrangement) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn an_open_page_that_could_not_be_drawn_once_is_drawn_a_little_later() {
    let scene = filled().with(|api| Console::new(api).keep(Failing::default()));
    let mut stream = scene.stream("-live/segments").await;
    scene.message(&mut stream).await;
    scene.acme.contact("bob").set("name", "Bob").save().unwrap();
    let message = scene.message(&mut stream).await;
    assert!(message.contains(">2</a>"), "{message}");
    assert_eq!(scene.get("segments").await.status, 200);
}
