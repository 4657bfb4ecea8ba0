//! The embedded engine prints what the README says it prints.

use crate::process::example;

#[test]
fn the_embedded_engine_sees_a_contact_enter_and_midnight_take_it_out() {
    let run = example("embed").output().unwrap();
    assert!(run.status.success());
    let printed = String::from_utf8(run.stdout).unwrap();
    assert_eq!(
        printed.lines().collect::<Vec<_>>(),
        [
            "1 of 1 contacts are in new-pro",
            "0 of 1 contacts are in new-pro",
            r#"{"at":"2026-11-23T11:30:00Z","segment":"new-pro","contact":"ada","change":"entered","cause":{"event":5}}"#,
            r#"{"at":"2026-11-24T00:00:00Z","segment":"new-pro","contact":"ada","change":"left","cause":"clock"}"#,
        ]
    );
}
