//! The limits of a workspace: each is refused with an error that names it. Also two users who edit one segment.

use enlist::{
    Batch, EngineError, Error, Event, OnRefusal, Overflow, Receipt, SubscribeOptions, Workspace,
    WorkspaceLimits, WorkspaceSettings,
};

use crate::scene::{built, ends, named, noon, only, rule, save_segment, until, walk};
use crate::subject::{partitioned, workspace};

fn limited(partitions: usize, limits: WorkspaceLimits) -> Workspace {
    workspace(WorkspaceSettings::default().with_partitions(partitions).with_limits(limits))
}

/// The name of the limit that refused something.
fn limit_of(error: &Error) -> &'static str {
    match error {
        Error::Limit { limit, .. } | Error::Full { limit, .. } => limit.name,
        Error::Refused(refused) => limit_of(&refused.reason),
        other => panic!("{other}"),
    }
}

fn refused_at(receipt: &Receipt, events: &[Event]) -> Vec<usize> {
    for refused in &receipt.refused {
        assert_eq!(refused.event, events[refused.index], "a refused event is returned whole");
    }
    receipt.refused.iter().map(|refused| refused.index).collect()
}

#[test]
fn contacts_are_limited_in_single_events_and_within_batches() {
    for partitions in [1, 3] {
        let workspace = limited(partitions, WorkspaceLimits::default().with_contacts(5));
        let save = |number: usize| named(&format!("c{number}"), "a");
        let events: Vec<Event> = (0..8).map(save).collect();
        let receipt = workspace.apply(events.clone()).unwrap();
        assert_eq!(refused_at(&receipt, &events), [5, 6, 7]);
        assert_eq!(limit_of(&receipt.refused[0].reason), "workspace_contacts");
        assert_eq!(limit_of(&workspace.apply_event(save(9)).unwrap_err()), "workspace_contacts");
        // Existing contacts can change, and a deleted contact makes room for another.
        workspace.apply_event(named("c0", "b")).unwrap();
        let gone = built(Event::contact_deleted(noon(), "c0"));
        let merged = built(Event::contact_merged(noon(), "c1", "c2"));
        let events = vec![save(10), gone, save(11), save(12), merged, save(13), save(14)];
        let receipt = workspace.apply(events.clone()).unwrap();
        assert_eq!(refused_at(&receipt, &events), [0, 3, 6]);
        assert_eq!(workspace.read(|view| view.contact_count()).unwrap(), 5);
    }
}

