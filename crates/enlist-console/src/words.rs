//! Keys and operators as people read them.
//!
//! It decides nothing. Invariant: different operators have different words.

use enlist::model::{Operator, Scope};

/// An operator: its name with blanks.
pub(crate) fn operator(operator: Operator) -> String {
    operator.name().replace('_', " ")
}

/// A field's key as words: "Last activity" for `last_activity_at`, "Priority" for `conversation.priority`.
pub(crate) fn field(key: &str) -> String {
    let own = key.strip_prefix("conversation.").unwrap_or(key);
    let own = own.strip_suffix("_at").or_else(|| own.strip_suffix("_on")).unwrap_or(own).replace('_', " ");
    let mut letters = own.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The group of a field in a list.
pub(crate) fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Contact => "Contact",
        Scope::Conversation => "Any conversation",
    }
}

/// A number with commas between thousands.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// One of eight hues of a segment, by its id: the same on a chip, a column, and a line.
pub(crate) fn hue(segment: &str) -> String {
    // FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/
    let hash = segment
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("hue-{}", hash % 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_numbers_are_shown_as_words() {
        assert_eq!(field("last_activity_at"), "Last activity");
        assert_eq!(field("conversation.priority"), "Priority");
        assert_eq!(field("at"), "At");
        assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
    }
}
