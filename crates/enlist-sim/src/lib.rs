//! The second reading of the contract, and what runs the engine beside it.
//!
//! The oracle shares the model with the engine, and in it the operator table; how the engine does it, it does not
//! know.
//!
//! | to | see |
//! |---|---|
//! | know what should come out | [`Oracle`] |

mod emitted;
mod oracle;

pub use emitted::{Emitted, Folded};
pub use oracle::{Oracle, Zone};
