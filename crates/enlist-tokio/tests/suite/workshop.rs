//! Shared test setup: workspaces, and events to write to them.

use enlist::model::Kind;
use enlist::{
    Enlist, Event, Instant, Json, Overflow, SubscribeOptions, TestClock, WorkspaceLimits, WorkspaceSettings,
};
use enlist_tokio::{AsyncWorkspace, SubscriptionStream};

pub(crate) const PRO: &str =
    r#"{"match": "all", "conditions": [{"field": "plan", "operator": "equals", "value": "pro"}]}"#;

/// A workspace with the segment `pro`, whose queue holds at most `queued_events` events.
pub(crate) async fn workspace(queued_events: usize) -> (Enlist, AsyncWorkspace) {
    let clock = TestClock::new(at());
    let enlist = Enlist::builder().workers(2).clock(clock).manual_time().build().unwrap();
    let limits = WorkspaceLimits::default().with_queued_events(queued_events);
    let settings = WorkspaceSettings::default().with_limits(limits);
    let workspace = AsyncWorkspace::new(enlist.create_workspace_with("acme", settings).unwrap());
    define(&workspace).await;
    (enlist, workspace)
}

/// Defines the field and the segment that the tests use.
pub(crate) async fn define(workspace: &AsyncWorkspace) {
    workspace.apply_event(Event::field_defined(at(), "plan", Kind::Text).build().unwrap()).await.unwrap();
    workspace.save_segment("pro", "Pro", Json::parse(PRO).unwrap()).await.unwrap();
}

pub(crate) fn at() -> Instant {
    Instant::parse("2026-11-23T10:00:00Z").unwrap()
}

/// An event by which a new contact enters `pro`.
pub(crate) fn enters(contact: &str) -> Event {
    Event::contact_saved(at(), contact).set("plan", "pro").build().unwrap()
}

/// Stalls the workspace: it applies nothing until the returned stream is read.
pub(crate) async fn stalled(workspace: &AsyncWorkspace) -> SubscriptionStream {
    let stream = workspace.subscribe(SubscribeOptions::all().overflow(Overflow::Block).capacity(1));
    workspace.apply_event(enters("staller")).await.unwrap();
    stream
}

pub(crate) fn contacts(workspace: &AsyncWorkspace) -> u64 {
    workspace.blocking().read(|view| view.contact_count()).unwrap()
}
