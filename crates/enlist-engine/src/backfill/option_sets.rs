//! Conditions on sets of options, tested against the sets of a block of contacts at once.
//!
//! Each option that a condition names has a column: the contacts that hold it. A condition is the columns of its options,
//! joined, so no set is compared with a condition. Invariant: a condition's column has exactly the contacts whose set meets
//! its predicate.

use std::collections::BTreeMap;

use enlist_model::{Options, Predicate};
use smallvec::SmallVec;

use crate::backfill::scan::OnField;
use crate::conditions::columns::{COLUMN_WORDS, Column, Columns, LANES};
use crate::ids::ConditionNo;

/// The column of the contacts that hold any option.
const ANY: u32 = 0;

/// The conditions on a field.
pub(super) struct OptionSets {
    /// For each code of a set the columns that its contacts are in.
    columns_of: Vec<SmallVec<[u32; 6]>>,
    conditions: Vec<Joined>,
    /// The contacts that hold any option, then those that hold each option that a condition names.
    holders: Vec<Column>,
}

/// A condition as the columns that it joins.
struct Joined {
    condition: ConditionNo,
    first: u32,
    others: Vec<u32>,
    join: Join,
}

#[derive(Clone, Copy)]
enum Join {
    Any,
    All,
}

impl OptionSets {
    /// Prepares conditions. `set` returns the set of each code below `codes`.
    pub(super) fn new<'s>(
        conditions: &[OnField<'_>],
        codes: usize,
        set: impl Fn(u32) -> Option<&'s Options>,
    ) -> Self {
        let mut numbers = BTreeMap::new();
        let joined = |(condition, predicate): &OnField<'_>| {
            let mut number = |option: &str| {
                let next = numbers.len() as u32 + 1;
                *numbers.entry(option.to_owned()).or_insert(next)
            };
            let mut named = enlist_model::named_options(predicate).into_iter().map(&mut number);
            let join = if matches!(predicate, Predicate::ContainsAll(_)) { Join::All } else { Join::Any };
            // A predicate that names no option asks for any.
            let first = named.next().unwrap_or(ANY);
            Joined { condition: *condition, first, others: named.collect(), join }
        };
        let conditions = conditions.iter().map(joined).collect();
        let columns_of = |code: usize| {
            let Some(set) = set(code as u32) else { return SmallVec::new() };
            std::iter::once(ANY).chain(set.iter().filter_map(|option| numbers.get(option).copied())).collect()
        };
        OptionSets {
            columns_of: (0..codes).map(columns_of).collect(),
            conditions,
            holders: vec![[0; COLUMN_WORDS]; numbers.len() + 1],
        }
    }

    /// Writes the conditions' columns for a block of codes.
    pub(super) fn fill(&mut self, codes: &[u32], columns: &mut Columns) {
        self.holders.fill([0; COLUMN_WORDS]);
        for (place, code) in codes.iter().enumerate() {
            for column in &self.columns_of[*code as usize] {
                self.holders[*column as usize][place / LANES] |= 1 << (place % LANES);
            }
        }
        for Joined { condition, first, others, join } in &self.conditions {
            let column = columns.column_mut(*condition);
            *column = self.holders[*first as usize];
            for other in others {
                let both = column.iter_mut().zip(&self.holders[*other as usize]);
                match join {
                    Join::Any => both.for_each(|(word, holders)| *word |= holders),
                    Join::All => both.for_each(|(word, holders)| *word &= holders),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use enlist_model::Comparable;

    use super::*;

    fn options(letters: &str) -> Options {
        Options::new(letters.split("").filter(|letter| !letter.is_empty()).map(Into::into).collect())
            .expect("there is a letter")
    }

    #[test]
    fn a_condition_holds_for_the_contacts_whose_set_meets_it() {
        let sets = ["a", "ab", "abc", "c", "bd"].map(options);
        let predicates = [
            Predicate::HasValue,
            Predicate::ContainsAny(options("a")),
            Predicate::ContainsAny(options("bcx")),
            Predicate::ContainsAll(options("ab")),
            Predicate::ContainsAll(options("ax")),
        ];
        let conditions: Vec<OnField<'_>> =
            predicates.iter().enumerate().map(|(no, predicate)| (ConditionNo::at(no), predicate)).collect();
        let set = |code: u32| sets.get((code as usize).checked_sub(1)?);
        let mut made = OptionSets::new(&conditions, sets.len() + 1, set);
        let mut columns = Columns::default();
        columns.reserve(predicates.len());
        // Twice, because a block must not see the one before it.
        for codes in [vec![1, 2, 3, 4, 5, 0], (0..200).map(|place| place * 7 % 6).collect()] {
            made.fill(&codes, &mut columns);
            for (place, code) in codes.into_iter().enumerate() {
                let value = set(code).map_or(Comparable::Empty, Comparable::Options);
                for (condition, predicate) in &conditions {
                    let today = enlist_model::Today {
                        day: enlist_model::Day::from_number(0),
                        week_start: enlist_model::WeekStart::Monday,
                    };
                    let holds = columns.column(*condition)[place / LANES] >> (place % LANES) & 1 == 1;
                    assert_eq!(holds, predicate.holds(value, today), "{predicate:?} of {code}");
                }
            }
        }
    }
}
