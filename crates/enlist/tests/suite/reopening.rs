//! A workspace in a store says the same as one that never ended, however often its process ends, over any number of partitions.

use std::path::Path;

use enlist::{
    Batch, Dump, Enlist, Event, Instant, OnRefusal, Published, Sequence, SubscribeOptions, TestClock,
    Workspace, WorkspaceSettings,
};
use enlist_sim::{Profile, Workload};
use fastrand::Rng;

use crate::scene::{named, noon, only, save_segment};

/// Everything that a workspace has said and can say, without the tags' incarnation.
#[derive(Default)]
struct Said {
    items: Vec<String>,
    answers: Vec<String>,
}

pub(crate) fn in_memory() -> Enlist {
    Enlist::builder().workers(2).clock(TestClock::new(noon())).manual_time().build().unwrap()
}

pub(crate) fn opened(directory: &Path, partitions: usize) -> Enlist {
    let builder = Enlist::builder().workers(2).clock(TestClock::new(noon())).manual_time();
    builder.partitions_of(move |_, _| partitions).open(directory).unwrap()
}

fn shown(workspace: &Workspace, published: &Published) -> String {
    let (sequence, revision) = (published.sequence().number(), published.revision().number());
    let rest = match published {
        Published::Transition(transition) => {
            let flipped: Vec<String> = transition
                .flipped()
                .iter()
                .map(|(condition, holds)| format!("{condition:?} {holds}"))
                .collect();
            format!("{:?} {:?} {flipped:?}", transition.to_transition(), transition.cause())
        }
        Published::Notice(notice) => {
            let ids = |set| workspace.read(|view| view.contact_ids(&set)).unwrap();
            format!("{:?} {:?} {:?}", notice.notice(), ids(notice.entered()), ids(notice.left()))
        }
        Published::Gap(gap) => format!("{} to {}", gap.from.number(), gap.until.number()),
    };
    format!("{sequence} {revision} {rest}")
}

/// The items from a sequence on; returns where to go on.
fn read_items(workspace: &Workspace, from: Sequence, into: &mut Vec<String>) -> Sequence {
    let mut subscription = workspace.subscribe(SubscribeOptions::all().resume_from(from));
    while let Some(published) = subscription.try_next() {
        into.push(shown(workspace, &published));
    }
    subscription.position()
}

/// What can be read: members, counts, history, when segments were saved, and everything that is not derived.
pub(crate) fn state_of(workspace: &Workspace) -> Vec<String> {
    workspace.read(|view| {
        assert_eq!(view.verify().unwrap(), []);
        let Dump {
            time_zone,
            week_start,
            now,
            event_count,
            next_creation,
            fields,
            mut segments,
            contacts,
            ..
        } = view.dump().unwrap();
        let number = view.revision().number();
        let mut lines =
            vec![format!("{number} {time_zone} {week_start:?} {now:?} {event_count} {next_creation}")];
        lines.extend(fields.iter().map(|field| format!("{field:?}")));
        // The numbers of creation may differ, and their order may not.
        segments.sort_by_key(|segment| segment.creation);
        for segment in &segments {
            let id = segment.id.as_str();
            let saved_at = view.segment_revision(id).map(enlist::Revision::number);
            lines.push(format!("{id} {} {:?} {saved_at:?} {:?}", segment.name, segment.rule, view.count(id)));
            lines.push(format!("{id} {:?} {:?}", view.counts_by_day(id), view.counts_by_hour(id)));
        }
        lines.extend(contacts.iter().map(|contact| format!("{contact:?}")));
        lines
    })
}

/// Fails with the first line that differs.
pub(crate) fn assert_same(found: &[String], expected: &[String], of: &str) {
    for index in 0..found.len().max(expected.len()) {
        assert_eq!(found.get(index), expected.get(index), "{of}, line {index}");
    }
}

/// A store as it is when its process is killed now, while nothing is under way.
pub(crate) fn copied(directory: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(directory).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    copy
}

fn batches(events: &[Event], random: &mut Rng) -> Vec<Batch> {
    let mut batches = Vec::new();
    let mut rest = events;
    while !rest.is_empty() {
        let (batch, later) = rest.split_at(rest.len().min(random.usize(1..60)));
        let on_refusal = if random.u8(0..8) == 0 { OnRefusal::Stop } else { OnRefusal::Skip };
        batches.push(Batch::from(batch.to_vec()).on_refusal(on_refusal));
        rest = later;
    }
    batches
}

