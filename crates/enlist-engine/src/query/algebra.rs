//! Set algebra of segments: and, or, minus; with counts.

use enlist_model::SegmentId;
use roaring::RoaringBitmap;

use crate::engine::Engine;
use crate::error::Error;

/// Segments combined: `SegmentSet::of("vip").and("open").minus("churned")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentSet {
    first: String,
    /// Applied from left to right.
    steps: Vec<(Operation, SegmentSet)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    And,
    Or,
    Minus,
}

impl SegmentSet {
    /// The members of one segment.
    pub fn of(segment: &str) -> Self {
        SegmentSet { first: segment.to_owned(), steps: Vec::new() }
    }

    /// Keeps those that are in the other set too.
    #[must_use]
    pub fn and(self, other: impl Into<SegmentSet>) -> Self {
        self.step(Operation::And, other.into())
    }

    /// Adds those that are in the other set.
    #[must_use]
    pub fn or(self, other: impl Into<SegmentSet>) -> Self {
        self.step(Operation::Or, other.into())
    }

    /// Removes those that are in the other set.
    #[must_use]
    pub fn minus(self, other: impl Into<SegmentSet>) -> Self {
        self.step(Operation::Minus, other.into())
    }

    fn step(mut self, operation: Operation, other: SegmentSet) -> Self {
        self.steps.push((operation, other));
        self
    }
}

impl From<&str> for SegmentSet {
    fn from(segment: &str) -> Self {
        SegmentSet::of(segment)
    }
}

impl From<&String> for SegmentSet {
    fn from(segment: &String) -> Self {
        SegmentSet::of(segment)
    }
}

impl From<&SegmentId> for SegmentSet {
    fn from(segment: &SegmentId) -> Self {
        SegmentSet::of(segment.as_str())
    }
}

impl Engine {
    /// The contacts of a combination of segments, as numbers; see [`contact_ids`](Self::contact_ids).
    ///
    /// # Errors
    /// [`Error::UnknownSegment`].
    pub fn select(&self, set: &SegmentSet) -> Result<RoaringBitmap, Error> {
        let mut selected = self.bitmap(&set.first)?;
        for (operation, other) in &set.steps {
            let other = self.select(other)?;
            match operation {
                Operation::And => selected &= other,
                Operation::Or => selected |= other,
                Operation::Minus => selected -= other,
            }
        }
        Ok(selected)
    }

    /// The number of contacts in a combination of segments.
    ///
    /// # Errors
    /// [`Error::UnknownSegment`].
    pub fn select_count(&self, set: &SegmentSet) -> Result<u64, Error> {
        Ok(self.select(set)?.len())
    }
}
