//! Copies of a store while it is written to.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use enlist::{Batch, Durability, Enlist, Event};
use enlist_sim::{Profile, Workload};

use crate::reopening::{copied, in_memory, opened, state_of};
use crate::scene::{named, noon, only, save_segment};

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Applies `c0`, `c1` and so on, one a batch, and counts those that were answered.
fn write(workspace: &enlist::Workspace, answered: &AtomicU64, ends: &AtomicBool) {
    for number in 0.. {
        if ends.load(Ordering::Relaxed) {
            return;
        }
        workspace.apply(Batch::from(named(&format!("c{number}"), "a"))).unwrap();
        answered.store(number + 1, Ordering::Release);
    }
}

#[test]
fn a_backup_is_a_prefix_of_what_is_written_meanwhile_with_all_that_was_answered() {
    let root = tempfile::tempdir().unwrap();
    let enlist = opened(&root.path().join("store"), 1);
    let crm = enlist.create_workspace("crm").unwrap();
    save_segment(&crm, "a", only("name", "equals", r#""a""#));
    let (answered, ends) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| write(&crm, &answered, &ends));
        scope.spawn(|| {
            while !ends.load(Ordering::Relaxed) {
                enlist.checkpoint().unwrap();
            }
        });
        let backup = |number: u64| {
            let to = root.path().join(format!("backup {number}"));
            let before = answered.load(Ordering::Acquire);
            enlist.backup(&to).unwrap();
            let copy = opened(&to, 1 + (number % 3) as usize);
            let (found, members, contacts) = copy.workspace("crm").unwrap().read(|view| {
                assert_eq!(view.verify().unwrap(), []);
                let contacts = view.dump().unwrap().contacts;
                (view.contact_count().unwrap(), view.count("a").unwrap(), contacts)
            });
            assert!(before <= found && members == found, "{before} were answered, and {found} are there");
            let expected = (0..found).map(|number| format!("c{number}"));
            assert!(contacts.iter().map(|contact| contact.id.as_str().to_owned()).eq(expected));
            found
        };
        let found: Vec<u64> = (0..12).map(backup).collect();
        ends.store(true, Ordering::Relaxed);
        assert!(found.is_sorted() && found[11] > found[0], "{found:?}");
    });
}

#[test]
fn a_backup_says_all_that_the_store_says() {
    let root = tempfile::tempdir().unwrap();
    let enlist = opened(&root.path().join("store"), 2);
    for seed in 0..6 {
        let workspace = enlist.create_workspace(&format!("w{seed}")).unwrap();
        let script: Vec<Event> = Workload::script(seed, Profile::default(), 300);
        let (first, rest) = script.split_at(150);
        workspace.apply(first.to_vec()).unwrap();
        if seed % 2 == 0 {
            enlist.checkpoint().unwrap();
        }
        workspace.apply(rest.to_vec()).unwrap();
    }
    enlist.drop_workspace("w5").unwrap();
    let to = root.path().join("backup");
    // An empty directory may be there.
    std::fs::create_dir(&to).unwrap();
    enlist.backup(&to).unwrap();
    let copy = opened(&to, 3);
    assert_eq!(copy.workspaces(), enlist.workspaces());
    for id in enlist.workspaces() {
        let state = |of: &Enlist| state_of(&of.workspace(id.as_str()).unwrap());
        assert_eq!(state(&copy), state(&enlist));
    }
    // Each goes on by itself.
    copy.workspace("w0").unwrap().contact("more").at(noon()).save().unwrap();
    copy.create_workspace("w5").unwrap();
    assert_eq!(names(root.path()), ["backup", "store"]);
}

#[test]
fn a_directory_with_something_in_it_is_no_place_for_a_backup() {
    let root = tempfile::tempdir().unwrap();
    let enlist = opened(&root.path().join("store"), 1);
    let to = root.path().join("backup");
    std::fs::create_dir(&to).unwrap();
    std::fs::write(to.join("note"), "mine").unwrap();
    assert_eq!(enlist.backup(&to).unwrap_err().code(), "not_empty");
    assert_eq!(
        (names(&to), names(root.path())),
        (vec!["note".to_owned()], vec!["backup".to_owned(), "store".to_owned()])
    );
    assert_eq!(enlist.backup(root.path().join("store")).unwrap_err().code(), "not_empty");
    assert_eq!(enlist.backup(to.join("note")).unwrap_err().code(), "store_failed");
}

#[test]
fn what_is_in_memory_only_has_no_backup() {
    let root = tempfile::tempdir().unwrap();
    let error = in_memory().backup(root.path().join("backup")).unwrap_err();
    assert_eq!(error.code(), "no_store");
    assert_eq!(names(root.path()), [""; 0]);
}

#[test]
fn what_is_answered_and_not_synced_is_backed_up_verified_and_erased_too() {
    let root = tempfile::tempdir().unwrap();
    let store = root.path().join("store");
    let never = Durability::Buffered { sync_every: Duration::from_secs(3_600) };
    let enlist = Enlist::builder().manual_time().durability(never).open(&store).unwrap().wait().unwrap();
    let crm = enlist.create_workspace("crm").unwrap();
    crm.apply(named("a secret contact", "a")).unwrap();
    let tails = |directory: &Path| {
        ["tail-0", "tail-1"].map(|name| std::fs::read(directory.join(name)).unwrap()).concat()
    };
    let in_tails = tails(&store);
    assert!(in_tails.windows(6).any(|window| window == b"secret"), "the test must be able to fail");

    let killed = copied(&store);
    assert_eq!(Enlist::verify(killed.path(), |_| ()).unwrap().contacts, 1);
    assert!(tails(killed.path()) == in_tails, "a byte has changed");

    let backup = root.path().join("backup");
    enlist.backup(&backup).unwrap();
    assert_eq!(names(&backup), ["journal.redb", "mark", "state.redb"]);
    assert_eq!(Enlist::verify(&backup, |_| ()).unwrap().contacts, 1);

    crm.contact("another secret").save().unwrap();
    crm.contact("a secret contact").delete().unwrap();
    crm.contact("another secret").delete().unwrap();
    enlist.erase().unwrap();
    for name in names(&store) {
        let bytes = std::fs::read(store.join(&name)).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"secret"), "{name}");
    }
}
