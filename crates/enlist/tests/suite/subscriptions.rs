//! Subscriptions to one segment, to some, or to all: items come in order and without holes, from the requested sequence on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use enlist::model::NoticeOutcome;
use enlist::{
    Batch, Cause, Change, ContactId, Gap, Published, SegmentId, Sequence, SubscribeOptions, Workspace,
    WorkspaceSettings,
};
use enlist_sim::{Profile, Workload};

use crate::scene::{LONG, at, built, drain, ends, named, noon, only, save_segment, walk};
use crate::subject::{ENLIST, partitioned, workspace};

/// Saves a segment of the contacts named a and one of those named b.
fn two_segments(workspace: &Workspace) {
    for segment in ["a", "b"] {
        save_segment(workspace, segment, only("name", "equals", &format!("{segment:?}")));
    }
}

fn ids<const N: usize>(segments: [&str; N]) -> SubscribeOptions {
    SubscribeOptions::segments(segments.map(|segment| SegmentId::new(segment).unwrap()))
}

fn sequences(items: &[Published]) -> Vec<u64> {
    items.iter().map(|item| item.sequence().number()).collect()
}

fn segment_of(item: &Published) -> &str {
    match item {
        Published::Transition(transition) => transition.segment().as_str(),
        Published::Notice(notice) => notice.notice().segment.as_str(),
        Published::Gap(gap) => panic!("{gap:?}"),
    }
}

/// Applies a script in batches.
fn apply_script(workspace: &Workspace, seed: u64, events: usize, batch: usize) {
    for batch in Workload::script(seed, Profile::default(), events).chunks(batch) {
        workspace.apply(batch.to_vec()).unwrap();
    }
}

#[test]
fn items_come_in_order_and_each_subscriber_receives_those_of_its_segments() {
    for (seed, batch) in [(11, 1), (12, 20), (13, 60)] {
        let workspace = partitioned(3);
        let mut of_all = workspace.subscribe(SubscribeOptions::all());
        apply_script(&workspace, seed, 60, batch);
        let known: Vec<SegmentId> =
            workspace.read(|view| view.segments().map(|segment| segment.id().clone()).collect());
        let (one, some) = (known[0].clone(), known.iter().step_by(2).cloned().collect::<Vec<_>>());
        let mut of_one = workspace.segment(one.as_str()).unwrap().subscribe();
        let mut of_some = workspace.subscribe(SubscribeOptions::segments(some.iter().chain(&some).cloned()));
        let mut late = workspace.subscribe(SubscribeOptions::all());
        let before = drain(&mut of_all);
        apply_script(&workspace, seed + 100, 300, batch);
        let all = drain(&mut of_all);
        assert!(before.len() > 10 && all.len() > 100, "{} {}", before.len(), all.len());
        let expected: Vec<u64> = (1..=(before.len() + all.len()) as u64).collect();
        assert_eq!([sequences(&before), sequences(&all)].concat(), expected);
        assert!(all.is_sorted_by_key(Published::revision));
        assert_eq!(sequences(&drain(&mut late)), sequences(&all));
        let of = |segments: &[SegmentId]| -> Vec<u64> {
            let among = |item: &&Published| segments.iter().any(|id| id.as_str() == segment_of(item));
            all.iter().filter(among).map(|item| item.sequence().number()).collect()
        };
        assert_eq!(sequences(&drain(&mut of_one)), of(&[one]));
        assert_eq!(sequences(&drain(&mut of_some)), of(&some));
        ENLIST.drop_workspace(workspace.id().as_str()).unwrap();
    }
}

