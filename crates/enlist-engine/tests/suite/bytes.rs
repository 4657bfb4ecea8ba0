//! The memory estimate: each part follows what it is an estimate of.

use enlist_engine::{Bytes, Engine};

use crate::script::{SEED, Script};

const CONTACTS: u64 = 2_000;

/// How much each part has grown: facts, conditions, truths, members.
fn growth(before: Bytes, after: Bytes) -> [u64; 4] {
    assert_eq!(after.total(), after.facts + after.conditions + after.truths + after.members);
    [
        after.facts - before.facts,
        after.conditions - before.conditions,
        after.truths - before.truths,
        after.members - before.members,
    ]
}

/// How many bytes the facts grow for each contact when every contact is saved with these members.
fn facts_of(members: &str) -> u64 {
    let mut script = Script::new();
    let before = script.engine.bytes();
    for contact in 0..CONTACTS {
        script.apply(&format!(r#"{{"type":"contact_saved","contact":"c{contact}"{members}}}"#));
    }
    let [facts, _, _, members] = growth(before, script.engine.bytes());
    assert_eq!(members, 0);
    facts / CONTACTS
}

#[test]
fn an_engine_without_contacts_is_small() {
    assert!((1..10_000).contains(&Engine::new(SEED).bytes().total()));
}

#[test]
fn facts_grow_with_what_contacts_hold_and_shrink_with_a_field() {
    let bare = facts_of("");
    assert!((80..160).contains(&bare), "{bare}");
    let long = "x".repeat(1_000);
    let with_text = facts_of(&format!(r#","set":{{"name":"{long}"}}"#));
    assert!((1_000..1_200).contains(&(with_text - bare)), "{with_text}");
    let with_labels = facts_of(r#","add_labels":["one","two","three","four","five"]"#);
    assert!((16..100).contains(&(with_labels - bare)), "{with_labels}");

    let mut script = Script::of(&[r#"{"type":"field_defined","field":"notes","kind":"text"}"#]);
    for contact in 0..CONTACTS {
        script.apply(&format!(
            r#"{{"type":"contact_saved","contact":"c{contact}","set":{{"notes":"{long}"}}}}"#
        ));
    }
    let before = script.engine.bytes();
    script.apply(r#"{"type":"field_deleted","field":"notes"}"#);
    let [facts, ..] = growth(script.engine.bytes(), before);
    assert!(facts > CONTACTS * 1_000, "{facts}");
}

#[test]
fn segments_grow_conditions_truths_and_members_but_not_facts() {
    let mut script = Script::new();
    for contact in 0..CONTACTS {
        script.apply(&format!(r#"{{"type":"contact_saved","contact":"c{contact}"}}"#));
    }
    let before = script.engine.bytes();
    for segment in 0..100 {
        script.apply(&format!(
            r#"{{"type":"segment_saved","segment":"s{segment}","name":"S","rule":{{"match":"all","conditions":[{{"field":"name","operator":"not_equals","value":"n{segment}"}}]}}}}"#
        ));
    }
    let saved = script.engine.bytes();
    let [facts, conditions, truths, members] = growth(before, saved);
    assert_eq!(facts, 0);
    assert!((100 * 200..100 * 2_000).contains(&conditions), "{conditions}");
    assert!((CONTACTS * 100 / 8..CONTACTS * 100 / 2).contains(&truths), "{truths}");
    // Every contact is a member, so each segment has a row of 65,536 bits.
    assert!((100 * 8_192..100 * 10_000).contains(&members), "{members}");
    for segment in 0..100 {
        script.apply(&format!(r#"{{"type":"segment_deleted","segment":"s{segment}"}}"#));
    }
    let [_, _, _, dropped] = growth(script.engine.bytes(), saved);
    assert!(dropped >= 100 * 8_192, "{dropped}");
}
