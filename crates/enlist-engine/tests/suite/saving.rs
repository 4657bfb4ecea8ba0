//! Savings, case by case: what counts as changed, what a step gives, what a saving that ends early leaves.

use enlist_engine::{Engine, Error, Saving, Unsaved, apply_across};

use crate::script::{SEED, Script};

const LINES: [&str; 5] = [
    r#"{"type":"field_defined","field":"plan","kind":"text"}"#,
    r#"{"type":"contact_saved","contact":"c0","set":{"plan":"a"}}"#,
    r#"{"type":"contact_saved","contact":"c1","set":{"plan":"b"},"add_labels":["L"]}"#,
    r#"{"type":"contact_saved","contact":"c2"}"#,
    r#"{"type":"conversation_saved","conversation":"v","contact":"c2"}"#,
];

fn noting(unsaved: Unsaved) -> Script {
    let mut script = Script::of(&LINES);
    script.engine.note_changes(unsaved);
    script
}

/// The ids of the contacts that are still to come, each in a step of its own.
fn rest(engine: &Engine, saving: &mut Saving) -> Vec<String> {
    let mut ids = Vec::new();
    while let Some(row) = engine.step_saving(saving, 1).pop() {
        ids.push(row.id.to_string());
    }
    ids
}

/// The ids of the contacts that changed, in a saving that is ended.
fn saved(engine: &mut Engine) -> Vec<String> {
    let mut saving = engine.begin_saving();
    let ids = rest(engine, &mut saving);
    assert!(engine.end_saving(saving));
    ids
}

