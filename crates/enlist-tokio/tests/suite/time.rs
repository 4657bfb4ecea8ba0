//! Advances and rebuilds are awaited, and continue after their first poll even if their futures are dropped.

use std::time::Duration;

use enlist::{Error, Instant, Json, Published};
use enlist_tokio::AsyncWorkspace;
use tokio::time::timeout;

use crate::workshop::{at, enters, stalled, workspace};

const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(20);

/// Saves a segment of the contacts created today.
async fn save_today(workspace: &AsyncWorkspace) {
    let rule = r#"{"match": "all", "conditions": [{"field": "created_at", "operator": "is_today"}]}"#;
    workspace.save_segment("today", "Today", Json::parse(rule).unwrap()).await.unwrap();
}

fn days_later(days: i64) -> Instant {
    Instant::from_milliseconds(at().milliseconds() + days * 86_400_000).unwrap()
}

#[tokio::test]
async fn an_awaited_advance_is_visible_to_every_reader() {
    let (_enlist, workspace) = workspace(10).await;
    save_today(&workspace).await;
    workspace.apply_event(enters("ada")).await.unwrap();
    assert_eq!(workspace.blocking().count("today").unwrap(), 1);
    let revision = timeout(LONG, workspace.advance(days_later(1))).await.unwrap().unwrap();
    assert_eq!(workspace.blocking().count("today").unwrap(), 0);
    assert!(
        workspace.blocking().read(|view| (view.revision(), view.now())) >= (revision, Some(days_later(1)))
    );
    // An earlier instant changes nothing.
    workspace.advance(at()).await.unwrap();
    assert_eq!(workspace.blocking().read(|view| view.now()), Some(days_later(1)));
}

#[tokio::test]
async fn an_advance_continues_after_its_future_is_dropped() {
    let (enlist, workspace) = workspace(10).await;
    save_today(&workspace).await;
    let mut stream = stalled(&workspace).await;
    // The future was polled, so the advance was submitted. The timeout fires, so the runtime's only thread was not blocked.
    assert!(timeout(SHORT, workspace.advance(days_later(1))).await.is_err());
    // This future is never polled, so nothing is submitted.
    drop(workspace.advance(days_later(100)));
    let exits = tokio::spawn(async move {
        let mut left = 0;
        while let Some(published) = stream.next().await {
            let Published::Transition(transition) = published else { continue };
            left += usize::from(transition.change() == enlist::Change::Left);
        }
        left
    });
    enlist_tokio::shutdown(&enlist).await;
    assert_eq!(timeout(LONG, exits).await.unwrap().unwrap(), 1);
    assert_eq!(workspace.blocking().read(|view| view.now()), Some(days_later(1)));
    let closed = workspace.advance(days_later(2)).await.unwrap_err();
    assert!(matches!(closed, Error::Closed { .. }), "{closed}");
}

#[tokio::test]
async fn a_rebuild_is_awaited_and_continues_after_its_future_is_dropped() {
    let (_enlist, workspace) = workspace(10).await;
    workspace.apply_event(enters("ada")).await.unwrap();
    let before = workspace.blocking().read(|view| view.revision());
    let rebuilt = timeout(LONG, workspace.rebuild_partition(0)).await.unwrap().unwrap();
    assert!(rebuilt > before);
    assert_eq!(workspace.blocking().count("pro").unwrap(), 1);
    let outcome = workspace.rebuild_partition(1).await;
    assert!(matches!(outcome, Err(Error::UnknownPartition { found: 1, partitions: 1 })), "{outcome:?}");

    let mut stream = stalled(&workspace).await;
    let before = workspace.blocking().read(|view| view.revision());
    assert!(timeout(SHORT, workspace.rebuild_partition(0)).await.is_err());
    while stream.try_next().is_some() {}
    let waits = async {
        while workspace.blocking().read(|view| view.revision()) == before {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, waits).await.unwrap();
}
