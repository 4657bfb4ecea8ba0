//! What was deleted is in no file after an erasure, and everything else is as it was, whenever a crash comes.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use enlist::{Batch, ConsumerOptions, Enlist, Event, Kind, Overflow, Published, SubscribeOptions, Workspace};
use enlist_sim::{Profile, Workload};

use crate::reopening::{assert_same, copied, in_memory, opened, state_of};
use crate::scene::{built, named, noon, only, save_segment};

/// In how many files the text is.
fn files_with(directory: &Path, text: &str) -> usize {
    let has = |path: std::path::PathBuf| {
        std::fs::read(path).unwrap().windows(text.len()).any(|window| window == text.as_bytes())
    };
    std::fs::read_dir(directory).unwrap().filter(|entry| has(entry.as_ref().unwrap().path())).count()
}

/// A workspace with values that will be erased, each with a text of its own, in rows and in frames.
fn with_secrets(enlist: &Enlist, directory: &Path) -> Vec<String> {
    let crm = enlist.create_workspace("crm").unwrap();
    save_segment(&crm, "a", only("name", "is_not_empty", "null"));
    crm.apply(Workload::script(4, Profile::default(), 300)).unwrap();
    crm.apply_event(built(Event::field_defined(noon(), "note", Kind::Text))).unwrap();
    let secret = |what: &str| format!("the secret that is {what}");
    let contact = |id: &str, field: &str, what: &str| {
        let saved = Event::contact_saved(noon(), id).set(field, secret(what));
        crm.apply_event(built(saved)).unwrap();
    };
    contact("gone", "name", "in a row");
    contact("kept", "name", "replaced");
    contact("kept", "note", "in a field");
    let conversation = Event::conversation_saved(noon(), "talk", "kept");
    let conversation = conversation.set("conversation.channel", secret("in a conversation"));
    crm.apply_event(built(conversation)).unwrap();
    let other = enlist.create_workspace("other").unwrap();
    other.apply(named("x", &secret("in a dropped workspace"))).unwrap();
    enlist.checkpoint().unwrap();
    contact("new", "name", "in a frame");
    contact("merged", "name", "merged away");
    let whats = [
        "in a row",
        "replaced",
        "in a field",
        "in a conversation",
        "in a dropped workspace",
        "in a frame",
        "merged away",
    ];
    let secrets: Vec<String> = whats.iter().map(|what| secret(what)).collect();
    for secret in &secrets {
        assert!(files_with(directory, secret) > 0, "{secret}: the test must be able to fail");
    }
    for id in ["gone", "new"] {
        crm.apply_event(built(Event::contact_deleted(noon(), id))).unwrap();
    }
    crm.apply_event(built(Event::contact_merged(noon(), "merged", "kept"))).unwrap();
    crm.apply(named("kept", "Kept")).unwrap();
    crm.apply_event(built(Event::conversation_deleted(noon(), "talk"))).unwrap();
    crm.apply_event(built(Event::field_deleted(noon(), "note"))).unwrap();
    drop(other);
    assert!(enlist.drop_workspace("other").unwrap());
    secrets
}

#[test]
fn values_of_deleted_contacts_and_dropped_workspaces_are_in_no_file_after_an_erasure() {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 2);
    let secrets = with_secrets(&enlist, directory.path());
    let crm = enlist.workspace("crm").unwrap();
    let expected = state_of(&crm);
    enlist.erase().unwrap();
    for secret in &secrets {
        assert_eq!(files_with(directory.path(), secret), 0, "{secret}");
    }
    assert!(files_with(directory.path(), "kept") > 0);
    assert_same(&state_of(&crm), &expected, "after the erasure");
    assert_same(
        &state_of(&opened(copied(directory.path()).path(), 3).workspace("crm").unwrap()),
        &expected,
        "killed",
    );

    // The store goes on with the new files.
    crm.apply(named("later", "Later")).unwrap();
    enlist.create_workspace("another").unwrap();
    enlist.checkpoint().unwrap();
    crm.apply(named("last", "Last")).unwrap();
    enlist.erase().unwrap();
    let expected = state_of(&crm);
    drop((crm, enlist));
    let enlist = opened(directory.path(), 1);
    assert_eq!(enlist.workspaces().len(), 2);
    assert_same(&state_of(&enlist.workspace("crm").unwrap()), &expected, "closed and opened");
}

/// A copy of a store with one file of another one.
fn mixed(of: &Path, file: &str, from: &Path) -> tempfile::TempDir {
    let mixed = copied(of);
    std::fs::copy(from.join(file), mixed.path().join(file)).unwrap();
    mixed
}

#[test]
fn a_crash_after_each_rename_leaves_a_store_that_opens_to_the_same_state() {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 1);
    with_secrets(&enlist, directory.path());
    let crm = enlist.workspace("crm").unwrap();
    enlist.checkpoint().unwrap();
    let before = copied(directory.path());
    // Its own checkpoint has nothing to do.
    enlist.erase().unwrap();
    let after = copied(directory.path());
    let expected = state_of(&crm);
    let crashes = [
        ("before the first rename", copied(before.path())),
        ("after the first rename", mixed(before.path(), "state.redb", after.path())),
        ("after the second, if only that is on the disk", mixed(before.path(), "journal.redb", after.path())),
        ("at the end", copied(after.path())),
    ];
    for (when, store) in crashes {
        // What a crash leaves of the copies is not in the way, and is gone when the store is open.
        for name in ["journal.redb.new", "state.redb.new"] {
            std::fs::write(store.path().join(name), "half").unwrap();
        }
        let reopened = opened(store.path(), 2);
        let kept = reopened.workspace("crm").unwrap();
        assert_same(&state_of(&kept), &expected, when);
        kept.apply(named("later", "Later")).unwrap();
        assert!(reopened.workspace("other").is_none(), "{when}");
        assert!(
            !store.path().join("state.redb.new").exists() && !store.path().join("journal.redb.new").exists()
        );
        reopened.erase().unwrap();
    }
}

