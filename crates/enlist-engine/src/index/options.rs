//! Conditions on options and labels, by the options they name.

use enlist_model::{Comparable, LabelPredicate, Options, Predicate, ShortText, TextKey, Today};
use rustc_hash::FxHashMap;

use crate::bytes;
use crate::ids::ConditionNo;
use crate::seeded_map::{KeyHasher, SeededMap};

/// The conditions on a select field.
#[derive(Debug)]
pub(crate) struct SingleIndex {
    equals: SeededMap<ShortText, ConditionNo>,
}

impl SingleIndex {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        SingleIndex { equals: SeededMap::new(hasher) }
    }

    /// The memory that it allocates.
    pub(crate) fn bytes(&self) -> usize {
        self.equals.bytes(|option, _| bytes::string(option.len()))
    }

    pub(crate) fn insert(&mut self, option: &ShortText, condition: ConditionNo) {
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
#[derive(Debug)]
pub(crate) struct OptionSetIndex {
    /// For each option the conditions that name it.
    naming: SeededMap<ShortText, Vec<ConditionNo>>,
    predicates: FxHashMap<ConditionNo, Predicate>,
    /// The conditions that hold for recently seen sets, in order.
    holding: SeededMap<Options, Box<[ConditionNo]>>,
}

/// The maximum number of remembered sets; then all are forgotten.
const REMEMBERED: usize = 1_024;

impl OptionSetIndex {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        OptionSetIndex {
            naming: SeededMap::new(hasher),
            predicates: FxHashMap::default(),
            holding: SeededMap::new(hasher),
        }
    }

    /// The memory that it allocates. The remembered sets are shared with contacts or rules.
    pub(crate) fn bytes(&self) -> usize {
        self.naming.bytes(|option, conditions| bytes::string(option.len()) + bytes::list(conditions))
            + bytes::table::<(ConditionNo, Predicate)>(self.predicates.capacity())
            + self.holding.bytes(|_, conditions| bytes::room::<ConditionNo>(conditions.len()))
    }

    pub(crate) fn insert(&mut self, predicate: &Predicate, condition: ConditionNo) {
        for option in enlist_model::named_options(predicate) {
            self.naming.get_or_insert_with(option.into(), Vec::new).push(condition);
        }
        self.predicates.insert(condition, predicate.clone());
        self.holding.clear();
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
        self.holding.clear();
    }

    pub(crate) fn flips(
        &mut self,
        old: Comparable<'_>,
        new: Comparable<'_>,
        today: Today,
        flipped: &mut impl Extend<ConditionNo>,
    ) {
        let sets = [options(old), options(new)];
        // Before inserting, so that neither of the two sets is dropped while it is used below.
        if self.holding.len() + sets.len() > REMEMBERED {
            self.holding.clear();
        }
        for set in sets.into_iter().flatten() {
            if self.holding.get(set).is_none() {
                let holding = self.holding_of(set, today);
                self.holding.insert(set.clone(), holding);
            }
        }
        let [before, after] =
            sets.map(|set| set.and_then(|set| self.holding.get(set)).map_or(&[][..], |holding| holding));
        let only_in = |these: &[ConditionNo], those: &[ConditionNo], flipped: &mut _| {
            let only = these.iter().filter(|each| those.binary_search(each).is_err()).copied();
            Extend::extend(flipped, only);
        };
        only_in(before, after, flipped);
        only_in(after, before, flipped);
    }

    fn holding_of(&self, set: &Options, today: Today) -> Box<[ConditionNo]> {
        let mut holding: Vec<ConditionNo> =
            set.iter().filter_map(|option| self.naming.get(option)).flatten().copied().collect();
        holding.sort_unstable();
        holding.dedup();
        holding.retain(|condition| self.predicates[condition].holds(Comparable::Options(set), today));
        holding.into()
    }
}

fn options(value: Comparable<'_>) -> Option<&Options> {
    if let Comparable::Options(options) = value { Some(options) } else { None }
}

/// The conditions on labels.
#[derive(Debug)]
pub(crate) struct LabelIndex {
    has: SeededMap<TextKey, ConditionNo>,
    has_any: Option<ConditionNo>,
}

impl LabelIndex {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        LabelIndex { has: SeededMap::new(hasher), has_any: None }
    }

    /// The memory that it allocates.
    pub(crate) fn bytes(&self) -> usize {
        self.has.bytes(|label, _| bytes::string(label.as_str().len()))
    }

    pub(crate) fn insert(&mut self, predicate: &LabelPredicate, condition: ConditionNo) {
        match predicate {
            LabelPredicate::Has(label) => {
                self.has.insert(label.clone(), condition);
            }
            LabelPredicate::HasAny => self.has_any = Some(condition),
        }
    }

    pub(crate) fn remove(&mut self, predicate: &LabelPredicate) {
        match predicate {
            LabelPredicate::Has(label) => {
                self.has.remove(label);
            }
            LabelPredicate::HasAny => self.has_any = None,
        }
    }

    /// The condition that a contact has a label.
    pub(crate) fn has(&self, label: &str) -> Option<ConditionNo> {
        self.has.get(label).copied()
    }

    /// The condition that a contact has any label.
    pub(crate) fn has_any(&self) -> Option<ConditionNo> {
        self.has_any
    }
}
