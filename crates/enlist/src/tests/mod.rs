//! Tests that need access to the inside of the crate: planted panics, locks under loom, codes of errors. No other module imports this one.

#![allow(unused_must_use, reason = "most tests check the workspace, not the receipt")]

#[cfg(not(loom))]
mod error_codes;
#[cfg(not(loom))]
mod failed_definitions;
#[cfg(not(loom))]
mod failures;
#[cfg(not(loom))]
mod failures_in_a_store;
#[cfg(loom)]
mod loom;
#[cfg(loom)]
mod loom_pipeline;
#[cfg(not(loom))]
mod prepared_midnights;
#[cfg(not(loom))]
mod same_again;
