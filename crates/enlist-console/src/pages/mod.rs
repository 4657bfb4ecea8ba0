//! The pages.

pub(crate) mod activity;
pub(crate) mod audience;
pub(crate) mod campaign;
mod campaign_form;
pub(crate) mod campaigns;
pub(crate) mod contact;
pub(crate) mod contact_form;
pub(crate) mod contact_found;
pub(crate) mod contacts;
pub(crate) mod entry;
pub(crate) mod explained;
pub(crate) mod field;
pub(crate) mod fields;
pub(crate) mod insights;
pub(crate) mod leads;
pub(crate) mod outlook;
mod overlap;
mod reach;
pub(crate) mod refusals;
pub(crate) mod segment;
pub(crate) mod segment_form;
pub(crate) mod segments;
mod series;
pub(crate) mod value_input;
