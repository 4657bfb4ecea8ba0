//! Restoring, importing, dropping and ticking workspaces without blocking the only thread of the runtime.

use std::convert::Infallible;
use std::time::Duration;

use enlist::{End, Enlist, Error, Event, ImportError, TestClock, WorkspaceSettings};
use tokio::time::timeout;

use crate::workshop::{at, contacts, enters, stalled, workspace};

const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_workspace_is_restored_from_its_dump() {
    let (enlist, workspace) = workspace(100).await;
    workspace
        .apply((0..50).map(|n| enters(&format!("contact {n}"))).collect::<enlist::Batch>())
        .await
        .unwrap();
    let dump = workspace.read_blocking(|view| view.dump()).await.unwrap().unwrap();
    let settings = WorkspaceSettings::default().with_partitions(3);
    let restored = enlist_tokio::restore_workspace(&enlist, "again", settings, dump.clone()).await.unwrap();
    assert_eq!((contacts(&restored), restored.blocking().count("pro").unwrap()), (50, 50));
    restored.apply_event(enters("one more")).await.unwrap();
    assert_eq!(enlist.workspace("again").unwrap().count("pro").unwrap(), 51);

    let taken = enlist_tokio::restore_workspace(&enlist, "again", settings, dump.clone()).await;
    assert!(matches!(taken, Err(Error::WorkspaceExists { .. })), "{taken:?}");
    let nameless = enlist_tokio::restore_workspace(&enlist, "", settings, dump.clone()).await;
    assert!(matches!(nameless, Err(Error::Engine(_))), "{nameless:?}");

    // After its first poll, the restore continues even if its future is dropped.
    let restore = enlist_tokio::restore_workspace(&enlist, "unawaited", settings, dump);
    let _ = timeout(Duration::ZERO, restore).await;
    let waits = async {
        while enlist.workspace("unawaited").is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(LONG, waits).await.unwrap();
}

#[tokio::test]
async fn an_exported_workspace_is_imported_again() {
    let (enlist, workspace) = workspace(100).await;
    workspace.apply_event(enters("ada")).await.unwrap();
    let file = std::env::temp_dir().join(format!("enlist-tokio-export-{}", std::process::id()));
    let exported = workspace.export(std::fs::File::create(&file).unwrap()).await.unwrap();
    let lines = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!((exported.contacts, exported.events), (1, lines.lines().count() as u64));
    let events: Vec<_> = lines.lines().map(Event::parse).collect();
    let settings = WorkspaceSettings::default();
    let import = enlist_tokio::import_workspace(&enlist, "copy", settings, events, |_| ());
    let imported = timeout(LONG, import).await.unwrap().unwrap();
    assert_eq!(imported.workspace.count("pro").unwrap(), 1);
}

#[tokio::test]
async fn a_store_is_copied_and_erased_while_it_is_open_and_verified_afterwards() {
    let root = std::env::temp_dir().join(format!("enlist-tokio-store-{}", std::process::id()));
    let enlist = Enlist::builder().open(root.join("store")).unwrap().wait().unwrap();
    enlist.create_workspace("crm").unwrap();
    enlist_tokio::backup(&enlist, root.join("backup")).await.unwrap();
    assert_eq!(enlist_tokio::backup(&enlist, root.join("backup")).await.unwrap_err().code(), "not_empty");
    let copy = Enlist::builder().open(root.join("backup")).unwrap().wait().unwrap();
    assert_eq!(copy.workspaces(), enlist.workspaces());
    enlist_tokio::erase(&enlist).await.unwrap();
    drop((enlist, copy));
    let verified = enlist_tokio::verify(root.join("store"), |_| ()).await.unwrap();
    assert_eq!((verified.workspaces, verified.contacts), (1, 0));
    std::fs::remove_dir_all(&root).unwrap();
}

#[tokio::test]
async fn an_import_returns_the_refused_events() {
    let (enlist, _workspace) = workspace(100).await;
    let nobody = Event::activity(at(), "nobody").build().unwrap();
    let named =
        |n: i32| Event::contact_saved(at(), &format!("contact {n}")).set("name", "Ada").build().unwrap();
    let events: Vec<Event> = (0..50).map(named).chain([nobody.clone()]).collect();
    let settings = WorkspaceSettings::default().with_partitions(2);
    let source = events.into_iter().map(Ok::<_, Infallible>);
    let import = enlist_tokio::import_workspace(&enlist, "imported", settings, source.clone(), |_| ());
    let imported = timeout(LONG, import).await.unwrap().unwrap();
    assert_eq!((imported.applied, imported.refused.len()), (50, 1));
    assert_eq!((imported.refused[0].index, &imported.refused[0].event), (50, &nobody));
    assert_eq!(enlist.workspace("imported").unwrap().read(|view| view.contact_count()).unwrap(), 50);
    let taken = enlist_tokio::import_workspace(&enlist, "imported", settings, source, |_| ()).await;
    assert!(matches!(taken, Err(ImportError::Enlist(Error::WorkspaceExists { .. }))));
}

#[tokio::test]
async fn dropping_a_workspace_applies_what_it_accepted_and_does_not_block_the_runtime() {
    let (enlist, workspace) = workspace(1_000).await;
    let mut stream = stalled(&workspace).await;
    let mut tickets = Vec::new();
    for number in 0..200 {
        tickets.push(workspace.submit(vec![enters(&format!("contact {number}"))]).await.unwrap());
    }
    let read = async {
        let mut received = 0;
        while stream.next().await.is_some() {
            received += 1;
        }
        (received, stream.end())
    };
    let both = async { tokio::join!(enlist_tokio::drop_workspace(&enlist, "acme"), read) };
    let (existed, read) = timeout(LONG, both).await.unwrap();
    assert!(existed.unwrap());
    assert_eq!(read, (201, Some(End::Closed)));
    for ticket in tickets {
        assert_eq!(ticket.await.unwrap().applied, 1);
    }
    assert!(enlist.workspace("acme").is_none());
    assert!(!enlist_tokio::drop_workspace(&enlist, "acme").await.unwrap());
}

#[tokio::test]
async fn a_tick_awaits_every_due_workspace_without_blocking_the_thread() {
    let clock = TestClock::new(at());
    let enlist = Enlist::builder().workers(1).clock(clock.clone()).manual_time().build().unwrap();
    let (one, two) = (create(&enlist, "one").await, create(&enlist, "two").await);
    let mut stream = stalled(&one).await;
    clock.advance(Duration::from_secs(86_400));
    assert!(
        timeout(SHORT, enlist_tokio::tick(&enlist)).await.is_err(),
        "the first workspace must wait for its subscriber"
    );
    let free = async {
        tokio::time::sleep(SHORT).await;
        while stream.try_next().is_some() {}
    };
    let (now, ()) = timeout(LONG, async { tokio::join!(enlist_tokio::tick(&enlist), free) }).await.unwrap();
    for workspace in [one, two] {
        assert_eq!(workspace.blocking().read(|view| view.now()), Some(now));
    }
}

async fn create(enlist: &Enlist, id: &str) -> enlist_tokio::AsyncWorkspace {
    let workspace = enlist_tokio::AsyncWorkspace::new(enlist.create_workspace(id).unwrap());
    crate::workshop::define(&workspace).await;
    workspace
}

#[tokio::test]
async fn a_store_is_opened_without_blocking_the_runtime() {
    let directory = std::env::temp_dir().join(format!("enlist-tokio-open-{}", std::process::id()));
    let builder = || Enlist::builder().workers(1).clock(TestClock::new(at())).manual_time();
    let enlist = enlist_tokio::open(builder(), &directory).await.unwrap();
    create(&enlist, "one").await.apply_event(enters("ada")).await.unwrap();
    enlist_tokio::shutdown(&enlist).await;
    let locked = enlist_tokio::open(builder(), &directory).await;
    assert!(locked.is_ok(), "{locked:?}");
    assert_eq!(enlist_tokio::open(builder(), &directory).await.unwrap_err().code(), "locked");
    drop(locked);
    let opening = builder().open(&directory).unwrap();
    let enlist = enlist_tokio::wait_until_open(opening).await.unwrap();
    assert_eq!(enlist.workspace("one").unwrap().count("pro").unwrap(), 1);
    enlist_tokio::shutdown(&enlist).await;
    std::fs::remove_dir_all(&directory).unwrap();
}
