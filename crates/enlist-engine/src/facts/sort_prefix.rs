//! Prefixes: eight bytes that rise with a value, read from where it lies without a copy.
//!
//! Of two values the lesser never has the greater prefix, so that most are told apart by their prefixes; texts that begin
//! alike are not. They know no time zone: a date's prefix is a moment, not its day. What always holds: no value's prefix is 0,
//! 1 or the greatest there is.

use enlist_model::Number;

/// The prefix of emptiness, which is before all values.
pub(crate) const EMPTY_PREFIX: u64 = 0;

const SIGN: u64 = 1 << 63;

/// Of a text its first bytes, but for their last bit.
pub(crate) fn text_prefix(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let first = bytes.first_chunk().copied().unwrap_or_else(|| {
        let mut short = [0; 8];
        short[..bytes.len()].copy_from_slice(bytes);
        short
    });
    (u64::from_be_bytes(first) >> 1) + 2
}

/// Of a number its order.
pub(crate) fn number_prefix(number: Number) -> u64 {
    number.order().cast_unsigned() ^ SIGN
}

/// Of an instant its milliseconds; of a calendar date those of its midnight in UTC.
pub(crate) fn moment_prefix(milliseconds: i64) -> u64 {
    milliseconds.cast_unsigned() ^ SIGN
}

/// Of a boolean whether it is true.
pub(crate) fn boolean_prefix(value: bool) -> u64 {
    2 + u64::from(value)
}
