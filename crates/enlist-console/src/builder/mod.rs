//! The builder of a rule: a draft, the form that carries it, what is found out about it, its rows, and rules to begin from.

pub(crate) mod draft;
pub(crate) mod finding;
pub(crate) mod form;
pub(crate) mod offer;
pub(crate) mod rows;
pub(crate) mod starters;
