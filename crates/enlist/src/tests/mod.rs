//! Tests that need what no host can reach: injected panics, and locks under loom. Nothing imports this room.

#[cfg(not(loom))]
pub(crate) mod failed_definitions;
#[cfg(not(loom))]
mod failures;
#[cfg(loom)]
mod loom;