#[test]
fn an_item_has_a_revision_and_a_cause() {
    let workspace = partitioned(3);
    let mut subscription = workspace.subscribe(SubscribeOptions::all());
    two_segments(&workspace);
    save_segment(&workspace, "new", only("created_at", "is_today", "null"));
    assert_eq!(drain(&mut subscription).len(), 3);
    let shown = |items: Vec<Published>| -> Vec<_> {
        let transitions = items.iter().map(|item| item.transition().unwrap());
        let shown = transitions.map(|transition| {
            assert_eq!(transition.workspace(), workspace.id());
            let at = transition.at().to_string();
            (format!("{} {at}", transition.segment().as_str()), transition.cause(), transition.revision())
        });
        shown.collect()
    };
    let single = workspace.apply_event(named("c", "a")).unwrap();
    let here = "2026-11-23T12:00:00Z";
    assert_eq!(
        shown(drain(&mut subscription)),
        [(format!("a {here}"), Cause::Event(4), single), (format!("new {here}"), Cause::Event(4), single),]
    );
    // A refused event gets no number. An accepted event that changes nothing gets one.
    let unknown = built(enlist::Event::contact_deleted(noon(), "nobody"));
    let batch = vec![named("c", "a"), unknown, named("c", "b"), named("c", "a")];
    let receipt = workspace.apply(batch).unwrap();
    let moves = [("a", 6), ("b", 6), ("a", 7), ("b", 7)];
    let moves =
        moves.map(|(segment, event)| (format!("{segment} {here}"), Cause::Event(event), receipt.revision));
    assert_eq!(shown(drain(&mut subscription)), moves);
    let midnight = "2026-11-24T00:00:00Z";
    // An event on the next day: the change of date comes first, then the event itself.
    let event = built(enlist::Event::contact_saved(at("2026-11-24T08:00:00Z"), "c").set("name", "b"));
    let revision = workspace.apply_event(event).unwrap();
    assert_eq!(
        shown(drain(&mut subscription)),
        [
            (format!("new {midnight}"), Cause::Clock, revision),
            ("a 2026-11-24T08:00:00Z".to_owned(), Cause::Event(8), revision),
            ("b 2026-11-24T08:00:00Z".to_owned(), Cause::Event(8), revision),
        ]
    );
    assert_eq!(workspace.read(|view| view.event_count()), 8);
}

