//! Grouping a log into batches changes no outcome: items, causes, flipped conditions, order of creation, and history.

use enlist::{ContactId, Event, Published, SegmentId, SubscribeOptions, Workspace};
use enlist_sim::{Profile, Workload};
use fastrand::Rng;

use crate::scene::{drain, named, noon, only};
use crate::subject::{ENLIST, partitioned};

/// The outcome of a log, as text.
#[derive(Debug, PartialEq)]
struct Outcome {
    items: Vec<String>,
    history: Vec<String>,
    creations: Vec<(ContactId, u64)>,
}

fn shown(workspace: &Workspace, item: &Published) -> String {
    let ids = |set| workspace.read(|view| view.contact_ids(&set)).unwrap();
    match item {
        Published::Transition(transition) => format!(
            "{} {:?} {:?} flipped {:?}",
            transition.sequence().number(),
            transition.to_transition(),
            transition.cause(),
            transition.flipped()
        ),
        Published::Notice(notice) => format!(
            "{} {:?} {:?} {:?}",
            notice.sequence().number(),
            notice.notice(),
            ids(notice.entered()),
            ids(notice.left())
        ),
        Published::Gap(gap) => panic!("{gap:?}"),
    }
}

/// Applies a log in batches whose sizes `next_size` draws.
fn outcome(partitions: usize, events: &[Event], mut next_size: impl FnMut() -> usize) -> Outcome {
    let workspace = partitioned(partitions);
    let mut subscription = workspace.subscribe(SubscribeOptions::all());
    let mut rest = events;
    while !rest.is_empty() {
        let (batch, later) = rest.split_at(next_size().min(rest.len()));
        workspace.apply(batch.to_vec()).unwrap();
        rest = later;
    }
    let items = drain(&mut subscription).iter().map(|item| shown(&workspace, item)).collect();
    let outcome = workspace.read(|view| {
        let segments: Vec<SegmentId> = view.segments().map(|segment| segment.id().clone()).collect();
        let history = |segment: &SegmentId| {
            let id = segment.as_str();
            format!("{id} {:?} {:?}", view.counts_by_hour(id).unwrap(), view.counts_by_day(id).unwrap())
        };
        let contacts = view.dump().unwrap().contacts.into_iter();
        Outcome {
            items,
            history: segments.iter().map(history).collect(),
            creations: contacts.map(|contact| (contact.id, contact.creation)).collect(),
        }
    });
    ENLIST.drop_workspace(workspace.id().as_str()).unwrap();
    outcome
}

#[test]
fn an_item_before_a_definition_in_its_batch_is_read_with_the_rule_before_the_definition() {
    let saved = |name: &str| {
        Event::segment_saved(noon(), "s", "S", only("name", "equals", &format!("{name:?}"))).build().unwrap()
    };
    let events = [saved("a"), named("c", "a"), saved("b")];
    let (apart, together) = (outcome(1, &events, || 1), outcome(1, &events, || 3));
    assert_eq!(together, apart);
    assert!(together.items[1].contains("flipped [(Field(Condition"), "{}", together.items[1]);
}

#[test]
fn every_grouping_of_a_log_into_batches_has_the_same_outcome() {
    let mut items = 0;
    for seed in 0..150 {
        let mut random = Rng::with_seed(seed);
        let events = Workload::script(seed + 5_000, Profile::default(), 160);
        let expected = outcome(1, &events, || 1);
        items += expected.items.len();
        for most in [4, 60, usize::MAX - 1] {
            let partitions = random.usize(1..4);
            let found = outcome(partitions, &events, || random.usize(1..=most.min(events.len())));
            let context = format!("seed {seed}, {partitions} partitions, batches up to {most}");
            for (number, expected) in expected.items.iter().enumerate() {
                assert_eq!(found.items.get(number), Some(expected), "{context}, item {number}");
            }
            assert_eq!(found, expected, "{context}");
        }
    }
    assert!(items > 3_000, "{items}");
}