/// Lets a workspace wait for its subscriber, with frames that are kept and not executed.
fn stalled(workspace: &Workspace) -> enlist::Subscription {
    save_segment(workspace, "a", only("name", "is_not_empty", "null"));
    let options = SubscribeOptions::all().overflow(Overflow::Block).capacity(1);
    let subscription = workspace.subscribe(options);
    for number in 0..6 {
        drop(workspace.submit(Batch::from(named(&format!("c{number}"), "stalled"))).unwrap());
    }
    subscription
}

#[test]
fn frames_of_a_workspace_that_waits_keep_their_own_contents_and_not_those_of_others() {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 1);
    let slow = enlist.create_workspace("slow").unwrap();
    let mut subscription = stalled(&slow);
    let crm = enlist.create_workspace("crm").unwrap();
    crm.apply(named("ada", "the secret of ada")).unwrap();
    crm.contact("ada").delete().unwrap();
    enlist.checkpoint().unwrap();
    // The frames of the slow one are before those of the other, so these are still there.
    assert!(files_with(directory.path(), "the secret of ada") > 0);
    let expected = state_of(&crm);
    enlist.erase().unwrap();
    assert_eq!(files_with(directory.path(), "the secret of ada"), 0);

    let reopened = opened(copied(directory.path()).path(), 2);
    assert_same(&state_of(&reopened.workspace("crm").unwrap()), &expected, "killed");
    let contacts = |workspace: &Workspace| workspace.read(|view| view.contact_count()).unwrap();
    assert_eq!(contacts(&reopened.workspace("slow").unwrap()), 6);
    let mut items = 0;
    while items < 6 {
        items += usize::from(subscription.next().unwrap().into_transition().is_some());
    }
    drop(subscription);
    slow.apply(named("c6", "a")).unwrap();
    assert_eq!(contacts(&slow), 7);
}

#[test]
fn writers_go_on_during_erasures_and_lose_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 1);
    let crm = enlist.create_workspace("crm").unwrap();
    let ends = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut written = 0;
            while !ends.load(Ordering::Relaxed) {
                let events =
                    (0..20).map(|n| named(&format!("c{}", (written * 7 + n) % 500), &written.to_string()));
                crm.apply(events.collect::<Batch>()).unwrap();
                written += 1;
            }
            written
        });
        for round in 0..8 {
            enlist.erase().unwrap();
            enlist.create_workspace(&format!("w{round}")).unwrap();
            enlist.backup(directory.path().join(format!("backup {round}"))).unwrap();
        }
        ends.store(true, Ordering::Relaxed);
        writer.join().unwrap()
    });
    assert!(written > 8, "{written}");
    let expected = state_of(&crm);
    let killed = tempfile::tempdir().unwrap();
    for name in ["journal.redb", "state.redb", "mark"] {
        std::fs::copy(directory.path().join(name), killed.path().join(name)).unwrap();
    }
    let reopened = opened(killed.path(), 2);
    assert_same(&state_of(&reopened.workspace("crm").unwrap()), &expected, "killed");
    assert_eq!(reopened.workspaces().len(), 9);
}

#[test]
fn what_is_in_memory_only_has_nothing_to_erase() {
    in_memory().erase().unwrap();
}

#[test]
fn a_consumer_that_is_behind_goes_on_and_gets_a_gap_if_the_process_ends_before() {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 2);
    let crm = enlist.create_workspace("crm").unwrap();
    save_segment(&crm, "a", only("name", "is_not_empty", "null"));
    let mut consumer = crm.consumer("out", ConsumerOptions::new()).unwrap();
    let from = consumer.position();
    crm.apply(named("a secret contact", "a")).unwrap();
    crm.apply_event(built(Event::contact_deleted(noon(), "a secret contact"))).unwrap();
    enlist.checkpoint().unwrap();
    assert!(files_with(directory.path(), "a secret contact") > 0, "the outbox has it");
    enlist.erase().unwrap();
    assert_eq!(files_with(directory.path(), "a secret contact"), 0);
    let killed = copied(directory.path());

    let heard: Vec<_> = std::iter::from_fn(|| consumer.try_next()).map(|item| item.sequence()).collect();
    assert_eq!(heard, [from, from.next()]);

    let enlist = opened(killed.path(), 1);
    let crm = enlist.workspace("crm").unwrap();
    let mut consumer = crm.consumer("out", ConsumerOptions::new()).unwrap();
    crm.apply(named("later", "a")).unwrap();
    let Some(Published::Gap(gap)) = consumer.try_next() else { panic!("a gap is published") };
    assert_eq!((gap.from, gap.until), (from, from.next().next()));
    assert_eq!(consumer.try_next().map(|item| item.sequence()), Some(gap.until));
}
