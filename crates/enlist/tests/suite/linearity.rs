//! Concurrent reads and writes: every view sees the state after some whole batch, and a page may be answered amid one.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use enlist::{Batch, ContactId, Event, PageRequest, Revision, View, Workspace};

use crate::scene::{built, define_number, named, noon, only, save_segment, saved, walk};
use crate::subject::partitioned;

const WRITERS: usize = 3;
const READERS: usize = 2;

/// Runs all writers to their end, each with its number and its own random numbers, and readers until then. Asserts that the
/// revision of one reader never goes back. Returns the number of reads.
fn write_and_read(
    workspace: &Workspace,
    write: impl Fn(usize, fastrand::Rng) + Sync,
    read: impl Fn(View<'_>) + Sync,
) -> u64 {
    let (is_over, reads) = (AtomicBool::new(false), AtomicU64::new(0));
    let read_on = || {
        let mut last = workspace.read(|view| view.revision());
        while !is_over.load(Ordering::Relaxed) {
            let found = workspace.read(|view| {
                read(view);
                view.revision()
            });
            assert!(found >= last, "{found} was read after {last}");
            last = found;
            reads.fetch_add(1, Ordering::Relaxed);
        }
    };
    thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(read_on);
        }
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| {
                let write = &write;
                scope.spawn(move || write(number, fastrand::Rng::with_seed(number as u64)))
            })
            .collect();
        let written: Vec<_> = writers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        is_over.store(true, Ordering::Relaxed);
        for written in written {
            written.unwrap();
        }
    });
    reads.into_inner()
}

/// The members of a segment. Asserts that its count, its pages and its audience agree.
fn checked_members(view: View<'_>, segment: &str) -> BTreeSet<ContactId> {
    let members = walk(view, segment, 7);
    let audience = view.freeze(segment).unwrap();
    assert_eq!(view.count(segment).unwrap(), members.len() as u64, "{segment}");
    assert_eq!(audience.len(), members.len() as u64, "{segment}");
    assert_eq!(audience.revision(), view.revision());
    let distinct: BTreeSet<ContactId> = members.iter().cloned().collect();
    assert_eq!(distinct.len(), members.len(), "{segment} names a contact twice");
    distinct
}

#[test]
fn a_contact_that_moves_from_one_segment_to_another_is_in_exactly_one_of_them() {
    const CONTACTS: usize = 60;
    let workspace = partitioned(3);
    for side in ["left", "right"] {
        save_segment(&workspace, side, only("name", "equals", &format!("{side:?}")));
    }
    let turn = |contact: usize, to_left: bool| {
        named(&format!("contact {contact}"), if to_left { "left" } else { "right" })
    };
    workspace.apply((0..CONTACTS).map(|contact| turn(contact, contact % 2 == 0)).collect::<Batch>()).unwrap();
    let write = |_, mut random: fastrand::Rng| {
        for _ in 0..250 {
            let size = [1, 1, 5, 50][random.usize(0..4)];
            let events = (0..size).map(|_| turn(random.usize(0..CONTACTS), random.bool())).collect::<Batch>();
            assert!(workspace.apply(events).unwrap().refused.is_empty());
        }
    };
    let reads = write_and_read(&workspace, write, |view| {
        let (left, right) = (checked_members(view, "left"), checked_members(view, "right"));
        assert!(left.is_disjoint(&right));
        assert_eq!(left.len() + right.len(), CONTACTS);
        assert_eq!(view.overlap("left", "right").unwrap(), 0);
    });
    assert!(reads > 20, "{reads} reads");
}

