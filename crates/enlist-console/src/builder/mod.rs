//! The builder of a rule: a draft, the form that carries it, what it says so far, and its rows.

pub(crate) mod draft;
pub(crate) mod form;
pub(crate) mod offer;
pub(crate) mod rows;
