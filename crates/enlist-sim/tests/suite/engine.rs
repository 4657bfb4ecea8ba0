//! The engine compared with the oracle over many logs.

use enlist_engine::Engine;
use enlist_model::{ContactId, Event, Instant, SegmentId};
use enlist_sim::{Emitted, EngineSubject, HASH_SEED, Profile, Ran, Subject, simulate};

/// An engine that is dropped after every event and restored from its dump.
#[derive(Default)]
struct Restored(EngineSubject);

impl Subject for Restored {
    fn apply(&mut self, event: &Event) -> Result<Vec<Emitted>, String> {
        let outcome = self.0.apply(event);
        let restored = Engine::restore(self.0.engine().dump(), HASH_SEED);
        self.0 = EngineSubject::of(restored.map_err(|error| format!("not restored: {error}"))?);
        outcome
    }

    fn memberships(&self) -> Vec<(SegmentId, Vec<ContactId>)> {
        self.0.memberships()
    }

    fn contact_count(&self) -> usize {
        self.0.contact_count()
    }

    fn now(&self) -> Option<Instant> {
        self.0.now()
    }

    fn verify(&self) -> Result<(), String> {
        self.0.verify()
    }
}

fn all_agree(seeds: std::ops::Range<u64>, profile: Profile, events: usize) -> Ran {
    all_agree_as(seeds, profile, events, EngineSubject::default)
}

fn all_agree_as<S: Subject>(
    seeds: std::ops::Range<u64>,
    profile: Profile,
    events: usize,
    make: impl Fn() -> S,
) -> Ran {
    let mut ran = Ran::default();
    for seed in seeds {
        match simulate(seed, profile, events, &make) {
            Ok(more) => ran += more,
            Err(failure) => panic!("{failure}"),
        }
    }
    ran
}

#[test]
fn the_engine_agrees_with_the_oracle_on_ordinary_logs() {
    let ran = all_agree(0..60, Profile::default(), 400);
    assert_eq!(ran.accepted + ran.refused, 24_000);
    assert!(ran.transitions > 15_000 && ran.by_the_clock > 1_000 && ran.notices > 1_500, "{ran:?}");
}

#[test]
fn the_engine_agrees_with_the_oracle_on_crowded_logs() {
    let profile = Profile { contacts: 4, conversations: 12, segments: 40, wrong: 20 };
    let ran = all_agree(1_000..1_020, profile, 400);
    assert!(ran.transitions > 4_000, "{ran:?}");
}

#[test]
fn the_engine_agrees_with_the_oracle_on_wide_logs() {
    let profile = Profile { contacts: 200, conversations: 100, segments: 20, wrong: 20 };
    let ran = all_agree(2_000..2_008, profile, 1_000);
    assert!(ran.transitions > 4_000, "{ran:?}");
}

#[test]
fn the_engine_agrees_with_the_oracle_on_hostile_logs() {
    let ran = all_agree(3_000..3_020, Profile { wrong: 400, ..Profile::default() }, 300);
    assert!(ran.refused > 1_000, "{ran:?}");
}

#[test]
fn an_engine_restored_after_every_event_agrees_with_the_oracle() {
    let ran = all_agree_as(4_000..4_030, Profile::default(), 300, Restored::default);
    assert!(ran.transitions > 4_000, "{ran:?}");
}