#[test]
fn segments_and_conditions_are_limited_and_a_deletion_makes_room() {
    let limits = WorkspaceLimits::default().with_segments(3).with_conditions(6);
    let workspace = limited(2, limits);
    let of = |conditions: usize| {
        let leaf = r#"{"field": "name", "operator": "is_empty"}"#;
        let nested = format!(r#"{{"match": "any", "conditions": [{}]}}"#, vec![leaf; conditions].join(", "));
        rule(&format!(r#"{{"match": "all", "conditions": [{nested}]}}"#))
    };
    let save = |segment: &str, conditions| workspace.segment(segment).unwrap().save(segment, of(conditions));
    save("a", 1).unwrap();
    save("b", 3).unwrap();
    assert_eq!(limit_of(&save("c", 3).unwrap_err()), "workspace_conditions");
    save("c", 2).unwrap();
    assert_eq!(limit_of(&save("a", 2).unwrap_err()), "workspace_conditions");
    save("b", 1).unwrap();
    save("a", 2).unwrap();
    assert_eq!(limit_of(&save("d", 1).unwrap_err()), "workspace_segments");
    workspace.segment("c").unwrap().delete().unwrap();
    save("d", 3).unwrap();
    assert_eq!(limit_of(&save("d", 4).unwrap_err()), "workspace_conditions");
    // An event of a batch is checked in the same way.
    let event = built(Event::segment_saved(noon(), "e", "e", of(1)));
    let receipt = workspace.apply(vec![event.clone(), named("c", "a")]).unwrap();
    assert_eq!(refused_at(&receipt, &[event]), [0]);
    assert_eq!(workspace.stats().segments, 3);
}

#[test]
fn above_the_byte_limit_only_events_that_grow_the_workspace_are_refused() {
    let workspace = limited(2, WorkspaceLimits::default().with_bytes(200_000));
    let long = "x".repeat(500);
    let save = |number: usize| named(&format!("c{number}"), &format!("{long} {number}"));
    let mut refusal = None;
    for batch in 0..40 {
        let receipt = workspace.apply((batch * 100..batch * 100 + 100).map(save).collect::<Batch>()).unwrap();
        if let Some(refused) = receipt.refused.first() {
            refusal = Some(refused.reason.clone());
            break;
        }
    }
    let refusal = refusal.expect("two megabytes of names exceed the limit");
    assert_eq!(limit_of(&refusal), "workspace_bytes");
    assert!(workspace.read(|view| view.contact_count()).unwrap() <= 2_000);
    workspace.contact("c0").delete().unwrap();
}

/// A workspace that applies nothing, because a blocking subscriber does not read.
fn stalled(queued_events: usize) -> (Workspace, enlist::Subscription) {
    let workspace = limited(2, WorkspaceLimits::default().with_queued_events(queued_events));
    save_segment(&workspace, "a", only("name", "equals", r#""a""#));
    let blocking = workspace.subscribe(SubscribeOptions::all().overflow(Overflow::Block).capacity(1));
    workspace.apply_event(named("first", "a")).unwrap();
    (workspace, blocking)
}

#[test]
fn a_full_queue_returns_the_events_and_applies_what_it_accepted() {
    let (workspace, blocking) = stalled(10);
    let events = |from: usize, count: usize| -> Vec<Event> {
        (from..from + count).map(|number| named(&format!("c{number}"), "b")).collect()
    };
    let first = workspace.try_submit(events(0, 6)).unwrap();
    let submitted = events(6, 5);
    let full = workspace.try_submit(submitted.clone()).unwrap_err();
    assert_eq!(limit_of(&full), "queued_events");
    let Error::Full { waiting, events: returned, .. } = full else { panic!("{full}") };
    assert_eq!((waiting, returned), (6, submitted));
    let second = workspace.try_submit(events(6, 4)).unwrap();
    assert_eq!(workspace.stats().queued_events, 10);
    drop(blocking);
    for (ticket, applied) in [(first, 6), (second, 4)] {
        assert_eq!(ends("the ticket", move || ticket.wait()).unwrap().applied, applied);
    }
    assert_eq!(workspace.read(|view| view.contact_count()).unwrap(), 11);
    workspace.try_submit(events(20, 10)).unwrap().wait().unwrap();
}

#[test]
fn a_batch_larger_than_the_queue_is_returned_at_once() {
    let (workspace, blocking) = stalled(10);
    let events: Vec<Event> = (0..11).map(|number| named(&format!("c{number}"), "b")).collect();
    for submitted in [workspace.try_submit(events.clone()), workspace.submit(events.clone())] {
        let Err(Error::Full { events: returned, .. }) = submitted else { panic!("it is too large") };
        assert_eq!(returned, events);
    }
    for on_refusal in [OnRefusal::Skip, OnRefusal::Stop] {
        let applied = workspace.apply(Batch::from(events.clone()).on_refusal(on_refusal));
        let Err(Error::Full { events: returned, .. }) = applied else { panic!("it is too large") };
        assert_eq!(returned, events);
    }
    drop(blocking);
}

#[test]
fn a_writer_that_waits_for_room_gets_it() {
    let (workspace, mut blocking) = stalled(4);
    let tickets: Vec<_> = (0..4).map(|_| workspace.submit(vec![named("c", "b")]).unwrap()).collect();
    let writer = workspace.clone();
    let waits = std::thread::Builder::new()
        .spawn(move || writer.apply((0..4).map(|_| named("d", "a")).collect::<Batch>()).unwrap())
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(20));
    assert!(!waits.is_finished());
    assert_eq!(blocking.try_next().unwrap().sequence().number(), 2);
    assert_eq!(ends("the waiting writer", move || waits.join().unwrap()).applied, 4);
    for ticket in tickets {
        ticket.wait().unwrap();
    }
    assert_eq!(blocking.try_next().unwrap().sequence().number(), 3);
    until("nothing waits", || workspace.stats().queued_events == 0);
}

#[test]
fn of_two_concurrent_edits_of_a_segment_the_second_is_refused() {
    let workspace = partitioned(2);
    let segment = workspace.segment("s").unwrap();
    let rule = |name: &str| only("name", "equals", &format!("{name:?}"));
    let seen = || workspace.read(|view| view.segment_revision("s"));
    assert_eq!(seen(), None);
    let first = segment.save_if(None, "first", rule("a")).unwrap();
    assert_eq!(seen(), Some(first));
    let changed = |outcome: Result<enlist::Revision, Error>| match outcome {
        Err(Error::SegmentChanged { segment, expected, found }) if segment.as_str() == "s" => {
            (expected, found)
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(changed(segment.save_if(None, "again", rule("b"))), (None, Some(first)));
    // Other writes do not change the segment's revision.
    workspace.apply_event(named("c", "a")).unwrap();
    save_segment(&workspace, "other", rule("c"));
    assert_eq!(seen(), Some(first));
    let mine = segment.save_if(Some(first), "mine", rule("b")).unwrap();
    assert_eq!(changed(segment.save_if(Some(first), "theirs", rule("c"))), (Some(first), Some(mine)));
    let name = workspace.read(|view| view.segments().next().unwrap().name().to_owned());
    assert_eq!((name.as_str(), segment.count().unwrap()), ("mine", 0));
    segment.delete().unwrap();
    assert_eq!(changed(segment.save_if(Some(mine), "late", rule("c"))), (Some(mine), None));
    segment.save_if(None, "new", rule("a")).unwrap();
    assert_eq!(segment.count().unwrap(), 1);
    let unknown = Err(Error::Engine(EngineError::UnknownSegment { segment: "none".to_owned() }));
    assert_eq!(workspace.segment("none").unwrap().count(), unknown);
}

#[test]
fn contacts_are_in_the_order_of_their_events_even_after_a_batch_that_stopped() {
    for partitions in [1, 3] {
        let workspace = partitioned(partitions);
        save_segment(&workspace, "a", only("name", "equals", r#""a""#));
        let mut expected = Vec::new();
        for round in 0..10 {
            let mut batch: Vec<Event> =
                (0..4).map(|number| named(&format!("{} {number}", 9 - round), "a")).collect();
            expected.extend((0..4).map(|number| format!("{} {number}", 9 - round)));
            batch.push(built(Event::contact_deleted(noon(), "nobody")));
            assert_eq!(workspace.apply(Batch::from(batch).on_refusal(OnRefusal::Stop)).unwrap().applied, 4);
        }
        let members = workspace.read(|view| walk(view, "a", 3));
        assert_eq!(members.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>(), expected);
    }
}
