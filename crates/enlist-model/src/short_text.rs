//! Strings that are mostly short: options, spellings of labels, operands.
//!
//! A contact holds many of them, so up to 24 bytes (12 on a 32-bit machine) are kept in place, without an allocation. It does not know what a text
//! means. Its accessors are inlined into the engine, which compares texts for every event. Invariant: it compares and hashes as its `str` does, so that maps can be asked with a `&str`.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use compact_str::CompactString;

/// An owned string of which up to 24 bytes take no allocation. It is a `str` in every other respect.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShortText(CompactString);

impl ShortText {
    /// The string.
    #[inline]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for ShortText {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for ShortText {
    #[inline]
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ShortText {
    #[inline]
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for ShortText {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for ShortText {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<ShortText> for str {
    fn eq(&self, other: &ShortText) -> bool {
        self == other.as_str()
    }
}

impl From<&str> for ShortText {
    fn from(text: &str) -> Self {
        ShortText(text.into())
    }
}

impl From<&String> for ShortText {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for ShortText {
    fn from(text: String) -> Self {
        ShortText(text.into())
    }
}

impl From<ShortText> for String {
    fn from(text: ShortText) -> Self {
        text.0.into()
    }
}

impl FromIterator<char> for ShortText {
    fn from_iter<I: IntoIterator<Item = char>>(characters: I) -> Self {
        ShortText(characters.into_iter().collect())
    }
}

impl fmt::Display for ShortText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for ShortText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), out)
    }
}
