//! An audience never changes, and it is a set of ids even after its contacts are deleted, merged or saved again.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use enlist::{Audience, Event, Workspace};

use crate::scene::{built, ends, named, noon, only, save_segment, until};
use crate::subject::partitioned;

type Ids = BTreeSet<String>;

/// The ids of an audience. Asserts that no id occurs twice.
fn ids(audience: &Audience) -> Ids {
    let named: Vec<String> = audience.batches(3).flatten().map(|id| id.as_str().to_owned()).collect();
    let ids: Ids = named.iter().cloned().collect();
    assert_eq!(ids.len(), named.len(), "{named:?}");
    assert_eq!(audience.len(), ids.len() as u64, "{named:?}");
    ids
}

fn of(members: &[&str]) -> Ids {
    members.iter().map(|id| (*id).to_owned()).collect()
}

fn frozen(workspace: &Workspace) -> Audience {
    workspace.segment("a").unwrap().freeze().unwrap()
}

fn deleted(contact: &str) -> Event {
    built(Event::contact_deleted(noon(), contact))
}

#[test]
fn a_suppressed_contact_is_left_out_even_if_it_was_deleted_merged_or_saved_again() {
    for partitions in [1, 3] {
        let workspace = partitioned(partitions);
        save_segment(&workspace, "a", only("name", "equals", r#""a""#));
        let contacts = ["gone", "again", "merged", "stays"];
        workspace.apply(contacts.map(|id| named(id, "a")).to_vec()).unwrap();
        let audience = frozen(&workspace);
        workspace.apply_event(deleted("gone")).unwrap();
        workspace.apply_event(deleted("again")).unwrap();
        workspace.apply_event(named("again", "a")).unwrap();
        workspace.apply_event(built(Event::contact_merged(noon(), "merged", "stays"))).unwrap();
        assert_eq!(ids(&audience), of(&contacts));
        for suppressed in contacts {
            let mut left = of(&contacts);
            left.remove(suppressed);
            assert_eq!(ids(&audience.without([suppressed, "nobody"]).unwrap()), left);
        }
        let later = frozen(&workspace);
        assert_eq!(ids(&later), of(&["again", "stays"]));
        assert_eq!(ids(&audience.or(&later)), of(&contacts));
        assert_eq!(ids(&audience.and(&later)), of(&["again", "stays"]));
        assert_eq!(ids(&audience.minus(&later)), of(&["gone", "merged"]));
        assert_eq!(ids(&later.minus(&audience)), Ids::new());
    }
}

#[test]
fn random_programs_keep_audiences_equal_to_sets_of_ids() {
    let mut random = fastrand::Rng::with_seed(3);
    for round in 0..60 {
        let workspace = partitioned(1 + round % 3);
        save_segment(&workspace, "a", only("name", "equals", r#""a""#));
        let mut members = Ids::new();
        let mut kept: Vec<(Audience, Ids)> = Vec::new();
        for _ in 0..60 {
            let id = format!("c{}", random.u32(0..6));
            match random.u32(0..10) {
                0..4 => {
                    workspace.apply_event(named(&id, "a")).unwrap();
                    members.insert(id);
                }
                4..6 => {
                    // Refused if the contact does not exist.
                    let _ = workspace.apply_event(deleted(&id));
                    members.remove(&id);
                }
                6 => {
                    workspace.apply_event(named(&id, "b")).unwrap();
                    members.remove(&id);
                }
                7 => kept.push((frozen(&workspace), members.clone())),
                8 if !kept.is_empty() => drop(kept.swap_remove(random.usize(0..kept.len()))),
                _ if !kept.is_empty() => {
                    let (one, wanted) = kept[random.usize(0..kept.len())].clone();
                    let (other, others) = kept[random.usize(0..kept.len())].clone();
                    let (joined, wanted): (_, Ids) = match random.u32(0..4) {
                        0 => (one.or(&other), &wanted | &others),
                        1 => (one.and(&other), &wanted & &others),
                        2 => (one.minus(&other), &wanted - &others),
                        _ => (one.without([id.as_str()]).unwrap(), &wanted - &Ids::from([id])),
                    };
                    kept.push((joined, wanted));
                }
                _ => {}
            }
            for (audience, wanted) in &kept {
                assert_eq!(ids(audience), *wanted, "round {round}");
            }
        }
    }
}

#[test]
fn audiences_can_be_combined_and_read_within_a_read_while_a_writer_waits() {
    let workspace = partitioned(2);
    save_segment(&workspace, "a", only("name", "equals", r#""a""#));
    workspace.apply_event(named("c", "a")).unwrap();
    let work = move || {
        workspace.read(|view| {
            let waiting = workspace.submit(vec![named("d", "a")]).unwrap();
            // Once the queue is empty, a worker holds the batch and waits for the write lock, or is about to.
            until("a worker takes the batch", || workspace.stats().queued_events == 0);
            thread::sleep(Duration::from_millis(20));
            let audience = view.freeze("a").unwrap();
            let all = audience.or(&audience).without(["nobody"]).unwrap();
            (ids(&all), waiting)
        })
    };
    let (found, waiting) = ends("the read", work);
    assert_eq!(found, of(&["c"]));
    waiting.wait().unwrap();
}
