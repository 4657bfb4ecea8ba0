//! The memory of the process, as the operating system counts it.

use crate::failure::Failure;

/// The resident bytes of this process.
///
/// # Errors
/// [`Failure::Memory`] if there is no `/proc/self/statm`, which exists on Linux only.
pub fn resident_bytes() -> Result<u64, Failure> {
    const PAGE_BYTES: u64 = 4_096;
    let sizes = std::fs::read_to_string("/proc/self/statm").map_err(|_| Failure::Memory)?;
    let pages = sizes.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    Ok(pages.ok_or(Failure::Memory)? * PAGE_BYTES)
}
