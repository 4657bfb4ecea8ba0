//! A CRM in small. SQLite holds contacts and segments; Enlist holds who is in which segment; HTTP is in front of both.
//!
//! The database is the authority: Enlist is loaded from it at start, and follows it afterwards.

mod api;
mod crm;

pub use api::{Problem, router};
pub use crm::{Contact, Crm};
