//! Enlist over HTTP: a router that a host nests under any prefix, and its OpenAPI document.
//!
//! ```
//! use enlist::Enlist;
//! use enlist_http::{Action, Api, Asked, Decision};
//!
//! let enlist = Enlist::new()?;
//! enlist.create_workspace("acme")?;
//!
//! // Who may do what is the host's to say; without this, every request is refused.
//! let api = Api::new(enlist).authorise(|asked: Asked| async move {
//!     match (asked.action, asked.headers.get("authorization")) {
//!         (Action::Administer, _) => Decision::Refuse,
//!         (_, Some(key)) if key == "Bearer of-acme" && asked.workspace.as_deref() == Some("acme") => Decision::Allow,
//!         _ => Decision::AskWho,
//!     }
//! });
//! let app: axum::Router = axum::Router::new().nest("/segments-api", api.router());
//! # let _ = app;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | to | see |
//! |---|---|
//! | nest it | [`Api::router`] |
//! | say who may do what | [`Api::authorise`], [`Asked`], [`Action`] |
//! | read its contract | [`openapi`], or `/v1/openapi.json` |
//! | freeze and download an audience as it does | [`Selection`], [`download`] |
//!
//! A refusal is an `application/problem+json` document (RFC 9457) whose `code` never changes. Ids are the caller's, and each write is
//! PUT, PATCH, DELETE or an event, so sending it twice does what sending it once does. The pages of the
//! [project](https://docs.rs/enlist) say what segments, rules and events are.

// With this lint, a new variant does not compile until every match handles it.
#![warn(clippy::wildcard_enum_match_arm)]

mod access;
mod answer;
mod api;
mod audience;
mod authorisation;
mod blocking;
mod feed;
mod openapi;
mod operations;
mod problem;
mod request;
mod router;
mod rule_places;
mod shared;

pub use access::Access;
pub use api::Api;
pub use audience::download::{DownloadForm, download};
pub use audience::kept::{Audiences, Kept};
pub use audience::selection::Selection;
pub use authorisation::{Action, Asked, Authorise, Decision};
pub use openapi::description::openapi;
pub use rule_places::{Meaning, meanings};

/// The package's README is compiled and run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
