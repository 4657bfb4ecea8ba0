//! What frames lead to, in one number: it tells when the number of the semantics must rise.

use std::fmt::Write;

use enlist::{Batch, Published, SubscribeOptions, WorkspaceSettings};
use enlist_sim::{Profile, Workload};

use crate::reopening::{in_memory, state_of};

/// The digest of 200 logs, with the semantics 1.
const GOLDEN: u64 = 0x2e70_447f_e3ff_72f5;

/// FNV-1a.
fn digest_of(digest: u64, text: &str) -> u64 {
    text.bytes().fold(digest, |digest, byte| (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What a log leads to: each answer, each item, and the state at the end.
fn results(seed: u64) -> String {
    let enlist = in_memory();
    let settings = WorkspaceSettings::default().with_partitions(1 + seed as usize % 3);
    let workspace = enlist.create_workspace_with("w", settings).unwrap();
    let mut subscription = workspace.subscribe(SubscribeOptions::all().capacity(1 << 20));
    let mut shown = String::new();
    for events in Workload::script(seed, Profile::default(), 200).chunks(50) {
        let receipt = workspace.apply(Batch::from(events.to_vec())).unwrap();
        for refused in receipt.refused {
            writeln!(shown, "{} {}", refused.index, refused.reason.code()).unwrap();
        }
    }
    while let Some(published) = subscription.try_next() {
        let (sequence, revision) = (published.sequence().number(), published.revision().number());
        let item = match published {
            Published::Transition(transition) => serde_json::to_string(&transition.to_transition()).unwrap(),
            Published::Notice(notice) => format!("{:?}", notice.notice()),
            Published::Gap(_) => "gap".to_owned(),
        };
        writeln!(shown, "{sequence} {revision} {item}").unwrap();
    }
    for line in state_of(&workspace) {
        shown.push_str(&line);
    }
    workspace.read(|view| {
        for contact in &view.dump().unwrap().contacts {
            writeln!(shown, "{:?}", view.segments_of(contact.id.as_str()).unwrap()).unwrap();
        }
    });
    shown
}

#[test]
fn two_hundred_logs_lead_to_what_the_semantics_say() {
    let digest = (0..200).fold(0xcbf2_9ce4_8422_2325, |digest, seed| digest_of(digest, &results(seed)));
    assert_eq!(
        digest, GOLDEN,
        "the same events lead to other results, 0x{digest:016x}. If a store of the version before must not be replayed, raise `SEMANTICS` \
         in `crates/enlist/src/store/checkpoint.rs` by one; then, and where only the time-zone data, Unicode or how this test prints has \
         changed, set `GOLDEN` to that number"
    );
}
