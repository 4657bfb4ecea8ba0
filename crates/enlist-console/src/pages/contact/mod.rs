//! A contact: its values to be edited, its segments with why, its entries and exits.

pub(crate) mod explained;
pub(crate) mod form;
pub(crate) mod found;
pub(crate) mod outlook;
pub(crate) mod page;
pub(crate) mod refusals;
pub(crate) mod value_input;
