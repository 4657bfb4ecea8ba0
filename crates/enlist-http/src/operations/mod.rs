//! The operations, by noun: each is one function from a request to an answer or a problem.
//!
//! They hold only what HTTP adds, and ask Enlist for everything else. They know no path, but in what documents them. Invariant: an
//! operation names the action that it needs; only `health` needs none.

pub(crate) mod audiences;
pub(crate) mod contacts;
pub(crate) mod events;
pub(crate) mod fields;
pub(crate) mod health;
pub(crate) mod rules;
pub(crate) mod segments;
pub(crate) mod sets;
pub(crate) mod stream;
pub(crate) mod workspaces;
