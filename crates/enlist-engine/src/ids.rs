//! Dense numbers for the things that the host names by strings. Each kind of number is its own type, so that one
//! cannot be passed for another.
//!
//! A number is an index into a `Vec` of the room that owns it. Invariant: numbers of contacts, segments and fields rise in
//! order of creation and are never reused, except that of a definition that a panic undid; all others are reused.

macro_rules! number {
    ($(#[$docs:meta])* $name:ident) => {
        $(#[$docs])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub(crate) u32);

        impl $name {
            /// The number of the entry at an index. No room has 2³² entries or more: contacts, of which there could
            /// be more, are limited by `check`.
            pub(crate) fn at(index: usize) -> Self {
                debug_assert!(u32::try_from(index).is_ok(), "a room with more than 2³² entries");
                Self(index as u32)
            }

            pub(crate) fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

number!(
    /// A contact, in order of creation. It is also the contact's position in every bitmap.
    ContactNo
);
number!(
    /// A conversation.
    ConversationNo
);
number!(
    /// A field, built-in or custom, of contacts or of conversations.
    FieldNo
);
number!(
    /// A segment, in order of creation.
    SegmentNo
);
number!(
    /// A distinct condition. It is also the position of the condition's bit among a contact's truth bits.
    ConditionNo
);
number!(
    /// A label.
    LabelNo
);

impl ConditionNo {
    /// How long a list must be that has an entry for each of these numbers.
    pub(crate) fn room(numbers: impl Iterator<Item = ConditionNo>) -> usize {
        numbers.map(|no| no.index() + 1).max().unwrap_or_default()
    }
}

/// A segment's position in the order in which segments are settled and reported: first by rank (one more than the
/// greatest among those it refers to), then by creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct SegmentOrder {
    /// Its rank.
    pub rank: u32,
    /// Its number, in order of creation. An engine never reuses it.
    pub number: u32,
}

impl SegmentOrder {
    /// An order of these numbers, for what was kept outside the engine.
    pub fn of(rank: u32, number: u32) -> Self {
        SegmentOrder { rank, number }
    }

    /// The order of a segment that refers to no other.
    pub(crate) fn first_rank(segment: SegmentNo) -> Self {
        SegmentOrder { rank: 0, number: segment.0 }
    }

    pub(crate) fn no(self) -> SegmentNo {
        SegmentNo(self.number)
    }
}
