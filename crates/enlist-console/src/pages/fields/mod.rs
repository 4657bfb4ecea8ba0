//! Fields: the list, and one field to be edited.

pub(crate) mod field;
pub(crate) mod list;
