//! The only source of random numbers: hash seeds and incarnations, drawn from the operating system.
//!
//! Nothing that a host can observe depends on a drawn number, except that tags of different incarnations differ.

use crate::revision::Incarnation;

/// Draws the incarnation of a workspace that begins.
pub(crate) fn draw_incarnation() -> Incarnation {
    Incarnation::from_bits(draw())
}

/// Draws 64 random bits.
///
/// # Panics
/// If the operating system has no randomness. A predictable seed would let a tenant slow down the host.
pub(crate) fn draw() -> u64 {
    getrandom::u64().expect("the operating system provides randomness")
}
