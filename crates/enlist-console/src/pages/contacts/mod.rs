//! Contacts: what is sought of them, and the table.

pub(crate) mod list;
pub(crate) mod sought;
pub(crate) mod table;
