//! The pages.

pub(crate) mod activity;
pub(crate) mod audience;
pub(crate) mod campaign;
mod campaign_form;
pub(crate) mod campaigns;
pub(crate) mod contact;
pub(crate) mod contacts;
pub(crate) mod entry;
pub(crate) mod fields;
pub(crate) mod insights;
pub(crate) mod leads;
mod overlap;
mod reach;
pub(crate) mod segment;
pub(crate) mod segments;
mod series;
