//! Campaigns: whom each is for, how many that are, and the audiences that were frozen from it.

pub(crate) mod audience;
pub(crate) mod campaign;
pub(crate) mod form;
pub(crate) mod list;
pub(crate) mod reach;
