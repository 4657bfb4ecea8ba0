//! Requests: the head and the body, read before an operation decides anything.
//!
//! An operation names in its signature what it reads, so that all operations refuse the same mistakes alike. It knows no operation.
//! Invariant: no body is read before the host has allowed the request.

pub(crate) mod document;
pub(crate) mod head;
