//! Tests of the router: each operation, each status, nested under a prefix, without a server.
#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod agreement;
mod audiences;
mod authorisation;
mod conformance;
mod contacts;
mod documents;
mod events;
mod fields;
mod folding;
mod guide;
mod hostile;
mod openapi;
mod provoked;
mod right_requests;
mod rules;
mod scene;
mod segments;
mod sets;
mod stream;
mod twice;
mod unread;
mod workspaces;
