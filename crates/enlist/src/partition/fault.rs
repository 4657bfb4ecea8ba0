//! Faults that a test plants in a partition: panics at chosen events. Compiled for tests only.

use std::sync::{Mutex, PoisonError};

use enlist_model::{Event, EventBody, WorkspaceId};

use crate::partition::index::PartitionIdx;

/// What a planted panic says.
pub(crate) const MESSAGE: &str = "planted";
/// Saving this contact panics before the engine is called.
pub(crate) const SAVED: &str = "panic when saved";
/// Merging this contact panics before the engine is called.
pub(crate) const MERGED: &str = "panic when merged";

/// When a definition panics in a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    BeforeTheEngine,
    AfterTheEngine,
}

/// The definitions that panic, each once, by partition.
static DEFINITIONS: Mutex<Vec<(Event, PartitionIdx, When)>> = Mutex::new(Vec::new());

/// Lets a definition panic once in a partition.
#[cfg(not(loom))]
pub(crate) fn plant(event: &Event, partition: PartitionIdx, when: When) {
    let mut planted = DEFINITIONS.lock().unwrap_or_else(PoisonError::into_inner);
    planted.push((event.clone(), partition, when));
}

/// Panics at a contact whose id asks for it.
pub(crate) fn strike_event(event: &Event) {
    match &event.body {
        EventBody::ContactSaved { contact, .. } if contact.as_str() == SAVED => panic!("{MESSAGE}"),
        EventBody::ContactMerged { contact, .. } if contact.as_str() == MERGED => panic!("{MESSAGE}"),
        EventBody::ContactSaved { .. }
        | EventBody::ContactMerged { .. }
        | EventBody::ContactDeleted { .. }
        | EventBody::ConversationSaved { .. }
        | EventBody::ConversationDeleted { .. }
        | EventBody::Activity { .. }
        | EventBody::WorkspaceConfigured { .. }
        | EventBody::FieldDefined { .. }
        | EventBody::FieldDeleted { .. }
        | EventBody::SegmentSaved { .. }
        | EventBody::SegmentDeleted { .. }
        | EventBody::Tick => {}
    }
}

/// Panics at a definition for which a panic was planted.
pub(crate) fn strike_definition(event: &Event, partition: PartitionIdx, when: When) {
    let mut planted = DEFINITIONS.lock().unwrap_or_else(PoisonError::into_inner);
    let found = planted.iter().position(|(of, at, then)| (of, *at, *then) == (event, partition, when));
    if let Some(found) = found {
        planted.swap_remove(found);
        // Released first: a panic under the lock would poison it for the other tests.
        drop(planted);
        panic!("{MESSAGE}");
    }
}

/// What runs when a workspace has prepared an advance and not taken it yet.
type Meanwhile = Box<dyn FnOnce() + Send>;

/// What runs once when a workspace has prepared an advance, by the workspace's id.
static PREPARED: Mutex<Vec<(WorkspaceId, Meanwhile)>> = Mutex::new(Vec::new());

/// Has something run once while a workspace has prepared an advance and not taken it yet.
#[cfg(not(loom))]
pub(crate) fn plant_prepared(workspace: &WorkspaceId, meanwhile: impl FnOnce() + Send + 'static) {
    let mut planted = PREPARED.lock().unwrap_or_else(PoisonError::into_inner);
    planted.push((workspace.clone(), Box::new(meanwhile)));
}

/// Runs what was planted for a workspace.
pub(crate) fn strike_prepared(workspace: &WorkspaceId) {
    let mut planted = PREPARED.lock().unwrap_or_else(PoisonError::into_inner);
    let found = planted.iter().position(|(of, _)| of == workspace);
    let meanwhile = found.map(|found| planted.swap_remove(found).1);
    drop(planted);
    if let Some(meanwhile) = meanwhile {
        meanwhile();
    }
}
