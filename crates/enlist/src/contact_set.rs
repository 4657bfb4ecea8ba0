//! A set of contacts of one workspace: a roaring bitmap of contact numbers for each partition.
//!
//! It holds no ids; a view or an audience looks them up. While the set lives, the engines keep the ids of its deleted contacts,
//! so every contact of a set can be named. A set from before a restart names the contacts that were deleted by then itself. Invariant: a set is read only in the incarnation of the workspace that made it.

use std::sync::Arc;

use enlist_engine::RetainedIds;
use enlist_model::ContactId;
use roaring::RoaringBitmap;

use crate::revision::Incarnation;

/// Contacts that have no number, because they were deleted before the process began: their creation numbers, rising, and their ids.
pub(crate) type Unnumbered = Arc<[(u64, ContactId)]>;

/// Contacts of one workspace, by their numbers in its partitions.
///
/// Cheap to clone. [`View::contact_ids`](crate::View::contact_ids) names the contacts, including deleted ones.
#[derive(Clone, Debug)]
pub struct ContactSet {
    pub(crate) incarnation: Incarnation,
    pub(crate) parts: Arc<[RoaringBitmap]>,
    /// Keeps the ids of deleted contacts; empty if none can have been deleted.
    pub(crate) names: Arc<[RetainedIds]>,
    pub(crate) unnumbered: Unnumbered,
}

impl PartialEq for ContactSet {
    fn eq(&self, other: &Self) -> bool {
        self.incarnation == other.incarnation
            && self.parts == other.parts
            && self.unnumbered == other.unnumbered
    }
}

impl ContactSet {
    pub(crate) fn new(
        incarnation: Incarnation,
        parts: impl Into<Arc<[RoaringBitmap]>>,
        names: Arc<[RetainedIds]>,
    ) -> Self {
        ContactSet { incarnation, parts: parts.into(), names, unnumbered: Unnumbered::default() }
    }

    /// The same contacts, and others that have no number.
    pub(crate) fn with_unnumbered(self, unnumbered: &Unnumbered) -> Self {
        ContactSet { unnumbered: Arc::clone(unnumbered), ..self }
    }

    /// How many contacts it holds.
    pub fn len(&self) -> u64 {
        self.parts.iter().map(RoaringBitmap::len).sum::<u64>() + self.unnumbered.len() as u64
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(RoaringBitmap::is_empty) && self.unnumbered.is_empty()
    }

    /// Combines two sets partition by partition. Missing parts count as empty.
    pub(crate) fn pairwise(
        &self,
        other: &Self,
        combine: impl Fn(&RoaringBitmap, &RoaringBitmap) -> RoaringBitmap,
    ) -> Self {
        let none = RoaringBitmap::new();
        let count = self.parts.len().max(other.parts.len());
        let parts = (0..count).map(|index| {
            let part = |set: &'_ Self| set.parts.get(index).unwrap_or(&none).clone();
            combine(&part(self), &part(other))
        });
        ContactSet { parts: parts.collect(), ..self.clone() }
    }
}
