//! The pages.

pub(crate) mod activity;
pub(crate) mod contact;
pub(crate) mod contacts;
pub(crate) mod entry;
pub(crate) mod fields;
pub(crate) mod leads;
pub(crate) mod segment;
pub(crate) mod segment_form;
pub(crate) mod segments;
