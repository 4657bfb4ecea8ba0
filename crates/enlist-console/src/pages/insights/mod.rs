//! Counts over time, entries and exits, overlap.

pub(crate) mod overlap;
pub(crate) mod page;
pub(crate) mod series;