#[test]
fn the_first_saving_has_everything_or_only_what_changed_since() {
    assert_eq!(saved(&mut noting(Unsaved::Everything).engine), ["c0", "c1", "c2"]);
    // An engine that did not note changes cannot know what is stored.
    assert_eq!(saved(&mut Script::of(&LINES).engine), ["c0", "c1", "c2"]);
    let mut script = noting(Unsaved::Nothing);
    assert!(saved(&mut script.engine).is_empty());
    script.apply(r#"{"type":"activity","contact":"c1"}"#);
    script.apply(r#"{"type":"contact_saved","contact":"c3"}"#);
    assert_eq!(saved(&mut script.engine), ["c1", "c3"]);
    assert!(saved(&mut script.engine).is_empty());
}

#[test]
fn both_contacts_of_a_conversation_that_moves_have_changed() {
    let mut script = noting(Unsaved::Nothing);
    script.apply(r#"{"type":"conversation_saved","conversation":"v","contact":"c0"}"#);
    assert_eq!(saved(&mut script.engine), ["c0", "c2"]);
    script.apply(r#"{"type":"conversation_deleted","conversation":"v"}"#);
    assert_eq!(saved(&mut script.engine), ["c0"]);
}

#[test]
fn both_contacts_of_a_change_across_two_engines_leave_pre_images() {
    for (line, from_changes, from_deletes) in [
        (r#"{"type":"conversation_saved","conversation":"v","contact":"other"}"#, &["c2"][..], &[][..]),
        (r#"{"type":"contact_merged","contact":"c2","into":"other"}"#, &[], &[2]),
    ] {
        let mut from = noting(Unsaved::Everything);
        let mut to = Script::of(&[LINES[0], r#"{"type":"contact_saved","contact":"other"}"#]);
        let (before, to_before) = (from.engine.dump().contacts, to.engine.dump().contacts);
        let (mut saving, mut to_saving) = (from.engine.begin_saving(), to.engine.begin_saving());
        let event = from.event(line).unwrap();
        let outs: (&mut Vec<_>, &mut Vec<_>) = (&mut Vec::new(), &mut Vec::new());
        apply_across(&event, &mut from.engine, &mut to.engine, (outs.0, outs.1)).unwrap();
        assert_eq!(from.engine.step_saving(&mut saving, 9), before);
        assert_eq!(to.engine.step_saving(&mut to_saving, 9), to_before);
        assert!(from.engine.end_saving(saving) && to.engine.end_saving(to_saving));
        let mut saving = from.engine.begin_saving();
        assert_eq!(saving.deleted(), from_deletes);
        assert_eq!(rest(&from.engine, &mut saving), from_changes);
        assert_eq!(saved(&mut to.engine), ["other"]);
    }
}

#[test]
fn a_contact_that_came_and_went_between_two_savings_is_in_neither() {
    let mut script = noting(Unsaved::Nothing);
    script.apply(r#"{"type":"contact_saved","contact":"brief"}"#);
    script.apply(r#"{"type":"contact_deleted","contact":"brief"}"#);
    script.apply(r#"{"type":"contact_merged","contact":"c1","into":"c0"}"#);
    let mut saving = script.engine.begin_saving();
    assert_eq!((saving.deleted(), saving.remaining()), (&[1][..], 1));
    assert_eq!(rest(&script.engine, &mut saving), ["c0"]);
}

#[test]
fn a_step_gives_contacts_as_they_were_when_the_saving_began() {
    let mut script = noting(Unsaved::Everything);
    let before = script.engine.dump().contacts;
    let mut saving = script.engine.begin_saving();
    assert_eq!(script.engine.step_saving(&mut saving, 1), before[..1]);
    // The first one comes no more, and the last one twice.
    for line in [
        r#"{"type":"contact_merged","contact":"c1","into":"c0"}"#,
        r#"{"type":"contact_saved","contact":"c2","set":{"plan":"x"}}"#,
        r#"{"type":"contact_saved","contact":"c2","set":{"plan":"y"}}"#,
        r#"{"type":"contact_saved","contact":"c1"}"#,
    ] {
        script.apply(line);
    }
    assert_eq!(saving.remaining(), 2);
    assert_eq!(script.engine.step_saving(&mut saving, 9), before[1..]);
    assert!(script.engine.step_saving(&mut saving, 9).is_empty());
    assert!(script.engine.end_saving(saving));
    let mut saving = script.engine.begin_saving();
    assert_eq!(saving.deleted(), [1]);
    assert_eq!(script.engine.step_saving(&mut saving, 9), script.engine.dump().contacts);
}

#[test]
fn a_cancelled_saving_and_one_that_ends_early_leave_their_contacts_to_the_next() {
    let mut script = noting(Unsaved::Everything);
    script.apply(r#"{"type":"contact_deleted","contact":"c1"}"#);
    let mut saving = script.engine.begin_saving();
    assert_eq!(script.engine.step_saving(&mut saving, 1).len(), 1);
    script.engine.cancel_saving(saving);
    let mut saving = script.engine.begin_saving();
    assert_eq!((saving.deleted(), saving.remaining()), (&[1][..], 2));
    assert_eq!(script.engine.step_saving(&mut saving, 1).len(), 1);
    assert!(!script.engine.end_saving(saving));
    let mut saving = script.engine.begin_saving();
    assert_eq!(saving.deleted(), [1]);
    assert_eq!(rest(&script.engine, &mut saving), ["c2"]);
}

#[test]
fn a_saving_that_another_follows_gives_nothing_more_and_takes_nothing_from_it() {
    let mut script = noting(Unsaved::Everything);
    let mut first = script.engine.begin_saving();
    let mut second = script.engine.begin_saving();
    assert!(script.engine.step_saving(&mut first, 9).is_empty());
    assert!(!script.engine.end_saving(first));
    assert_eq!(rest(&script.engine, &mut second), ["c0", "c1", "c2"]);
    assert!(script.engine.end_saving(second));
}

#[test]
fn a_deleted_field_stays_in_the_rows_of_a_saving_and_its_holders_have_changed() {
    let mut script = noting(Unsaved::Everything);
    script.apply(r#"{"type":"field_defined","field":"conversation.topic","kind":"text"}"#);
    script.apply(
        r#"{"type":"conversation_saved","conversation":"v","contact":"c2","set":{"conversation.topic":"t"}}"#,
    );
    for (field, holders) in [("plan", &["c0", "c1"][..]), ("conversation.topic", &["c2"])] {
        script.engine.note_changes(Unsaved::Everything);
        let before = script.engine.dump().contacts;
        let mut saving = script.engine.begin_saving();
        script.apply(&format!(r#"{{"type":"field_deleted","field":"{field}"}}"#));
        assert_eq!(script.engine.step_saving(&mut saving, 9), before);
        assert!(script.engine.end_saving(saving));
        assert_eq!(saved(&mut script.engine), holders);
    }
}

#[test]
fn a_field_that_a_recovery_forgets_is_like_a_deleted_one() {
    let mut source = Script::of(&LINES);
    source.apply(r#"{"type":"field_deleted","field":"plan"}"#);
    let mut script = noting(Unsaved::Everything);
    let before = script.engine.dump().contacts;
    let mut saving = script.engine.begin_saving();
    script.engine.recover(Some(&source.engine));
    assert_eq!(script.engine.step_saving(&mut saving, 9), before);
    assert!(script.engine.end_saving(saving));
    assert_eq!(saved(&mut script.engine), ["c0", "c1"]);
}

#[test]
fn what_a_bulk_load_creates_has_changed() {
    let mut script = Script::of(&LINES[..1]);
    script.engine.note_changes(Unsaved::Nothing);
    let events: Vec<_> = LINES[1..].iter().map(|line| script.event(line).unwrap()).collect();
    let gone = script.event(r#"{"type":"contact_deleted","contact":"c1"}"#).unwrap();
    let mut load = script.engine.load().unwrap();
    for event in events.iter().chain([&gone]) {
        load.apply(event).unwrap();
    }
    load.finish(&mut Vec::new());
    assert_eq!(saved(&mut script.engine), ["c0", "c2"]);
}

#[test]
fn a_contact_that_does_not_fit_the_definitions_is_not_restored() {
    let script = Script::of(&LINES);
    let contacts = script.engine.dump().contacts;
    let mut restore = Engine::begin_restore(script.engine.dump_definitions(), SEED).unwrap();
    for contact in &contacts {
        restore.add(contact.clone()).unwrap();
    }
    assert_eq!(restore.finish().dump(), script.engine.dump());
    let mut restore = Engine::begin_restore(Engine::new(SEED).dump(), SEED).unwrap();
    let refused = restore.add(contacts[0].clone());
    assert!(matches!(refused, Err(Error::UnknownField { field }) if field == "plan"));
}
