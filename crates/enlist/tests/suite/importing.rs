//! A bulk load has the same outcome as applying its events, but publishes nothing. Restored segments count as just saved.

use std::convert::Infallible;

use enlist::{
    Enlist, Error, Event, ImportError, ImportPhase, Imported, PageRequest, TestClock, Workspace,
    WorkspaceSettings,
};
use enlist_sim::{Profile, Workload};

use crate::scene::{at, built, named, noon, only, rule, save_segment};
use crate::subject::{ENLIST, partitioned, unique};

fn imported(partitions: usize, events: impl IntoIterator<Item = Event>) -> Imported {
    let settings = WorkspaceSettings::default().with_partitions(partitions);
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
        let request = PageRequest::default().with_size(1_000);
        let page = |workspace: &Workspace| workspace.page(id.as_str(), &request).unwrap();
        assert_eq!(page(found), page(expected), "{of}, {id}");
        assert_eq!(found.count(id.as_str()).unwrap(), expected.count(id.as_str()).unwrap(), "{of}, {id}");
    }
    let position = |workspace: &Workspace| workspace.read(|view| (view.event_count(), view.now()));
    assert_eq!(position(found), position(expected), "{of}");
    assert!(found.read(|view| view.verify()).unwrap().is_empty(), "{of}");
}

