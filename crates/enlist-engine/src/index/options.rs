//! Conditions on options and labels: those that name an option that came or went.

use compact_str::CompactString;
use enlist_model::{Comparable, Options, Predicate, TextKey, Today};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::number::ConditionNo;

/// The conditions on a select field.
#[derive(Debug, Default)]
pub(crate) struct SingleIndex {
    equals: FxHashMap<CompactString, ConditionNo>,
}

impl SingleIndex {
    pub(crate) fn insert(&mut self, option: &CompactString, condition: ConditionNo) {
        self.equals.insert(option.clone(), condition);
    }

    pub(crate) fn remove(&mut self, option: &str) {
        self.equals.remove(option);
    }

    pub(crate) fn flips(&self, old: Option<&str>, new: Option<&str>, flipped: &mut impl Extend<ConditionNo>) {
        if old != new {
            flipped.extend(old.into_iter().chain(new).filter_map(|option| self.equals.get(option)).copied());
        }
    }
}

/// The conditions on a multi-select field.
#[derive(Debug, Default)]
pub(crate) struct OptionSetIndex {
    /// For each option the conditions that name it.
    naming: FxHashMap<CompactString, Vec<ConditionNo>>,
    predicates: FxHashMap<ConditionNo, Predicate>,
}

impl OptionSetIndex {
    pub(crate) fn insert(&mut self, predicate: &Predicate, condition: ConditionNo) {
        for option in enlist_model::named_options(predicate) {
            self.naming.entry(option.into()).or_default().push(condition);
        }
        self.predicates.insert(condition, predicate.clone());
    }

    pub(crate) fn remove(&mut self, predicate: &Predicate, condition: ConditionNo) {
        for option in enlist_model::named_options(predicate) {
            if let Some(conditions) = self.naming.get_mut(option) {
                conditions.retain(|each| *each != condition);
                if conditions.is_empty() {
                    self.naming.remove(option);
                }
            }
        }
        self.predicates.remove(&condition);
    }

    pub(crate) fn flips(
        &self,
        old: Comparable<'_>,
        new: Comparable<'_>,
        today: Today,
        flipped: &mut impl Extend<ConditionNo>,
    ) {
        let (before, after) = (options(old), options(new));
        let in_both = |option: &str| {
            before.is_some_and(|options| options.contains(option))
                && after.is_some_and(|options| options.contains(option))
        };
        let changed =
            before.into_iter().chain(after).flat_map(Options::iter).filter(|option| !in_both(option));
        let mut candidates: SmallVec<[ConditionNo; 16]> =
            changed.filter_map(|option| self.naming.get(option)).flatten().copied().collect();
        candidates.sort_unstable();
        candidates.dedup();
        for condition in candidates {
            let predicate = &self.predicates[&condition];
            if predicate.holds(old, today) != predicate.holds(new, today) {
                flipped.extend([condition]);
            }
        }
    }
}

fn options(value: Comparable<'_>) -> Option<&Options> {
    if let Comparable::Options(options) = value { Some(options) } else { None }
}

/// The conditions on labels.
#[derive(Debug, Default)]
pub(crate) struct LabelIndex {
    has: FxHashMap<TextKey, ConditionNo>,
    has_any: Option<ConditionNo>,
}

impl LabelIndex {
    pub(crate) fn insert(&mut self, predicate: &Predicate, condition: ConditionNo) {
        match predicate {
            Predicate::HasLabel(label) => {
                self.has.insert(label.clone(), condition);
            }
            _ => self.has_any = Some(condition),
        }
    }

    pub(crate) fn remove(&mut self, predicate: &Predicate) {
        match predicate {
            Predicate::HasLabel(label) => {
                self.has.remove(label);
            }
            _ => self.has_any = None,
        }
    }

    /// The condition that a contact has a label.
    pub(crate) fn has(&self, label: &TextKey) -> Option<ConditionNo> {
        self.has.get(label).copied()
    }

    /// The condition that a contact has any label.
    pub(crate) fn has_any(&self) -> Option<ConditionNo> {
        self.has_any
    }
}
