//! A text as it was given and the key by which it is compared, in one short string.
//!
//! Contacts hold many texts. Most keys differ from their text only in the case of letters, so the key is kept with one bit for each byte,
//! and most texts take no allocation. It does not know how a key is made. Invariant: the same text and key are always kept alike, so texts
//! are equal if what is kept is.

use std::borrow::Cow;
use std::fmt;

use compact_str::CompactString;

use crate::value::text::folded;

/// A string as given, and the key by which it is compared.
///
/// What is kept: the key, what the string differs in, and a last character that says how that is written.
#[derive(Clone, PartialEq, Eq)]
pub struct Text(CompactString);

/// The last character: the string is its own key.
const SAME: u8 = 0;
/// The last character: the string is the key with other ASCII letters in upper case. A character before it has the bits of seven bytes.
const CASE: u8 = 1;
/// The last character: the string is what comes after the key. The length of the key comes before it.
const APART: u8 = 2;

/// How many bits a character has that takes one byte.
const BITS: usize = 7;
/// How many characters a length takes.
const LENGTH_CHARACTERS: usize = 5;

impl Text {
    /// A text; `None` if it is blank.
    pub(super) fn of_text(given: &str) -> Option<Self> {
        let trimmed = given.trim();
        if trimmed.is_empty() {
            return None;
        }
        // Most texts, which need no string for their key.
        if given.is_ascii() && given.len() == trimmed.len() {
            return Some(if given.bytes().any(|byte| byte.is_ascii_uppercase()) {
                let mut packed = Self::with_room(given.len(), given.len().div_ceil(BITS));
                packed.push_str(given);
                packed.make_ascii_lowercase();
                Self::with_marks(packed, given)
            } else {
                Self::same(given)
            });
        }
        Some(Text::keyed(given, &folded(trimmed)))
    }

    /// A text with its key.
    pub(super) fn keyed(given: &str, key: &str) -> Self {
        if given == key {
            return Self::same(key);
        }
        // Then the bytes of all letters are in the same places.
        if given.eq_ignore_ascii_case(key) {
            let mut packed = Self::with_room(key.len(), key.len().div_ceil(BITS));
            packed.push_str(key);
            return Self::with_marks(packed, given);
        }
        let mut packed = Self::with_room(key.len(), given.len() + LENGTH_CHARACTERS);
        packed.push_str(key);
        packed.push_str(given);
        let digits = (0..LENGTH_CHARACTERS).map(|place| (key.len() >> (place * BITS)) as u8 & LOW_BITS);
        packed.extend(digits.map(char::from));
        packed.push(char::from(APART));
        Text(packed)
    }

    /// Room for a key, and what comes after it but for the last character.
    fn with_room(key: usize, rest: usize) -> CompactString {
        CompactString::with_capacity(key + rest + 1)
    }

    fn same(key: &str) -> Self {
        let mut packed = Self::with_room(key.len(), 0);
        packed.push_str(key);
        packed.push(char::from(SAME));
        Text(packed)
    }

    /// Adds to a key which of its bytes are letters in upper case.
    fn with_marks(mut key: CompactString, given: &str) -> Self {
        // Several characters are added at once, because adding one takes long.
        const ROOM: usize = 16;
        let mut parts = given.as_bytes().chunks(ROOM * BITS).peekable();
        while let Some(part) = parts.next() {
            let mut marks = [0; ROOM + 1];
            let mut length = 0;
            for (mark, bytes) in marks.iter_mut().zip(part.chunks(BITS)) {
                let more = |mark, byte: &u8| mark << 1 | u8::from(byte.is_ascii_uppercase());
                *mark = bytes.iter().rev().fold(0, more);
                length += 1;
            }
            if parts.peek().is_none() {
                marks[length] = CASE;
                length += 1;
            }
            key.push_str(std::str::from_utf8(&marks[..length]).expect("characters of one byte"));
        }
        Text(key)
    }

