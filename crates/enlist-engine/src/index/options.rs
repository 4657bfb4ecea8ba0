//! Conditions on options and labels: those that name an option that came or went.

use compact_str::CompactString;
use enlist_model::{Comparable, Options, Predicate, TextKey, Today};
use rustc_hash::FxHashMap;

use crate::bytes;
use crate::ids::ConditionNo;

/// The conditions on a select field.
#[derive(Debug, Default)]
pub(crate) struct SingleIndex {
    equals: FxHashMap<CompactString, ConditionNo>,
}

impl SingleIndex {
    /// Bytes that it takes beside itself.
    pub(crate) fn bytes(&self) -> usize {
        let options = self.equals.keys().map(|option| bytes::string(option.len()));
        bytes::table::<(CompactString, ConditionNo)>(self.equals.capacity()) + options.sum::<usize>()
    }

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
    /// The conditions that hold of sets that were asked for lately, in order.
    holding: FxHashMap<Options, Box<[ConditionNo]>>,
}

/// So many sets are remembered; then all are forgotten.
const REMEMBERED: usize = 1_024;

impl OptionSetIndex {
    /// Bytes that it takes beside itself. The sets that it remembers are those of contacts or rules.
    pub(crate) fn bytes(&self) -> usize {
        let naming = self
            .naming
            .iter()
            .map(|(option, conditions)| bytes::string(option.len()) + bytes::list(conditions));
        let holding = self.holding.values().map(|conditions| bytes::room::<ConditionNo>(conditions.len()));
        bytes::table::<(CompactString, Vec<ConditionNo>)>(self.naming.capacity())
            + naming.sum::<usize>()
            + bytes::table::<(ConditionNo, Predicate)>(self.predicates.capacity())
            + bytes::table::<(Options, Box<[ConditionNo]>)>(self.holding.capacity())
            + holding.sum::<usize>()
    }

    pub(crate) fn insert(&mut self, predicate: &Predicate, condition: ConditionNo) {
        for option in enlist_model::named_options(predicate) {
            self.naming.entry(option.into()).or_default().push(condition);
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
        if self.holding.len() + sets.len() > REMEMBERED {
            self.holding.clear();
        }
        for set in sets.into_iter().flatten() {
            if !self.holding.contains_key(set) {
                self.holding.insert(set.clone(), self.holding_of(set, today));
            }
        }
        let [before, after] = sets.map(|set| set.map_or(&[][..], |set| &self.holding[set]));
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
#[derive(Debug, Default)]
pub(crate) struct LabelIndex {
    has: FxHashMap<TextKey, ConditionNo>,
    has_any: Option<ConditionNo>,
}

impl LabelIndex {
    /// Bytes that it takes beside itself.
    pub(crate) fn bytes(&self) -> usize {
        let labels = self.has.keys().map(|label| bytes::string(label.as_str().len()));
        bytes::table::<(TextKey, ConditionNo)>(self.has.capacity()) + labels.sum::<usize>()
    }

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