#[test]
fn notices_name_the_contacts_that_entered_and_left() {
    let workspace = partitioned(3);
    let contacts: Vec<String> = (0..12).map(|number| format!("c{number}")).collect();
    let named_by_half = |index: usize| if index < 6 { "a" } else { "b" };
    let save = |(index, contact): (usize, &String)| named(contact, named_by_half(index));
    workspace.apply(contacts.iter().enumerate().map(save).collect::<Batch>()).unwrap();
    let mut subscription = workspace.subscribe(ids(["s", "other"]));
    save_segment(&workspace, "s", only("name", "equals", r#""a""#));
    save_segment(&workspace, "s", only("name", "is_not_empty", "null"));
    save_segment(&workspace, "s", only("name", "equals", r#""b""#));
    let last = workspace.segment("s").unwrap().delete().unwrap();
    save_segment(&workspace, "unheard", only("name", "equals", r#""a""#));
    let (first_half, second_half): (BTreeSet<&str>, BTreeSet<&str>) = (
        contacts[..6].iter().map(String::as_str).collect(),
        contacts[6..].iter().map(String::as_str).collect(),
    );
    let none = BTreeSet::new();
    let expected = [
        (NoticeOutcome::Built { members: 6 }, &first_half, &none),
        (NoticeOutcome::Rebuilt { entered: 6, left: 0 }, &second_half, &none),
        (NoticeOutcome::Rebuilt { entered: 0, left: 6 }, &none, &first_half),
        (NoticeOutcome::Dropped, &none, &second_half),
    ];
    let found = drain(&mut subscription);
    assert_eq!(found.len(), expected.len());
    for (item, (outcome, entered, left)) in found.iter().zip(expected) {
        let Published::Notice(notice) = item else { panic!("{item:?}") };
        assert_eq!(notice.notice().outcome, outcome);
        assert_eq!(notice.workspace(), workspace.id());
        workspace.read(|view| {
            let (in_ids, out_ids) =
                (view.contact_ids(&notice.entered()).unwrap(), view.contact_ids(&notice.left()).unwrap());
            let names = |ids: &'_ [ContactId]| -> BTreeSet<String> {
                ids.iter().map(|id| id.as_str().to_owned()).collect()
            };
            assert!(names(&in_ids).iter().map(String::as_str).eq(entered.iter().copied()), "{in_ids:?}");
            assert!(names(&out_ids).iter().map(String::as_str).eq(left.iter().copied()), "{out_ids:?}");
        });
    }
    assert_eq!(found[3].revision(), last);
}

/// The memberships folded from what was published. Contacts of notices are looked up by their numbers.
#[derive(Default)]
struct Folded(BTreeMap<SegmentId, BTreeSet<ContactId>>);

impl Folded {
    fn add(&mut self, workspace: &Workspace, item: &Published) {
        match item {
            Published::Transition(transition) => {
                let members = self.0.get_mut(transition.segment()).unwrap();
                let contact = transition.contact();
                let changes = match transition.change() {
                    Change::Entered => members.insert(contact.clone()),
                    Change::Left => members.remove(contact),
                };
                assert!(changes, "{transition:?}");
            }
            Published::Notice(notice) => {
                let named = |set| workspace.read(|view| view.contact_ids(set)).unwrap();
                let (entered, left) = (named(&notice.entered()), named(&notice.left()));
                let segment = notice.notice().segment.clone();
                if notice.notice().outcome == NoticeOutcome::Dropped {
                    self.0.remove(&segment);
                    return;
                }
                let members = self.0.entry(segment).or_default();
                members.extend(entered);
                for contact in &left {
                    assert!(members.remove(contact));
                }
            }
            Published::Gap(gap) => panic!("{gap:?}"),
        }
    }
}

#[test]
fn folding_all_published_items_gives_the_memberships() {
    for seed in 20..26 {
        let workspace = partitioned(3);
        let mut subscription = workspace.subscribe(SubscribeOptions::all());
        let mut folded = Folded::default();
        for event in Workload::script(seed, Profile::default(), 200) {
            let _ = workspace.apply_event(event);
            for item in drain(&mut subscription) {
                folded.add(&workspace, &item);
            }
        }
        let members: BTreeMap<SegmentId, BTreeSet<ContactId>> = workspace.read(|view| {
            let of = |id: &SegmentId| walk(view, id.as_str(), 10).into_iter().collect();
            view.segments().map(|segment| (segment.id().clone(), of(segment.id()))).collect()
        });
        assert!(members.values().any(|members| !members.is_empty()));
        assert_eq!(folded.0, members, "seed {seed}");
        ENLIST.drop_workspace(workspace.id().as_str()).unwrap();
    }
}

#[test]
fn a_resumed_subscription_gets_the_retained_items_and_then_new_ones() {
    let workspace = partitioned(2);
    two_segments(&workspace);
    let batches = [["a", "b"], ["b", "a"], ["a", "b"]];
    let apply =
        |names: [&str; 2]| workspace.apply(vec![named("one", names[0]), named("two", names[1])]).unwrap();
    for names in batches {
        apply(names);
    }
    // Two notices, two entries, and twice two entries and two exits.
    assert_eq!(sequences(&workspace.recently_published(20)), (1..=12).rev().collect::<Vec<_>>());
    for limit in 0..12 {
        let latest = sequences(&workspace.recently_published(limit));
        assert_eq!(latest, (1..=12).rev().take(limit).collect::<Vec<_>>());
    }
    for from in 0..=13 {
        let from_sequence = Sequence::new(workspace.incarnation(), from);
        let mut all = workspace.subscribe(SubscribeOptions::all().resume_from(from_sequence));
        let mut of_a = workspace.subscribe(ids(["a"]).resume_from(from_sequence));
        let expected: Vec<u64> = (from.max(1)..=12).collect();
        let found = drain(&mut all);
        assert_eq!(
            found.iter().filter(|item| matches!(item, Published::Gap(_))).count(),
            usize::from(from == 0)
        );
        assert_eq!(sequences(&found[usize::from(from == 0)..]), expected);
        let of_a = drain(&mut of_a);
        let expected: Vec<u64> = found
            .iter()
            .filter(|item| matches!(item, Published::Gap(_)) || segment_of(item) == "a")
            .map(|item| item.sequence().number())
            .collect();
        assert_eq!(sequences(&of_a), expected);
    }
    let mut resumed =
        workspace.subscribe(SubscribeOptions::all().resume_from(Sequence::new(workspace.incarnation(), 10)));
    apply(["b", "a"]);
    assert_eq!(sequences(&drain(&mut resumed)), (10..=16).collect::<Vec<_>>());
}

#[test]
fn a_subscription_that_resumes_too_late_gets_a_gap_first() {
    let workspace = workspace(WorkspaceSettings::default().with_partitions(2).with_retained(6));
    two_segments(&workspace);
    let mut last_missing = None;
    for (index, name) in ["a", "b", "a", "b", "a"].into_iter().enumerate() {
        // The first event publishes an entry, each later one an exit and an entry.
        let revision = workspace.apply_event(named("c", name)).unwrap();
        if index == 1 {
            last_missing = Some(revision);
        }
    }
    // Sequences: 1 and 2 are notices, 3 is an entry, then one pair for each event: (4 5), (6 7), (8 9), (10 11).
    assert_eq!(sequences(&workspace.recently_published(20)), [11, 10, 9, 8, 7, 6]);
    // Items that are no longer retained take no memory: after more events, the bytes are the same.
    let bytes = workspace.stats().bytes.retained;
    assert!(bytes > 0);
    for from in 1..=6 {
        let from_sequence = Sequence::new(workspace.incarnation(), from);
        let mut subscription = workspace.subscribe(SubscribeOptions::all().resume_from(from_sequence));
        let mut found = drain(&mut subscription);
        if from < 6 {
            let Published::Gap(gap) = found.remove(0) else { panic!("no gap") };
            let until = Sequence::new(workspace.incarnation(), 6);
            assert_eq!(gap, Gap { from: from_sequence, until, revision: last_missing.unwrap() });
        }
        assert_eq!(sequences(&found), [6, 7, 8, 9, 10, 11]);
    }
    for name in ["b", "a", "b", "a", "b", "a"] {
        workspace.apply_event(named("c", name)).unwrap();
    }
    assert_eq!(workspace.stats().bytes.retained, bytes);
}

#[test]
fn with_a_retention_of_0_nothing_is_retained() {
    let workspace = workspace(WorkspaceSettings::default().with_retained(0));
    two_segments(&workspace);
    assert!(workspace.recently_published(1).is_empty());
    let revision = workspace.read(|view| view.revision());
    let mut resumed =
        workspace.subscribe(SubscribeOptions::all().resume_from(Sequence::new(workspace.incarnation(), 1)));
    workspace.apply_event(named("c", "a")).unwrap();
    let found = drain(&mut resumed);
    let Published::Gap(gap) = &found[0] else { panic!("{found:?}") };
    assert_eq!((gap.from.number(), gap.until.number(), gap.revision), (1, 3, revision));
    assert_eq!(sequences(&found[1..]), [3]);
    assert_eq!(workspace.stats().bytes.retained, 0);
}

#[test]
fn dropping_a_subscription_removes_the_subscriber() {
    let workspace = partitioned(2);
    two_segments(&workspace);
    let one = workspace.subscribe(ids(["a", "b", "a"]));
    let two = workspace.subscribe(SubscribeOptions::all());
    workspace.apply_event(named("c", "a")).unwrap();
    let stats = workspace.stats();
    assert_eq!((stats.subscribers, stats.longest_mailbox), (2, 1));
    drop(one);
    assert_eq!(workspace.stats().subscribers, 1);
    drop(two);
    let stats = workspace.stats();
    assert_eq!((stats.subscribers, stats.longest_mailbox), (0, 0));
    workspace.apply_event(named("c", "b")).unwrap();
}

#[test]
fn the_iterator_blocks_until_the_next_item() {
    let workspace = partitioned(2);
    two_segments(&workspace);
    let mut subscription = workspace.subscribe(SubscribeOptions::all());
    assert!(subscription.next_within(Duration::from_millis(5)).is_none());
    assert_eq!(subscription.end(), None);
    let writer = workspace.clone();
    let wait = move || {
        let first = subscription.next();
        (first, subscription.next_within(LONG))
    };
    let write = move || {
        std::thread::sleep(Duration::from_millis(20));
        writer.apply_event(named("c", "a")).unwrap();
        writer.apply_event(named("c", "b")).unwrap();
    };
    let writing = std::thread::Builder::new().spawn(write).unwrap();
    let (first, second) = ends("the wait", wait);
    writing.join().unwrap();
    assert_eq!([first, second].map(|item| item.unwrap().sequence().number()), [3, 4]);
}

/// A waker that counts how often it is woken.
#[derive(Default)]
struct Counting(AtomicU64);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_polling_task_is_woken_by_items_of_its_segments_only() {
    let workspace = partitioned(2);
    two_segments(&workspace);
    let mut subscription = workspace.subscribe(ids(["a"]));
    let (first, second) = (Arc::new(Counting::default()), Arc::new(Counting::default()));
    let woken = || (first.0.load(Ordering::SeqCst), second.0.load(Ordering::SeqCst));
    let mut poll = |counting: &Arc<Counting>| {
        let waker = Waker::from(Arc::clone(counting));
        match subscription.poll_next(&mut Context::from_waker(&waker)) {
            Poll::Pending => "pending".to_owned(),
            Poll::Ready(None) => "ended".to_owned(),
            Poll::Ready(Some(item)) => item.sequence().number().to_string(),
        }
    };
    assert_eq!(poll(&first), "pending");
    workspace.apply_event(named("c", "b")).unwrap();
    assert_eq!(woken(), (0, 0), "an item of another segment wakes nobody");
    // Only the latest waker is woken, and once.
    assert_eq!(poll(&second), "pending");
    workspace.apply_event(named("c", "a")).unwrap();
    workspace.apply_event(named("c", "b")).unwrap();
    assert_eq!(woken(), (0, 1));
    // The segment has one transition in each batch: 4 and 5 are the entry into a and the exit from b, 6 and 7 the reverse.
    assert_eq!([poll(&second), poll(&second), poll(&second)], ["4", "6", "pending"]);
    ENLIST.drop_workspace(workspace.id().as_str()).unwrap();
    assert_eq!(woken(), (0, 2));
    assert_eq!([poll(&first), poll(&first)], ["ended", "ended"]);
}

#[test]
fn resuming_from_a_sequence_that_was_not_reached_gets_a_gap_first() {
    let workspace = partitioned(2);
    save_segment(&workspace, "a", only("name", "equals", r#""a""#));
    let revision = workspace.apply_event(named("c", "a")).unwrap();
    let options = SubscribeOptions::all().resume_from(Sequence::new(workspace.incarnation(), 1_000_000));
    let mut subscription = workspace.subscribe(options);
    workspace.apply_event(named("c", "b")).unwrap();
    let found = drain(&mut subscription);
    let [Published::Gap(gap), Published::Transition(left)] = &found[..] else { panic!("{found:?}") };
    assert_eq!((gap.from.number(), gap.until.number(), gap.revision), (3, 3, revision));
    assert_eq!(left.sequence().number(), 3);
}

#[test]
fn a_subscription_knows_where_to_resume_before_its_first_item_after_an_item_and_after_a_gap() {
    let workspace = partitioned(2);
    save_segment(&workspace, "named", only("name", "is_not_empty", "null"));
    let mut subscription = workspace.subscribe(SubscribeOptions::all().capacity(1));
    let begins_at = subscription.position();
    workspace.apply_event(named("a", "A")).unwrap();
    // A subscriber that ended before its first item misses nothing.
    let resumed = workspace.subscribe(SubscribeOptions::all().resume_from(begins_at)).next().unwrap();
    let item = subscription.next().unwrap();
    assert_eq!(resumed.sequence(), item.sequence());
    assert_eq!(
        (item.next_sequence(), subscription.position()),
        (item.sequence().next(), item.sequence().next())
    );

    for contact in ["b", "c"] {
        workspace.apply_event(named(contact, "A")).unwrap();
    }
    let Some(Published::Gap(gap)) = subscription.next() else { panic!("one of two items is dropped") };
    assert_eq!((gap.from, subscription.position()), (item.sequence().next(), gap.until));
    assert_eq!(subscription.next().unwrap().sequence(), gap.until);
}

#[test]
fn a_segment_is_deleted_only_at_the_revision_that_was_read() {
    let workspace = partitioned(2);
    let first = save_segment(&workspace, "named", only("name", "is_not_empty", "null"));
    let second = save_segment(&workspace, "named", only("name", "is_empty", "null"));
    let segment = workspace.segment("named").unwrap();
    assert_eq!(segment.delete_if(first).unwrap_err().code(), "segment_changed");
    segment.delete_if(second).unwrap();
    assert_eq!(segment.delete_if(second).unwrap_err().code(), "segment_changed");
}
