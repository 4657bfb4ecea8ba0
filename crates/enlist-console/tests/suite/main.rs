//! The console as a browser without scripts meets it.
#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod builder;
mod campaigns;
mod contact;
mod fields;
mod insights;
mod pages;
mod scene;
mod vendored;
