//! The pages.

pub(crate) mod activity;
pub(crate) mod board;
pub(crate) mod columns;
pub(crate) mod contact;
pub(crate) mod contacts;
pub(crate) mod contacts_sought;
pub(crate) mod contacts_table;
pub(crate) mod entry;
pub(crate) mod fields;
pub(crate) mod leads;
pub(crate) mod segment;
pub(crate) mod segments;
pub(crate) mod starters;
pub(crate) mod uses;
