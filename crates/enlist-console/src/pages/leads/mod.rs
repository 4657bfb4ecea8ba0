//! The board of leads, and what changes its columns.

pub(crate) mod board;
pub(crate) mod columns;
pub(crate) mod page;
