//! A second implementation of the contract, and the tools that run the engine against it.
//!
//! The oracle shares the model with the engine, including the operator table. It does not know how the engine
//! works.
//!
//! | to | see |
//! |---|---|
//! | know what should come out | [`Oracle`] |
//! | have events to run | [`Workload`], [`Profile`] |
//! | run something beside the oracle | [`simulate`], [`Subject`] |
//! | keep what failed | [`script`] |
//! | fuzz | [`fuzz_targets`] |

// With this lint, a new operator, kind or event type does not compile until every match handles it.
#![warn(clippy::wildcard_enum_match_arm)]

mod comparison;
mod emitted;
pub mod fuzz_targets;
mod oracle;
pub mod script;
mod shortening;
mod simulator;
mod subject;
mod workload;

pub use comparison::{Failure, Ran, run, run_beside};
pub use emitted::{Emitted, Folded};
pub use oracle::{Oracle, Zone};
pub use shortening::shortened;
pub use simulator::simulate;
pub use subject::{EngineSubject, HASH_SEED, Subject};
pub use workload::{Profile, Workload};
