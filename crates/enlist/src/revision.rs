//! Tags of a workspace's state: which life of the workspace ([`Incarnation`]), which state ([`Revision`]), and which published
//! item ([`Sequence`]).
//!
//! A revision counts states, a sequence counts published items; they are different types because they are easily confused.
//! Both carry the incarnation, so that a tag from before a restart is recognized and never mistaken for a later one.
//! Invariant: within one incarnation tags only grow; tags of different incarnations are never equal and have no order.

use std::cmp::Ordering;
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

/// One life of a workspace, drawn at random when the workspace is created, restored or imported.
///
/// A workspace in memory gets a new incarnation each time its process starts. It is shown as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Incarnation(u64);

impl Incarnation {
    pub(crate) const fn from_bits(bits: u64) -> Self {
        Incarnation(bits)
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Incarnation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}

impl FromStr for Incarnation {
    type Err = TagError;

    fn from_str(text: &str) -> Result<Self, TagError> {
        let read = u64::from_str_radix(text, 16).ok().map(Incarnation);
        // Exactly as it is written: `u64` would also read a sign and fewer digits.
        let exact = read.filter(|incarnation| incarnation.to_string() == text);
        exact.ok_or_else(|| TagError { found: text.to_owned() })
    }
}

/// A text that is no [`Incarnation`], [`Revision`] or [`Sequence`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found:?} is not a tag; accepted: 16 hexadecimal digits, and in a revision or sequence a hyphen and a number, such as \
     `00c0ffee00c0ffee-42`"
)]
#[non_exhaustive]
pub struct TagError {
    /// The text that was given.
    pub found: String,
}

impl TagError {
    /// What kind of error it is: `invalid_tag`.
    pub fn code(&self) -> &'static str {
        "invalid_tag"
    }
}

macro_rules! tag {
    ($(#[$docs:meta])* $name:ident) => {
        $(#[$docs])*
        ///
        /// It is written `<incarnation>-<number>`; [`Display`](fmt::Display), [`FromStr`] and serde use that form. Tags of one
        /// incarnation are ordered by number; tags of different incarnations have no order.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $name {
            incarnation: Incarnation,
            number: u64,
        }

        impl $name {
            /// A tag from its parts, as a host may have stored them.
            pub const fn new(incarnation: Incarnation, number: u64) -> Self {
                $name { incarnation, number }
            }

            /// The life of the workspace that it belongs to.
            pub const fn incarnation(self) -> Incarnation {
                self.incarnation
            }

            /// Its number within that life.
            pub const fn number(self) -> u64 {
                self.number
            }

            /// The tag after it.
            #[must_use]
            pub const fn next(self) -> Self {
                self.plus(1)
            }

            /// The tag `count` places later.
            pub(crate) const fn plus(self, count: u64) -> Self {
                $name { number: self.number + count, ..self }
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                (self.incarnation == other.incarnation).then(|| self.number.cmp(&other.number))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{}-{}", self.incarnation, self.number)
            }
        }

        impl FromStr for $name {
            type Err = TagError;

            fn from_str(text: &str) -> Result<Self, TagError> {
                let (incarnation, number) = parse(text).ok_or_else(|| TagError { found: text.to_owned() })?;
                Ok($name { incarnation, number })
            }
        }
    };
}

tag!(
    /// A state of a workspace: the number of frames (batches, advances of time, definitions) that led to it. Use it to read
    /// your own writes.
    Revision
);
tag!(
    /// A published item of a workspace: its transitions and notices, counted from 1. Use it to resume a subscription.
    Sequence
);

/// Reads `<incarnation>-<number>`, exactly as it is written: lower-case digits, no sign, no leading zeros in the number.
fn parse(text: &str) -> Option<(Incarnation, u64)> {
    let (incarnation, number) = text.split_once('-')?;
    let bits = u64::from_str_radix(incarnation, 16).ok()?;
    let number: Result<u64, ParseIntError> = number.parse();
    let (incarnation, number) = (Incarnation(bits), number.ok()?);
    (format!("{incarnation}-{number}") == text).then_some((incarnation, number))
}
