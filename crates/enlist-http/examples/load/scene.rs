//! A server with a workspace, and beside it a route that answers a constant.
//!
//! The workspace has contacts with a name, an e-mail address, a phone number, a plan and a score, and segments that split the range of
//! the score, each at a limit of its own. Invariant: a score that moves by [`STEP`] at most flips half a segment on average.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use enlist::{Batch, Enlist, Event, Instant, Json, Kind, Workspace};
use enlist_http::{Api, Asked, Decision};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use super::Outcome;

/// The distance of two limits, and the longest way that a score moves at once.
pub(crate) const STEP: u32 = 10;

/// A server that runs until it is dropped.
pub(crate) struct Scene {
    pub(crate) enlist: Enlist,
    pub(crate) address: SocketAddr,
    pub(crate) segments: u32,
    _runtime: Runtime,
}

impl Scene {
    pub(crate) fn new(contacts: u32, segments: u32) -> Outcome<Self> {
        let enlist = Enlist::builder().build()?;
        fill(&enlist.create_workspace("acme")?, contacts, segments)?;
        let api = Api::new(enlist.clone()).authorise(|_: Asked| async { Decision::Allow });
        let router = Router::new().route("/bare", get(|| async { "ok" })).merge(api.router());
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        runtime.spawn(async move { axum::serve(listener, router.into_make_service()).await });
        Ok(Scene { enlist, address, segments, _runtime: runtime })
    }

    pub(crate) fn acme(&self) -> Outcome<Workspace> {
        Ok(self.enlist.workspace("acme").ok_or("it was created")?)
    }

    /// The greatest score.
    pub(crate) fn top(&self) -> u32 {
        self.segments * STEP
    }
}

fn fill(workspace: &Workspace, contacts: u32, segments: u32) -> Outcome<()> {
    workspace.define_field("plan", Kind::Select)?;
    workspace.define_field("score", Kind::Number)?;
    for segment in 0..segments {
        let limit = f64::from(segment * STEP) + f64::from(STEP) / 2.0;
        let rule = Json::parse(&format!(
            r#"{{"match": "all", "conditions": [{{"field": "score", "operator": "greater_than", "value": {limit}}}]}}"#
        ))?;
        workspace.segment(&segment_id(segment))?.save("High score", rule)?;
    }
    let contacts: Vec<u32> = (0..contacts).collect();
    for some in contacts.chunks(1_000) {
        let created = some.iter().map(|no| created(*no, no * 7 % (segments * STEP).max(1)));
        let _ = workspace.apply(created.collect::<Result<Batch, _>>()?)?;
    }
    Ok(())
}

pub(crate) fn segment_id(no: u32) -> String {
    format!("above-{no}")
}

/// The event that creates a contact.
pub(crate) fn created(no: u32, score: u32) -> Outcome<Event> {
    let event = Event::contact_saved(now()?, &format!("contact-{no}"))
        .set("name", format!("Ada {no}"))
        .set("email", format!("ada{no}@example.org"))
        .set("phone", format!("+49 30 {no:07}"))
        .set("plan", if no.is_multiple_of(3) { "pro" } else { "free" })
        .set("score", f64::from(score));
    Ok(event.build()?)
}

/// The event that changes a contact's score.
pub(crate) fn scored(no: u32, score: u32) -> Outcome<Event> {
    Ok(Event::contact_saved(now()?, &format!("contact-{no}")).set("score", f64::from(score)).build()?)
}

/// One instant for all events: nothing here depends on time.
fn now() -> Outcome<Instant> {
    Ok(Instant::parse("2026-09-21T12:00:00Z").ok_or("an instant")?)
}
