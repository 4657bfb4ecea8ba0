//! Writes await room in the queue. Accepted events are applied, and refused ones are returned.

use std::time::Duration;

use enlist::{Batch, Error, Event, Kind, OnRefusal, WeekStart};
use tokio::time::timeout;

use crate::workshop::{at, contacts, enters, stalled, workspace};

const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_write_awaits_room_and_continues_when_there_is_some() {
    let (_enlist, workspace) = workspace(2).await;
    let mut stream = stalled(&workspace).await;
    let tickets = [workspace.submit(vec![enters("a")]).await, workspace.submit(vec![enters("b")]).await];
    let writer = workspace.clone();
    let mut third = tokio::spawn(async move { writer.apply(vec![enters("c"), enters("d")]).await });
    assert!(timeout(SHORT, &mut third).await.is_err(), "the queue has no room");
    assert_eq!(contacts(&workspace), 1);

    for contact in ["staller", "a", "b", "c", "d"] {
        let published = timeout(LONG, stream.next()).await.unwrap().unwrap();
        assert_eq!(published.transition().unwrap().contact().as_str(), contact);
    }
    assert_eq!(timeout(LONG, third).await.unwrap().unwrap().unwrap().applied, 2);
    for ticket in tickets {
        assert_eq!(timeout(LONG, ticket.unwrap()).await.unwrap().unwrap().applied, 1);
    }
    assert_eq!(contacts(&workspace), 5);
}

#[tokio::test]
async fn a_future_dropped_before_there_is_room_writes_nothing() {
    let (enlist, workspace) = workspace(1).await;
    let mut stream = stalled(&workspace).await;
    let accepted = workspace.submit(vec![enters("accepted")]).await.unwrap();
    assert!(timeout(SHORT, workspace.apply_event(enters("never"))).await.is_err());
    // The withdrawn write must not block the later ones.
    while stream.try_next().is_some() {}
    timeout(LONG, accepted).await.unwrap().unwrap();
    while stream.try_next().is_some() {}
    timeout(LONG, workspace.apply_event(enters("later"))).await.unwrap().unwrap();
    enlist_tokio::shutdown(&enlist).await;
    let known = |contact| workspace.blocking().read(|view| view.has_contact(contact)).unwrap();
    assert_eq!([known("accepted"), known("never"), known("later")], [true, false, true]);
}