fn answer(receipt: &enlist::Receipt) -> String {
    let refused: Vec<String> = receipt.refused.iter().map(ToString::to_string).collect();
    format!("{} {} {refused:?} {}", receipt.revision.number(), receipt.applied, receipt.rest.len())
}

#[test]
fn a_store_that_is_opened_again_and_again_says_what_a_process_that_never_ends_says() {
    let mut items = 0;
    for seed in 0..40 {
        let mut random = Rng::with_seed(seed);
        let batches = batches(&Workload::script(seed, Profile::default(), 400), &mut random);
        let mut directory = tempfile::tempdir().unwrap();

        let memory = in_memory();
        let plain = memory.create_workspace("w").unwrap();
        let (mut expected, mut found) = (Said::default(), Said::default());
        let mut enlist = opened(directory.path(), 1);
        let mut kept = enlist.create_workspace("w").unwrap();
        let (mut plain_next, mut kept_next) =
            (Sequence::new(plain.incarnation(), 1), Sequence::new(kept.incarnation(), 1));
        for batch in batches {
            expected.answers.push(answer(&plain.apply(batch.clone()).unwrap()));
            plain_next = read_items(&plain, plain_next, &mut expected.items);
            found.answers.push(answer(&kept.apply(batch).unwrap()));
            if random.u8(0..3) == 0 {
                kept_next = read_items(&kept, kept_next, &mut found.items);
            }
            if random.u8(0..6) == 0 {
                // Items from before a checkpoint are gone when the store is opened again.
                kept_next = read_items(&kept, kept_next, &mut found.items);
                enlist.checkpoint().unwrap();
            }
            if random.u8(0..4) == 0 {
                // Its process ends with a checkpoint, or at once.
                let ended = random.bool().then(|| copied(directory.path()));
                if ended.is_none() {
                    kept_next = read_items(&kept, kept_next, &mut found.items);
                }
                drop((kept, enlist));
                directory = ended.unwrap_or(directory);
                enlist = opened(directory.path(), random.usize(1..4));
                kept = enlist.workspace("w").unwrap();
                assert_same(&state_of(&kept), &state_of(&plain), &format!("seed {seed}"));
            }
        }
        read_items(&kept, kept_next, &mut found.items);
        assert_same(&found.answers, &expected.answers, &format!("answers of seed {seed}"));
        assert_same(&found.items, &expected.items, &format!("items of seed {seed}"));
        assert_same(&state_of(&kept), &state_of(&plain), &format!("seed {seed}"));
        items += expected.items.len();
    }
    assert!(items > 5_000, "{items}");
}

#[test]
fn tags_and_cursors_from_before_the_end_mean_the_same_afterwards() {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 1);
    let crm = enlist.create_workspace("crm").unwrap();
    save_segment(&crm, "a", only("name", "equals", r#""a""#));
    crm.apply((0..5).map(|n| named(&format!("c{n}"), "a")).collect::<Batch>()).unwrap();
    let saved_at = crm.read(|view| view.segment_revision("a"));
    let page = crm.page("a", &enlist::PageRequest::default().with_size(2)).unwrap();
    let incarnation = crm.incarnation();
    drop((crm, enlist));

    let enlist = opened(directory.path(), 2);
    let crm = enlist.workspace("crm").unwrap();
    assert_eq!(crm.incarnation(), incarnation);
    let request =
        enlist::PageRequest::default().with_size(2).with_start(enlist::PageStart::After(page.next.unwrap()));
    let next = crm.page("a", &request).unwrap();
    assert_eq!(next.contacts.iter().map(enlist::ContactId::as_str).collect::<Vec<_>>(), ["c2", "c3"]);
    let rule = only("name", "equals", r#""b""#);
    assert_eq!(crm.read(|view| view.segment_revision("a")), saved_at);
    crm.segment("a").unwrap().save_if(saved_at, "a", rule).unwrap();
}

#[test]
fn a_dropped_workspace_stays_dropped_and_its_id_is_free() {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 1);
    let first = enlist.create_workspace("crm").unwrap();
    first.apply(Batch::from(named("ada", "a"))).unwrap();
    assert!(enlist.drop_workspace("crm").unwrap());
    let second = enlist.create_workspace("crm").unwrap();
    second.apply(Batch::from(named("bob", "b"))).unwrap();
    enlist.create_workspace("other").unwrap();
    assert!(enlist.drop_workspace("other").unwrap());
    drop((first, second, enlist));
    let enlist = opened(directory.path(), 1);
    assert_eq!(enlist.workspaces().iter().map(enlist::WorkspaceId::as_str).collect::<Vec<_>>(), ["crm"]);
    let crm = enlist.workspace("crm").unwrap();
    assert!(crm.read(|view| view.has_contact("bob").unwrap() && !view.has_contact("ada").unwrap()));
}

#[test]
fn an_event_whose_source_was_applied_up_to_there_is_passed_over() {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 1);
    let crm = enlist.create_workspace("crm").unwrap();
    let batch = |from: u64, to: u64| {
        (from..to)
            .fold(Batch::new().from_source("pg"), |batch, n| batch.at((n, 0), named(&format!("c{n}"), "a")))
    };
    crm.apply(batch(1, 4)).unwrap();
    drop((crm, enlist));
    let enlist = opened(directory.path(), 1);
    let crm = enlist.workspace("crm").unwrap();
    assert_eq!(crm.source("pg"), Some((3, 0).into()));
    let receipt = crm.apply(batch(2, 7)).unwrap();
    assert_eq!((receipt.applied, receipt.skipped), (3, 2));
    assert_eq!(crm.source("pg"), Some((6, 0).into()));
    assert_eq!(crm.source("other"), None);
}

