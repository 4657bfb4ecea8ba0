//! The bodies of the store's targets, which its tests run on fixed seeds too.

#[path = "../../crates/enlist-store/tests/suite/fuzz_bodies.rs"]
pub mod bodies;
