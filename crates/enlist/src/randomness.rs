//! The only source of random numbers: hash seeds, incarnations, and keys and nonces of cursors, drawn from the operating
//! system.
//!
//! Nothing that a host can observe depends on a drawn number, except that tags of different incarnations differ and that
//! the text of a cursor is another each time.

/// Draws 64 random bits.
///
/// # Panics
/// If the operating system has no randomness. A predictable seed would let a tenant slow down the host.
pub(crate) fn draw() -> u64 {
    u64::from_ne_bytes(draw_bytes())
}

/// Draws random bytes.
///
/// # Panics
/// If the operating system has no randomness. A predictable key would let anybody read cursors.
pub(crate) fn draw_bytes<const COUNT: usize>() -> [u8; COUNT] {
    let mut bytes = [0; COUNT];
    getrandom::fill(&mut bytes).expect("the operating system provides randomness");
    bytes
}
