//! The numbers of events: a receipt says which its events got, and the cause of a transition is one of them.

use std::collections::BTreeMap;

use enlist::{Batch, Cause, Event, EventBody, Receipt, SubscribeOptions};
use enlist_sim::{Oracle, Profile, Workload};

use crate::scene::{drain, named, noon};
use crate::subject::partitioned;

/// The events of a batch that were applied, by number.
fn numbered(batch: &[Event], receipt: &Receipt) -> BTreeMap<u64, Event> {
    let is_refused = |index: usize| receipt.refused.iter().any(|refused| refused.index == index);
    let applied: Vec<&Event> =
        batch.iter().enumerate().filter(|(index, _)| !is_refused(*index)).map(|(_, event)| event).collect();
    assert_eq!(applied.len(), receipt.applied);
    assert_eq!(receipt.first_event.is_some(), receipt.applied > 0);
    (receipt.first_event.unwrap_or(0)..).zip(applied.into_iter().cloned()).collect()
}

#[test]
fn every_event_of_single_and_coalesced_batches_has_the_number_that_the_oracle_counts() {
    let mut caused = 0;
    for partitions in [1, 3] {
        for seed in 600..608 {
            let mut random = fastrand::Rng::with_seed(seed);
            let events = Workload::script(seed, Profile::default(), 400);
            let workspace = partitioned(partitions);
            let mut subscription = workspace.subscribe(SubscribeOptions::all());
            let mut oracle = Oracle::new();
            let accepted = events.iter().filter(|event| oracle.record(event).is_ok()).cloned();
            let expected: BTreeMap<u64, Event> = (1..).zip(accepted).collect();
            let mut found = BTreeMap::new();
            let mut rest = &events[..];
            while !rest.is_empty() {
                // A read holds off every batch, so that those of one round are coalesced.
                let tickets = workspace.read(|_| {
                    let mut tickets = Vec::new();
                    for _ in 0..random.usize(1..6) {
                        let (batch, later) = rest.split_at(rest.len().min(random.usize(0..9)));
                        rest = later;
                        tickets.push((batch, workspace.submit(batch.to_vec()).unwrap()));
                    }
                    tickets
                });
                for (batch, ticket) in tickets {
                    found.extend(numbered(batch, &ticket.wait().unwrap()));
                }
            }
            assert!(found == expected, "seed {seed}, {partitions} partitions");
            for item in drain(&mut subscription) {
                let Some(transition) = item.transition() else { continue };
                let Cause::Event(number) = transition.cause() else { continue };
                if let EventBody::ContactSaved { contact, .. } = &found[&number].body {
                    assert_eq!(contact, transition.contact());
                    caused += 1;
                }
            }
        }
    }
    assert!(caused > 1_000, "{caused}");
}

#[test]
fn events_that_are_refused_skipped_or_behind_a_stop_have_no_number() {
    for partitions in [1, 3] {
        let workspace = partitioned(partitions);
        let unknown = || Event::contact_deleted(noon(), "nobody").build().unwrap();
        let from = |batch: Batch, first, count: u64| {
            let batch = batch.from_source("log");
            (first..first + count).fold(batch, |batch, n| batch.at((n, 0), named(&format!("c{n}"), "a")))
        };
        let first_event = |batch: Batch| {
            let receipt = workspace.apply(batch).unwrap();
            (receipt.first_event, receipt.applied)
        };
        assert_eq!(first_event(from(Batch::new(), 0, 3)), (Some(1), 3));
        // The first two were applied already.
        assert_eq!(first_event(from(Batch::new(), 1, 3)), (Some(4), 1));
        assert_eq!(first_event(from(Batch::new(), 0, 4)), (None, 0));
        assert_eq!(first_event(Batch::from(vec![unknown()])), (None, 0));
        assert_eq!(first_event(Batch::new()), (None, 0));
        let stopping = Batch::from(vec![named("d", "a"), unknown(), named("e", "a")]);
        assert_eq!(first_event(stopping.on_refusal(enlist::OnRefusal::Stop)), (Some(5), 1));
        assert_eq!(first_event(Batch::from(named("e", "a"))), (Some(6), 1));
        assert_eq!(workspace.read(|view| view.event_count()), 6);
    }
}
