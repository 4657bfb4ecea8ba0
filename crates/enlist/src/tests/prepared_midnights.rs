//! A change of the local date is prepared while others read, and readers see the state before it until it is whole.

use std::sync::mpsc;

use enlist_model::{Instant, Json};

use crate::batch::Batch;
use crate::handles::enlist::Enlist;
use crate::handles::view::View;
use crate::handles::workspace::Workspace;
use crate::partition::fault;
use crate::settings::WorkspaceSettings;
use crate::tests::failures::{Fold, named, noon, silence_planted_panics};
use crate::threads::clock::TestClock;

const CONTACTS: u64 = 60;

fn midnight() -> Instant {
    Instant::parse("2026-11-24T00:00:00Z").unwrap()
}

/// A workspace of two partitions, in which all contacts are of today.
fn of_today(id: &str) -> (Workspace, Fold) {
    silence_planted_panics();
    let enlist = Enlist::builder().workers(2).clock(TestClock::new(noon())).manual_time().build().unwrap();
    let settings = WorkspaceSettings::default().with_partitions(2);
    let workspace = enlist.create_workspace_with(id, settings).unwrap();
    let fold = Fold::of(&workspace);
    let condition = r#"{"field": "created_at", "operator": "is_today"}"#;
    let rule = Json::parse(&format!(r#"{{"match": "all", "conditions": [{condition}]}}"#)).unwrap();
    workspace.segment("today").unwrap().save("Today", rule).unwrap();
    let rule = r#"{"match": "all", "conditions": [{"segment": "today", "operator": "is_not_member"}]}"#;
    workspace.segment("older").unwrap().save("Older", Json::parse(rule).unwrap()).unwrap();
    let events = (0..CONTACTS).map(|number| named(&format!("c{number}"), "a"));
    assert!(workspace.apply(events.collect::<Batch>()).unwrap().refused.is_empty());
    (workspace, fold)
}

/// The revision, and how many contacts are of today and older.
fn seen_in(view: View<'_>) -> (u64, u64, u64) {
    let count = |segment| view.freeze(segment).unwrap().len();
    (view.revision().number(), count("today"), count("older"))
}

/// The same, as one read sees it.
fn seen(workspace: &Workspace) -> (u64, u64, u64) {
    workspace.read(seen_in)
}

/// Has a workspace read while it has prepared a midnight. What was read comes when the midnight has passed; `None` if a read would
/// have had to wait.
fn read_meanwhile(workspace: &Workspace) -> mpsc::Receiver<Option<(u64, u64, u64)>> {
    let (answers, answer) = mpsc::channel();
    let reading = workspace.clone();
    fault::plant_prepared(workspace.id(), move || {
        answers.send(reading.try_read(seen_in).ok());
    });
    answer
}

#[test]
fn a_read_during_a_midnight_is_answered_with_the_revision_before_it() {
    let (workspace, mut fold) = of_today("advanced");
    let before = seen(&workspace);
    assert_eq!((before.1, before.2), (CONTACTS, 0));
    let meanwhile = read_meanwhile(&workspace);
    workspace.advance(midnight()).unwrap();
    assert_eq!(meanwhile.try_recv(), Ok(Some(before)));
    assert_eq!(seen(&workspace), (before.0 + 1, 0, CONTACTS));
    fold.assert_agrees_with(&workspace);
}

#[test]
fn an_event_after_midnight_is_applied_to_the_new_day_that_was_prepared() {
    let (workspace, mut fold) = of_today("by an event");
    let before = seen(&workspace);
    let meanwhile = read_meanwhile(&workspace);
    let mut event = named("new", "a");
    event.at = midnight();
    workspace.apply(Batch::from_iter([event, named("c1", "b")])).unwrap();
    assert_eq!(meanwhile.try_recv(), Ok(Some(before)));
    assert_eq!(seen(&workspace), (before.0 + 1, 1, CONTACTS));
    fold.assert_agrees_with(&workspace);
}

#[test]
fn a_refused_event_prepares_nothing_and_begins_no_day() {
    let (workspace, mut fold) = of_today("refused");
    let before = seen(&workspace);
    let meanwhile = read_meanwhile(&workspace);
    let mut event = named("c1", "a");
    event.at = midnight();
    let wrong = enlist_model::Event::activity(midnight(), "nobody").build().unwrap();
    assert_eq!(workspace.apply(wrong).unwrap().refused.len(), 1);
    assert!(meanwhile.try_recv().is_err());
    assert_eq!((seen(&workspace).1, seen(&workspace).2), (before.1, before.2));
    // The next one is applied, so what was planted runs.
    workspace.apply(event).unwrap();
    assert!(meanwhile.try_recv().is_ok());
    fold.assert_agrees_with(&workspace);
}

#[test]
fn a_panic_while_a_midnight_is_prepared_fails_nothing() {
    let (workspace, mut fold) = of_today("panicking");
    fault::plant_prepared(workspace.id(), || panic!("{}", fault::MESSAGE));
    workspace.advance(midnight()).unwrap();
    assert!(workspace.failed_partitions().is_empty());
    assert_eq!(seen(&workspace).2, CONTACTS);
    fold.assert_agrees_with(&workspace);
}
