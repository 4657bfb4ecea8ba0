//! The handles: the types through which a host uses Enlist. Hosts get handles from this module only.
//!
//! Handles import each other freely (a workspace makes a segment's handle, a segment subscribes). All other modules import in
//! one direction only.

pub(crate) mod audience;
pub(crate) mod consumer;
pub(crate) mod contact;
pub(crate) mod enlist;
pub(crate) mod enlist_builder;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod maintenance;
pub(crate) mod opening;
pub(crate) mod page;
pub(crate) mod published;
pub(crate) mod scanning;
pub(crate) mod segment;
pub(crate) mod selection;
pub(crate) mod stored;
pub(crate) mod submission;
pub(crate) mod subscription;
pub(crate) mod unsaved_rule;
pub(crate) mod verification;
pub(crate) mod view;
pub(crate) mod workspace;
