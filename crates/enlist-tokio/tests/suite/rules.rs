//! Saving and previewing rules does not block the task's thread.

use std::time::Duration;

use enlist::{Error, Json, PageRequest};
use tokio::time::timeout;

use crate::workshop::{PRO, enters, stalled, workspace};

fn rule(text: &str) -> Json {
    Json::parse(text).unwrap()
}

#[tokio::test]
async fn a_preview_reports_what_saving_would_change_and_saving_changes_it() {
    let (_enlist, workspace) = workspace(100).await;
    workspace.apply(vec![enters("a"), enters("b")]).await.unwrap();
    let free = PRO.replace("equals", "not_equals");
    let preview = workspace.preview("pro", rule(&free)).await.unwrap();
    assert_eq!((preview.count, preview.enters.len(), preview.leaves.len()), (0, 0, 2));
    assert_eq!(workspace.blocking().count("pro").unwrap(), 2);

    let saved = workspace.save_segment("pro", "Not pro", rule(&free)).await.unwrap();
    assert_eq!(workspace.read_blocking(|view| view.count("pro")).await.unwrap().unwrap(), 0);
    let conflict = workspace.save_segment_if(None, "pro", "Pro", rule(PRO)).await.unwrap_err();
    assert!(matches!(conflict, Error::SegmentChanged { found, .. } if found == Some(saved)));
    workspace.save_segment_if(Some(saved), "pro", "Pro", rule(PRO)).await.unwrap();
    assert_eq!(workspace.blocking().count("pro").unwrap(), 2);

    workspace.delete_segment("pro").await.unwrap();
    assert!(workspace.blocking().count("pro").is_err());
    let wrong = workspace.preview("pro", rule(&PRO.replace("plan", "plna"))).await.unwrap_err();
    assert!(wrong.to_string().contains("did you mean `plan`"), "{wrong}");
}

#[tokio::test]
async fn contacts_are_found_by_a_rule_and_by_their_ids_without_a_segment() {
    let (_enlist, workspace) = workspace(100).await;
    workspace.apply(vec![enters("ada"), enters("bob")]).await.unwrap();
    let found = workspace.matching(rule(PRO)).await.unwrap();
    assert_eq!((found.len(), workspace.ids_beginning_with("a").await.unwrap().len()), (2, 1));
    let page = workspace.read(move |view| view.page_of(&found, &PageRequest::default())).await.unwrap();
    assert_eq!(page.unwrap().total, 2);
    let wrong = workspace.matching(rule(&PRO.replace("plan", "plna"))).await.unwrap_err();
    assert_eq!(wrong.code(), "invalid_rule");
}

#[tokio::test]
async fn a_save_that_waits_does_not_block_the_only_thread_of_the_runtime() {
    let (_enlist, workspace) = workspace(100).await;
    let mut stream = stalled(&workspace).await;
    let save = workspace.save_segment("pro", "Renamed", rule(PRO));
    let listen = async {
        // The save cannot be applied before the stream is read.
        tokio::time::sleep(Duration::from_millis(50)).await;
        while stream.next().await.is_some_and(|published| published.transition().is_some()) {}
    };
    let both = async { tokio::join!(save, listen) };
    let (saved, ()) = timeout(Duration::from_secs(20), both).await.unwrap();
    saved.unwrap();
}

#[tokio::test]
async fn a_panic_in_read_blocking_reaches_the_awaiting_task() {
    let (_enlist, workspace) = workspace(10).await;
    let reads = workspace.clone();
    let read = tokio::spawn(async move { reads.read_blocking(|_| panic!("in the closure")).await });
    let failure: Result<Result<(), Error>, _> = read.await;
    assert!(failure.unwrap_err().is_panic());
    workspace.apply_event(enters("a")).await.unwrap();
}
