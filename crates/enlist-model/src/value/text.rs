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

/// A digest of how single characters are compared: which are blank, and the keys of the others. Another version of Unicode that
/// compares texts otherwise has another digest. Takes some tens of milliseconds, so ask once.
///
/// Not all characters are asked: ideographs, Hangul, private use and most historic scripts have no case, and Unicode promises not to
/// change how characters compose that it has.
pub fn text_digest() -> u64 {
    const ASKED: [std::ops::RangeInclusive<char>; 4] =
        ['\0'..='\u{33ff}', '\u{a000}'..='\u{abff}', '\u{f900}'..='\u{12fff}', '\u{16000}'..='\u{1ffff}'];
    let mut digest = FNV_BASIS;
    let mut buffer = [0; 4];
    for character in ASKED.into_iter().flatten() {
        let text = &*character.encode_utf8(&mut buffer);
        let key = if character.is_whitespace() { Cow::Borrowed("") } else { folded(text) };
        if key != text {
            let bytes = u32::from(character).to_le_bytes();
            digest = bytes.iter().chain(key.as_bytes()).copied().fold(digest, fnv);
        }
    }
    digest
}

const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// A step of FNV-1a.
fn fnv(digest: u64, byte: u8) -> u64 {
    (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

/// NFC, full default case folding, NFC again; borrowed if the text is its own key.
pub(super) fn folded(text: &str) -> Cow<'_, str> {
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
    fn the_digest_of_all_characters_is_the_same_each_time() {
        assert_ne!(text_digest(), FNV_BASIS);
        assert_eq!(text_digest(), text_digest());
    }

    #[test]
    fn blanks_of_every_script_are_trimmed() {
        assert_eq!(key("\u{3000}a b\u{2003}"), "a b");
        assert_eq!(TextKey::of("\u{a0}\u{2028}\t"), None);
    }
}
