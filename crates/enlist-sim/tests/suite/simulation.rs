//! The simulator itself.

use enlist_sim::{Oracle, Profile, Ran, simulate};

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
