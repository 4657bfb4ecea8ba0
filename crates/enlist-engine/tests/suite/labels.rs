//! How labels are shown, and the label changes that an engine reports to a host with several engines.

use enlist_engine::{Engine, LabelChange, apply_across};
use enlist_model::{Label, TextKey};

use crate::script::Script;

fn keeping() -> Script {
    let mut script = Script::new();
    script.engine.keep_label_changes();
    script
}

fn began(shown: &str) -> LabelChange {
    LabelChange::Began(Label::new(shown).unwrap())
}

fn ended(key: &str) -> LabelChange {
    LabelChange::Ended(TextKey::of(key).unwrap())
}

fn changes(script: &mut Script, line: &str) -> Vec<LabelChange> {
    script.apply(line);
    script.engine.label_changes().collect()
}

fn labels(engine: &Engine) -> Vec<Vec<String>> {
    let contacts = engine.dump().contacts.into_iter();
    contacts.map(|contact| contact.labels.into_iter().map(String::from).collect()).collect()
}

#[test]
fn a_label_change_is_recorded_only_for_the_first_and_the_last_holder() {
    let mut script = keeping();
    let expected = [
        (
            r#"{"type":"contact_saved","contact":"a","add_labels":["VIP","New","vip"]}"#,
            vec![began("VIP"), began("New")],
        ),
        (r#"{"type":"contact_saved","contact":"b","add_labels":["vip"]}"#, vec![]),
        (r#"{"type":"contact_saved","contact":"a","add_labels":["NEW"],"remove_labels":["new"]}"#, vec![]),
        (
            r#"{"type":"contact_saved","contact":"a","add_labels":["x"],"remove_labels":["new"]}"#,
            vec![began("x"), ended("new")],
        ),
        (r#"{"type":"contact_saved","contact":"c","remove_labels":["vip"]}"#, vec![]),
        (r#"{"type":"contact_merged","contact":"a","into":"c"}"#, vec![]),
        (r#"{"type":"contact_deleted","contact":"b"}"#, vec![]),
        (r#"{"type":"contact_saved","contact":"c","remove_labels":["Vip"]}"#, vec![ended("vip")]),
        (r#"{"type":"contact_deleted","contact":"c"}"#, vec![ended("x")]),
        (r#"{"type":"contact_saved","contact":"d","add_labels":["vip"]}"#, vec![began("vip")]),
    ];
    for (line, expected) in expected {
        assert_eq!(changes(&mut script, line), expected, "{line}");
    }
    assert!(script.try_apply(r#"{"type":"contact_deleted","contact":"a"}"#).is_err());
    assert_eq!(script.engine.label_changes().count(), 0);
}

#[test]
fn label_changes_are_not_recorded_unless_requested() {
    let mut script = Script::new();
    script.apply(r#"{"type":"contact_saved","contact":"a","add_labels":["VIP"]}"#);
    assert_eq!(script.engine.label_changes().count(), 0);
    // Changes are recorded from this call on.
    script.engine.keep_label_changes();
    script.apply(r#"{"type":"contact_saved","contact":"b","add_labels":["vip","new"]}"#);
    assert_eq!(script.engine.label_changes().collect::<Vec<_>>(), [began("new")]);
}

#[test]
fn a_merge_across_partitions_keeps_how_labels_are_shown() {
    let (mut from, mut to) = (keeping(), keeping());
    changes(&mut from, r#"{"type":"contact_saved","contact":"a","add_labels":["VIP","New"]}"#);
    changes(&mut to, r#"{"type":"contact_saved","contact":"b","add_labels":["NEW"]}"#);
    let merge = from.event(r#"{"type":"contact_merged","contact":"a","into":"b"}"#).unwrap();
    apply_across(&merge, &mut from.engine, &mut to.engine, (&mut Vec::new(), &mut Vec::new())).unwrap();
    assert_eq!(to.engine.label_changes().collect::<Vec<_>>(), [began("VIP")]);
    assert_eq!(from.engine.label_changes().collect::<Vec<_>>(), [ended("vip"), ended("new")]);
    assert_eq!(labels(&to.engine), [["NEW", "VIP"]]);
}

#[test]
fn a_label_is_shown_as_set_as_long_as_a_contact_holds_it() {
    let mut script = Script::of(&[
        r#"{"type":"contact_saved","contact":"a","add_labels":["vip","Zoe"]}"#,
        r#"{"type":"contact_saved","contact":"b","add_labels":["VIP","alone"]}"#,
    ]);
    assert_eq!(labels(&script.engine), [["vip", "Zoe"], ["alone", "vip"]]);
    let vip = TextKey::of("vip").unwrap();
    script.engine.show_label(&vip, "Vip");
    script.engine.show_label(&TextKey::of("nobody's").unwrap(), "Nobody's");
    assert_eq!(labels(&script.engine), [["Vip", "Zoe"], ["alone", "Vip"]]);
    let mut held: Vec<_> = script.engine.labels().map(|(key, shown)| (key.as_str(), shown)).collect();
    held.sort_unstable();
    assert_eq!(held, [("alone", "alone"), ("vip", "Vip"), ("zoe", "Zoe")]);
    script.engine.rebuild();
    assert_eq!(labels(&script.engine), [["Vip", "Zoe"], ["alone", "Vip"]]);
    for contact in ["a", "b"] {
        script.apply(&format!(r#"{{"type":"contact_saved","contact":"{contact}","remove_labels":["vip"]}}"#));
    }
    script.engine.show_label(&vip, "Vip");
    script.apply(r#"{"type":"contact_saved","contact":"a","add_labels":["vIP"]}"#);
    assert_eq!(labels(&script.engine), [vec!["vIP", "Zoe"], vec!["alone"]]);
}
