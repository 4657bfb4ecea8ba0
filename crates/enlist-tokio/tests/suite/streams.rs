//! Streams deliver everything that was accepted, in order, and then end.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use enlist::{End, Overflow, Published, SubscribeOptions};
use futures_core::Stream;
use tokio::time::timeout;

use crate::workshop::{contacts, enters, workspace};

#[tokio::test]
async fn a_stream_ends_at_shutdown_after_everything_that_was_accepted() {
    let (enlist, workspace) = workspace(1_000).await;
    let mut slow = workspace.subscribe(SubscribeOptions::all().overflow(Overflow::Block).capacity(3));
    let mut tickets = Vec::new();
    for number in 0..200 {
        tickets.push(workspace.submit(vec![enters(&format!("contact {number}"))]).await.unwrap());
    }
    let ends = tokio::spawn(async move { enlist_tokio::shutdown(&enlist).await });
    let mut received = 0;
    while let Some(published) = slow.next().await {
        let contact = published.transition().unwrap().contact().as_str().to_owned();
        assert_eq!(contact, format!("contact {received}"));
        received += 1;
    }
    ends.await.unwrap();
    assert_eq!((received, slow.end()), (200, Some(End::Closed)));
    assert!(slow.next().await.is_none(), "an ended stream stays ended");
    for ticket in tickets {
        assert_eq!(ticket.await.unwrap().applied, 1);
    }
    assert_eq!(contacts(&workspace), 200);
}

#[tokio::test]
async fn dropping_a_workspace_ends_its_streams() {
    let (enlist, workspace) = workspace(10).await;
    let mut stream = workspace.subscribe(SubscribeOptions::all());
    let waits = tokio::spawn(async move { stream.next().await.is_none() });
    tokio::task::yield_now().await;
    assert!(enlist.drop_workspace("acme").unwrap());
    assert!(timeout(Duration::from_secs(20), waits).await.unwrap().unwrap());
}

#[tokio::test]
async fn a_dropped_next_loses_no_item() {
    let (_enlist, workspace) = workspace(10).await;
    let mut stream = workspace.subscribe(SubscribeOptions::all());
    assert!(timeout(Duration::from_millis(20), stream.next()).await.is_err());
    workspace.apply_event(enters("ada")).await.unwrap();
    let published = stream.next().await.unwrap();
    assert_eq!(published.transition().unwrap().contact().as_str(), "ada");
}

#[tokio::test]
async fn a_slow_stream_that_drops_items_gets_a_gap() {
    let (_enlist, workspace) = workspace(100).await;
    let mut stream = workspace.subscribe(SubscribeOptions::all().capacity(2));
    for number in 0..5 {
        workspace.apply_event(enters(&format!("contact {number}"))).await.unwrap();
    }
    let Some(Published::Gap(gap)) = stream.next().await else { panic!("a gap must come first") };
    assert_eq!(gap.until.number() - gap.from.number(), 3);
    let next = stream.next().await.unwrap();
    assert_eq!((next.sequence(), next.transition().unwrap().contact().as_str()), (gap.until, "contact 3"));
}

#[tokio::test]
async fn a_task_that_only_reads_a_stream_yields_to_other_tasks() {
    let (_enlist, workspace) = workspace(10_000).await;
    let mut stream = workspace.subscribe(SubscribeOptions::all());
    workspace
        .apply((0..5_000).map(|n| enters(&format!("contact {n}"))).collect::<enlist::Batch>())
        .await
        .unwrap();
    let mut taken = 0;
    let mut polls = 0;
    while taken < 5_000 {
        let at_once = poll_fn(|context| {
            let mut at_once = 0;
            while let Poll::Ready(Some(_)) = Pin::new(&mut stream).poll_next(context) {
                at_once += 1;
            }
            Poll::Ready(at_once)
        });
        taken += at_once.await;
        polls += 1;
        tokio::task::yield_now().await;
    }
    assert_eq!(taken, 5_000);
    assert!(polls > 10, "{polls} polls");
}

#[tokio::test]
async fn a_consumer_goes_on_after_what_it_acknowledged() {
    let (_enlist, workspace) = workspace(10_000).await;
    let mut stream = workspace.consumer("hooks", enlist::ConsumerOptions::new()).await.unwrap();
    for contact in ["ada", "bob"] {
        workspace.apply_event(enters(contact)).await.unwrap();
    }
    let ada = stream.next().await.unwrap();
    stream.acknowledge(ada.sequence());
    let mut later = workspace.consumer("hooks", enlist::ConsumerOptions::new()).await.unwrap();
    assert_eq!(later.next().await.unwrap().sequence(), ada.sequence().next());
    assert!(workspace.remove_consumer("hooks").await.unwrap());
    assert!(later.next().await.is_none());
    assert_eq!(later.end(), Some(End::TakenOver));
}
