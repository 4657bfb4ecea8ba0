//! An export is read back as the same workspace, by a bulk load over any number of partitions.

use std::io::{self, BufRead, Write};

use enlist::model::limits::LINE_BYTES;
use enlist::{
    Batch, ContentLimits, Dump, Event, ExportError, Kind, Workspace, WorkspaceLimits, WorkspaceSettings,
};
use enlist_sim::{Profile, Workload};

use crate::scene::{built, noon, only, rule, save_segment, walk};
use crate::subject::{ENLIST, partitioned, unique, workspace};

fn exported(workspace: &Workspace) -> Vec<u8> {
    let mut lines = Vec::new();
    let exported = workspace.export(&mut lines).unwrap();
    assert_eq!(exported.events, lines.lines().count() as u64);
    assert_eq!(exported.revision, workspace.read(|view| view.revision()));
    assert_eq!(Ok(exported.contacts), workspace.read(|view| view.contact_count()));
    lines
}

fn imported_with(settings: WorkspaceSettings, lines: &[u8]) -> Workspace {
    let events = lines.lines().map(|line| Event::parse(&line.unwrap()));
    let imported = ENLIST.import_workspace(&unique(), settings, events).unwrap();
    assert_eq!(imported.refused, []);
    imported.workspace
}

fn imported(partitions: usize, lines: &[u8]) -> Workspace {
    imported_with(WorkspaceSettings::default().with_partitions(partitions), lines)
}

/// Everything that an export keeps. Creation numbers may differ, and their order may not.
fn portable(workspace: &Workspace) -> Vec<String> {
    workspace.read(|view| {
        assert_eq!(view.verify().unwrap(), []);
        let Dump { time_zone, week_start, now, fields, mut segments, contacts, .. } = view.dump().unwrap();
        let mut lines = vec![format!("{time_zone} {week_start:?} {now:?}")];
        lines.extend(fields.iter().map(|field| format!("{field:?}")));
        segments.sort_by_key(|segment| segment.creation);
        for segment in &segments {
            let members = walk(view, segment.id.as_str(), 1_000);
            assert_eq!(view.count(segment.id.as_str()), Ok(members.len() as u64));
            // As text: the contract reads -0 as 0, and so it is written.
            lines.push(format!("{} {} {} {members:?}", segment.id, segment.name, segment.rule));
        }
        for mut contact in contacts {
            contact.values.sort_by(|one, other| one.0.cmp(&other.0));
            lines.push(format!("{} {:?} {:?}", contact.id, contact.values, contact.labels));
            for mut conversation in contact.conversations {
                conversation.values.sort_by(|one, other| one.0.cmp(&other.0));
                lines.push(format!("{} {:?}", conversation.id, conversation.values));
            }
        }
        lines
    })
}

fn assert_same(found: &[String], expected: &[String], of: &str) {
    for index in 0..found.len().max(expected.len()) {
        assert_eq!(found.get(index), expected.get(index), "{of}, line {index}");
    }
}

#[test]
fn an_export_is_imported_as_the_same_workspace_over_any_number_of_partitions() {
    let mut members = 0;
    for seed in 0..150 {
        let script = Workload::script(seed, Profile::default(), 500);
        let (first, rest) = script.split_at(400);
        let original = partitioned(1 + (seed % 3) as usize);
        original.apply(first.to_vec()).unwrap();
        let (lines, expected) = (exported(&original), portable(&original));
        let receipt = original.apply(rest.to_vec()).unwrap();
        for partitions in [1, 3] {
            let of = format!("seed {seed}, {partitions} partitions");
            let copy = imported(partitions, &lines);
            assert_same(&portable(&copy), &expected, &of);
            assert_eq!(exported(&copy), lines, "{of}");
            // What is not seen above, such as the conversations' directory, would refuse something else.
            let refused = |refused: &enlist::RefusedEvent| (refused.index, refused.reason.to_string());
            let found = copy.apply(rest.to_vec()).unwrap();
            assert!(found.refused.iter().map(refused).eq(receipt.refused.iter().map(refused)), "{of}");
        }
        members += original.read(|view| {
            view.segments().map(|segment| view.count(segment.id().as_str()).unwrap()).sum::<u64>()
        });
    }
    assert!(members > 5_000, "{members}");
}

