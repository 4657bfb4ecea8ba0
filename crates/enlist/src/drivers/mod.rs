//! The threads of an Enlist that act without a caller: the clock, and the checkpoints of a store.

pub(crate) mod checkpointer;
pub(crate) mod clock_driver;
