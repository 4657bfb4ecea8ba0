//! Consumers: a subscription by name goes on after what it acknowledged, in one process and over restarts.

use std::path::Path;
use std::time::Duration;

use enlist::{
    Batch, Consumer, ConsumerOptions, End, Enlist, Event, Published, Sequence, SubscribeOptions, WhenFull,
    Workspace, WorkspaceSettings,
};
use enlist_sim::{Profile, Workload};
use fastrand::Rng;

use crate::reopening::{batches, copied, in_memory, opened, read_items, shown};
use crate::scene::{named, only, save_segment};

/// A workspace that retains nothing but what consumers need.
fn forgetful() -> WorkspaceSettings {
    WorkspaceSettings::default().with_retained(0)
}

/// Contacts that enter the segment `all`, one item each.
fn entries(from: usize, to: usize) -> Batch {
    (from..to).map(|n| named(&format!("c{n}"), "a")).collect()
}

fn workspace_of(enlist: &Enlist) -> Workspace {
    let crm = enlist.create_workspace_with("crm", forgetful()).unwrap();
    save_segment(&crm, "all", only("name", "equals", r#""a""#));
    crm
}

fn numbers(consumer: &mut Consumer) -> Vec<u64> {
    std::iter::from_fn(|| consumer.try_next()).map(|item| item.sequence().number()).collect()
}

fn sequence(workspace: &Workspace, number: u64) -> Sequence {
    Sequence::new(workspace.incarnation(), number)
}

/// Compares what a consumer hears with what a process that never ends published.
fn hear(
    consumer: &mut Consumer,
    workspace: &Workspace,
    expected: &[String],
    most: usize,
) -> Option<Sequence> {
    let mut last = None;
    for _ in 0..most {
        let Some(item) = consumer.try_next() else { break };
        let number = item.sequence().number();
        assert_eq!(Some(&shown(workspace, &item)), expected.get(number as usize - 1));
        if let Some(before) = last.replace(item.sequence()) {
            assert_eq!(item.sequence(), Sequence::next(before), "a hole");
        }
    }
    last
}

/// Reads one log with a consumer whose process ends again and again.
fn consumed_again_and_again(seed: u64) -> usize {
    let mut random = Rng::with_seed(seed);
    let batches = batches(&Workload::script(seed, Profile::default(), 300), &mut random);
    let mut directory = tempfile::tempdir().unwrap();
    let plain = in_memory().create_workspace("w").unwrap();
    let mut enlist = opened(directory.path(), 1);
    let mut kept = enlist.create_workspace_with("w", forgetful()).unwrap();
    let mut consumer = kept.consumer("out", ConsumerOptions::new()).unwrap();
    let (mut expected, mut plain_next) = (Vec::new(), Sequence::new(plain.incarnation(), 1));
    let mut acknowledged = 0;
    for batch in batches {
        plain.apply(batch.clone()).unwrap();
        plain_next = read_items(&plain, plain_next, &mut expected);
        kept.apply(batch).unwrap();
        let last = hear(&mut consumer, &kept, &expected, random.usize(0..40));
        if let Some(last) = last.filter(|_| random.bool()) {
            consumer.acknowledge(last);
            acknowledged = last.number();
        }
        if random.u8(0..5) == 0 {
            enlist.checkpoint().unwrap();
        }
        if random.u8(0..4) == 0 {
            let ended = random.bool().then(|| copied(directory.path()));
            let is_clean = ended.is_none();
            drop((consumer, kept, enlist));
            directory = ended.unwrap_or(directory);
            enlist = opened(directory.path(), random.usize(1..4));
            kept = enlist.workspace("w").unwrap();
            let known = kept.consumers().remove(0).acknowledged.number();
            // An acknowledgement may be lost, and nothing else.
            assert!(if is_clean { known == acknowledged } else { known <= acknowledged }, "seed {seed}");
            consumer = kept.consumer("out", ConsumerOptions::new()).unwrap();
            assert_eq!(consumer.position().number(), known + 1);
            acknowledged = known;
        }
    }
    hear(&mut consumer, &kept, &expected, usize::MAX);
    assert_eq!(consumer.position().number(), expected.len() as u64 + 1, "seed {seed}");
    expected.len()
}

#[test]
fn a_consumer_hears_everything_that_it_has_not_acknowledged_however_often_the_process_ends() {
    let items: usize = (0..12).map(consumed_again_and_again).sum();
    assert!(items > 1_000, "{items}");
}

#[test]
fn what_is_not_acknowledged_survives_the_cut_of_its_frames_and_the_deletion_of_its_contacts() {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 2);
    let crm = workspace_of(&enlist);
    let unread = crm.consumer("out", ConsumerOptions::new()).unwrap();
    crm.apply(entries(0, 3)).unwrap();
    // A notice that names three contacts; one of them is deleted afterwards, and the field and the rule change.
    save_segment(&crm, "more", only("name", "is_not_empty", "null"));
    let at = crm.clock_now();
    crm.apply(vec![Event::contact_deleted(at, "c1").build().unwrap()]).unwrap();
    save_segment(&crm, "all", only("name", "equals", r#""b""#));
    enlist.checkpoint().unwrap();
    drop((unread, crm, enlist));

    let enlist = opened(directory.path(), 1);
    let crm = enlist.workspace("crm").unwrap();
    let mut consumer = crm.consumer("out", ConsumerOptions::new()).unwrap();
    let items: Vec<Published> = std::iter::from_fn(|| consumer.try_next()).collect();
    let ada = items[0].transition().unwrap();
    assert_eq!((ada.contact().as_str(), ada.segment().as_str()), ("c0", "all"));
    let flipped = ada.flipped();
    assert_eq!(flipped.len(), 1);
    assert_eq!(flipped[0].0.to_json().to_string(), r#"{"field":"name","operator":"equals","value":"a"}"#);
    let notice = items.iter().find_map(|item| match item {
        Published::Notice(notice) if notice.notice().segment.as_str() == "more" => Some(notice),
        _ => None,
    });
    let entered = notice.unwrap().entered();
    assert_eq!(entered.len(), 3);
    let ids = crm.read(|view| view.contact_ids(&entered)).unwrap();
    assert_eq!(ids.iter().map(enlist::ContactId::as_str).collect::<Vec<_>>(), ["c0", "c1", "c2"]);
}

#[test]
fn a_consumer_begins_with_what_comes_next_and_goes_on_where_it_was() {
    let crm = workspace_of(&in_memory());
    crm.apply(entries(0, 3)).unwrap();
    let mut first = crm.consumer("out", ConsumerOptions::new()).unwrap();
    crm.apply(entries(3, 6)).unwrap();
    assert_eq!(numbers(&mut first), [5, 6, 7]);
    first.acknowledge(sequence(&crm, 6));
    drop(first);
    assert!(!crm.consumers()[0].is_read);
    crm.apply(entries(6, 8)).unwrap();
    let mut second = crm.consumer("out", ConsumerOptions::new()).unwrap();
    assert_eq!(numbers(&mut second), [7, 8, 9]);
    let status = crm.consumers().remove(0);
    assert_eq!((status.name.as_str(), status.acknowledged.number()), ("out", 6));
    assert_eq!((status.unacknowledged, status.is_read), (3, true));
}

#[test]
fn an_acknowledgement_never_passes_what_was_given_and_never_goes_back() {
    let crm = workspace_of(&in_memory());
    let mut consumer = crm.consumer("out", ConsumerOptions::new()).unwrap();
    crm.apply(entries(0, 5)).unwrap();
    let acknowledged = || crm.consumers()[0].acknowledged.number();
    let begun = acknowledged();
    consumer.acknowledge(sequence(&crm, begun + 5));
    assert_eq!(acknowledged(), begun, "nothing was given yet");
    assert!(consumer.try_next().is_some() && consumer.try_next().is_some());
    consumer.acknowledge(sequence(&crm, begun + 2));
    consumer.acknowledge(sequence(&crm, begun + 1));
    assert_eq!(acknowledged(), begun + 2);
    let other = in_memory().create_workspace("other").unwrap();
    consumer.acknowledge(sequence(&other, begun + 2));
    assert_eq!(acknowledged(), begun + 2);
}

#[test]
fn writes_are_refused_while_a_consumer_is_too_far_behind() {
    let crm = workspace_of(&in_memory());
    let options = ConsumerOptions::new().when_full(WhenFull::Refuse).unacknowledged(3);
    let mut consumer = crm.consumer("out", options).unwrap();
    crm.apply(entries(0, 4)).unwrap();
    let error = crm.apply(entries(4, 6)).unwrap_err();
    let enlist::Error::Unacknowledged { consumer: name, waiting, events, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!((name.as_str(), *waiting, events.len()), ("out", 4, 2));
    assert_eq!(crm.segment("all").unwrap().delete().unwrap_err().code(), "unacknowledged");
    let last = std::iter::from_fn(|| consumer.try_next()).last().unwrap();
    consumer.acknowledge(last.sequence());
    crm.apply(entries(4, 6)).unwrap();
    crm.apply(entries(6, 9)).unwrap();
    assert_eq!(crm.apply(entries(9, 10)).unwrap_err().code(), "unacknowledged");
    assert!(crm.remove_consumer("out").unwrap());
    crm.apply(entries(9, 10)).unwrap();
}

#[test]
fn a_consumer_that_may_miss_items_gets_a_gap_and_acknowledges_it_whole() {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 1);
    let crm = workspace_of(&enlist);
    let options = ConsumerOptions::new().when_full(WhenFull::Gap).unacknowledged(4);
    drop(crm.consumer("out", options).unwrap());
    for n in 0..10 {
        crm.apply(entries(n, n + 1)).unwrap();
    }
    let mut consumer = crm.consumer("out", options).unwrap();
    let Some(Published::Gap(gap)) = consumer.try_next() else { panic!("items are missing") };
    assert_eq!((gap.from.number(), gap.until.number()), (2, 8));
    assert_eq!(numbers(&mut consumer), [8, 9, 10, 11]);
    consumer.acknowledge(gap.from);
    assert_eq!(crm.consumers()[0].acknowledged.number(), 7);
    drop((consumer, crm, enlist));
    let crm = opened(directory.path(), 1).workspace("crm").unwrap();
    assert_eq!(numbers(&mut crm.consumer("out", options).unwrap()), [8, 9, 10, 11]);
}

#[test]
fn who_reads_for_a_consumer_later_takes_over() {
    let crm = workspace_of(&in_memory());
    let mut first = crm.consumer("out", ConsumerOptions::new()).unwrap();
    let mut second = crm.consumer("out", ConsumerOptions::new()).unwrap();
    crm.apply(entries(0, 2)).unwrap();
    assert!(first.next().is_none());
    assert_eq!(first.end(), Some(End::TakenOver));
    // The first one's end is not the end of the second.
    drop(first);
    assert!(crm.consumers()[0].is_read);
    assert_eq!(numbers(&mut second), [2, 3]);
    assert!(crm.remove_consumer("out").unwrap());
    assert!(second.next_within(Duration::from_secs(5)).is_none());
    assert_eq!(second.end(), Some(End::TakenOver));
    assert!(!crm.remove_consumer("out").unwrap());
}

#[test]
fn a_removed_consumer_stays_removed_and_a_name_may_be_used_again() {
    for has_checkpoint in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        let enlist = opened(directory.path(), 1);
        let crm = workspace_of(&enlist);
        for name in ["one", "two"] {
            drop(crm.consumer(name, ConsumerOptions::new()).unwrap());
        }
        crm.apply(entries(0, 3)).unwrap();
        if has_checkpoint {
            enlist.checkpoint().unwrap();
        }
        assert!(crm.remove_consumer("one").unwrap() && crm.remove_consumer("two").unwrap());
        drop(crm.consumer("two", ConsumerOptions::new()).unwrap());
        let killed = copied(directory.path());
        drop((crm, enlist));
        for directory in [directory.path(), killed.path()] {
            let enlist = opened(directory, 1);
            let consumers = enlist.workspace("crm").unwrap().consumers();
            let named: Vec<(&str, u64)> =
                consumers.iter().map(|each| (each.name.as_str(), each.acknowledged.number())).collect();
            assert_eq!(named, [("two", 4)]);
        }
    }
}

#[test]
fn a_consumer_needs_a_name_that_is_not_too_long_and_there_is_a_limit() {
    let crm = workspace_of(&in_memory());
    let refused = |name: &str| crm.consumer(name, ConsumerOptions::new()).unwrap_err().code();
    assert_eq!(refused(""), "wrong_consumer_name");
    assert_eq!(refused(&"x".repeat(257)), "wrong_consumer_name");
    for n in 0..256 {
        drop(crm.consumer(&n.to_string(), ConsumerOptions::new()).unwrap());
    }
    assert_eq!(refused("one more"), "over_limit");
    drop(crm.consumer("17", ConsumerOptions::new()).unwrap());
}

#[test]
fn an_item_says_where_the_event_comes_from() {
    let directory = tempfile::tempdir().unwrap();
    let origins = |enlist: &Enlist| {
        let crm = enlist.workspace("crm").unwrap();
        let mut consumer = crm.consumer("out", ConsumerOptions::new()).unwrap();
        let items = std::iter::from_fn(|| consumer.try_next()).collect::<Vec<_>>();
        let of = |item: &Published| {
            let origin = match item {
                Published::Transition(transition) => transition.origin(),
                Published::Notice(notice) => notice.origin(),
                Published::Gap(_) => None,
            };
            origin.map(|(source, position)| format!("{source} {position}"))
        };
        items.iter().map(of).collect::<Vec<_>>()
    };
    let enlist = opened(directory.path(), 3);
    let crm = workspace_of(&enlist);
    let unread = crm.consumer("out", ConsumerOptions::new()).unwrap();
    let at = crm.clock_now();
    let refused = Event::contact_deleted(at, "nobody").build().unwrap();
    let drop_segment = Event::segment_deleted(at, "all").build().unwrap();
    let merged = Event::contact_merged(at, "a", "b").build().unwrap();
    let batch = Batch::new()
        .from_source("pg")
        .at((7, 0), named("a", "a"))
        .at((7, 1), refused)
        .at((7, 2), named("b", "a"))
        .at((7, 3), merged)
        .at((9, 0), drop_segment);
    crm.apply(batch).unwrap();
    let expected: Vec<Option<String>> =
        ["pg 7:0", "pg 7:2", "pg 7:3", "pg 9:0"].map(|text| Some(text.to_owned())).to_vec();
    assert_eq!(origins(&enlist), expected);
    enlist.checkpoint().unwrap();
    drop((unread, crm, enlist));
    assert_eq!(origins(&opened(directory.path(), 1)), expected);
}

#[test]
fn a_plain_subscriber_resumes_with_what_is_kept_for_a_consumer() {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 1);
    let crm = workspace_of(&enlist);
    let consumer = crm.consumer("out", ConsumerOptions::new()).unwrap();
    crm.apply(entries(0, 3)).unwrap();
    enlist.checkpoint().unwrap();
    drop((consumer, crm, enlist));
    let crm = opened_workspace(directory.path());
    let from = |number| SubscribeOptions::all().resume_from(sequence(&crm, number));
    let resumed: Vec<u64> = std::iter::from_fn({
        let mut subscription = crm.subscribe(from(3));
        move || subscription.try_next()
    })
    .map(|item| item.sequence().number())
    .collect();
    assert_eq!(resumed, [3, 4]);
    assert!(
        matches!(crm.subscribe(from(1)).try_next(), Some(Published::Gap(gap)) if gap.until.number() == 2)
    );
}

fn opened_workspace(directory: &Path) -> Workspace {
    opened(directory, 1).workspace("crm").unwrap()
}