#[test]
fn an_import_has_the_same_outcome_as_applying_its_events_and_stays_equal_afterwards() {
    let mut members = 0;
    for seed in 0..12 {
        for partitions in [1, 3] {
            let of = format!("seed {seed}, {partitions} partitions");
            let events = script(seed);
            let (first, rest) = events.split_at(events.len() * 3 / 4);
            let expected = partitioned(partitions);
            let receipt = expected.apply(first.to_vec()).unwrap();
            let Imported { workspace, applied, refused, .. } = imported(partitions, first.to_vec());
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
fn a_field_defined_after_a_contact_is_refused_and_everything_else_is_imported() {
    let late = Event::field_defined(noon(), "plan", enlist::Kind::Select).build().unwrap();
    let Imported { workspace, applied, refused, .. } =
        imported(1, [named("a", "Ada"), late.clone(), named("b", "Bo")]);
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
fn an_import_under_the_id_of_an_existing_workspace_reads_nothing_from_its_source() {
    let existing = partitioned(1);
    let mut read = 0;
    let events = std::iter::from_fn(|| {
        read += 1;
        None::<Result<Event, Infallible>>
    });
    let refused = ENLIST.import_workspace(existing.id().as_str(), WorkspaceSettings::default(), events);
    assert!(matches!(refused, Err(ImportError::Enlist(Error::WorkspaceExists { .. }))));
    assert_eq!(refused.unwrap_err().code(), "workspace_exists");
    assert_eq!(read, 0);
}

#[test]
fn a_second_edit_of_a_restored_segment_at_the_same_revision_is_refused() {
    for partitions in [1, 2] {
        let settings = WorkspaceSettings::default().with_partitions(partitions);
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

#[test]
fn an_import_stops_when_its_source_fails_and_creates_nothing() {
    let id = unique();
    let mut read = 0;
    let events = (0..10).map(|number| {
        read += 1;
        if number < 4 { Ok(named(&format!("c{number}"), "a")) } else { Err("the connection was lost") }
    });
    let failed = ENLIST.import_workspace(&id, WorkspaceSettings::default(), events).unwrap_err();
    assert_eq!(failed, ImportError::Source { events: 4, error: "the connection was lost" });
    assert_eq!((failed.code(), &*failed.reason()), ("source_failed", "the source failed"));
    assert_eq!(failed.to_string(), "the source failed after 4 events: the connection was lost");
    assert_eq!(read, 5, "nothing is read after the failure");
    assert!(ENLIST.workspace(&id).is_none());
    // The id can still be used.
    ENLIST.create_workspace(&id).unwrap();
}

#[test]
fn segments_are_imported_in_any_order_and_a_cycle_is_refused() {
    let member_of = |segment: &str| {
        rule(&format!(
            r#"{{"match": "all", "conditions": [{{"segment": "{segment}", "operator": "is_member"}}]}}"#
        ))
    };
    let saved = |segment: &str, rule| built(Event::segment_saved(noon(), segment, segment, rule));
    let events = vec![
        saved("third", member_of("second")),
        saved("second", member_of("first")),
        named("ada", "a"),
        saved("one", member_of("other")),
        saved("first", only("name", "equals", r#""a""#)),
        saved("other", member_of("one")),
        saved("itself", member_of("itself")),
        named("bob", "b"),
        saved("lost", member_of("nobody")),
    ];
    for partitions in [1, 3] {
        let Imported { workspace, applied, refused, .. } = imported(partitions, events.clone());
        assert_eq!(refused.iter().map(|refused| refused.index).collect::<Vec<_>>(), [3, 5, 6, 8]);
        assert_eq!(applied, 5);
        for segment in ["first", "second", "third"] {
            assert_eq!(workspace.count(segment).unwrap(), 1, "{segment}");
            assert!(workspace.contains(segment, "ada").unwrap());
        }
        assert!(workspace.read(|view| view.verify()).unwrap().is_empty());
    }
}

#[test]
fn edits_and_deletions_of_one_segment_are_imported_in_their_order() {
    let member_of = |segment: &str| {
        rule(&format!(
            r#"{{"match": "all", "conditions": [{{"segment": "{segment}", "operator": "is_member"}}]}}"#
        ))
    };
    let saved = |segment: &str, rule| built(Event::segment_saved(noon(), segment, segment, rule));
    let events = vec![
        // Edited while its first rule waits for a segment.
        saved("edited", member_of("late")),
        saved("edited", only("name", "equals", r#""b""#)),
        // Both rules wait, the first one for longer.
        saved("twice", member_of("later")),
        saved("twice", member_of("late")),
        saved("later", member_of("late")),
        // Deleted while it waits.
        saved("deleted", member_of("late")),
        built(Event::segment_deleted(noon(), "deleted")),
        named("ada", "a"),
        saved("late", only("name", "equals", r#""a""#)),
        saved("later", only("name", "equals", r#""b""#)),
        named("bob", "b"),
    ];
    for partitions in [1, 3] {
        let Imported { workspace, refused, .. } = imported(partitions, events.clone());
        assert_eq!(refused, []);
        for (segment, member) in [("edited", "bob"), ("twice", "ada"), ("later", "bob"), ("late", "ada")] {
            let page = workspace.page(segment, &PageRequest::default()).unwrap();
            assert_eq!(
                page.contacts.iter().map(enlist::ContactId::as_str).collect::<Vec<_>>(),
                [member],
                "{segment}"
            );
        }
        assert!(workspace.count("deleted").is_err());
        assert!(workspace.read(|view| view.verify()).unwrap().is_empty());
    }
}

#[test]
fn an_import_advances_to_the_clocks_now_unless_time_is_manual() {
    let old = at("2025-01-06T12:00:00Z");
    let events = || {
        let today = only("created_at", "is_in_last_7_days", "null");
        let contact = Event::contact_saved(old, "ada").build();
        [Event::segment_saved(old, "recent", "Recent", today).build(), contact]
    };
    let clock = TestClock::new(noon());
    let enlist = Enlist::builder().workers(1).clock(clock).build().unwrap();
    let imported = enlist.import_workspace("w", WorkspaceSettings::default(), events()).unwrap();
    let now = |workspace: &Workspace| workspace.read(|view| view.now());
    assert_eq!((imported.refused.len(), now(&imported.workspace)), (0, Some(noon())));
    assert_eq!(imported.workspace.count("recent").unwrap(), 0);
    // The next event crosses no midnight, so it publishes only its own transition.
    imported.workspace.apply_event(named("bob", "b")).unwrap();
    assert_eq!(imported.workspace.recently_published(2).len(), 1);

    let imported = ENLIST.import_workspace(&unique(), WorkspaceSettings::default(), events()).unwrap();
    assert_eq!(now(&imported.workspace), Some(old));
    assert_eq!(imported.workspace.count("recent").unwrap(), 1);
}

#[test]
fn an_import_reports_its_progress_and_refuses_events_ahead_of_the_clock() {
    let enlist = Enlist::builder().workers(1).clock(TestClock::new(noon())).build().unwrap();
    let future = Event::activity(at("2027-01-01T00:00:00Z"), "c1").build().unwrap();
    let contacts = (0..25_000).map(|number| named(&format!("c{number}"), "a"));
    let events = contacts.chain([future]).map(Ok::<_, Infallible>);
    let mut reported = Vec::new();
    let imported = enlist
        .import_workspace_with("w", WorkspaceSettings::default(), events, |at| reported.push(at))
        .unwrap();
    let shown: Vec<_> = reported.iter().map(|at| (at.events, at.refused, at.phase)).collect();
    assert_eq!(
        shown,
        [
            (10_000, 0, ImportPhase::Reading),
            (20_000, 0, ImportPhase::Reading),
            (25_001, 1, ImportPhase::Building)
        ]
    );
    assert!(matches!(imported.refused[0].reason, Error::Ahead { .. }));
}
