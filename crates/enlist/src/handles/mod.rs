//! The handles: everything that a host holds in its hands, and the only room whose types the public sees as handles.
//!
//! They refer to one another freely (a workspace makes a segment's handle, a segment subscribes). Below them, imports go
//! down the list of rooms only.

pub(crate) mod audience;
pub(crate) mod contact;
pub(crate) mod enlist;
pub(crate) mod import;
pub(crate) mod published;
pub(crate) mod segment;
pub(crate) mod submission;
pub(crate) mod subscription;
pub(crate) mod view;
pub(crate) mod workspace;
