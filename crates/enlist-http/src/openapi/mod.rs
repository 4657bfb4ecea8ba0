//! The OpenAPI document: what describes every operation, and the statuses that its form makes possible.
//!
//! It is made from the router that serves and from the schemas of the model, so that it describes what is served. It knows no host.
//! Invariant: every operation of the router is in it.

pub(crate) mod description;
mod statuses;
