//! Threads, locks and clocks. Nothing here knows engines or events.

pub(crate) mod clock;
pub(crate) mod pauses;
pub(crate) mod pool;
pub(crate) mod sync;
pub(crate) mod worker_thread;
