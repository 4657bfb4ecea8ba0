//! Folding the items that a subscriber receives gives the memberships, even if it lags and contacts are deleted before it reads.

use std::collections::{BTreeMap, BTreeSet};

use enlist::model::NoticeOutcome;
use enlist::{
    Change, ContactId, Event, Json, OnRefusal, Overflow, Published, Revision, SegmentId, SubscribeOptions,
    Subscription, Workspace, WorkspaceSettings,
};
use fastrand::Rng;

use crate::scene::{drain, named, noon, only, save_segment};
use crate::subject::{ENLIST, partitioned, workspace};

/// The memberships as a subscriber folds them.
#[derive(Default)]
struct Fold {
    members: BTreeMap<SegmentId, BTreeSet<ContactId>>,
    /// The revision of the latest read after a gap. Items up to it are part of what was read.
    read_at: Option<Revision>,
    gaps: usize,
}

impl Fold {
    fn take(&mut self, workspace: &Workspace, published: &Published) {
        let is_known = self.read_at.is_some_and(|read_at| published.revision() <= read_at);
        match published {
            Published::Gap(_) => {
                self.gaps += 1;
                self.read_again(workspace);
            }
            Published::Transition(_) | Published::Notice(_) if is_known => {}
            Published::Transition(transition) => {
                let members = self.members.entry(transition.segment().clone()).or_default();
                let contact = transition.contact().clone();
                let changes = match transition.change() {
                    Change::Entered => members.insert(contact),
                    Change::Left => members.remove(&contact),
                };
                assert!(changes, "{transition:?}");
            }
            Published::Notice(notice) => {
                let ids = |set| workspace.read(|view| view.contact_ids(&set)).unwrap();
                let (entered, left) = (ids(notice.entered()), ids(notice.left()));
                let segment = notice.notice().segment.clone();
                let (expected_entered, expected_left) = match notice.notice().outcome {
                    NoticeOutcome::Built { members } => (members, 0),
                    NoticeOutcome::Rebuilt { entered, left } => (entered, left),
                    NoticeOutcome::Dropped => {
                        self.members.remove(&segment);
                        return;
                    }
                };
                let named = (entered.len() as u64, left.len() as u64);
                assert_eq!(named, (expected_entered, expected_left), "a notice names all its contacts");
                let members = self.members.entry(segment).or_default();
                for contact in entered {
                    assert!(members.insert(contact), "{notice:?}");
                }
                for contact in &left {
                    assert!(members.remove(contact), "{notice:?}");
                }
            }
        }
    }

    /// Reads all segments, as a subscriber does after a gap.
    fn read_again(&mut self, workspace: &Workspace) {
        workspace.read(|view| {
            self.read_at = Some(view.revision());
            let members =
                |segment: &SegmentId| view.freeze(segment.as_str()).unwrap().batches(7).flatten().collect();
            self.members =
                view.segments().map(|segment| (segment.id().clone(), members(segment.id()))).collect();
        });
    }

    fn assert_equals(mut self, workspace: &Workspace, context: &str) {
        let folded = std::mem::take(&mut self.members);
        self.read_again(workspace);
        assert_eq!(folded, self.members, "{context}");
    }
}

