//! Hash tables of our numbers by keys that come from a host or a tenant, where what has the number holds the key: no key is stored twice.
//!
//! It knows neither keys nor where they are: the caller compares a number's key, and gives it where it is hashed. The hash function is that
//! of [`SeededMap`](crate::seeded_map::SeededMap), for the same reason. Invariant: a number is found by its key from
//! [`insert`](SeededNumbers::insert) to [`remove`](SeededNumbers::remove), and meanwhile its key is the same.

use std::fmt;
use std::hash::Hash;

use hashbrown::HashTable;

use crate::bytes;
use crate::seeded_map::KeyHasher;

/// The hash of a key.
#[derive(Clone, Copy)]
pub(crate) struct KeyHash(u64);

/// Numbers by the hashes of their keys.
#[derive(Clone)]
pub(crate) struct SeededNumbers<N> {
    table: HashTable<N>,
    hasher: KeyHasher,
}

impl<N: Copy + Eq> SeededNumbers<N> {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        SeededNumbers { table: HashTable::new(), hasher: hasher.clone() }
    }

    /// The number of a key, among those that may have it by their hash: the one that `has_key` accepts.
    #[inline]
    pub(crate) fn find<K: Hash + ?Sized>(&self, key: &K, has_key: impl Fn(N) -> bool) -> Option<N> {
        self.table.find(self.hasher.hash(key), |no| has_key(*no)).copied()
    }

    pub(crate) fn hash<K: Hash + ?Sized>(&self, key: &K) -> KeyHash {
        KeyHash(self.hasher.hash(key))
    }

    /// A number that may have a key with this hash.
    #[inline]
    pub(crate) fn guess(&self, KeyHash(hash): KeyHash) -> Option<N> {
        self.table.find(hash, |_| true).copied()
    }

    /// Adds a number whose key is not there.
    pub(crate) fn insert<K: Hash>(&mut self, no: N, key_of: impl Fn(N) -> K) {
        let hash = |no: &N| self.hasher.hash(&key_of(*no));
        self.table.insert_unique(hash(&no), no, hash);
    }

    /// Removes a number.
    pub(crate) fn remove<K: Hash + ?Sized>(&mut self, no: N, key: &K) {
        if let Ok(entry) = self.table.find_entry(self.hasher.hash(key), |each| *each == no) {
            entry.remove();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// The memory that it takes.
    pub(crate) fn bytes(&self) -> usize {
        bytes::table::<N>(self.table.capacity())
    }
}

impl<N> fmt::Debug for SeededNumbers<N> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SeededNumbers").field("len", &self.table.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded_map::HashSeed;

    #[test]
    fn a_number_is_found_by_its_key_until_it_is_removed_however_many_there_are() {
        let keys: Vec<String> = (0..1_000).map(|no| format!("key {no}")).collect();
        let mut numbers = SeededNumbers::new(&KeyHasher::new(HashSeed::new(7)));
        for no in 0..keys.len() {
            numbers.insert(no, |no| keys[no].as_str());
        }
        let find = |numbers: &SeededNumbers<usize>, key: &str| numbers.find(key, |no| keys[no] == key);
        assert!((0..keys.len()).all(|no| find(&numbers, &keys[no]) == Some(no)));
        assert_eq!((find(&numbers, "nobody"), numbers.len()), (None, 1_000));
        numbers.remove(7, keys[7].as_str());
        assert_eq!((find(&numbers, "key 7"), find(&numbers, "key 8"), numbers.len()), (None, Some(8), 999));
    }
}
