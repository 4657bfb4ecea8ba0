//! Publishing: from what a frame produced to each subscriber's mailbox.
//!
//! It knows nothing of events, and never waits for a subscriber.

pub(crate) mod broadcast;
pub(crate) mod delivery;
pub(crate) mod mailbox;
