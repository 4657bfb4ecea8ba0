//! The limits of rules, lists and values that a host may choose for a workspace, each up to a maximum.
//!
//! It does not know what is checked. Invariant: the maxima are within what the readers of JSON can read and what a walk
//! of a rule by recursion can afford.

use super::{LIST_VALUES, Limit, OPERAND_BYTES, RULE_CONDITIONS, RULE_DEPTH, VALUE_BYTES};

/// The limits of rules, lists and values in one workspace. The default is the [contract's](Self::CONTRACT); a host may
/// choose lower or higher ones, up to the [maxima](Self::MAXIMA). What exceeds one is refused with an error that names it.
///
/// They bound what is written from now on. What exists already stays as it is under lower limits.
///
/// ```
/// use enlist_model::limits::ContentLimits;
///
/// let limits = ContentLimits::default().with_list_values(5_000).with_rule_depth(4);
/// assert_eq!((limits.list_values().most, limits.rule_depth().most), (5_000, 4));
/// assert_eq!(limits.rule_conditions(), enlist_model::limits::RULE_CONDITIONS);
/// assert!(limits.above_maximum().is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContentLimits {
    /// Values in a list: an operand, a multi-select value, the options of a field. The error calls it `list_values`.
    pub list_values: usize,
    /// Conditions (leaves) in a rule. The error calls it `conditions`.
    pub rule_conditions: usize,
    /// Levels of groups in a rule; the outermost group is 1 and a `same_conversation` group adds 1. The error calls it
    /// `depth`.
    pub rule_depth: usize,
    /// Bytes of an operand that is a string. An operand that is an option, and a member of a list, are bounded by
    /// [`OPTION_BYTES`](super::OPTION_BYTES) instead. The error calls it `operand_bytes`.
    pub operand_bytes: usize,
    /// Bytes of a value that is a string. A member of a list is bounded by [`OPTION_BYTES`](super::OPTION_BYTES). The error
    /// calls it `value_bytes`.
    pub value_bytes: usize,
}

impl ContentLimits {
    /// The limits of the contract.
    pub const CONTRACT: ContentLimits = ContentLimits {
        list_values: LIST_VALUES.most,
        rule_conditions: RULE_CONDITIONS.most,
        rule_depth: RULE_DEPTH.most,
        operand_bytes: OPERAND_BYTES.most,
        value_bytes: VALUE_BYTES.most,
    };

    /// The greatest limits that a host may choose.
    ///
    /// | limit | maximum | because |
    /// |---|---|---|
    /// | `list_values` | 10,000 | a new set of options is compared with each condition that names one of them, member by member |
    /// | `rule_conditions` | 1,000 | each takes a bit for each contact, and a rule that is not saved yet compares its new conditions with each other |
    /// | `rule_depth` | 24 | rules are walked by recursion, and JSON is read to [64 levels](crate::MAX_DEPTH): the innermost operand of an event's rule is at level 51, which leaves some for an envelope |
    /// | `operand_bytes` | 4 KiB | saving a text finds each occurrence of each text that conditions search for: at worst as many as this times the next |
    /// | `value_bytes` | 64 KiB | the same; and a [line](super::LINE_BYTES) holds the value even if each byte is escaped |
    ///
    /// At the contract's limits such a worst case is 16 million occurrences, which take about half a second and 64 MB; at
    /// these it is 16 times as many. An explanation holds the value that each condition saw: a rule of 1,000 conditions on a list
    /// of 10,000 options makes one of a gigabyte. So raise these only where you trust the authors of rules.
    pub const MAXIMA: ContentLimits = ContentLimits {
        list_values: 10_000,
        rule_conditions: 1_000,
        rule_depth: 24,
        operand_bytes: 4 * 1_024,
        value_bytes: 64 * 1_024,
    };

    /// With a maximum of values in a list.
    #[must_use]
    pub const fn with_list_values(self, list_values: usize) -> Self {
        Self { list_values, ..self }
    }

    /// With a maximum of conditions in a rule.
    #[must_use]
    pub const fn with_rule_conditions(self, rule_conditions: usize) -> Self {
        Self { rule_conditions, ..self }
    }

    /// With a maximum depth of a rule.
    #[must_use]
    pub const fn with_rule_depth(self, rule_depth: usize) -> Self {
        Self { rule_depth, ..self }
    }

    /// With a maximum of bytes of an operand.
    #[must_use]
    pub const fn with_operand_bytes(self, operand_bytes: usize) -> Self {
        Self { operand_bytes, ..self }
    }

    /// With a maximum of bytes of a value.
    #[must_use]
    pub const fn with_value_bytes(self, value_bytes: usize) -> Self {
        Self { value_bytes, ..self }
    }

    /// The limit of values in a list.
    pub const fn list_values(&self) -> Limit {
        Limit { most: self.list_values, ..LIST_VALUES }
    }

    /// The limit of conditions in a rule.
    pub const fn rule_conditions(&self) -> Limit {
        Limit { most: self.rule_conditions, ..RULE_CONDITIONS }
    }

    /// The limit of the depth of a rule.
    pub const fn rule_depth(&self) -> Limit {
        Limit { most: self.rule_depth, ..RULE_DEPTH }
    }

    /// The limit of bytes of an operand.
    pub const fn operand_bytes(&self) -> Limit {
        Limit { most: self.operand_bytes, ..OPERAND_BYTES }
    }

    /// The limit of bytes of a value.
    pub const fn value_bytes(&self) -> Limit {
        Limit { most: self.value_bytes, ..VALUE_BYTES }
    }

    /// The first limit that is above its maximum: what was chosen, and the maximum.
    pub fn above_maximum(&self) -> Option<(usize, Limit)> {
        let maxima = Self::MAXIMA.each();
        let chosen = self.each().map(|limit| limit.most);
        chosen.into_iter().zip(maxima).find(|(chosen, maximum)| maximum.is_exceeded_by(*chosen))
    }

    /// The lower of each limit and that of `other`.
    #[must_use]
    pub fn at_most(self, other: Self) -> Self {
        self.paired(other, usize::min)
    }

    /// The higher of each limit and that of `other`.
    #[must_use]
    pub fn at_least(self, other: Self) -> Self {
        self.paired(other, usize::max)
    }

    fn paired(self, other: Self, choose: fn(usize, usize) -> usize) -> Self {
        ContentLimits {
            list_values: choose(self.list_values, other.list_values),
            rule_conditions: choose(self.rule_conditions, other.rule_conditions),
            rule_depth: choose(self.rule_depth, other.rule_depth),
            operand_bytes: choose(self.operand_bytes, other.operand_bytes),
            value_bytes: choose(self.value_bytes, other.value_bytes),
        }
    }

    fn each(&self) -> [Limit; 5] {
        [
            self.list_values(),
            self.rule_conditions(),
            self.rule_depth(),
            self.operand_bytes(),
            self.value_bytes(),
        ]
    }
}

impl Default for ContentLimits {
    fn default() -> Self {
        ContentLimits::CONTRACT
    }
}
