//! Ids that a careless program would take apart work in every address, and come back as they were.

use serde_json::Value;

use crate::right_requests::{Ids, RIGHT, Right, answered};
use crate::scene::{Scene, address};

/// Texts that mean something in HTML, templates, XML, spreadsheets, addresses, file systems, or JSON Pointers.
const HOSTILE: [&str; 20] = [
    "<script>alert(1)</script>",
    "\u{202e}gnp.exe",
    "{{7*7}}",
    "{id}",
    "]]>",
    "=cmd()|' /C calc'!A0",
    "/",
    "%",
    "%2F%2e%2e",
    "?",
    "?a=b&c#d",
    "..",
    ".",
    "../..",
    "/ % ? ..",
    "~",
    "~0~1",
    "*",
    "\"\\\n\t\u{0}",
    " \u{a0}a ",
];

/// The member that shows an id of the path, if the answer has one.
fn shown<'a>(row: &Right, answer: &'a Value) -> Option<&'a Value> {
    // It shows the contact that stays.
    if row.path.ends_with("/merge") {
        return None;
    }
    let path = row.template();
    let name = path.rsplit_once('{')?.1.split('}').next()?.to_owned();
    answer.get(&name).filter(|_| path.ends_with('}') && name != "field")
}

#[tokio::test]
async fn hostile_ids_work_in_every_address() {
    let emoji = "\u{1f9ea}".repeat(64);
    let mut compared = 0;
    for id in HOSTILE.into_iter().chain([emoji.as_str()]) {
        let (scene, ids) = (Scene::empty(), Ids { workspace: id, id });
        for row in RIGHT {
            let reply = answered(&scene, *row, row.request(ids)).await;
            assert_eq!(reply.status.as_u16(), row.status, "{id:?} {row:?}: {reply:?}");
            let answer: Value = serde_json::from_str(&reply.text).unwrap_or_default();
            if let Some(shown) = shown(row, &answer) {
                assert_eq!(shown, id, "{row:?}");
                compared += 1;
            }
        }
    }
    assert!(compared > 10 * HOSTILE.len(), "{compared}");
}

#[tokio::test]
async fn an_id_that_is_not_there_is_not_found_whatever_it_is() {
    let scene = Scene::with_contacts().await;
    for id in HOSTILE {
        for path in ["contacts", "segments", "fields", "audiences"] {
            scene.get(&format!("{path}/{}", address(id))).await.refused(404);
        }
        scene.get(&format!("segments/pro/members/{}", address(id))).await.refused(404);
        scene.get(&format!("/v1/workspaces/{}", address(id))).await.refused(404);
        let field = format!("fields/{}", address(id));
        let refused = scene.put("PUT", &field, serde_json::json!({"kind": "text"})).await.refused(422);
        assert_eq!(refused, "invalid_field_key");
    }
}

#[tokio::test]
async fn an_id_that_is_too_long_is_refused_and_stored_nowhere() {
    let scene = Scene::with_contacts().await;
    let long = "a".repeat(257);
    for row in RIGHT.iter().filter(|row| matches!(row.method, "PUT" | "PATCH") && row.path.ends_with('}')) {
        let reply = scene.send(row.request(Ids { id: &long, ..Ids::PLAIN })).await;
        if !row.path.starts_with("fields") {
            assert_eq!(reply.refused(422), "invalid_id", "{row:?}");
        }
    }
    let reply = scene.put("PUT", &format!("/v1/workspaces/{long}"), serde_json::json!({})).await;
    assert_eq!(reply.refused(422), "invalid_id");
}