#[test]
fn a_notice_names_a_contact_that_was_deleted_before_the_notice_was_read() {
    for partitions in [1, 3] {
        let workspace = partitioned(partitions);
        save_segment(&workspace, "s", only("name", "equals", r#""a""#));
        let mut subscription = workspace.subscribe(SubscribeOptions::all());
        workspace.apply_event(named("c", "a")).unwrap();
        save_segment(&workspace, "s", only("name", "equals", r#""b""#));
        workspace.contact("c").delete().unwrap();
        let mut fold = Fold::default();
        for published in drain(&mut subscription) {
            fold.take(&workspace, &published);
        }
        fold.assert_equals(&workspace, &format!("{partitions} partitions"));
    }
}

const CONTACTS: usize = 9;
const SEGMENTS: usize = 4;

fn a_rule(random: &mut Rng) -> Json {
    let name = format!("{:?}", ["a", "b"][random.usize(0..2)]);
    match random.usize(0..4) {
        0 => only("name", "equals", &name),
        1 => only("name", "not_equals", &name),
        2 => only("name", "is_not_empty", "null"),
        _ => only("labels", "has_label", r#""vip""#),
    }
}

/// One step of a random program: it saves, merges or deletes contacts, and saves or deletes segments, sometimes in one batch.
fn step(workspace: &Workspace, random: &mut Rng) {
    let contact = |random: &mut Rng| format!("c{}", random.usize(0..CONTACTS));
    let segment = |random: &mut Rng| format!("s{}", random.usize(0..SEGMENTS));
    let event = |random: &mut Rng| -> Option<Event> {
        let event = match random.usize(0..12) {
            0..5 => Event::contact_saved(noon(), &contact(random))
                .set("name", ["a", "b"][random.usize(0..2)])
                .build(),
            5 => Event::contact_saved(noon(), &contact(random)).add_label("vip").build(),
            6..8 => Event::contact_deleted(noon(), &contact(random)).build(),
            8 => Event::contact_merged(noon(), &contact(random), &contact(random)).build(),
            9..11 => Event::segment_saved(noon(), &segment(random), "A segment", a_rule(random)).build(),
            _ => Event::segment_deleted(noon(), &segment(random)).build(),
        };
        event.ok()
    };
    if random.usize(0..4) == 0 {
        let segment = workspace.segment(&segment(random)).unwrap();
        segment.save("A segment", a_rule(random)).unwrap();
        return;
    }
    let events: Vec<Event> = (0..random.usize(1..8)).filter_map(|_| event(random)).collect();
    workspace.apply(enlist::Batch::from(events).on_refusal(OnRefusal::Skip)).unwrap();
}

#[test]
fn lagging_subscribers_of_every_policy_fold_random_programs_to_the_memberships() {
    let (mut gaps, mut items) = (0, 0);
    for seed in 0..120 {
        let mut random = Rng::with_seed(seed);
        let settings = WorkspaceSettings::default()
            .with_partitions(random.usize(1..4))
            .with_retained([0, 5, 65_536][random.usize(0..3)]);
        let workspace = workspace(settings);
        let subscribe = |overflow, capacity| {
            workspace.subscribe(SubscribeOptions::all().overflow(overflow).capacity(capacity))
        };
        // A blocking subscriber needs room for the whole program, because this thread writes and cannot read at the same time.
        let mut subscribers: Vec<(Subscription, Fold, usize)> = vec![
            (subscribe(Overflow::Block, 65_536), Fold::default(), random.usize(1..40)),
            (subscribe(Overflow::DropOldest, 6), Fold::default(), random.usize(1..40)),
            (subscribe(Overflow::DropOldest, 65_536), Fold::default(), usize::MAX),
        ];
        let mut disconnected = (subscribe(Overflow::Disconnect, 6), Fold::default(), 1);
        for number in 0..60 {
            step(&workspace, &mut random);
            for (subscription, fold, every) in &mut subscribers {
                if number % *every == 0 {
                    items += drain(subscription).iter().map(|item| fold.take(&workspace, item)).count();
                }
            }
            // A disconnected subscriber resumes after the last item that it processed.
            if number % 5 == 0 {
                let (subscription, fold, next) = &mut disconnected;
                loop {
                    while let Some(item) = subscription.try_next() {
                        *next = match &item {
                            Published::Gap(gap) => gap.until.number(),
                            other => other.sequence().number() + 1,
                        };
                        fold.take(&workspace, &item);
                    }
                    if subscription.end().is_none() {
                        break;
                    }
                    let from = enlist::Sequence::new(workspace.incarnation(), *next);
                    let options = SubscribeOptions::all().overflow(Overflow::Disconnect).capacity(6);
                    *subscription = workspace.subscribe(options.resume_from(from));
                }
            }
        }
        let (subscription, fold, next) = disconnected;
        drop(subscription);
        let from = enlist::Sequence::new(workspace.incarnation(), next);
        let resumed = workspace.subscribe(SubscribeOptions::all().resume_from(from));
        subscribers.push((resumed, fold, 1));
        for (number, (mut subscription, mut fold, _)) in subscribers.into_iter().enumerate() {
            for published in drain(&mut subscription) {
                fold.take(&workspace, &published);
                items += 1;
            }
            gaps += fold.gaps;
            fold.assert_equals(&workspace, &format!("seed {seed}, subscriber {number}"));
        }
        ENLIST.drop_workspace(workspace.id().as_str()).unwrap();
    }
    assert!(gaps > 100 && items > 10_000, "{gaps} gaps, {items} items");
}
