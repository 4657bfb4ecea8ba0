//! Problems: what every request gets that is not answered.
//!
//! What this crate refuses by itself and what Enlist refuses become documents of one form, because a client reads them alike. It
//! knows no operation. Invariant: a problem never has the status 500.

pub(crate) mod details;
pub(crate) mod refusal;
