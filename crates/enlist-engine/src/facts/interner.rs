//! Values that many rows share: each is stored once and named by a code. A value that no row holds any longer is
//! removed, so that values that come and go leave nothing behind.
//!
//! Invariant: an entry exists exactly as long as a row holds it. Its code is then reused for another value. No
//! entry has the code 0, which means "empty".

use std::hash::Hash;

use crate::bytes;
use crate::growth;
use crate::seeded_map::KeyHasher;
use crate::seeded_numbers::SeededNumbers;

/// The code of an empty row.
pub(crate) const EMPTY_CODE: u32 = 0;

#[derive(Debug)]
struct Interned<T> {
    value: T,
    holders: u32,
}

/// Distinct values by code.
#[derive(Debug)]
pub(crate) struct Interner<T> {
    /// The entry of a code has the index `code - 1`.
    entries: Vec<Option<Interned<T>>>,
    codes: SeededNumbers<u32>,
    free: Vec<u32>,
}

impl<T: Clone + Eq + Hash> Interner<T> {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        Interner { entries: Vec::new(), codes: SeededNumbers::new(hasher), free: Vec::new() }
    }

    /// The code of a value that some row holds.
    pub(crate) fn find(&self, value: &T) -> Option<u32> {
        self.codes.find(value, |code| self.get(code) == Some(value))
    }

    /// Counts one more row that holds a value, and returns its code.
    pub(crate) fn hold(&mut self, value: T) -> u32 {
        if let Some(code) = self.find(&value) {
            if let Some(entry) = &mut self.entries[code as usize - 1] {
                entry.holders += 1;
            }
            return code;
        }
        let entry = Some(Interned { value, holders: 1 });
        let code = if let Some(code) = self.free.pop() {
            self.entries[code as usize - 1] = entry;
            code
        } else {
            growth::push(&mut self.entries, entry);
            self.entries.len() as u32
        };
        let Interner { entries, codes, .. } = self;
        codes.insert(code, |code| value_of(entries, code));
        code
    }

    /// Counts one row less that holds a value, and returns the value.
    pub(crate) fn release(&mut self, code: u32) -> Option<T> {
        let slot = self.entries.get_mut((code as usize).checked_sub(1)?)?;
        let entry = slot.as_mut()?;
        entry.holders -= 1;
        // Other rows still hold it; the caller gets a copy.
        if entry.holders > 0 {
            return Some(entry.value.clone());
        }
        let value = slot.take()?.value;
        self.codes.remove(code, &value);
        self.free.push(code);
        Some(value)
    }

    /// The value of a code; `None` for an empty row.
    pub(crate) fn get(&self, code: u32) -> Option<&T> {
        let entry = self.entries.get((code as usize).checked_sub(1)?)?;
        entry.as_ref().map(|entry| &entry.value)
    }

    /// Every value that a row holds, and by how many rows, in no particular order.
    pub(crate) fn holders(&self) -> impl Iterator<Item = (&T, u64)> {
        self.entries.iter().flatten().map(|entry| (&entry.value, u64::from(entry.holders)))
    }

    /// Gives back the spare room of a short list.
    pub(crate) fn fit(&mut self) {
        growth::fit(&mut self.entries);
    }

    /// The memory that it takes, estimated. `bytes_of` returns what a value allocates.
    pub(crate) fn bytes(&self, bytes_of: impl Fn(&T) -> usize) -> usize {
        let of_entry = |no: usize| self.entries[no].as_ref().map_or(0, |entry| bytes_of(&entry.value));
        bytes::room::<Self>(1)
            + bytes::list(&self.entries)
            + bytes::sampled(self.entries.len(), of_entry)
            + self.codes.bytes()
            + bytes::list(&self.free)
    }

    /// An upper bound of the codes.
    pub(crate) fn codes(&self) -> usize {
        self.entries.len() + 1
    }
}

fn value_of<T>(entries: &[Option<Interned<T>>], code: u32) -> &T {
    &entries[code as usize - 1].as_ref().expect("a code that is found has an entry").value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded_map::HashSeed;

    #[test]
    fn a_value_that_nobody_holds_leaves_its_code_to_another() {
        let mut interner = Interner::new(&KeyHasher::new(HashSeed::new(0)));
        let (one, two) = (interner.hold("one"), interner.hold("two"));
        assert_eq!(interner.hold("one"), one);
        assert_eq!(interner.release(one), Some("one"));
        assert_eq!(interner.find(&"one"), Some(one));
        assert_eq!(interner.release(one), Some("one"));
        assert_eq!(interner.find(&"one"), None);
        assert_eq!(interner.hold("three"), one);
        assert_eq!((interner.get(two), interner.get(EMPTY_CODE)), (Some(&"two"), None));
    }
}
