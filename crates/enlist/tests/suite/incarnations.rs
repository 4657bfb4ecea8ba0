//! Tags from before a restart are recognized: revisions and sequences carry the incarnation of the workspace.

use enlist::{
    Enlist, Error, Published, Revision, Sequence, SubscribeOptions, TestClock, Workspace, WorkspaceSettings,
};

use crate::scene::{drain, named, noon, only, save_segment};

/// Simulates a process: an Enlist with one workspace, restored from the previous process if there is one.
fn process(before: Option<&Workspace>) -> Workspace {
    let enlist = Enlist::builder().workers(1).clock(TestClock::new(noon())).manual_time().build().unwrap();
    match before {
        None => enlist.create_workspace("w").unwrap(),
        Some(before) => {
            let dump = before.read(|view| view.dump()).unwrap();
            enlist.restore_workspace("w", WorkspaceSettings::default(), dump).unwrap()
        }
    }
}

#[test]
fn an_edit_begun_before_a_restart_does_not_overwrite_another_edit() {
    let first = process(None);
    let seen = save_segment(&first, "s", only("name", "equals", r#""a""#));
    let second = process(Some(&first));
    assert_ne!(first.incarnation(), second.incarnation());
    // Another host edits the segment until the numbers have caught up.
    let mut latest = save_segment(&second, "s", only("name", "equals", r#""b""#));
    while latest.number() < seen.number() {
        latest = second.apply_event(named("c", "a")).unwrap();
    }
    let late = second.segment("s").unwrap().save_if(Some(seen), "late", only("name", "equals", r#""c""#));
    let Err(Error::SegmentChanged { expected, found, .. }) = late else { panic!("{late:?}") };
    assert_eq!((expected, found), (Some(seen), second.read(|view| view.segment_revision("s"))));
    // The same number of another incarnation is another revision.
    let same_number = Revision::new(first.incarnation(), found.unwrap().number());
    assert!(
        second
            .segment("s")
            .unwrap()
            .save_if(Some(same_number), "late", only("name", "is_empty", "null"))
            .is_err()
    );
    second.segment("s").unwrap().save_if(found, "in time", only("name", "is_empty", "null")).unwrap();
}

#[test]
fn a_read_at_a_revision_of_another_incarnation_is_refused() {
    let (first, second) = (process(None), process(None));
    let revision = first.apply_event(named("c", "a")).unwrap();
    second.apply_event(named("c", "a")).unwrap();
    let read = second.read_at(revision, |view| view.revision());
    assert!(matches!(read, Err(Error::UnknownRevision { asked, .. }) if asked == revision), "{read:?}");
    assert_eq!(first.read_at(revision, |view| view.revision()).unwrap(), revision);
}

#[test]
fn a_subscriber_that_resumes_from_before_a_restart_gets_a_gap_first() {
    let first = process(None);
    save_segment(&first, "a", only("name", "equals", r#""a""#));
    for name in ["a", "b", "a", "b"] {
        first.apply_event(named("c", name)).unwrap();
    }
    let processed = first.recently_published(1)[0].sequence();
    assert_eq!(processed.number(), 5);
    let second = process(Some(&first));
    // The new process passes the number: without the incarnation, resuming would silently miss these.
    for name in ["a", "b", "a", "b", "a", "b", "a", "b"] {
        second.apply_event(named("d", name)).unwrap();
    }
    for from in [processed.next(), Sequence::new(first.incarnation(), 1)] {
        let mut resumed = second.subscribe(SubscribeOptions::all().resume_from(from));
        second.apply_event(named("e", "a")).unwrap();
        let items = drain(&mut resumed);
        let Published::Gap(gap) = &items[0] else { panic!("{items:?}") };
        assert_eq!(gap.revision.incarnation(), second.incarnation());
        assert_eq!(items.len(), 2, "the gap is followed by new items only");
        second.contact("e").delete().unwrap();
    }
}

#[test]
fn tags_are_written_with_their_incarnation_and_read_back() {
    let workspace = process(None);
    let revision = workspace.apply_event(named("c", "a")).unwrap();
    let written = revision.to_string();
    assert_eq!(written, format!("{}-1", workspace.incarnation()));
    assert_eq!(written.parse::<Revision>().unwrap(), revision);
    assert_eq!(serde_json::to_string(&revision).unwrap(), format!("{written:?}"));
    let sequence = Sequence::new(workspace.incarnation(), u64::MAX);
    assert_eq!(sequence.to_string().parse::<Sequence>().unwrap(), sequence);
    for wrong in [
        "",
        "1",
        "-1",
        "0-1",
        "00c0ffee00c0ffee",
        "00c0ffee00c0ffee-",
        "00C0FFEE00C0FFEE-1",
        "00c0ffee00c0ffee-01",
    ] {
        let error = wrong.parse::<Revision>().unwrap_err();
        assert_eq!((error.code(), &*error.found), ("invalid_tag", wrong));
    }
    let other = Revision::new(process(None).incarnation(), 1);
    assert_eq!(revision.partial_cmp(&other), None);
}

#[test]
fn a_set_of_contacts_of_another_workspace_is_refused() {
    let (one, other) = (process(None), process(None));
    for workspace in [&one, &other] {
        workspace.apply_event(named("c", "a")).unwrap();
    }
    let preview = one.segment("s").unwrap().preview(only("name", "equals", r#""a""#)).unwrap();
    assert_eq!(one.read(|view| view.contact_ids(&preview.members)).unwrap().len(), 1);
    let refused = other.read(|view| view.contact_ids(&preview.members));
    assert!(matches!(refused, Err(Error::OtherWorkspace { .. })), "{refused:?}");
}
