//! Segments: the list, what uses each, and the builder.

pub(crate) mod builder;
pub(crate) mod form;
pub(crate) mod list;
pub(crate) mod starters;
pub(crate) mod uses;
