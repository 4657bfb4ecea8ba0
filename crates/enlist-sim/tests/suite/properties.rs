//! Properties of the engine for any log. Each is stated once and tried on logs whose choices are made by bytes, so
//! that a failing log shrinks.

use std::collections::BTreeSet;

use enlist_engine::{Dump, Engine, HashSeed, Output};
use enlist_model::{ContactId, Event, EventBody, Json, OperandShape, Operator, SegmentId};
use enlist_sim::{Emitted, EngineSubject, HASH_SEED, Profile, Subject, Workload, run, shortened};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// The hash seed of the second of two engines that must agree, because no result may depend on it.
const OTHER_SEED: HashSeed = HashSeed::new(0x5eed_5eed_5eed_5eed);

const PROFILE: Profile = Profile { contacts: 10, conversations: 10, segments: 10, wrong: 40 };

/// Forty cases of one seed, the same in every run, unless `PROPTEST_CASES` and `PROPTEST_RNG_SEED` say otherwise.
pub(crate) fn fixed() -> ProptestConfig {
    let told = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let cases = if told.cases == DEFAULT_CASES { 40 } else { told.cases };
    let rng_seed = match told.rng_seed {
        RngSeed::Random => RngSeed::Fixed(40),
        fixed @ RngSeed::Fixed(_) => fixed,
    };
    ProptestConfig { cases, rng_seed, ..told }
}

/// The number of cases, unless the environment sets it.
const DEFAULT_CASES: u32 = 256;

/// Logs whose choices are made by bytes.
pub(crate) fn logs() -> impl Strategy<Value = Vec<Event>> {
    proptest::collection::vec(any::<u8>(), 600..6_000)
        .prop_map(|bytes| Workload::from_bytes(&bytes, PROFILE).take(400).collect())
}

/// The engine after a log. Refused events are skipped.
fn after(events: &[Event]) -> EngineSubject {
    let mut subject = EngineSubject::default();
    for event in events {
        let _ = subject.apply(event);
    }
    subject
}

fn members(engine: &Engine, segment: &str) -> BTreeSet<ContactId> {
    engine.members(segment).unwrap().cloned().collect()
}

/// The dump of an engine, without the numbers of segments, of which only the order means something.
pub(crate) fn dump(engine: &Engine) -> Dump {
    with_dense_segments(engine.dump())
}

/// A dump with segments numbered without gaps.
pub(crate) fn with_dense_segments(mut dump: Dump) -> Dump {
    let mut creations: Vec<u32> = dump.segments.iter().map(|segment| segment.creation).collect();
    creations.sort_unstable();
    for segment in &mut dump.segments {
        segment.creation =
            creations.iter().position(|creation| *creation == segment.creation).unwrap() as u32;
    }
    dump
}

/// A condition on every field with every operator, each with an operand.
fn conditions(engine: &Engine) -> Vec<(Operator, Json, String)> {
    let mut found = Vec::new();
    for field in engine.fields() {
        let option = field.options.as_ref().map_or("open", |options| &options[0]);
        for operator in Operator::of_kind(field.kind) {
            let operand = match operator.operand(field.kind) {
                OperandShape::Nothing => Json::Null,
                OperandShape::Text => "a".into(),
                OperandShape::Phone => "0100".into(),
                OperandShape::Number | OperandShape::DayCount => 5.into(),
                OperandShape::Day => "2018-11-04".into(),
                OperandShape::Option => option.into(),
                OperandShape::Options => vec![option].into(),
                OperandShape::Label => "vip".into(),
            };
            found.push((operator, operand, field.key.to_string()));
        }
    }
    found
}

fn rule(field: &str, operator: Operator, value: &Json) -> Json {
    let text = format!(
        r#"{{"match":"all","conditions":[{{"field":"{field}","operator":"{operator}","value":{value}}}]}}"#
    );
    Json::parse(&text).unwrap()
}

