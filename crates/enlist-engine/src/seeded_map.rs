//! Hash maps whose keys come from a host or a tenant: ids, labels, options, field keys, operands.
//!
//! With a hash function that everybody can compute, a tenant can write thousands of labels that all land in one
//! place of a table, and each further one then costs as many comparisons as there are already. So the function has
//! a secret, a [`HashSeed`] that the host draws. Maps over our own dense numbers, which no tenant chooses, need
//! none and use `FxHashMap`.
//!
//! Invariant: no result depends on the seed. A map here cannot be iterated, only searched, so that the order of its
//! entries cannot become visible.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::bytes;

/// The secret of an engine's hash tables, which keeps tenants from making keys that collide.
///
/// The host draws it from a source of randomness when it creates or restores an engine, and keeps it secret. It
/// need not be stored: it is not part of a [`Dump`](crate::Dump), and a restored engine may have another. The
/// engines of one workspace may share a seed. Different workspaces should not, so that what one tenant learns by
/// measuring times does not help against others.
///
/// No result depends on the seed, only the time that operations take and, slightly, the estimate
/// [`Engine::bytes`](crate::Engine::bytes), because the capacity of a table can depend on where its entries are.
#[derive(Clone, Copy)]
pub struct HashSeed(u64);

impl HashSeed {
    /// A seed from 64 random bits. A constant is fine in tests and where no tenant chooses what is written.
    pub const fn new(random: u64) -> Self {
        HashSeed(random)
    }
}

impl fmt::Debug for HashSeed {
    /// Does not show the secret, so that it cannot get into logs.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("HashSeed(..)")
    }
}

/// A hash function with a secret, shared by all tables of an engine.
///
/// It is foldhash with all of its words derived from the seed. Foldhash's own `FixedState::with_seed` would not do: it
/// makes only the starting value secret and multiplies with public words, and where a key's bytes equal such a word the
/// product is 0 whatever the start is. (No text can spell today's words, but only by luck.) With secret words a collision
/// has to be guessed, or learned from precise measurements of time. SipHash-1-3 withstands even those, but takes five
/// times as many instructions for a short key, on the path of every event; and a tenant that goes to such lengths slows
/// down only its own workspace, whose seed no other workspace has.
#[derive(Clone)]
pub(crate) struct KeyHasher(Arc<Secret>);

/// 2⁶⁴ by the golden ratio: bits without a pattern.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

struct Secret {
    start: u64,
    words: SharedSeed,
}

impl KeyHasher {
    pub(crate) fn new(HashSeed(seed): HashSeed) -> Self {
        // Foldhash derives poor words from 0, the first constant that a test thinks of.
        let seed = seed ^ GOLDEN;
        let words = SharedSeed::from_u64(seed);
        // The start must not equal the seed: the words are derived from that by a function that can be inverted.
        let mut start = FoldHasher::with_seed(seed, &words);
        start.write_u64(seed);
        KeyHasher(Arc::new(Secret { start: start.finish(), words }))
    }

    #[inline]
    pub(crate) fn hash<T: Hash + ?Sized>(&self, key: &T) -> u64 {
        let mut hasher = FoldHasher::with_seed(self.0.start, &self.0.words);
        key.hash(&mut hasher);
        hasher.finish()
    }
}

impl fmt::Debug for KeyHasher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("KeyHasher(..)")
    }
}

/// A hash map under a [`KeyHasher`].
#[derive(Clone)]
pub(crate) struct SeededMap<K, V> {
    table: HashTable<(K, V)>,
    hasher: KeyHasher,
}

impl<K: Hash + Eq, V> SeededMap<K, V> {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        SeededMap { table: HashTable::new(), hasher: hasher.clone() }
    }

    #[inline]
    pub(crate) fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let found = self.table.find(self.hasher.hash(key), |(each, _)| each.borrow() == key);
        found.map(|(_, value)| value)
    }

    pub(crate) fn get_mut<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let found = self.table.find_mut(self.hasher.hash(key), |(each, _)| each.borrow() == key);
        found.map(|(_, value)| value)
    }

    /// The value of a key, made first if there is none.
    pub(crate) fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let SeededMap { table, hasher } = self;
        let is_key = |(each, _): &(K, V)| *each == key;
        match table.entry(hasher.hash(&key), is_key, |(each, _)| hasher.hash(each)) {
            Entry::Occupied(entry) => &mut entry.into_mut().1,
            Entry::Vacant(entry) => &mut entry.insert((key, make())).into_mut().1,
        }
    }

    /// Adds an entry, or gives its key another value.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        let SeededMap { table, hasher } = self;
        let is_key = |(each, _): &(K, V)| *each == key;
        match table.entry(hasher.hash(&key), is_key, |(each, _)| hasher.hash(each)) {
            Entry::Occupied(mut entry) => entry.get_mut().1 = value,
            Entry::Vacant(entry) => {
                entry.insert((key, value));
            }
        }
    }

    pub(crate) fn remove<Q: Hash + Eq + ?Sized>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
    {
        if let Ok(entry) = self.table.find_entry(self.hasher.hash(key), |(each, _)| each.borrow() == key) {
            entry.remove();
        }
    }

    pub(crate) fn clear(&mut self) {
        self.table.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// The memory of the table and, by `of_entry`, of what each entry allocates. A sum does not reveal the order.
    pub(crate) fn bytes(&self, of_entry: impl Fn(&K, &V) -> usize) -> usize {
        self.table_bytes() + self.table.iter().map(|(key, value)| of_entry(key, value)).sum::<usize>()
    }

    /// The memory of the table, without what its entries allocate.
    pub(crate) fn table_bytes(&self) -> usize {
        bytes::table::<(K, V)>(self.table.capacity())
    }
}

impl<K, V> fmt::Debug for SeededMap<K, V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SeededMap").field("len", &self.table.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_hash_differently_under_different_seeds() {
        let [one, two] = [1, 2].map(|seed| KeyHasher::new(HashSeed::new(seed)));
        assert_eq!(one.hash("vip"), KeyHasher::new(HashSeed::new(1)).hash("vip"));
        assert_ne!(one.hash("vip"), two.hash("vip"));
    }

    #[test]
    fn a_map_answers_as_an_ordered_map_does() {
        let mut map = SeededMap::new(&KeyHasher::new(HashSeed::new(7)));
        for round in 0..3 {
            for key in 0..100 {
                map.insert(key.to_string(), key + round);
            }
        }
        map.remove("7");
        map.remove("nobody");
        *map.get_or_insert_with("8".to_owned(), || 0) += 1;
        *map.get_or_insert_with("7".to_owned(), || 70) += 1;
        assert_eq!(
            (map.len(), map.get("99"), map.get("8"), map.get("7")),
            (100, Some(&101), Some(&11), Some(&71))
        );
        assert_eq!(map.get_mut("nobody"), None);
        map.clear();
        assert_eq!((map.len(), map.get("99")), (0, None));
    }

    #[test]
    fn a_seed_is_not_shown() {
        let seed = HashSeed::new(0x0123_4567);
        assert_eq!(format!("{seed:?} {:?}", KeyHasher::new(seed)), "HashSeed(..) KeyHasher(..)");
    }
}
