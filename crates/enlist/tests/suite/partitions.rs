//! The number of partitions changes no outcome: workspaces agree with the oracle event by event, and with one engine in batches.

use enlist::{Batch, Event, OnRefusal, WorkspaceId};
use enlist_engine::{Engine, HashSeed};
use enlist_sim::{EngineSubject, Profile, Ran, Workload, simulate};

use crate::scene::{named, noon};
use crate::subject::{WorkspaceSubject, partitioned};

#[test]
fn a_workspace_of_any_number_of_partitions_agrees_with_the_oracle() {
    for partitions in [1, 2, 3, 7] {
        let mut ran = Ran::default();
        for seed in 0..15 {
            match simulate(seed, Profile::default(), 300, || WorkspaceSubject::new(partitions)) {
                Ok(more) => ran += more,
                Err(failure) => panic!("{partitions} partitions: {failure}"),
            }
        }
        assert!(ran.transitions > 1_000 && ran.by_the_clock > 100 && ran.notices > 100, "{ran:?}");
    }
}

/// Applies a script to the engine, one event after the other.
fn by_engine(events: &[Event]) -> (Vec<enlist_sim::Emitted>, Vec<usize>, Engine) {
    let mut engine = Engine::new(HashSeed::new(1));
    let (mut emitted, mut refused) = (Vec::new(), Vec::new());
    for (index, event) in events.iter().enumerate() {
        let mut out = Vec::new();
        if engine.apply(event, &mut out).is_err() {
            refused.push(index);
        }
        emitted.extend(EngineSubject::named(&engine, out));
    }
    (emitted, refused, engine)
}

#[test]
fn batches_of_any_size_publish_the_same_items_in_the_same_order_as_single_events() {
    let mut random = fastrand::Rng::with_seed(7);
    for seed in 100..140 {
        let events = Workload::script(seed, Profile::default(), 400);
        let (expected, expected_refused, _) = by_engine(&events);
        let partitions = random.usize(1..6);
        let subject = WorkspaceSubject::new(partitions);
        let (mut emitted, mut refused) = (Vec::new(), Vec::new());
        let mut at = 0;
        while at < events.len() {
            let end = events.len().min(at + random.usize(1..90));
            let receipt = subject.workspace.apply(events[at..end].to_vec()).unwrap();
            refused.extend(receipt.refused.iter().map(|refused| at + refused.index));
            assert!(receipt.refused.iter().all(|refused| refused.event == events[at + refused.index]));
            assert_eq!(receipt.applied + receipt.refused.len(), end - at);
            emitted.extend(subject.emitted());
            at = end;
        }
        assert_eq!(refused, expected_refused, "seed {seed}, {partitions} partitions");
        assert_same_order(&emitted, &expected, &format!("seed {seed}, {partitions} partitions"));
    }
}

/// Asserts that both have the same transitions and notices in the same order, with the contacts of notices.
fn assert_same_order(found: &[enlist_sim::Emitted], expected: &[enlist_sim::Emitted], of: &str) {
    let shown = |emitted: &enlist_sim::Emitted| match emitted {
        enlist_sim::Emitted::Transition(transition) => format!("{transition:?}"),
        enlist_sim::Emitted::Notice { notice, entered, left } => format!("{notice:?} {entered:?} {left:?}"),
    };
    for index in 0..expected.len().max(found.len()) {
        let (found, expected) = (found.get(index).map(shown), expected.get(index).map(shown));
        assert_eq!(found, expected, "{of}, item {index}");
    }
}