#[test]
fn a_conversation_that_moves_across_partitions_always_belongs_to_one_contact() {
    const PAIRS: usize = 6;
    let workspace = partitioned(3);
    save_segment(&workspace, "talks", only("conversation.channel", "equals", r#""instagram""#));
    let contact = |pair: usize, which: bool| format!("{pair} {which}");
    let talk = |pair: usize, which: bool| {
        let event = Event::conversation_saved(noon(), &format!("conversation {pair}"), &contact(pair, which));
        built(event.set("conversation.channel", "instagram"))
    };
    let mut events = Vec::new();
    for pair in 0..PAIRS {
        events.extend([false, true].map(|which| named(&contact(pair, which), "anybody")));
        events.push(talk(pair, false));
    }
    workspace.apply(events).unwrap();
    let write = |_, mut random: fastrand::Rng| {
        for _ in 0..400 {
            workspace.apply_event(talk(random.usize(0..PAIRS), random.bool())).unwrap();
        }
    };
    let reads = write_and_read(&workspace, write, |view| {
        let members = checked_members(view, "talks");
        let pairs: BTreeSet<&str> =
            members.iter().map(|contact| contact.as_str().split(' ').next().unwrap()).collect();
        assert_eq!((members.len(), pairs.len()), (PAIRS, PAIRS), "{members:?}");
    });
    assert!(reads > 20, "{reads} reads");
}

#[test]
fn a_read_never_sees_half_a_merge_across_partitions() {
    let workspace = partitioned(3);
    save_segment(&workspace, "vip", only("labels", "has_label", r#""vip""#));
    save_segment(&workspace, "all", only("created_at", "is_not_empty", "null"));
    // Each writer has two contacts, one of them with the label. Each batch merges that one into the other and adds a new contact.
    let write = |writer: usize, _| {
        let save = |contact: &str| built(Event::contact_saved(noon(), contact));
        let name = |number: usize| format!("{writer} {number}");
        let first = built(Event::contact_saved(noon(), &name(0)).add_label("vip"));
        workspace.apply(vec![first, save(&name(1))]).unwrap();
        for number in 0..150 {
            let merge = built(Event::contact_merged(noon(), &name(number), &name(number + 1)));
            workspace.apply(vec![merge, save(&name(number + 2))]).unwrap();
        }
    };
    write_and_read(&workspace, write, |view| {
        let (vip, all) = (checked_members(view, "vip"), checked_members(view, "all"));
        assert_eq!(vip.len() * 2, all.len());
        assert!(vip.is_subset(&all));
        assert_eq!(view.contact_count().unwrap(), all.len() as u64);
    });
    assert_eq!(workspace.count("vip").unwrap(), WRITERS as u64);
}

#[test]
fn a_read_never_sees_half_a_batch() {
    const SIZE: u64 = 11;
    const ROUNDS: u64 = 5;
    let workspace = partitioned(3);
    define_number(&workspace, "round");
    for round in 0..ROUNDS {
        save_segment(&workspace, &format!("round {round}"), only("round", "equals", &round.to_string()));
    }
    let batch = |writer: usize, round: u64| -> Vec<Event> {
        let contact = |number| saved(&format!("{writer} {number}"), "round", f64::from(round as u32));
        (0..SIZE).map(contact).collect()
    };
    for writer in 0..WRITERS {
        workspace.apply(batch(writer, 0)).unwrap();
    }
    let write = |writer, _| {
        for step in 1..300 {
            workspace.apply(batch(writer, step % ROUNDS)).unwrap();
        }
    };
    let reads = write_and_read(&workspace, write, |view| {
        let counts: Vec<u64> =
            (0..ROUNDS).map(|round| checked_members(view, &format!("round {round}")).len() as u64).collect();
        assert!(counts.iter().all(|count| count % SIZE == 0), "{counts:?}");
        assert_eq!(counts.iter().sum::<u64>(), SIZE * WRITERS as u64);
    });
    assert!(reads > 20, "{reads} reads");
}

#[test]
fn a_page_may_be_answered_amid_a_batch_and_a_view_is_not() {
    const SIZE: u64 = 20_000;
    for partitions in [1, 3] {
        let workspace = partitioned(partitions);
        save_segment(&workspace, "named", only("name", "is_not_empty", "null"));
        let batch: Batch = (0..SIZE).map(|number| named(&format!("contact {number}"), "anybody")).collect();
        let first = "contact 0";
        let is_over = AtomicBool::new(false);
        let amid = thread::scope(|scope| {
            let read = || {
                let (mut amid, mut last) = (0, 0);
                while !is_over.load(Ordering::Relaxed) {
                    // Through the page or through the view, the members only become more.
                    let total = workspace.page("named", &PageRequest::default()).unwrap().total;
                    assert!((last..=SIZE).contains(&total), "{total} after {last}");
                    amid += u64::from(total > 0 && total < SIZE);
                    let is_member = workspace.contains("named", first);
                    let viewed = (amid % 8 == 7).then(|| workspace.read(|view| view.count("named")).unwrap());
                    if let Some(viewed) = viewed {
                        assert_eq!(viewed, SIZE, "a view waits for the batch in which it began");
                    }
                    assert!(total < SIZE || is_member == Ok(true), "{is_member:?}");
                    last = viewed.unwrap_or(total);
                }
                amid
            };
            let reader = scope.spawn(read);
            workspace.apply(batch).unwrap();
            is_over.store(true, Ordering::Relaxed);
            reader.join().unwrap()
        });
        assert!(amid > 0, "no page was answered amid the batch, with {partitions} partitions");
        assert_eq!(workspace.count("named").unwrap(), SIZE);
    }
}

#[test]
fn views_are_answered_while_pages_are_read_at_full_speed() {
    let workspace = partitioned(2);
    save_segment(&workspace, "named", only("name", "is_not_empty", "null"));
    let is_over = AtomicBool::new(false);
    let goes_on = || !is_over.load(Ordering::Relaxed);
    let views = thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(|| {
                while goes_on() {
                    workspace.page("named", &PageRequest::default()).unwrap();
                }
            });
        }
        let viewer = scope.spawn(|| {
            let mut views = 0;
            while goes_on() {
                workspace.read(|view| view.revision());
                views += 1;
            }
            views
        });
        for round in 0..60 {
            let name = format!("name {round}");
            let batch =
                (0..1_000).map(|number| named(&format!("contact {number}"), &name)).collect::<Batch>();
            workspace.apply(batch).unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
        viewer.join().unwrap()
    });
    assert!(views > 10, "{views} views beside 60 batches");
}

#[test]
fn a_writer_reads_its_own_writes() {
    let workspace = partitioned(3);
    let write = |writer: usize, mut random: fastrand::Rng| {
        let (segment, label) = (format!("of {writer}"), format!("label {writer}"));
        save_segment(&workspace, &segment, only("labels", "has_label", &format!("{label:?}")));
        let handle = workspace.segment(&segment).unwrap();
        let mut has = [false; 10];
        for _ in 0..400 {
            let number = random.usize(0..has.len());
            let contact = format!("contact {number}");
            let draft = workspace.contact(&contact).at(noon());
            has[number] = !has[number];
            let draft = if has[number] { draft.add_label(&label) } else { draft.remove_label(&label) };
            let revision = draft.save().unwrap();
            let count = has.iter().filter(|has| **has).count() as u64;
            assert_eq!(workspace.count(&segment).unwrap(), count);
            assert_eq!(handle.count().unwrap(), count);
            let read = |view: View<'_>| {
                (view.revision() >= revision, view.count(&segment), view.contains(&segment, &contact))
            };
            assert_eq!(workspace.read_at(revision, read).unwrap(), (true, Ok(count), Ok(has[number])));
        }
    };
    write_and_read(&workspace, write, |_| {});
    let current = workspace.read(|view| view.revision());
    let later = Revision::new(current.incarnation(), current.number() + 1);
    let unknown = workspace.read_at(later, |_| ()).unwrap_err();
    assert_eq!(unknown, enlist::Error::UnknownRevision { asked: later, current });
}
