//! `Event::fitting` compared with what the engine refuses: both name the same values.

use enlist_engine::{Engine, Error};
use enlist_model::Event;
use enlist_sim::{Profile, Workload};

/// The problems of a refusal that is about values alone.
fn refused_values(error: &Error) -> Option<Vec<String>> {
    match error {
        Error::Values { problems } => Some(problems.iter().map(ToString::to_string).collect()),
        _ => None,
    }
}

/// The event without the values that do not fit, and what was left out, as sentences.
fn fitting(engine: &Engine, event: &Event) -> (Event, Vec<String>) {
    let (fitting, left_out) = event.fitting(engine.definitions());
    (fitting, left_out.iter().map(ToString::to_string).collect())
}

#[test]
fn an_event_with_wrong_values_is_accepted_without_them() {
    let (mut mended, mut unchanged) = (0, 0);
    for seed in 0..40 {
        let mut engine = Engine::new(enlist_sim::HASH_SEED);
        for event in Workload::script(seed, Profile { wrong: 200, ..Profile::default() }, 400) {
            let (fits, mut left_out) = fitting(&engine, &event);
            let refusal = engine.check(&event).err();
            if let Some(refused) = refusal.as_ref().and_then(refused_values) {
                left_out.retain(|problem| refused.contains(problem) || !is_held_option(problem));
                assert_eq!(left_out, refused, "{}", event.to_json());
                let refusal = engine.check(&fits).err();
                assert_eq!(refusal.as_ref().and_then(refused_values), None, "{}", fits.to_json());
                mended += usize::from(refusal.is_none());
                assert_eq!(fitting(&engine, &fits), (fits, Vec::new()));
            } else if left_out.is_empty() {
                assert_eq!(fits, event);
                unchanged += 1;
            } else if refusal.is_none() {
                // What an accepted event loses is an option that the contact holds.
                assert!(left_out.iter().all(|problem| is_held_option(problem)), "{left_out:?}");
            }
            // Refused events are part of the workload.
            let _ = engine.apply(&event, &mut Vec::new());
        }
    }
    assert!(mended > 500 && unchanged > 10_000, "{mended} events mended, {unchanged} unchanged");
}

/// Whether a problem is an option that the field does not accept. The contact may hold it, which the definitions
/// cannot say.
fn is_held_option(problem: &str) -> bool {
    problem.contains("found the unknown option")
}
