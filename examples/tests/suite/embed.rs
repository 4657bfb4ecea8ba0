//! The program that embeds Enlist: README shows it as it is, and it does what README says.

use crate::process::example;

#[test]
fn the_embedded_workspace_sees_a_contact_enter_and_midnight_take_it_out() {
    let run = example("embed").output().unwrap();
    assert!(run.status.success(), "{run:?}");
    assert_eq!(
        String::from_utf8(run.stdout).unwrap().lines().collect::<Vec<_>>(),
        ["2026-11-23T11:30:00Z ada entered: Event(4)", "2026-11-24T00:00:00Z ada left: Clock"]
    );
}

#[test]
fn the_readme_shows_the_program_that_is_run() {
    let (readme, program) = (include_str!("../../../README.md"), include_str!("../../embed.rs"));
    let without_head = &program[program.find("use enlist::").unwrap()..];
    assert!(readme.contains(&format!("```rust\n{without_head}```")));
}