#[test]
fn a_refusal_that_stops_a_batch_is_not_passed_so_that_it_comes_again() {
    let crm = in_memory().create_workspace("crm").unwrap();
    let bad = Event::contact_deleted(noon(), "nobody").build().unwrap();
    let batch = Batch::new()
        .from_source("log")
        .at((1, 0), named("ada", "a"))
        .at((2, 0), bad)
        .at((3, 0), named("bob", "b"));
    let receipt = crm.apply(batch.clone().on_refusal(OnRefusal::Stop)).unwrap();
    assert_eq!((receipt.applied, receipt.refused.len(), receipt.rest.len()), (1, 1, 1));
    assert_eq!(crm.source("log"), Some((1, 0).into()));
    let receipt = crm.apply(batch).unwrap();
    assert_eq!((receipt.skipped, receipt.applied, receipt.refused.len()), (1, 1, 1));
    assert_eq!(crm.source("log"), Some((3, 0).into()));
}

#[test]
fn a_source_with_a_wrong_name_or_falling_positions_is_refused() {
    let crm = in_memory().create_workspace("crm").unwrap();
    let ada = || named("ada", "a");
    let refused = |batch: Batch| crm.apply(batch).unwrap_err().code();
    assert_eq!(refused(Batch::new().at((1, 0), ada())), "wrong_source_name");
    assert_eq!(refused(Batch::new().from_source("x".repeat(257)).at((1, 0), ada())), "wrong_source_name");
    let falling = Batch::new().from_source("pg").at((1, 1), ada()).at((1, 1), ada());
    assert_eq!(refused(falling), "wrong_source_positions");
    assert_eq!(crm.read(|view| view.contact_count()).unwrap(), 0);
}

#[test]
fn days_that_began_while_the_store_was_closed_are_reported_at_their_own_instants() {
    let directory = tempfile::tempdir().unwrap();
    let clock = TestClock::new(noon());
    let open = || Enlist::builder().clock(clock.clone()).open(directory.path()).unwrap();
    let enlist = open();
    let crm = enlist.create_workspace("crm").unwrap();
    let today = r#"{"match": "all", "conditions": [{"field": "created_at", "operator": "is_today"}]}"#;
    crm.segment("today").unwrap().save("Today", today).unwrap();
    crm.contact("ada").save().unwrap();
    let next = crm.subscribe(SubscribeOptions::all()).position();
    drop((crm, enlist));
    clock.advance(std::time::Duration::from_secs(5 * 86_400));
    let enlist = open();
    let crm = enlist.workspace("crm").unwrap();
    assert_eq!(crm.count("today").unwrap(), 0);
    let mut items = crm.subscribe(SubscribeOptions::all().resume_from(next));
    let left = items.try_next().and_then(Published::into_transition).unwrap();
    assert_eq!(left.at(), Instant::parse("2026-11-24T00:00:00Z").unwrap());
    assert_eq!(crm.read(|view| view.now()), Some(clock_now(&enlist)));
}

