//! Deliveries as the records of a store's outbox, and back.
//!
//! A record names contacts and conditions; a delivery numbers them. It knows no files. Invariant: a delivery that was written and
//! read again says the same, whatever became of its contacts, its fields and its rules.

mod condition;
mod read;
mod written;

pub(crate) use read::{Found, read};
pub(crate) use written::written;
