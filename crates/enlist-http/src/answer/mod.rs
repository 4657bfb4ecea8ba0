//! Answers: what operations return, and their JSON.
//!
//! An operation returns a value, and this room makes a response of it, so that the same value can be shown in another form. It knows
//! no operation, and not how a value is found. Invariant: an answer of a workspace names its revision.

pub(crate) mod response;
pub(crate) mod wire;
pub(crate) mod written_contact;
