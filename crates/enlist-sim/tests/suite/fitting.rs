//! The part of an event that fits, beside what the engine refuses: both say the same of the same values.

use enlist_engine::{Engine, Error};
use enlist_model::Event;
use enlist_sim::{Profile, Workload};

/// Whether a refusal is about values alone.
fn refused_values(error: &Error) -> Option<Vec<String>> {
    match error {
        Error::Values { problems } => Some(problems.iter().map(ToString::to_string).collect()),
        _ => None,
    }
}

/// What of an event does not fit, as sentences, and the event without it.
fn fitting(engine: &Engine, event: &Event) -> (Event, Vec<String>) {
    let (fitting, left_out) = event.fitting(engine.definitions());
    (fitting, left_out.iter().map(ToString::to_string).collect())
}

#[test]
fn an_event_of_which_only_values_are_wrong_is_accepted_without_them() {
    let (mut mended, mut unchanged) = (0, 0);
    for seed in 0..40 {
        let mut engine = Engine::new(enlist_sim::HASH_SEED);
        for event in Workload::script(seed, Profile { wrong: 200, ..Profile::default() }, 400) {
            let (fits, mut left_out) = fitting(&engine, &event);
            match engine.check(&event).err().as_ref().map(refused_values) {
                Some(Some(refused)) => {
                    left_out.retain(|problem| refused.contains(problem) || !is_held_option(problem));
                    assert_eq!(left_out, refused, "{}", event.to_json());
                    mended += usize::from(engine.check(&fits).is_ok());
                    assert!(engine.check(&fits).err().as_ref().and_then(refused_values).is_none());
                    assert_eq!(fitting(&engine, &fits), (fits, Vec::new()));
                }
                // Accepted, or refused for something that is no value.
                Some(None) | None => {
                    let held = left_out.iter().all(|problem| is_held_option(problem));
                    let is_about_values = engine.check(&event).is_ok();
                    assert!(held || !is_about_values, "{}: {left_out:?}", event.to_json());
                    if left_out.is_empty() {
                        unchanged += 1;
                        assert_eq!(fits, event);
                    }
                }
            }
            // Whether it is refused is part of the workload.
            let _ = engine.apply(&event, &mut Vec::new());
        }
    }
    assert!(mended > 500 && unchanged > 10_000, "{mended} events mended, {unchanged} unchanged");
}

/// An option that the field does not accept, but that the contact may hold; the definitions cannot say so.
fn is_held_option(problem: &str) -> bool {
    problem.contains("found the unknown option")
}
