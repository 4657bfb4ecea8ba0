//! The hash map for keys that are text from a host or a tenant.
//!
//! Its hasher is SipHash-1-3 with keys drawn at random for each process, so that a tenant cannot construct ids or labels that
//! collide. Invariant: nothing that a host can observe depends on its iteration order.

use std::hash::RandomState;

/// A map with text keys.
pub(crate) type TextMap<K, V> = hashbrown::HashMap<K, V, RandomState>;
