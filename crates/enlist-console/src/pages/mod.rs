//! The pages.

pub(crate) mod activity;
pub(crate) mod campaigns;
pub(crate) mod contact;
pub(crate) mod contacts;
pub(crate) mod entry;
pub(crate) mod fields;
pub(crate) mod insights;
pub(crate) mod leads;
pub(crate) mod segments;
