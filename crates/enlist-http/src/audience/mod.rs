//! Audiences: who is in them, where they are kept when they are frozen, and their download.
//!
//! A host in Rust freezes and downloads an audience with the same code as an operation. It knows no request, and not who asks.
//! Invariant: a frozen audience is exact as of the one revision that it names.

mod csv;
pub(crate) mod download;
pub(crate) mod kept;
pub(crate) mod selection;
