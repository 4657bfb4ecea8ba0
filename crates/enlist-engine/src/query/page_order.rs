//! Orders of members: by arrival, or by a field.
//!
//! It knows neither pages nor positions. Invariant: equal orders have equal fingerprints; those of others
//! differ, but for a chance of one in 2^64.

use crate::query::fingerprint::Fingerprint;

/// The order of members.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageOrder {
    /// By creation; the latest first if `descending`.
    Arrival {
        /// Whether the latest comes first.
        descending: bool,
    },
    /// By a contact's field with a single value: texts and phones by their keys, dates by their days (on one day,
    /// calendar dates before instants), `false` before `true`, options by their bytes. Ties are by creation, and
    /// empty values come last, in either direction.
    Field {
        /// Its key.
        field: String,
        /// Whether the greatest comes first.
        descending: bool,
    },
}

impl PageOrder {
    pub(super) fn is_descending(&self) -> bool {
        let (PageOrder::Arrival { descending } | PageOrder::Field { descending, .. }) = self;
        *descending
    }

    /// What positions of this order are recognized by.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        let direction = if self.is_descending() { "-" } else { "+" };
        match self {
            PageOrder::Arrival { .. } => Fingerprint::of(&[direction, "arrival"]),
            PageOrder::Field { field, .. } => Fingerprint::of(&[direction, ".", field]),
        }
    }
}
