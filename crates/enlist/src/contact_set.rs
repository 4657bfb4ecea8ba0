//! A set of contacts of one workspace: a roaring bitmap of contact numbers for each partition.
//!
//! It holds no ids; a view or an audience looks them up. While the set lives, the engines keep the ids of its deleted contacts,
//! so every contact of a set can be named. A set from before a restart names the contacts that were deleted by then itself. Invariant: a set is read only in the incarnation of the workspace that made it.

use std::collections::BTreeMap;
use std::sync::Arc;

use enlist_engine::RetainedIds;
use enlist_model::ContactId;
use roaring::RoaringBitmap;

use crate::revision::Incarnation;

/// Contacts that have no number, because they were deleted before the process began: their creation numbers, rising, and their ids.
pub(crate) type Unnumbered = Arc<[(u64, ContactId)]>;

/// Contacts of one workspace, by their numbers in its partitions.
///
/// Cheap to clone. [`View::page_of`](crate::View::page_of) gives a page of the contacts that exist;
/// [`View::contact_ids`](crate::View::contact_ids) names all of them, including deleted ones.
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

    /// The contacts that are in both sets.
    ///
    /// A set of another workspace, or of an earlier incarnation of this one, shares no contact with this one: here and in
    /// [`or`](Self::or) and [`minus`](Self::minus) it counts as empty. A contact that was deleted and saved again is another
    /// contact; [`Audience`](crate::Audience)s compare by id.
    ///
    /// ```
    /// # let enlist = enlist::Enlist::new()?;
    /// # let workspace = enlist.create_workspace("acme")?;
    /// # for (contact, name) in [("a", "Ada"), ("b", "Bob"), ("c", "")] {
    /// #     workspace.contact(contact).set("name", name).save()?;
    /// # }
    /// let named = |operator: &str, value: &str| {
    ///     workspace.matching(format!(
    ///         r#"{{"match": "all", "conditions": [{{"field": "name", "operator": "{operator}", "value": "{value}"}}]}}"#
    ///     ))
    /// };
    /// let (with_a, with_b) = (named("contains", "a")?, named("contains", "b")?);
    /// let everyone = workspace.read(|view| view.everyone())?;
    /// assert_eq!((with_a.and(&with_b).len(), with_a.or(&with_b).len()), (0, 2));
    /// assert_eq!(everyone.minus(&with_a).and(&everyone).len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn and(&self, other: &ContactSet) -> Self {
        self.combined(other, |one, two| one & two, |in_both| in_both == [true, true])
    }

    /// The contacts that are in at least one of the sets.
    ///
    /// [Example](Self::and).
    #[must_use]
    pub fn or(&self, other: &ContactSet) -> Self {
        self.combined(other, |one, two| one | two, |_| true)
    }

    /// The contacts that are not in the other set.
    ///
    /// [Example](Self::and).
    #[must_use]
    pub fn minus(&self, other: &ContactSet) -> Self {
        self.combined(other, |one, two| one - two, |in_both| in_both == [true, false])
    }

    /// Combines two sets: their numbers, and of the contacts without a number those that are kept, by whether this set and the
    /// other have them.
    fn combined(
        &self,
        other: &Self,
        combine: impl Fn(&RoaringBitmap, &RoaringBitmap) -> RoaringBitmap,
        is_kept: impl Fn([bool; 2]) -> bool,
    ) -> Self {
        let nothing = ContactSet::new(self.incarnation, Vec::new(), Arc::default());
        let other = if other.incarnation == self.incarnation { other } else { &nothing };
        let mut unnumbered: BTreeMap<u64, (&ContactId, [bool; 2])> = BTreeMap::new();
        for (set, index) in [(self, 0), (other, 1)] {
            for (creation, id) in set.unnumbered.iter() {
                unnumbered.entry(*creation).or_insert((id, [false; 2])).1[index] = true;
            }
        }
        let unnumbered = unnumbered.into_iter().filter(|(_, (_, of))| is_kept(*of));
        ContactSet {
            unnumbered: unnumbered.map(|(creation, (id, _))| (creation, id.clone())).collect(),
            // The result keeps what both keep: each may hold deleted contacts whose ids the other does not retain.
            names: self.names.iter().chain(&*other.names).cloned().collect(),
            ..self.pairwise(other, combine)
        }
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

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use super::*;

    fn set(numbered: &[u32], unnumbered: &[u64]) -> ContactSet {
        let id = |creation: &u64| (*creation, ContactId::new(&format!("c{creation}")).unwrap());
        let unnumbered = unnumbered.iter().map(id).collect();
        let parts = vec![RoaringBitmap::from_iter(numbered)];
        ContactSet::new(Incarnation::from_bits(1), parts, Arc::default()).with_unnumbered(&unnumbered)
    }

    #[test]
    fn contacts_without_a_number_combine_by_their_creation() {
        let (one, two) = (set(&[1, 2], &[5, 7]), set(&[2, 3], &[6, 7]));
        assert_eq!(one.and(&two), set(&[2], &[7]));
        assert_eq!(one.or(&two), set(&[1, 2, 3], &[5, 6, 7]));
        assert_eq!(one.minus(&two), set(&[1], &[5]));
        let elsewhere = ContactSet { incarnation: Incarnation::from_bits(2), ..two };
        assert_eq!((one.and(&elsewhere), one.minus(&elsewhere)), (set(&[], &[]), one.clone()));
        assert_eq!(one.or(&elsewhere), one);
    }
}
