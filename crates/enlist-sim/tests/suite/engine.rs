//! The engine beside the oracle, over many logs.

use enlist_sim::{EngineSubject, Profile, Ran, simulate};

fn all_agree(seeds: std::ops::Range<u64>, profile: Profile, events: usize) -> Ran {
    let mut ran = Ran::default();
    for seed in seeds {
        match simulate(seed, profile, events, EngineSubject::default) {
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
