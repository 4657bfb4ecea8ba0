//! The key by which texts and labels are compared: trimmed, NFC, full default case folding, NFC again.
//!
//! Two texts are equal if their keys are equal byte by byte; accents stay distinct. It does not know fields.
//! Invariant: a [`TextKey`] is not empty and is its own key.
//!
//! Sources: the Unicode Standard, section 3.13 (default case folding) and UAX #15 (normalization forms).

use std::borrow::{Borrow, Cow};

use compact_str::CompactString;
use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizerBorrowed;

/// The key by which a text is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextKey(CompactString);

impl TextKey {
    /// The key of a text; `None` if the text is blank.
    pub fn of(text: &str) -> Option<Self> {
        let trimmed = text.trim();
        (!trimmed.is_empty()).then(|| TextKey(folded(trimmed).into()))
    }

    /// The key as a string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for TextKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// NFC, full default case folding, NFC again; borrowed if the text is its own key.
fn folded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    let normalizer = const { ComposingNormalizerBorrowed::new_nfc() };
    let composed = normalizer.normalize(text);
    let folded = CaseMapper::new().fold_string(&composed);
    Cow::Owned(normalizer.normalize(&folded).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> String {
        TextKey::of(text).unwrap().as_str().to_owned()
    }

    #[test]
    fn case_is_folded_in_full() {
        assert_eq!(key(" STRASSE "), key("Straße"));
        assert_eq!(key("ΟΔΥΣΣΕΎΣ"), key("οδυσσεύς"));
        assert_eq!(key("ﬃ"), "ffi");
    }

    #[test]
    fn composed_and_decomposed_are_one_and_accents_are_distinct() {
        assert_eq!(key("Jose\u{301}"), key("JOSÉ"));
        assert_ne!(key("Jose"), key("José"));
    }

    #[test]
    fn blanks_of_every_script_are_trimmed() {
        assert_eq!(key("\u{3000}a b\u{2003}"), "a b");
        assert_eq!(TextKey::of("\u{a0}\u{2028}\t"), None);
    }
}
