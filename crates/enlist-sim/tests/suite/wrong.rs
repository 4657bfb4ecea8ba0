//! Deliberately wrong subjects: each must be caught, with a short script.

use enlist_model::{ContactId, Event, EventBody, Instant, SegmentId};
use enlist_sim::{Emitted, Oracle, Profile, Subject, run, simulate};

/// An oracle with a fault.
struct Faulty<F> {
    oracle: Oracle,
    fault: F,
}

impl<F: Fn(&mut Oracle, &Event) -> Result<Vec<Emitted>, String>> Subject for Faulty<F> {
    fn apply(&mut self, event: &Event) -> Result<Vec<Emitted>, String> {
        (self.fault)(&mut self.oracle, event)
    }

    fn memberships(&self) -> Vec<(SegmentId, Vec<ContactId>)> {
        self.oracle.memberships()
    }

    fn contact_count(&self) -> usize {
        self.oracle.contact_count()
    }

    fn now(&self) -> Option<Instant> {
        self.oracle.now()
    }
}

/// Runs workloads until the fault is found. The script alone must fail again, and be short.
fn is_caught<F>(most_events: usize, fault: F)
where
    F: Fn(&mut Oracle, &Event) -> Result<Vec<Emitted>, String> + Copy,
{
    let make = || Faulty { oracle: Oracle::new(), fault };
    let caught = (0..40).find_map(|seed| simulate(seed, Profile::default(), 400, make).err());
    let failure = caught.expect("the fault was seen by no seed");
    assert!(run(make, &failure.script).is_err(), "{failure}");
    assert!(failure.script.len() <= most_events, "{failure}");
}

#[test]
fn forgetting_midnight_is_caught() {
    is_caught(8, |oracle, event| {
        let emitted = oracle.apply(event)?;
        let by_event = |emitted: &Emitted| !matches!(emitted, Emitted::Transition(transition) if transition.cause == enlist_model::Cause::Clock);
        Ok(emitted.into_iter().filter(by_event).collect())
    });
}

#[test]
fn a_negation_that_is_false_on_empty_values_is_caught() {
    is_caught(8, |oracle, event| {
        let mut event = event.clone();
        if let EventBody::SegmentSaved { rule, .. } = &mut event.body {
            // "is_not X" read as "is_not X, and there is a date" is "is_after X or is_before X"; here cruder: is_after.
            let text = rule.to_string().replace("\"is_not\"", "\"is_after\"");
            *rule = enlist_model::Json::parse(&text).unwrap();
        }
        oracle.apply(&event)
    });
}

#[test]
fn a_refused_event_that_moves_time_is_caught() {
    is_caught(4, |oracle, event| {
        let outcome = oracle.apply(event);
        if outcome.is_err() && oracle.now().is_some() {
            oracle.advance(event.at);
        }
        outcome
    });
}

#[test]
fn ordering_transitions_by_contact_is_caught() {
    is_caught(12, |oracle, event| {
        let mut emitted = oracle.apply(event)?;
        emitted.sort_by_key(|emitted| match emitted {
            Emitted::Transition(transition) => Some((transition.at, transition.contact.clone())),
            Emitted::Notice { .. } => None,
        });
        Ok(emitted)
    });
}

#[test]
fn storing_now_for_a_late_event_is_caught() {
    is_caught(8, |oracle, event| {
        let at = oracle.now().map_or(event.at, |now| now.max(event.at));
        oracle.apply(&Event { at, body: event.body.clone() })
    });
}

#[test]
fn adding_only_the_first_label_is_caught() {
    is_caught(8, |oracle, event| {
        let mut event = event.clone();
        if let EventBody::ContactSaved { add_labels, .. } = &mut event.body {
            add_labels.truncate(1);
        }
        oracle.apply(&event)
    });
}