#[tokio::test]
async fn accepted_events_are_applied_even_if_their_future_or_ticket_is_dropped() {
    let (enlist, workspace) = workspace(10).await;
    let mut stream = stalled(&workspace).await;
    assert!(timeout(SHORT, workspace.apply_event(enters("a"))).await.is_err(), "accepted, not applied");
    drop(workspace.submit(vec![enters("b"), enters("c")]).await.unwrap());
    assert_eq!(contacts(&workspace), 1);
    let received = tokio::spawn(async move {
        let mut contacts = Vec::new();
        while let Some(published) = stream.next().await {
            contacts.push(published.transition().unwrap().contact().as_str().to_owned());
        }
        contacts
    });
    enlist_tokio::shutdown(&enlist).await;
    assert_eq!(received.await.unwrap(), ["staller", "a", "b", "c"]);
    assert_eq!(contacts(&workspace), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn many_tasks_write_through_a_small_queue_and_each_reads_its_own_writes() {
    let (_enlist, workspace) = workspace(7).await;
    let tasks: Vec<_> = (0..40)
        .map(|task| {
            let workspace = workspace.clone();
            tokio::spawn(async move {
                for round in 0..25 {
                    let ids: Vec<String> = (0..=task % 5).map(|n| format!("{task} {round} {n}")).collect();
                    let batch: Vec<Event> = ids.iter().map(|id| enters(id)).collect();
                    let receipt = workspace.apply(batch).await.unwrap();
                    assert_eq!((receipt.applied, receipt.refused.len()), (ids.len(), 0));
                    let sees = |id: &String| workspace.blocking().contains("pro", id).unwrap();
                    assert!(ids.iter().all(sees));
                    assert!(workspace.blocking().read(|view| view.revision()) >= receipt.revision);
                }
            })
        })
        .collect();
    for task in tasks {
        timeout(LONG, task).await.unwrap().unwrap();
    }
    assert_eq!(workspace.blocking().count("pro").unwrap(), 8 * 25 * (1 + 2 + 3 + 4 + 5));
}

#[tokio::test]
async fn a_batch_larger_than_the_queue_is_returned_at_once() {
    let (_enlist, workspace) = workspace(2).await;
    let events = vec![enters("a"), enters("b"), enters("c")];
    let refused = timeout(LONG, workspace.apply(events.clone())).await.unwrap().unwrap_err();
    assert!(matches!(refused, Error::Full { events: back, .. } if back == events));
}

#[tokio::test]
async fn a_refused_event_is_returned_whole() {
    let (_enlist, workspace) = workspace(2).await;
    let unknown = Event::contact_deleted(at(), "nobody").build().unwrap();
    let Err(Error::Refused(refused)) = workspace.apply_event(unknown.clone()).await else {
        panic!("must be refused")
    };
    assert_eq!(refused.event, unknown);
}

#[tokio::test]
async fn a_batch_that_stops_at_a_refusal_awaits_room_and_returns_the_rest() {
    let (_enlist, workspace) = workspace(3).await;
    let mut stream = stalled(&workspace).await;
    let accepted = workspace.submit(vec![enters("accepted")]).await.unwrap();
    let unknown = Event::contact_deleted(at(), "nobody").build().unwrap();
    let events = vec![enters("a"), unknown.clone(), enters("b")];
    let writer = workspace.clone();
    let mut stops =
        tokio::spawn(async move { writer.apply(Batch::from(events).on_refusal(OnRefusal::Stop)).await });
    assert!(timeout(SHORT, &mut stops).await.is_err(), "the queue has no room");
    for _ in ["staller", "accepted"] {
        timeout(LONG, stream.next()).await.unwrap().unwrap();
    }
    timeout(LONG, accepted).await.unwrap().unwrap();
    let receipt = timeout(LONG, stops).await.unwrap().unwrap().unwrap();
    assert_eq!((receipt.applied, receipt.refused.len(), receipt.rest), (1, 1, vec![enters("b")]));
    assert_eq!((receipt.refused[0].index, &receipt.refused[0].event), (1, &unknown));
    while stream.try_next().is_some() {}
    let ticket =
        workspace.submit(Batch::from(vec![unknown, enters("c")]).on_refusal(OnRefusal::Stop)).await.unwrap();
    assert_eq!(timeout(LONG, ticket).await.unwrap().unwrap().rest, [enters("c")]);
    assert_eq!(contacts(&workspace), 3);
}

#[tokio::test]
async fn fields_and_settings_are_visible_once_awaited() {
    let (_enlist, workspace) = workspace(10).await;
    workspace.set_time_zone("Europe/Lisbon").await.unwrap();
    workspace.set_week_start(WeekStart::Sunday).await.unwrap();
    workspace.define_field("age", Kind::Number).await.unwrap();
    let settings = workspace.blocking().read(|view| (view.time_zone().to_owned(), view.week_start()));
    assert_eq!(settings, ("Europe/Lisbon".to_owned(), WeekStart::Sunday));
    let defined =
        |field: &str| workspace.blocking().read(|view| view.fields().any(|each| each.key.as_str() == field));
    assert!(defined("age"));
    workspace.delete_field("age").await.unwrap();
    assert!(!defined("age"));
    assert!(matches!(workspace.delete_field("plan").await, Err(Error::Refused(_))), "a rule uses the field");
    assert!(matches!(workspace.set_time_zone("Atlantis").await, Err(Error::Refused(_))));
}

#[tokio::test]
async fn a_write_that_awaits_room_at_shutdown_gets_its_events_back() {
    let (enlist, workspace) = workspace(1).await;
    let stream = stalled(&workspace).await;
    let accepted = workspace.submit(vec![enters("accepted")]).await.unwrap();
    let writer = workspace.clone();
    let waits = tokio::spawn(async move { writer.apply_event(enters("waits")).await });
    tokio::time::sleep(SHORT).await;
    enlist_tokio::shutdown(&enlist).await;
    assert_eq!(timeout(LONG, accepted).await.unwrap().unwrap().applied, 1);
    let closed = timeout(LONG, waits).await.unwrap().unwrap().unwrap_err();
    assert!(matches!(closed, Error::Closed { events, .. } if events == [enters("waits")]));
    drop(stream);
}
