//! The segments that the flip of a condition can flip: for each condition a slice of flat entries, all in one arena. An entry is a
//! segment and up to four demands on the contact's truth bits before or after the change, the rarest first; where all are met, the
//! membership flips.
//!
//! Where a condition has many entries, they are grouped by one of their demands, and these by the word that holds their bits, so that up
//! to 64 of them are one test. A rule whose demands do not fit, or that refers to other segments, has entries that only filter: what
//! passes is evaluated. Slices are made when they are needed, and are forgotten when a rule that tests the condition changes. This file
//! does not know what a condition says. Invariant: a slice that is there has an entry for each conjunction of each occurrence of its
//! condition in the rules of all segments.

use crate::bytes;
use crate::conditions::hits::{Hit, Hits};
use crate::conditions::occurrences::Demand;
use crate::conditions::sides::{Place, SidesOf, Stride};
use crate::ids::ConditionNo;

/// How many demands an entry has.
pub(crate) const DEMANDS: usize = 4;
/// Up to this many entries are tested one by one.
const FEW: usize = 8;
/// Below this many entries nothing is gained by building the arena again.
const SMALL: usize = 1_024;

/// An entry as it comes: what may flip, and its demands, the rarest first.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) hit: Hit,
    pub(crate) demands: Vec<Demand>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    hit: Hit,
    /// As many as `count` says.
    demands: [Place; DEMANDS],
    count: u8,
}

/// Up to 64 demands, each of one group of entries, on the conditions of one word.
#[derive(Clone, Copy, Debug)]
struct Word {
    mask: u64,
    /// The place of the word.
    at: Place,
    /// The index in `starts` of its first group.
    first: u32,
}

/// Where the entries of a condition are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slice {
    /// Entries that are tested one by one.
    entries: (u32, u32),
    /// Words of grouped entries.
    words: (u32, u32),
}

/// The entries of all conditions.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    slices: Vec<Option<Slice>>,
    entries: Vec<Entry>,
    words: Vec<Word>,
    /// Where each group of entries begins, and after the last of a condition where it ends.
    starts: Vec<u32>,
    /// How many entries no slice has any more.
    forgotten: usize,
    /// The stride of the rows of which the entries know the places.
    stride: Stride,
}

impl Candidates {
    /// Makes room for conditions with numbers below `conditions`. Forgets all entries if the rows have another stride, because then
    /// demands have other places.
    #[inline]
    pub(crate) fn fit(&mut self, width: usize, conditions: usize) {
        let stride = Stride::of(width);
        if self.stride != stride {
            self.forget_all();
            self.stride = stride;
        }
        if self.slices.len() < conditions {
            self.slices.resize(conditions, None);
        }
    }

    /// Forgets the entries of a condition.
    pub(crate) fn forget(&mut self, condition: ConditionNo) {
        let Some(slice) = self.slices.get_mut(condition.index()).and_then(Option::take) else { return };
        self.forgotten += self.ranges(slice).map(<[Entry]>::len).sum::<usize>();
        if self.forgotten > SMALL.max(self.entries.len() / 2) {
            self.forget_all();
        }
    }

    pub(crate) fn forget_all(&mut self) {
        let conditions = self.slices.len();
        *self = Candidates { slices: vec![None; conditions], stride: self.stride, ..Candidates::default() };
    }

    /// Where the entries of a condition are, if they are there.
    #[inline]
    pub(crate) fn slice(&self, condition: ConditionNo) -> Option<Slice> {
        self.slices[condition.index()]
    }

    /// Stores the entries of a condition.
    pub(crate) fn store(&mut self, condition: ConditionNo, candidates: Vec<Candidate>) -> Slice {
        let stride = self.stride;
        let place = |demand: &Demand| Place::of(*demand, stride);
        let entry = |hit, demands: &[Demand]| {
            let mut places = [Place::default(); DEMANDS];
            places.iter_mut().zip(demands).for_each(|(to, demand)| *to = place(demand));
            Entry { hit, demands: places, count: demands.len() as u8 }
        };
        let (first_entry, first_word) = (self.entries.len() as u32, self.words.len() as u32);
        let (mut grouped, alone): (Vec<_>, Vec<_>) = if candidates.len() > FEW {
            candidates.into_iter().partition(|candidate| !candidate.demands.is_empty())
        } else {
            (Vec::new(), candidates)
        };
        self.entries.extend(alone.iter().map(|candidate| entry(candidate.hit, &candidate.demands)));
        let last_entry = self.entries.len() as u32;
        grouped.sort_unstable_by_key(|candidate| (place(&candidate.demands[0]), candidate.hit));
        for group in grouped.chunk_by(|one, two| one.demands[0] == two.demands[0]) {
            let demand = place(&group[0].demands[0]);
            match self.words[first_word as usize..].last_mut() {
                Some(last) if last.at == demand.word() => last.mask |= demand.bit(),
                _ => {
                    let first = self.starts.len() as u32;
                    self.words.push(Word { mask: demand.bit(), at: demand.word(), first });
                }
            }
            self.starts.push(self.entries.len() as u32);
            self.entries.extend(group.iter().map(|candidate| entry(candidate.hit, &candidate.demands[1..])));
        }
        if !grouped.is_empty() {
            self.starts.push(self.entries.len() as u32);
        }
        let words = (first_word, self.words.len() as u32);
        let slice = Slice { entries: (first_entry, last_entry), words };
        self.slices[condition.index()] = Some(slice);
        slice
    }

