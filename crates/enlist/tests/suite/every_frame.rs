//! A process that ends after every frame says the same as one that never ends: items, answers, reads and everything that is not
//! derived, each time over another number of partitions.

use enlist::{Batch, Event, Instant, OnRefusal, Sequence, Workspace};
use enlist_sim::{Profile, Workload};
use fastrand::Rng;

use crate::reopening::{answer, assert_same, copied, in_memory, logs, opened, read_items, state_of};
use crate::scene::only;

const EVENTS: usize = 90;

/// What is asked of a workspace. Each takes one frame.
#[derive(Clone)]
enum Asked {
    Apply(Batch),
    Advance(Instant),
    /// Saves a segment if it was not saved since, or if there is none.
    Save {
        segment: String,
        value: u8,
        is_known: bool,
    },
}

impl Asked {
    /// Asks, and shows the answer without the incarnation.
    fn of(&self, workspace: &Workspace) -> String {
        match self {
            Asked::Apply(batch) => answer(&workspace.apply(batch.clone()).unwrap()),
            Asked::Advance(to) => shown(workspace.advance(*to)),
            Asked::Save { segment, value, is_known } => {
                let saved_at = workspace.read(|view| view.segment_revision(segment));
                let expected = saved_at.filter(|_| *is_known);
                let rule = only("name", "starts_with", &format!(r#""{value}""#));
                shown(workspace.segment(segment).unwrap().save_if(expected, segment, rule))
            }
        }
    }
}

fn shown(answer: Result<enlist::Revision, enlist::Error>) -> String {
    answer.map_or_else(|error| error.code().to_owned(), |revision| revision.number().to_string())
}

/// A small log: the definitions in a few frames, and then frames of a few events and whatever else is a frame.
fn asked(seed: u64, random: &mut Rng) -> Vec<Asked> {
    let profile = Profile { contacts: 8, conversations: 8, segments: 8, wrong: 80 };
    let events = Workload::script(seed, profile, EVENTS);
    let (set_up, mut rest) = events.split_at(40);
    let mut asked: Vec<Asked> = set_up.chunks(14).map(|part| Asked::Apply(part.to_vec().into())).collect();
    while !rest.is_empty() {
        let (part, later) = rest.split_at(rest.len().min(random.usize(1..9)));
        asked.push(Asked::Apply(Batch::from(part.to_vec()).on_refusal(match random.u8(0..5) {
            0 => OnRefusal::Stop,
            _ => OnRefusal::Skip,
        })));
        match random.u8(0..8) {
            0 => asked.push(Asked::Advance(later_than(part, random))),
            1 => asked.push(Asked::Save {
                segment: format!("own-{}", random.u8(0..2)),
                value: random.u8(0..3),
                is_known: random.u8(0..3) > 0,
            }),
            _ => {}
        }
        rest = later;
    }
    asked
}

/// Some hours or days after some events.
fn later_than(events: &[Event], random: &mut Rng) -> Instant {
    let last = events.iter().map(|event| event.at).max().unwrap_or(Instant::MIN);
    let hours = random.i64(1..40) * 3_600_000;
    Instant::from_milliseconds(last.milliseconds() + hours).unwrap_or(last)
}

/// Runs a log while its process ends after every frame; returns how many frames and items there were.
fn ends_after_every_frame(seed: u64) -> (usize, usize) {
    let mut random = Rng::with_seed(seed);
    let asked = asked(seed, &mut random);
    let memory = in_memory();
    let plain = memory.create_workspace("w").unwrap();
    let mut directory = tempfile::tempdir().unwrap();
    let mut enlist = opened(directory.path(), 1 + seed as usize % 3);
    let mut kept = enlist.create_workspace("w").unwrap();
    let (mut expected, mut found) = (Vec::new(), Vec::new());
    let mut plain_next = Sequence::new(plain.incarnation(), 1);
    // Items from before a checkpoint are read before it: they are in no journal.
    let mut checkpoint = (0, Sequence::new(kept.incarnation(), 1));
    for (frame, each) in asked.iter().enumerate() {
        let of = format!("seed {seed}, frame {frame}");
        assert_eq!(each.of(&kept), each.of(&plain), "{of}");
        plain_next = read_items(&plain, plain_next, &mut expected);
        let (makes_checkpoint, closes_well) = (random.u8(0..5) == 0, random.u8(0..6) == 0);
        if makes_checkpoint || closes_well {
            found.truncate(checkpoint.0);
            let next = read_items(&kept, checkpoint.1, &mut found);
            checkpoint = (found.len(), next);
        }
        if makes_checkpoint {
            enlist.checkpoint().unwrap();
        }
        let partitions = 1 + (frame + seed as usize) % 3;
        let killed = (!closes_well).then(|| copied(directory.path()));
        drop((kept, enlist));
        directory = killed.unwrap_or(directory);
        enlist = opened(directory.path(), partitions);
        kept = enlist.workspace("w").unwrap();
        // All items since the checkpoint once more, however often they were read before.
        found.truncate(checkpoint.0);
        let end = read_items(&kept, checkpoint.1, &mut found);
        assert_same(&found, &expected, &format!("items, {of}"));
        assert_eq!(end.number(), plain_next.number(), "{of}");
        assert_same(&state_of(&kept), &state_of(&plain), &of);
    }
    (asked.len(), expected.len())
}

#[test]
fn a_process_that_ends_after_every_frame_says_what_one_that_never_ends_says() {
    let logs = logs(40);
    let (mut frames, mut items) = (0, 0);
    for seed in 0..logs {
        let (of_frames, of_items) = ends_after_every_frame(seed);
        frames += of_frames;
        items += of_items;
    }
    println!("{logs} logs, ended after each of {frames} frames; {items} items");
    assert!(frames as u64 > 10 * logs && items as u64 > 10 * logs, "{frames} frames, {items} items");
}