#[test]
fn coalesced_batches_are_answered_separately() {
    let (mut random, mut frames, mut batches) = (fastrand::Rng::with_seed(8), 0, 0);
    for seed in 300..330 {
        let events = Workload::script(seed, Profile::default(), 600);
        let (expected, expected_refused, _) = by_engine(&events);
        let partitions = random.usize(1..5);
        let of = format!("seed {seed}, {partitions} partitions");
        let subject = WorkspaceSubject::new(partitions);
        // A read holds off every batch, so all of them are queued.
        let tickets = subject.workspace.read(|_| {
            let (mut tickets, mut at) = (Vec::new(), 0);
            while at < events.len() {
                let end = events.len().min(at + random.usize(1..6));
                let batch = events[at..end].to_vec();
                tickets.push((at, end, subject.workspace.submit(batch).unwrap()));
                at = end;
            }
            tickets
        });
        batches += tickets.len() as u64;
        let mut refused = Vec::new();
        let mut last: Option<(enlist::Revision, bool)> = None;
        for (at, end, ticket) in tickets {
            let receipt = ticket.wait().unwrap();
            assert_eq!(receipt.applied + receipt.refused.len(), end - at, "{of}");
            assert!(receipt.refused.iter().all(|refused| refused.event == events[at + refused.index]));
            refused.extend(receipt.refused.iter().map(|refused| at + refused.index));
            let defines = events[at..end].iter().any(|event| event.body.is_definition());
            if let Some((before, other_defines)) = last {
                // Coalesced batches share a revision, but a batch with a definition never does.
                assert!(before <= receipt.revision, "{of}");
                assert!(before < receipt.revision || !(defines || other_defines), "{of}");
            }
            last = Some((receipt.revision, defines));
        }
        assert_eq!(refused, expected_refused, "{of}");
        assert_same_order(&subject.emitted(), &expected, &of);
        frames += subject.workspace.stats().frames;
    }
    assert!(frames * 3 < batches * 2, "{batches} batches in {frames} frames");
}

#[test]
fn a_batch_that_stops_at_a_refusal_applies_the_events_before_it_and_returns_the_rest() {
    for seed in 200..230 {
        let events = Workload::script(seed, Profile::default(), 300);
        for partitions in [1, 3] {
            let mut engine = Engine::new(HashSeed::new(1));
            let mut out = Vec::new();
            let stops = events.iter().position(|event| engine.apply(event, &mut out).is_err());
            let workspace = partitioned(partitions);
            let receipt = workspace.apply(Batch::from(events.clone()).on_refusal(OnRefusal::Stop)).unwrap();
            let stops = stops.unwrap_or(events.len());
            assert_eq!(receipt.applied, stops);
            assert_eq!(
                receipt.refused.first().map(|refused| refused.index),
                (stops < events.len()).then_some(stops)
            );
            assert_eq!(receipt.rest, events.get(stops + 1..).unwrap_or_default());
            assert_eq!(workspace.read(|view| view.event_count()), engine.event_count());
            assert_eq!(workspace.read(|view| view.now()), engine.now());
            for segment in engine.segments() {
                let id = segment.id().as_str();
                assert_eq!(workspace.count(id).unwrap(), engine.count(id).unwrap());
            }
        }
    }
}

#[test]
fn a_batch_that_stops_loses_no_event_wherever_the_refusal_is() {
    let unknown = Event::contact_deleted(noon(), "nobody").build().unwrap();
    for partitions in [1, 3] {
        for place in 0..5 {
            let mut events: Vec<Event> = (0..4).map(|number| named(&format!("c{number}"), "a")).collect();
            events.insert(place, unknown.clone());
            let workspace = partitioned(partitions);
            let receipt = workspace.apply(Batch::from(events.clone()).on_refusal(OnRefusal::Stop)).unwrap();
            assert_eq!((receipt.applied, receipt.refused.len()), (place, 1));
            assert_eq!((receipt.refused[0].index, &receipt.refused[0].event), (place, &unknown));
            assert_eq!(receipt.rest, events[place + 1..]);
            assert_eq!(workspace.read(|view| view.contact_count()).unwrap(), place as u64);
        }
    }
}

#[test]
fn a_dump_of_three_partitions_restores_into_two() {
    let events = Workload::script(5, Profile::default(), 600);
    let subject = WorkspaceSubject::new(3);
    subject.workspace.apply(events).unwrap();
    let dump = subject.workspace.read(|view| view.dump()).unwrap();
    let settings = enlist::WorkspaceSettings::default().with_partitions(2);
    let restored = crate::subject::ENLIST.restore_workspace("restored", settings, dump.clone()).unwrap();
    assert_eq!(*restored.id(), WorkspaceId::new("restored").unwrap());
    assert_eq!(restored.read(|view| view.dump()).unwrap().contacts, dump.contacts);
    assert!(restored.read(|view| view.verify()).unwrap().is_empty());
    let ids: Vec<_> = restored.read(|view| view.segments().map(|segment| segment.id().clone()).collect());
    assert!(!ids.is_empty());
    for id in ids {
        let (id, request) = (id.as_str(), enlist::PageRequest::default().with_size(1_000));
        assert_eq!(restored.count(id).unwrap(), subject.workspace.count(id).unwrap());
        assert_eq!(restored.page(id, &request).unwrap(), subject.workspace.page(id, &request).unwrap());
    }
}
