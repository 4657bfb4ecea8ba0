//! Reads that are awaited hold no thread of the runtime while a batch is applied.

use enlist::{Batch, Event};

use crate::workshop::{at, enters, workspace};

#[tokio::test]
async fn a_read_beside_a_long_batch_lets_other_tasks_run_on_the_only_thread() {
    let (_enlist, workspace) = workspace(100_000).await;
    let contacts = || (0..20_000).map(|number| enters(&format!("contact {number}"))).collect::<Batch>();
    let mut turns = 0;
    for _ in 0..20 {
        let ticket = workspace.submit(contacts()).await.unwrap();
        while workspace.blocking().try_read(|_| ()).is_ok() && workspace.blocking().stats().queued_events > 0
        {
            tokio::task::yield_now().await;
        }
        let read = workspace.read(|view| view.event_count());
        tokio::pin!(read);
        let found = loop {
            tokio::select! {
                biased;
                found = &mut read => break found.unwrap(),
                () = tokio::task::yield_now() => turns += 1,
            }
        };
        assert!(found > 0);
        let receipt = ticket.await.unwrap();
        assert_eq!(receipt.refused, []);
        if turns > 0 {
            return;
        }
    }
    panic!("every read held the thread, or found no batch under way");
}

#[tokio::test]
async fn a_check_answers_as_applying_does() {
    let (_enlist, workspace) = workspace(100).await;
    let event = Event::contact_deleted(at(), "a").build().unwrap();
    let refused = workspace.check(&event).await;
    assert_eq!(refused, workspace.apply_event(event.clone()).await.map(drop));
    assert_eq!(refused.unwrap_err().code(), "unknown_contact");
    workspace.apply_event(enters("a")).await.unwrap();
    assert_eq!(workspace.check(&event).await, Ok(()));
}
