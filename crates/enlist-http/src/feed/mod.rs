//! The feed: what a workspace publishes, as values and as the text that its streams send.
//!
//! All streams of a workspace share one subscription, so that the text of an item is made once. It knows no request. Invariant: a
//! stream that misses items learns how many.

pub(crate) mod published;
pub(crate) mod subscription;