proptest! {
    #![proptest_config(fixed())]

    #[test]
    fn memberships_and_outputs_equal_those_of_the_oracle_after_every_event(events in logs()) {
        if let Err(failure) = run(EngineSubject::default, &events) {
            prop_assert!(false, "{}", shortened(EngineSubject::default, failure));
        }
    }

    #[test]
    fn an_operator_and_its_negation_split_all_contacts(events in logs()) {
        let subject = after(&events);
        let engine = subject.engine();
        let everyone = engine.contact_count();
        for (operator, operand, field) in conditions(engine) {
            let Some(positive) = operator.negates() else { continue };
            let negated = engine.preview(&rule(&field, operator, &operand), None).unwrap().members;
            let positive = engine.preview(&rule(&field, positive, &operand), None).unwrap().members;
            prop_assert!(negated.is_disjoint(&positive), "{operator} on {field}");
            prop_assert_eq!(negated.len() + positive.len(), everyone, "{} on {}", operator, field);
        }
    }

    #[test]
    fn a_repeated_event_changes_nothing(events in logs()) {
        let mut subject = EngineSubject::default();
        for event in &events {
            if subject.apply(event).is_err() {
                continue;
            }
            let before = subject.memberships();
            let Ok(echoed) = subject.apply(event) else { continue };
            let effect = echoed.iter().find(|emitted| match emitted {
                Emitted::Transition(_) => true,
                Emitted::Notice { entered, left, .. } => !entered.is_empty() || !left.is_empty(),
            });
            prop_assert_eq!(effect, None, "{:?}", event);
            let notices = usize::from(matches!(event.body, EventBody::SegmentSaved { .. }));
            prop_assert_eq!(echoed.len(), notices);
            prop_assert_eq!(before, subject.memberships());
        }
    }

    #[test]
    fn batches_of_any_size_give_the_same_outputs(events in logs(), sizes in proptest::collection::vec(1_usize..40, 1..9)) {
        let mut one_by_one = Engine::new(HASH_SEED);
        let mut expected = Vec::new();
        for event in &events {
            let _ = one_by_one.apply(event, &mut expected);
        }
        let mut batched = Engine::new(OTHER_SEED);
        let mut found = Vec::new();
        let mut sizes = sizes.into_iter().cycle();
        let mut rest = &events[..];
        while !rest.is_empty() {
            let mut batch = &rest[..sizes.next().unwrap().min(rest.len())];
            rest = &rest[batch.len()..];
            while let Err(refused) = batched.apply_batch(batch, &mut found) {
                batch = &batch[refused.index + 1..];
            }
        }
        prop_assert_eq!(expected, found);
        prop_assert_eq!(one_by_one.dump(), batched.dump());
        // A batch writes members together; all of them are written when it ends.
        prop_assert_eq!(batched.verify(), Ok(()));
    }

    #[test]
    fn an_engine_restored_from_its_dump_continues_identically(events in logs(), cut in 0_usize..400) {
        let cut = cut.min(events.len());
        let mut kept = after(&events[..cut]);
        let mut restored = EngineSubject::of(Engine::restore(kept.engine().dump(), OTHER_SEED).unwrap());
        prop_assert_eq!(kept.memberships(), restored.memberships());
        prop_assert_eq!(restored.verify(), Ok(()));
        for event in &events[cut..] {
            prop_assert_eq!(kept.apply(event), restored.apply(event));
        }
        prop_assert_eq!(kept.memberships(), restored.memberships());
        prop_assert_eq!(dump(kept.engine()), dump(restored.engine()));
    }

    #[test]
    fn advancing_at_every_deadline_gives_the_same_outputs(events in logs()) {
        let mut late = Engine::new(HASH_SEED);
        let mut punctual = Engine::new(OTHER_SEED);
        let (mut expected, mut found) = (Vec::new(), Vec::new());
        for event in &events {
            let accepted = late.apply(event, &mut expected).is_ok();
            while accepted
                && let Some(deadline) = punctual.next_deadline()
                && deadline <= event.at
            {
                punctual.advance(deadline, &mut found);
            }
            prop_assert_eq!(punctual.apply(event, &mut found).is_ok(), accepted);
        }
        prop_assert_eq!(expected, found);
    }

    #[test]
    fn a_saved_segment_has_the_members_of_its_preview(events in logs()) {
        let mut subject = after(&events);
        let Some(at) = subject.now() else { return Ok(()) };
        let previews: Vec<_> = conditions(subject.engine())
            .into_iter()
            .map(|(operator, operand, field)| {
                let rule = rule(&field, operator, &operand);
                let preview = subject.engine().preview(&rule, None).unwrap();
                let members: BTreeSet<ContactId> = subject.engine().contact_ids(&preview.members).cloned().collect();
                (rule, members)
            })
            .collect();
        for (index, (rule, previewed)) in previews.into_iter().enumerate() {
            let segment = format!("saved {index}");
            let body = EventBody::SegmentSaved {
                segment: SegmentId::new(&segment).unwrap(),
                name: "Saved".to_owned(),
                rule,
            };
            subject.apply(&Event { at, body }).unwrap();
            prop_assert_eq!(members(subject.engine(), &segment), previewed, "{}", segment);
        }
        prop_assert_eq!(subject.verify(), Ok(()));
    }

    #[test]
    fn a_bulk_load_gives_the_same_state_as_applying_the_events(events in logs()) {
        let is_loadable = |event: &&Event| matches!(
            event.body,
            EventBody::ContactSaved { .. }
                | EventBody::ContactDeleted { .. }
                | EventBody::ContactMerged { .. }
                | EventBody::ConversationSaved { .. }
                | EventBody::ConversationDeleted { .. }
                | EventBody::Activity { .. }
                | EventBody::Tick
        );
        let (facts, definitions): (Vec<&Event>, Vec<&Event>) = events.iter().partition(is_loadable);
        let (mut loaded, mut applied) = (Engine::new(HASH_SEED), Engine::new(OTHER_SEED));
        let mut out: Vec<Output> = Vec::new();
        for event in definitions {
            prop_assert_eq!(loaded.apply(event, &mut out).is_ok(), applied.apply(event, &mut out).is_ok());
        }
        let mut load = loaded.load().unwrap();
        for event in facts {
            prop_assert_eq!(load.apply(event).is_ok(), applied.apply(event, &mut out).is_ok());
        }
        load.finish(&mut out);
        let (loaded, applied) = (EngineSubject::of(loaded), EngineSubject::of(applied));
        prop_assert_eq!(loaded.memberships(), applied.memberships());
        prop_assert_eq!(loaded.verify(), Ok(()));
        prop_assert_eq!(dump(loaded.engine()), dump(applied.engine()));
    }
}
