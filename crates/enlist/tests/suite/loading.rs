//! A first import leads where applying the same events does, with nobody told of each; what is restored is as if it had just
//! been saved.

use std::convert::Infallible;

use enlist::{Error, Event, ImportError, Imported, PageRequest, Workspace, WorkspaceSettings};
use enlist_sim::{Profile, Workload};

use crate::scene::{named, noon, only, save_segment};
use crate::subject::{ENLIST, partitioned, unique};

fn loaded(partitions: usize, events: impl IntoIterator<Item = Event>) -> Imported {
    let settings = WorkspaceSettings { partitions, ..WorkspaceSettings::default() };
    ENLIST.import_workspace(&unique(), settings, events.into_iter().map(Ok::<_, Infallible>)).unwrap()
}

/// A script with its definitions first.
fn script(seed: u64) -> Vec<Event> {
    let mut events = Workload::script(seed, Profile::default(), 400);
    events.sort_by_key(|event| !event.body.is_definition());
    events
}

fn assert_same(found: &Workspace, expected: &Workspace, of: &str) {
    let segments = |workspace: &Workspace| -> Vec<_> {
        workspace.read(|view| view.segments().map(|segment| segment.id().clone()).collect())
    };
    assert_eq!(segments(found), segments(expected), "{of}");
    for id in segments(expected) {
        let request = PageRequest { size: 1_000, ..PageRequest::default() };
        let page = |workspace: &Workspace| workspace.page(id.as_str(), &request).unwrap();
        assert_eq!(page(found), page(expected), "{of}, {id}");
        assert_eq!(found.count(id.as_str()).unwrap(), expected.count(id.as_str()).unwrap(), "{of}, {id}");
    }
    let position = |workspace: &Workspace| workspace.read(|view| (view.event_count(), view.now()));
    assert_eq!(position(found), position(expected), "{of}");
    assert!(found.read(|view| view.verify()).unwrap().is_empty(), "{of}");
}

#[test]
fn a_workspace_that_is_loaded_is_the_one_that_applying_leads_to_then_and_afterwards() {
    let mut members = 0;
    for seed in 0..12 {
        for partitions in [1, 3] {
            let of = format!("seed {seed}, {partitions} partitions");
            let events = script(seed);
            let (first, rest) = events.split_at(events.len() * 3 / 4);
            let expected = partitioned(partitions);
            let receipt = expected.apply(first.to_vec()).unwrap();
            let Imported { workspace, applied, refused } = loaded(partitions, first.to_vec());
            let (found, wanted) = (refused.iter(), receipt.refused.iter());
            assert!(found.map(|refused| refused.index).eq(wanted.map(|refused| refused.index)), "{of}");
            assert!(refused.iter().all(|refused| refused.event == first[refused.index]), "{of}");
            assert_eq!(applied, receipt.applied as u64, "{of}");
            assert_same(&workspace, &expected, &of);
            assert_eq!(
                workspace.apply(rest.to_vec()).unwrap().refused,
                expected.apply(rest.to_vec()).unwrap().refused,
                "{of}"
            );
            assert_same(&workspace, &expected, &of);
            members += workspace.read(|view| {
                view.segments().map(|segment| view.count(segment.id().as_str()).unwrap()).sum::<u64>()
            });
        }
    }
    assert!(members > 1_000, "{members}");
}

#[test]
fn a_definition_after_a_contact_is_handed_back_and_all_else_is_taken_in() {
    let late = Event::field_defined(noon(), "plan", enlist::Kind::Select).build().unwrap();
    let Imported { workspace, applied, refused } =
        loaded(1, [named("a", "Ada"), late.clone(), named("b", "Bo")]);
    assert_eq!((applied, refused.len()), (2, 1));
    assert_eq!((refused[0].index, &refused[0].event), (1, &late));
    assert_eq!(
        refused[0].reason.to_string(),
        "a bulk load does not take `field_defined`; apply definitions before or after the load"
    );
    save_segment(&workspace, "named", only("name", "is_not_empty", "null"));
    assert_eq!(workspace.count("named").unwrap(), 2);
}

#[test]
fn where_there_is_such_a_workspace_already_nothing_is_taken_from_the_import() {
    let there = partitioned(1);
    let mut taken = 0;
    let events = std::iter::from_fn(|| {
        taken += 1;
        None::<Result<Event, Infallible>>
    });
    let refused = ENLIST.import_workspace(there.id().as_str(), WorkspaceSettings::default(), events);
    assert!(matches!(refused, Err(ImportError::Enlist(Error::WorkspaceExists { .. }))));
    assert_eq!(taken, 0);
}

#[test]
fn whoever_edits_a_segment_that_was_restored_hears_of_another_who_did() {
    for partitions in [1, 2] {
        let settings = WorkspaceSettings { partitions, ..WorkspaceSettings::default() };
        let first = partitioned(1);
        save_segment(&first, "a", only("name", "equals", r#""a""#));
        let dump = first.read(|view| view.dump()).unwrap();
        let restored = ENLIST.restore_workspace(&unique(), settings, dump).unwrap();
        let revision = restored.read(|view| view.segment_revision("a")).unwrap();
        assert!(restored.read_at(revision, |view| view.revision() == revision).unwrap());
        let other = save_segment(&restored, "a", only("name", "equals", r#""b""#));
        assert!(other > revision);
        let late =
            restored.segment("a").unwrap().save_if(Some(revision), "a", only("name", "equals", r#""c""#));
        assert!(matches!(late, Err(Error::SegmentChanged { .. })), "{late:?}");
    }
}
