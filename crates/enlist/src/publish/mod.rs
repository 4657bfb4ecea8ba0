//! Publishing: from the changes of a frame to each subscriber's mailbox.
//!
//! It knows nothing of events and engines' state, and never waits for a subscriber.

pub(crate) mod broadcast;
pub(crate) mod consumers;
pub(crate) mod delivery;
pub(crate) mod interest;
pub(crate) mod mailbox;
pub(crate) mod merge;
pub(crate) mod outbox;
pub(crate) mod published_segment;
pub(crate) mod retained;
pub(crate) mod tally;