fn clock_now(enlist: &Enlist) -> Instant {
    enlist.clock_now()
}

#[test]
fn a_store_is_open_once() {
    let directory = tempfile::tempdir().unwrap();
    let _enlist = opened(directory.path(), 1);
    let again = Enlist::builder().open(directory.path()).unwrap_err();
    assert_eq!(again.code(), "locked");
}

#[test]
fn writers_of_many_workspaces_share_a_store() {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 1);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let enlist = &enlist;
            scope.spawn(move || {
                let settings = WorkspaceSettings::default();
                let workspace = enlist.create_workspace_with(&format!("w{number}"), settings).unwrap();
                let tickets: Vec<_> = (0..50)
                    .map(|n| workspace.submit(Batch::from(named(&format!("c{n}"), "a"))).unwrap())
                    .collect();
                for ticket in tickets {
                    assert_eq!(ticket.wait().unwrap().applied, 1);
                }
            });
        }
    });
    drop(enlist);
    let enlist = opened(directory.path(), 1);
    for id in enlist.workspaces() {
        let workspace = enlist.workspace(id.as_str()).unwrap();
        assert_eq!(workspace.read(|view| view.contact_count()).unwrap(), 50);
    }
    assert_eq!(enlist.workspaces().len(), 8);
}

#[test]
fn a_workspace_that_began_with_contents_is_kept_with_them() {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 1);
    let events = Workload::script(3, Profile::default(), 300);
    let plain = in_memory().create_workspace("w").unwrap();
    plain.apply(events).unwrap();
    let dump = plain.read(|view| view.dump()).unwrap();
    let restored =
        enlist.restore_workspace("restored", WorkspaceSettings::default().with_partitions(2), dump).unwrap();
    let rows = (0..100).map(|n| Ok::<_, std::convert::Infallible>(named(&format!("c{n}"), "a")));
    let imported = enlist.import_workspace("imported", WorkspaceSettings::default(), rows).unwrap().workspace;
    let expected = (state_of(&restored), state_of(&imported));
    let killed = copied(directory.path());
    let reopened = opened(killed.path(), 3);
    let state = |id: &str| state_of(&reopened.workspace(id).unwrap());
    assert_eq!((state("restored"), state("imported")), expected);
}

#[test]
fn a_checkpoint_while_events_are_applied_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 1);
    let crm = enlist.create_workspace("crm").unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for batch in 0..60 {
                let events =
                    (0..100).map(|n| named(&format!("c{}", (batch * 37 + n) % 2_000), &batch.to_string()));
                crm.apply(events.collect::<Batch>()).unwrap();
            }
        });
        while !writer.is_finished() {
            enlist.checkpoint().unwrap();
        }
    });
    let expected = state_of(&crm);
    let killed = copied(directory.path());
    let reopened = opened(killed.path(), 2);
    assert_eq!(state_of(&reopened.workspace("crm").unwrap()), expected);
}

#[test]
fn batches_that_are_queued_behind_each_other_are_all_answered() {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 2);
    let crm = enlist.create_workspace("crm").unwrap();
    for events in [1, 300, 5_000] {
        let batch = |number: usize| -> Batch {
            (0..events).map(|n| named(&format!("c{}", n % 100), &number.to_string())).collect()
        };
        let tickets: Vec<_> = (0..40).map(|number| crm.submit(batch(number)).unwrap()).collect();
        for ticket in tickets {
            assert_eq!(ticket.wait().unwrap().applied, events);
        }
    }
}

#[test]
fn a_workspace_of_a_store_goes_on_when_its_subscriber_makes_room() {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 1);
    let crm = enlist.create_workspace("crm").unwrap();
    save_segment(&crm, "a", only("name", "equals", r#""a""#));
    let options = SubscribeOptions::all().overflow(enlist::Overflow::Block).capacity(1);
    let mut subscription = crm.subscribe(options);
    let tickets: Vec<_> =
        (0..6).map(|n| crm.submit(Batch::from(named(&format!("c{n}"), "a"))).unwrap()).collect();
    // All are in the journal, and nothing waits in the queue.
    while crm.stats().queued_batches > 0 {
        std::thread::yield_now();
    }
    crate::scene::ends("six items", move || {
        for _ in 0..6 {
            subscription.next().unwrap();
        }
    });
    for ticket in tickets {
        assert_eq!(ticket.wait().unwrap().applied, 1);
    }
}
