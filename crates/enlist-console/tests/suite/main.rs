//! The console as a browser without scripts meets it.
#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod activity;
mod builder;
mod campaigns;
mod contact;
mod contacts;
mod fields;
mod insights;
mod leads;
mod pages;
mod scene;
mod segments;
mod vendored;
