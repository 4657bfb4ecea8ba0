//! Sort prefixes: eight bytes that rise with a value, read from where it lies without a copy.
//!
//! The lesser of two values never has the greater prefix, so that most values are ordered by their prefixes alone;
//! texts that begin alike are not. Prefixes know no time zone: that of a date is a moment, not a day. Invariant: no
//! value has the prefix 0, 1 or `u64::MAX`.

use enlist_model::Number;

/// The prefix of an empty value, below all others.
pub(crate) const EMPTY_PREFIX: u64 = 0;

const SIGN: u64 = 1 << 63;

/// The first eight bytes of a text, without the last bit.
pub(crate) fn text_prefix(bytes: &[u8]) -> u64 {
    let first = bytes.first_chunk().copied().unwrap_or_else(|| {
        let mut short = [0; 8];
        short[..bytes.len()].copy_from_slice(bytes);
        short
    });
    (u64::from_be_bytes(first) >> 1) + 2
}

/// The order of a number.
pub(crate) fn number_prefix(number: Number) -> u64 {
    number.order().cast_unsigned() ^ SIGN
}

/// The milliseconds of an instant or, for a calendar date, of its midnight in UTC.
pub(crate) fn moment_prefix(milliseconds: i64) -> u64 {
    milliseconds.cast_unsigned() ^ SIGN
}

/// `false` before `true`.
pub(crate) fn boolean_prefix(value: bool) -> u64 {
    2 + u64::from(value)
}
