//! The program that embeds Enlist prints what the README says it prints.

use crate::process::example;

#[test]
fn the_embedded_workspace_sees_a_contact_enter_and_midnight_take_it_out() {
    let run = example("embed").output().unwrap();
    assert!(run.status.success(), "{run:?}");
    let printed = String::from_utf8(run.stdout).unwrap();
    assert_eq!(
        printed.lines().collect::<Vec<_>>(),
        [
            "new-pro holds 1 contact",
            "2026-11-23T11:30:00Z ada entered: Event(4)",
            "2026-11-24T00:00:00Z ada left: Clock",
            "new-pro holds 0 contacts",
        ]
    );
}
