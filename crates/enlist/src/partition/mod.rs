//! One partition: an engine, its share of a frame, and the output it produces. A share moves to another thread and back as
//! one value.
//!
//! A partition knows no other partition.

pub(crate) mod execute;
pub(crate) mod output;