    /// Appends what the flip of the condition of a slice flips, or may flip.
    #[inline]
    pub(crate) fn find(&self, slice: Slice, change: SidesOf<'_>, hits: &mut Hits) {
        let (first, last) = slice.entries;
        test(&self.entries[first as usize..last as usize], change, hits);
        let (first, last) = slice.words;
        for word in &self.words[first as usize..last as usize] {
            let mut open = word.mask & change.met(word.at);
            while open != 0 {
                let lower = word.mask & ((open & open.wrapping_neg()) - 1);
                let group = (word.first + lower.count_ones()) as usize;
                let (first, last) = (self.starts[group] as usize, self.starts[group + 1] as usize);
                test(&self.entries[first..last], change, hits);
                open &= open - 1;
            }
        }
    }

    /// The memory that they take.
    pub(crate) fn bytes(&self) -> usize {
        bytes::list(&self.slices)
            + bytes::list(&self.entries)
            + bytes::list(&self.words)
            + bytes::list(&self.starts)
    }

    /// The entries of a slice: those that are tested one by one, and the groups.
    fn ranges(&self, slice: Slice) -> impl Iterator<Item = &[Entry]> {
        let (first, last) = slice.entries;
        let (first_word, last_word) = slice.words;
        let groups = self.words[first_word as usize..last_word as usize].iter().flat_map(|word| {
            let first = word.first as usize;
            (first..first + word.mask.count_ones() as usize)
                .map(|group| &self.entries[self.starts[group] as usize..self.starts[group + 1] as usize])
        });
        std::iter::once(&self.entries[first as usize..last as usize]).chain(groups)
    }
}

/// Appends the entries whose demands are met.
#[inline]
fn test(entries: &[Entry], change: SidesOf<'_>, hits: &mut Hits) {
    for entry in entries {
        if entry.demands[..usize::from(entry.count)].iter().all(|demand| change.meets(*demand)) {
            hits.push(entry.hit.with(change.rises));
        }
    }
}

#[cfg(test)]
mod tests {
    use enlist_model::Change;

    use super::*;
    use crate::compiled_rule::{Leaf, Sign};
    use crate::conditions::occurrences::Side;
    use crate::conditions::sides::Sides;
    use crate::conditions::truths::{Flipped, RowChange};
    use crate::ids::SegmentNo;

    /// Ten segments, each with the demand that condition `10 + number` holds, or, if odd, does not.
    fn ten() -> Vec<Candidate> {
        let leaf = |no: u32| Leaf::new(ConditionNo(10 + no * 13), Sign::negated_if(no % 2 == 1));
        let demands = |no| vec![Demand { leaf: leaf(no), side: Side::Holding }];
        (0..10)
            .map(|no| Candidate { hit: Hit::new(SegmentNo(no), false, false), demands: demands(no) })
            .collect()
    }

    fn found(candidates: Vec<Candidate>, row: [u64; 3], flips: &[u32]) -> Vec<(u32, bool)> {
        let mut all = Candidates::default();
        all.fit(3, 1);
        let slice = all.store(ConditionNo(0), candidates);
        let mut flipped = Flipped::default();
        flipped.clear(3);
        flipped.extend(flips.iter().map(|condition| ConditionNo(*condition)));
        let (change, mut sides, mut hits) =
            (RowChange::new(&row, &flipped), Sides::default(), Hits::default());
        sides.fill(change);
        hits.begin(10);
        all.find(slice, sides.of(ConditionNo(0)), &mut hits);
        let mut found = Vec::new();
        hits.take(|hit| found.push((hit.segment().0, hit.direction() == Change::Entered)));
        found
    }

    #[test]
    fn many_entries_are_found_as_few_are() {
        // 10 and 36 hold before, 23 becomes true with the condition, and 36 becomes false.
        let row = [1 << 10 | 1 << 36, 0, 0];
        let flips = [0, 23, 36];
        let expected = [(0, true), (3, true), (5, true), (7, true), (9, true)];
        assert_eq!(found(ten(), row, &flips), expected);
        let few: Vec<_> = ten().chunks(5).flat_map(|few| found(few.to_vec(), row, &flips)).collect();
        assert_eq!(few, expected);
        // Where it falls, its demands are on what was before.
        let before = [(0, false), (1, false), (2, false), (3, false), (5, false), (7, false), (9, false)];
        assert_eq!(found(ten(), [row[0] | 1, 0, 0], &flips), before);
    }

    #[test]
    fn what_is_forgotten_is_not_found_and_does_not_pile_up() {
        let mut all = Candidates::default();
        all.fit(3, 1);
        for _ in 0..1_000 {
            all.store(ConditionNo(0), ten());
            all.forget(ConditionNo(0));
            assert!(all.slice(ConditionNo(0)).is_none());
        }
        assert!(all.entries.len() <= 2 * SMALL);
    }
}
