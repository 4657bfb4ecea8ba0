//! How labels are shown.

use enlist_engine::{Engine, apply_across};

use crate::script::Script;

fn labels(engine: &Engine) -> Vec<Vec<String>> {
    let contacts = engine.dump().contacts.into_iter();
    contacts.map(|contact| contact.labels.into_iter().map(String::from).collect()).collect()
}

#[test]
fn a_merge_across_partitions_keeps_how_labels_are_shown() {
    let mut from = Script::of(&[r#"{"type":"contact_saved","contact":"a","add_labels":["VIP","New"]}"#]);
    let mut to = Script::of(&[r#"{"type":"contact_saved","contact":"b","add_labels":["NEW"]}"#]);
    let merge = from.event(r#"{"type":"contact_merged","contact":"a","into":"b"}"#).unwrap();
    apply_across(&merge, &mut from.engine, &mut to.engine, (&mut Vec::new(), &mut Vec::new())).unwrap();
    assert_eq!(from.engine.labels().count(), 0);
    assert_eq!(labels(&to.engine), [["NEW", "VIP"]]);
}

#[test]
fn a_label_is_shown_as_first_written_as_long_as_a_contact_holds_it() {
    let mut script = Script::of(&[
        r#"{"type":"contact_saved","contact":"a","add_labels":["vip","Zoe"]}"#,
        r#"{"type":"contact_saved","contact":"b","add_labels":["VIP","alone"]}"#,
    ]);
    assert_eq!(labels(&script.engine), [["vip", "Zoe"], ["alone", "vip"]]);
    let held: Vec<_> = script.engine.labels().collect();
    let mut held: Vec<_> = held.iter().map(|label| (label.key.as_str(), label.shown.as_str())).collect();
    held.sort_unstable();
    assert_eq!(held, [("alone", "alone"), ("vip", "vip"), ("zoe", "Zoe")]);
    script.engine.rebuild();
    assert_eq!(labels(&script.engine), [["vip", "Zoe"], ["alone", "vip"]]);
    for contact in ["a", "b"] {
        script.apply(&format!(r#"{{"type":"contact_saved","contact":"{contact}","remove_labels":["vip"]}}"#));
    }
    script.apply(r#"{"type":"contact_saved","contact":"a","add_labels":["vIP"]}"#);
    assert_eq!(labels(&script.engine), [vec!["vIP", "Zoe"], vec!["alone"]]);
}
