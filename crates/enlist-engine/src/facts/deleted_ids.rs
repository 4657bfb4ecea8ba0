//! The ids of deleted contacts, retained for holders of their numbers: an audience, or a notice that is still to be
//! read.
//!
//! Ids are stored in generations. A [`RetainedIds`] refers to the generation that was the latest when it was
//! created, and keeps that one and all later ones. Invariant: an id deleted after a [`RetainedIds`] was created is
//! available as long as that lives. An id that no [`RetainedIds`] needs is dropped at a later deletion, so that ids
//! do not accumulate in a long-lived process.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use enlist_model::ContactId;

use crate::bytes;
use crate::ids::ContactNo;

/// The number of ids after which a generation ends. A larger one keeps ids longer than needed, a smaller one makes
/// look-ups slower.
const GENERATION_IDS: usize = 1_024;

/// While this lives, the engine retains the ids of contacts that are deleted; see
/// [`Engine::retain_deleted_ids`](crate::Engine::retain_deleted_ids).
#[derive(Clone, Debug)]
pub struct RetainedIds {
    _generation: Arc<()>,
}

#[derive(Debug, Default)]
struct Generation {
    ids: BTreeMap<ContactNo, ContactId>,
    /// What the long ones allocate.
    bytes_of_long_ids: usize,
    /// One reference for each [`RetainedIds`] created in this generation, plus this one.
    retainers: Arc<()>,
}

/// The retained ids of deleted contacts.
#[derive(Debug)]
pub(crate) struct DeletedIds {
    /// The oldest first; never empty.
    generations: VecDeque<Generation>,
}

impl Generation {
    fn is_retained(&self) -> bool {
        Arc::strong_count(&self.retainers) > 1
    }
}

impl DeletedIds {
    pub(crate) fn new() -> Self {
        DeletedIds { generations: VecDeque::from([Generation::default()]) }
    }

    /// Retains the ids of contacts that are deleted from now on.
    pub(crate) fn retain(&self) -> RetainedIds {
        let latest = self.generations.back().expect("there is always a latest generation");
        RetainedIds { _generation: Arc::clone(&latest.retainers) }
    }

    /// Stores the id of a deleted contact if a [`RetainedIds`] needs it.
    pub(crate) fn insert(&mut self, no: ContactNo, id: &ContactId) {
        while self.generations.front().is_some_and(|oldest| !oldest.is_retained()) {
            self.generations.pop_front();
        }
        // No `RetainedIds` is left, so this id is not needed either.
        let Some(latest) = self.generations.back_mut() else {
            self.generations.push_back(Generation::default());
            return;
        };
        latest.ids.insert(no, id.clone());
        latest.bytes_of_long_ids += bytes::string(id.as_str().len());
        if latest.ids.len() >= GENERATION_IDS {
            self.generations.push_back(Generation::default());
        }
    }

    pub(crate) fn get(&self, no: ContactNo) -> Option<&ContactId> {
        self.generations.iter().find_map(|generation| generation.ids.get(&no))
    }

    /// All retained ids. If one id was deleted repeatedly, its numbers ascend.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ContactNo, &ContactId)> {
        self.generations.iter().flat_map(|generation| generation.ids.iter().map(|(no, id)| (*no, id)))
    }

    /// The memory that they take, estimated.
    pub(crate) fn bytes(&self) -> usize {
        let ids: usize = self.generations.iter().map(|generation| generation.ids.len()).sum();
        let long: usize = self.generations.iter().map(|generation| generation.bytes_of_long_ids).sum();
        bytes::tree::<(ContactNo, ContactId)>(ids)
            + long
            + self.generations.capacity() * size_of::<Generation>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delete(ids: &mut DeletedIds, numbers: std::ops::Range<usize>) {
        for number in numbers {
            ids.insert(ContactNo::at(number), &ContactId::new(&number.to_string()).unwrap());
        }
    }

    fn kept(ids: &DeletedIds) -> Vec<usize> {
        ids.iter().map(|(no, _)| no.index()).collect()
    }

    #[test]
    fn an_id_is_retained_only_while_a_retainer_from_before_its_deletion_lives() {
        let mut ids = DeletedIds::new();
        delete(&mut ids, 0..5);
        assert!(kept(&ids).is_empty());
        let early = ids.retain();
        delete(&mut ids, 5..8);
        let late = ids.retain();
        delete(&mut ids, 8..10);
        assert_eq!(kept(&ids), [5, 6, 7, 8, 9]);
        assert_eq!(ids.get(ContactNo::at(7)).unwrap().as_str(), "7");
        drop(early);
        delete(&mut ids, 10..11);
        assert!((8..11).all(|number| ids.get(ContactNo::at(number)).is_some()));
        drop(late);
        delete(&mut ids, 11..12);
        assert!(kept(&ids).is_empty());
    }

    #[test]
    fn with_retainers_that_always_overlap_the_number_of_retained_ids_stays_bounded() {
        let mut ids = DeletedIds::new();
        let mut retained = VecDeque::from([ids.retain()]);
        for round in 0..50 {
            delete(&mut ids, round * 500..(round + 1) * 500);
            retained.push_back(ids.retain());
            if retained.len() > 3 {
                retained.pop_front();
            }
            // Everything since the oldest retained generation, and no more than one generation before it.
            let since = (round + 1).saturating_sub(2) * 500;
            assert!((since..(round + 1) * 500).all(|number| ids.get(ContactNo::at(number)).is_some()));
            assert!(kept(&ids).len() <= 1_500 + 2 * GENERATION_IDS, "{}", kept(&ids).len());
        }
    }
}
