//! Segments that are saved while contacts change: what is prepared in steps, between frames, is right when the segment is there.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use enlist::{Batch, Event, Json};

use crate::scene::{built, define_number, noon, only, rule, save_segment, saved};
use crate::subject::partitioned;

const CONTACTS: u32 = 12_000;

fn score(random: &mut fastrand::Rng) -> Event {
    saved(&format!("c{}", random.u32(0..CONTACTS + 500)), "score", i64::from(random.u32(0..9)))
}

fn rules() -> Vec<Json> {
    let mut rules: Vec<Json> =
        (1..8).map(|value| only("score", "greater_than", &value.to_string())).collect();
    rules.push(only("score", "less_than", "6"));
    rules.push(rule(r#"{"match":"none","conditions":[{"segment":"s0","operator":"is_member"}]}"#));
    rules
}

#[test]
fn segments_saved_while_contacts_change_hold_whom_their_rules_hold_for() {
    for partitions in [1, 3] {
        let workspace = partitioned(partitions);
        define_number(&workspace, "score");
        let contacts = (0..CONTACTS).map(|no| saved(&format!("c{no}"), "score", i64::from(no % 9)));
        workspace.apply(contacts.collect::<Batch>()).unwrap();
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let mut random = fastrand::Rng::with_seed(7);
                while !is_over.load(Ordering::Relaxed) {
                    workspace.apply((0..40).map(|_| score(&mut random)).collect::<Batch>()).unwrap();
                    let deleted = format!("c{}", random.u32(0..CONTACTS));
                    let _ = workspace.apply_event(built(Event::contact_deleted(noon(), &deleted)));
                }
            });
            // Each of them new, then edited, then deleted and new again: its numbers are used by others meanwhile.
            for round in 0..3 {
                let rules = rules();
                for (no, rule) in rules.iter().cycle().skip(round).take(rules.len()).enumerate() {
                    let segment = format!("s{no}");
                    // A segment cannot refer to itself.
                    if no > 0 || rule != &rules[8] {
                        save_segment(&workspace, &segment, rule.clone());
                    }
                }
                if round == 1 {
                    for no in (1..rules.len()).rev() {
                        workspace.segment(&format!("s{no}")).unwrap().delete().unwrap();
                    }
                }
            }
            is_over.store(true, Ordering::Relaxed);
            writer.join().unwrap();
        });
        assert!(workspace.read(|view| view.verify()).unwrap().is_empty());
    }
}
