//! The second reading of the contract, and what runs the engine beside it.
//!
//! The oracle shares the model with the engine, and in it the operator table; how the engine does it, it does not
//! know.
//!
//! | to | see |
//! |---|---|
//! | know what should come out | [`Oracle`] |
//! | have events to run | [`Workload`], [`Profile`] |
//! | run something beside the oracle | [`simulate`], [`Subject`] |
//! | keep what failed | [`script`] |
//! | fuzz | [`fuzz_targets`] |

// A new operator, kind or event type must not compile until each match has decided about it.
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

pub use comparison::{Failure, Ran, run};
pub use emitted::{Emitted, Folded};
pub use oracle::{Oracle, Zone};
pub use shortening::shortened;
pub use simulator::simulate;
pub use subject::{EngineSubject, HASH_SEED, Subject};
pub use workload::{Profile, Workload};
