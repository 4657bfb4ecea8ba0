//! The inbox of a workspace: commands that wait to be executed, and the way back to the caller.
//!
//! It knows nothing of how a command is executed.

pub(crate) mod coalesce;
pub(crate) mod command;
pub(crate) mod queue;
pub(crate) mod ticket;
