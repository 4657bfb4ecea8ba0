//! Tests that need what no host can reach: injected panics, and locks under loom. Nothing imports this room.

#![allow(unused_must_use, reason = "most tests look at the workspace, not at the receipt")]

#[cfg(not(loom))]
mod failed_definitions;
#[cfg(not(loom))]
mod failures;
#[cfg(loom)]
mod loom;
