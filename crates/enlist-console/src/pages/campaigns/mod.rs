//! Campaigns: who is in each, how many they are, and the audiences that were frozen from it.

pub(crate) mod audience;
pub(crate) mod campaign;
pub(crate) mod form;
pub(crate) mod list;
pub(crate) mod reach;
