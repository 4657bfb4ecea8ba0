//! Tests of the oracle and the simulator themselves.

use enlist_model::{Event, EventBody};
use enlist_sim::{Oracle, Profile, Ran, Workload, run, simulate};

#[test]
fn the_oracle_agrees_with_itself_and_its_outputs_fold_to_its_memberships() {
    let mut ran = Ran::default();
    for seed in 0..40 {
        match simulate(seed, Profile::default(), 400, Oracle::new) {
            Ok(more) => ran += more,
            Err(failure) => panic!("{failure}"),
        }
    }
    assert!(ran.transitions > ran.accepted && ran.by_the_clock > 500 && ran.notices > 500, "{ran:?}");
}

/// Skipping days on which nothing can change is the oracle's only short cut; recording does not take it.
#[test]
fn every_day_passed_has_the_memberships_of_a_fresh_evaluation() {
    const MOST_DAYS: usize = 40;
    let mut days = 0;
    for seed in 0..60 {
        let mut oracle = Oracle::new();
        for event in Workload::script(seed, Profile::default(), 200) {
            let mut at = oracle.now().unwrap_or(event.at);
            for _ in 0..MOST_DAYS {
                let Some(next) = oracle.zone().next_date_change(at, event.at) else { break };
                let (mut stepped, mut fresh) = (oracle.clone(), oracle.clone());
                stepped.advance(next);
                fresh.record(&Event { at: next, body: EventBody::Tick }).unwrap();
                fresh.evaluate_all();
                assert_eq!(stepped.memberships(), fresh.memberships(), "seed {seed}, {next}");
                days += 1;
                at = next;
            }
            let _ = oracle.apply(&event);
        }
    }
    assert!(days > 1_000, "{days}");
}

#[test]
fn recording_a_log_and_evaluating_once_equals_applying_it() {
    for seed in 0..20 {
        let (mut applied, mut recorded) = (Oracle::new(), Oracle::new());
        for event in Workload::script(seed, Profile::default(), 300) {
            assert_eq!(applied.apply(&event).is_ok(), recorded.record(&event).is_ok());
        }
        recorded.evaluate_all();
        assert_eq!(applied.memberships(), recorded.memberships());
        assert_eq!(applied.now(), recorded.now());
    }
}

#[test]
fn a_panic_of_the_subject_is_a_failure_with_its_script() {
    struct Panics(Oracle);
    impl enlist_sim::Subject for Panics {
        fn apply(&mut self, event: &Event) -> Result<Vec<enlist_sim::Emitted>, String> {
            assert!(!matches!(event.body, EventBody::Activity { .. }), "an activity");
            self.0.apply(event)
        }
        fn memberships(&self) -> Vec<(enlist_model::SegmentId, Vec<enlist_model::ContactId>)> {
            self.0.memberships()
        }
        fn contact_count(&self) -> usize {
            self.0.contact_count()
        }
        fn now(&self) -> Option<enlist_model::Instant> {
            self.0.now()
        }
    }
    let make = || Panics(Oracle::new());
    let failure = simulate(1, Profile::default(), 400, make).unwrap_err();
    assert_eq!((failure.script.len(), failure.difference.as_str()), (1, "panic: an activity"));
    assert!(run(make, &failure.script).is_err());
}
