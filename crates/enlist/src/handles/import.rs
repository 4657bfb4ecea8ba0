//! A first import: a workspace made of the events that its definitions and contacts came from, with nobody told of each.
//!
//! It is taken in by one engine on the caller's thread and only then becomes a workspace, so nobody waits for it. What
//! always holds: the workspace is the one that applying the same events would have led to.

use enlist_engine::{Engine, Output};
use enlist_model::{Event, EventBody};

use crate::error::RefusedEvent;
use crate::handles::workspace::Workspace;
use crate::sequencer::dump::PROVISIONAL_HASH_SEED;

/// What became of a first import; see [`Enlist::load_workspace`](crate::Enlist::load_workspace).
#[derive(Debug)]
pub struct Loaded {
    /// The workspace.
    pub workspace: Workspace,
    /// How many events were taken in.
    pub applied: u64,
    /// The events that were refused, in order, each whole and with its reason. They changed nothing.
    pub refused: Vec<RefusedEvent>,
}

/// Takes events in; says which were refused.
pub(crate) fn load(events: impl IntoIterator<Item = Event>) -> (Engine, Vec<RefusedEvent>) {
    let (mut engine, mut refused) = (Engine::new(PROVISIONAL_HASH_SEED), Vec::new());
    let mut note = |index: usize, event: Event, applied: Result<(), enlist_engine::Error>| {
        if let Err(reason) = applied {
            refused.push(RefusedEvent { index, event, reason: reason.into() });
        }
    };
    // What comes of it is in the memberships; nobody listens yet.
    let mut unheard: Vec<Output> = Vec::new();
    let mut events = events.into_iter().enumerate().peekable();
    let comes_first = |event: &Event| event.body.is_definition() || matches!(event.body, EventBody::Tick);
    while let Some((index, event)) = events.next_if(|(_, event)| comes_first(event)) {
        let applied = engine.apply(&event, &mut unheard);
        note(index, event, applied);
    }
    let mut load = engine.load().expect("definitions bring no contacts");
    for (index, event) in events {
        let applied = load.apply(&event);
        note(index, event, applied);
    }
    // What it would publish are the memberships once more.
    drop(load);
    (engine, refused)
}