#[test]
fn events_that_were_exported_can_also_be_applied_one_by_one() {
    let original = partitioned(2);
    original.apply(Workload::script(7, Profile::default(), 400)).unwrap();
    let copy = partitioned(1);
    for line in exported(&original).lines() {
        copy.apply_event(Event::parse(&line.unwrap()).unwrap()).unwrap();
    }
    assert_same(&portable(&copy), &portable(&original), "applied");
}

#[test]
fn a_segment_that_was_edited_to_refer_to_a_later_one_keeps_its_place() {
    let original = partitioned(1);
    let refers = r#"{"match": "all", "conditions": [{"segment": "b", "operator": "is_member"}]}"#;
    save_segment(&original, "a", only("name", "equals", r#""x""#));
    save_segment(&original, "b", only("name", "equals", r#""Ada""#));
    save_segment(&original, "c", only("name", "is_not_empty", "null"));
    save_segment(&original, "a", rule(refers));
    original.contact("ada").set("name", "Ada").save().unwrap();
    assert_eq!(original.count("a").unwrap(), 1);
    assert_same(&portable(&imported(1, &exported(&original))), &portable(&original), "imported");
}

#[test]
fn a_contact_keeps_an_option_that_its_field_no_longer_has() {
    let original = partitioned(1);
    let plan =
        |options: [&str; 2]| built(Event::field_defined(noon(), "plan", Kind::Select).options(options));
    original.apply_event(plan(["free", "old"])).unwrap();
    original.contact("ada").set("plan", "old").save().unwrap();
    original.apply_event(plan(["free", "pro"])).unwrap();
    let copy = imported(1, &exported(&original));
    assert_same(&portable(&copy), &portable(&original), "imported");
    copy.contact("ada").set("plan", "old").save().unwrap();
    assert!(copy.contact("bob").set("plan", "old").save().is_err());
}

#[test]
fn an_empty_workspace_is_exported_as_its_settings() {
    let original = partitioned(1);
    assert_eq!(exported(&original).lines().count(), 2);
    original.advance(noon()).unwrap();
    assert_same(&portable(&imported(3, &exported(&original))), &portable(&original), "imported");
}

#[test]
fn no_line_of_a_large_contact_is_longer_than_a_log_allows() {
    let content = ContentLimits::MAXIMA;
    let settings = WorkspaceSettings::default().with_limits(WorkspaceLimits::default().with_content(content));
    let original = workspace(settings);
    let large = "\u{1}".repeat(content.value_bytes - 1);
    let mut batch = Batch::new();
    for field in 0..6 {
        let key = format!("f{field}");
        batch.push(built(Event::field_defined(noon(), &key, Kind::Text)));
        batch.push(built(Event::contact_saved(noon(), "ada").set(&key, format!("{field}{large}"))));
    }
    let labels = (0..900).map(|label| format!("{label}{}", "\u{1}".repeat(1_000)));
    batch.push(built(
        labels.fold(Event::contact_saved(noon(), "ada"), |event, label| event.add_label(&label)),
    ));
    assert_eq!(original.apply(batch).unwrap().refused, []);
    let lines = exported(&original);
    assert!(lines.lines().all(|line| line.unwrap().len() <= LINE_BYTES.most));
    assert_same(&portable(&imported_with(settings, &lines)), &portable(&original), "imported");
}

#[test]
fn a_writer_that_fails_ends_the_export_with_its_error() {
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let original = partitioned(1);
    original.apply(Workload::script(1, Profile::default(), 400)).unwrap();
    let size = exported(&original).len();
    for room in [0, size / 2, size - 1] {
        let error = original.export(Full(room)).unwrap_err();
        assert_eq!((error.code(), error.reason().as_str()), ("write_failed", "the writer failed"));
        assert!(
            matches!(&error, ExportError::Write { error, .. } if error.kind() == io::ErrorKind::StorageFull)
        );
    }
    original.export(Full(size)).unwrap();
}
