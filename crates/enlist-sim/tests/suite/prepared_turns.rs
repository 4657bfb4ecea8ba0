//! Advances of time that are prepared beside the engine and taken later, compared with the oracle.

use enlist_engine::StaleTurn;
use enlist_model::{ContactId, Event, Instant, SegmentId};
use enlist_sim::{Emitted, EngineSubject, Profile, Ran, Subject, simulate};

/// An engine whose date changes are prepared. Every third turn is stale when it is taken.
#[derive(Default)]
struct Preparing {
    inner: EngineSubject,
    prepared: usize,
    several: usize,
}

impl Preparing {
    /// Prepares an advance, and has an event come between.
    fn be_late(&mut self, event: &Event) -> Result<Vec<Emitted>, String> {
        let engine = self.inner.engine();
        let Some(mut turn) = engine.prepare_turn(event.at, &mut Vec::new()) else {
            return self.inner.apply(event);
        };
        let outcome = self.inner.apply(event);
        let taken = self.inner.engine_mut().take_turn(&mut turn);
        if taken == Err(StaleTurn) { outcome } else { Err("a stale turn was taken".to_owned()) }
    }
}

impl Subject for Preparing {
    fn apply(&mut self, event: &Event) -> Result<Vec<Emitted>, String> {
        let engine = self.inner.engine_mut();
        // A refused event does not move time.
        if engine.check(event).is_err() {
            return self.inner.apply(event);
        }
        self.prepared += 1;
        if self.prepared.is_multiple_of(3) {
            return self.be_late(event);
        }
        let mut outputs = Vec::new();
        let Some(mut turn) = engine.prepare_turn(event.at, &mut outputs) else {
            self.several += 1;
            return self.inner.apply(event);
        };
        engine.take_turn(&mut turn).map_err(|stale| stale.to_string())?;
        engine.verify().map_err(|difference| difference.to_string())?;
        let mut emitted = EngineSubject::named(engine, outputs);
        emitted.extend(self.inner.apply(event)?);
        Ok(emitted)
    }

    fn memberships(&self) -> Vec<(SegmentId, Vec<ContactId>)> {
        self.inner.memberships()
    }

    fn contact_count(&self) -> usize {
        self.inner.contact_count()
    }

    fn now(&self) -> Option<Instant> {
        self.inner.now()
    }

    fn verify(&self) -> Result<(), String> {
        // Otherwise an engine that prepares nothing would pass.
        if self.prepared > 100 && self.several > self.prepared / 2 {
            return Err(format!("{} of {} advances were not prepared", self.several, self.prepared));
        }
        self.inner.verify()
    }
}

fn all_agree(seeds: std::ops::Range<u64>, profile: Profile, events: usize) -> Ran {
    let mut ran = Ran::default();
    for seed in seeds {
        match simulate(seed, profile, events, Preparing::default) {
            Ok(more) => ran += more,
            Err(failure) => panic!("{failure}"),
        }
    }
    ran
}

#[test]
fn an_engine_whose_turns_are_prepared_agrees_with_the_oracle() {
    let ran = all_agree(5_000..5_040, Profile::default(), 300);
    assert!(ran.by_the_clock > 500 && ran.notices > 500, "{ran:?}");
}

#[test]
fn an_engine_whose_turns_are_prepared_agrees_with_the_oracle_where_segments_are_many() {
    let profile = Profile { contacts: 200, conversations: 100, segments: 40, wrong: 20 };
    let ran = all_agree(6_000..6_008, profile, 500);
    assert!(ran.by_the_clock > 200, "{ran:?}");
}