    /// The string as the host gave it.
    pub fn given(&self) -> Cow<'_, str> {
        let (key, rest) = self.0.split_at(key_bytes(self.0.as_bytes()));
        match rest.as_bytes().split_last() {
            Some((&CASE, marks)) => {
                let is_upper = |place: usize| marks[place / BITS] >> (place % BITS) & 1 == 1;
                let shown = |(place, letter): (usize, char)| {
                    if is_upper(place) { letter.to_ascii_uppercase() } else { letter }
                };
                Cow::Owned(key.char_indices().map(shown).collect())
            }
            Some((&APART, _)) => Cow::Borrowed(&rest[..rest.len() - LENGTH_CHARACTERS - 1]),
            _ => Cow::Borrowed(key),
        }
    }

    /// How long the string is that the host gave.
    pub fn given_bytes(&self) -> usize {
        let packed = self.0.as_bytes();
        let key = key_bytes(packed);
        if packed.last() == Some(&APART) { packed.len() - key - LENGTH_CHARACTERS - 1 } else { key }
    }

    /// The key by which it is compared: a text's key, a phone's digits.
    #[inline]
    pub fn key(&self) -> &str {
        let packed = self.0.as_str();
        &packed[..key_bytes(packed.as_bytes())]
    }

    /// The bytes of the key.
    #[inline]
    pub fn key_bytes(&self) -> &[u8] {
        let packed = self.0.as_bytes();
        &packed[..key_bytes(packed)]
    }

    /// How many bytes are kept of it. Up to 24 take no allocation.
    pub fn packed_bytes(&self) -> usize {
        self.0.len()
    }
}

/// How long the key is in what is kept.
#[inline]
fn key_bytes(packed: &[u8]) -> usize {
    let Some((last, before)) = packed.split_last() else { return 0 };
    if *last >= APART {
        return written_length(before);
    }
    // For each seven bytes of a key in another case there is one character, also for the last few. It is subtracted without a branch,
    // which the processor could not predict.
    before.len() - before.len().div_ceil(BITS + 1) * usize::from(*last)
}

/// The length at the end of some bytes.
#[cold]
fn written_length(bytes: &[u8]) -> usize {
    let digits = bytes.last_chunk::<LENGTH_CHARACTERS>().into_iter().flatten().rev();
    digits.fold(0, |length, digit| length << BITS | usize::from(*digit))
}

const LOW_BITS: u8 = (1 << BITS) - 1;

impl fmt::Debug for Text {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", self.given())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::phone_digits;
    use crate::value::text::TextKey;

    fn has(text: &Text, given: &str, key: &str) {
        assert_eq!((&*text.given(), text.key(), text.given_bytes()), (given, key, given.len()));
    }

    #[test]
    fn a_text_and_its_key_are_read_as_they_were_written_however_they_are_kept() {
        for given in [
            "ada",
            "Ada",
            "Ada Lovelace ",
            "Émile",
            "São Paulo",
            "STRASSE",
            "Straße",
            "ﬃ",
            "\0",
            "A\u{1}",
            "\u{2}",
        ] {
            has(&Text::of_text(given).unwrap(), given, TextKey::of(given).unwrap().as_str());
        }
        for length in 1..200 {
            let given: String = "aBcDEfg".chars().cycle().take(length).collect();
            has(&Text::of_text(&given).unwrap(), &given, &given.to_lowercase());
        }
        let long = " A".repeat(8_192);
        has(&Text::of_text(&long).unwrap(), &long, long.to_lowercase().trim());
        has(&Text::keyed("+1 (415)", &phone_digits("+1 (415)")), "+1 (415)", "1415");
    }

    #[test]
    fn a_name_in_ascii_is_kept_in_place() {
        for name in ["Ada Lovelace", "Lisbon Bakery GmbH", "ada.lovelace@gmail.com", "São Paulo North"] {
            assert!(Text::of_text(name).unwrap().packed_bytes() <= 24, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_it_was_written(given in any::<String>(), other in any::<String>()) {
            let (one, two) = (Text::of_text(&given), Text::of_text(&other));
            prop_assert_eq!(one.as_ref().map(|text| text.given().into_owned()), TextKey::of(&given).map(|_| given.clone()));
            prop_assert_eq!(one.as_ref().map(|text| text.key().to_owned()), TextKey::of(&given).map(|key| key.as_str().to_owned()));
            prop_assert_eq!(one == two, given == other || one.is_none() && two.is_none());
        }
    }
}
