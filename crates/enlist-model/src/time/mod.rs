//! Time as fields hold it: instants, days, and dates, which are either.
//!
//! It knows no clock and no time zone; the engine turns instants into local days.

pub(crate) mod date;
pub(crate) mod date_problem;
pub(crate) mod day;
pub(crate) mod instant;
