//! Two counters that are easily confused and must not be: a revision counts states, a sequence counts what was published.

use std::fmt;

use serde::{Serialize, Serializer};

/// A state of a workspace: how many batches (and advances of time, and definitions) had been applied. Read your own writes
/// by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub(crate) u64);

/// A place in all that a workspace publishes: its transitions and notices, from 1. Resume a subscription by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(pub(crate) u64);

macro_rules! counter {
    ($name:ident, $word:literal) => {
        impl $name {
            /// As a plain number, to be kept.
            pub const fn number(self) -> u64 {
                self.0
            }

            /// From a number that was kept.
            pub const fn from_number(number: u64) -> Self {
                $name(number)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, concat!($word, " {}"), self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.serialize_u64(self.0)
            }
        }
    };
}

counter!(Revision, "revision");
counter!(Sequence, "sequence");
