//! Every limit of the contract, as a named constant. Exceeding one is an error with that name.
//!
//! Those of rules, lists and values are defaults: a host may choose others for a workspace ([`ContentLimits`]).

mod content;

use std::fmt;

pub use content::ContentLimits;

/// A named maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its name, as errors show it.
    pub name: &'static str,
    /// The maximum.
    pub most: usize,
}

impl Limit {
    const fn new(name: &'static str, most: usize) -> Self {
        Limit { name, most }
    }

    /// Whether a count exceeds the maximum.
    pub const fn is_exceeded_by(self, count: usize) -> bool {
        count > self.most
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the limit `{}` of {}", self.name, self.most)
    }
}

/// Levels of groups in a rule; the outermost group is 1 and a `same_conversation` group adds 1.
pub const RULE_DEPTH: Limit = Limit::new("depth", 8);
/// Conditions (leaves) in a rule.
pub const RULE_CONDITIONS: Limit = Limit::new("conditions", 100);
/// Values in a list: an operand, a multi-select value, the options of a field.
pub const LIST_VALUES: Limit = Limit::new("list_values", 1_000);
/// Bytes of an operand that is no option.
pub const OPERAND_BYTES: Limit = Limit::new("operand_bytes", 1_024);
/// Bytes of a value.
pub const VALUE_BYTES: Limit = Limit::new("value_bytes", 16 * 1_024);
/// Bytes of a label.
pub const LABEL_BYTES: Limit = Limit::new("label_bytes", 1_024);
/// Bytes of an option.
pub const OPTION_BYTES: Limit = Limit::new("option_bytes", 1_024);
/// Labels on one contact.
pub const CONTACT_LABELS: Limit = Limit::new("contact_labels", 1_000);
/// Conversations of one contact.
pub const CONTACT_CONVERSATIONS: Limit = Limit::new("contact_conversations", 10_000);
/// Contacts in one partition, over its whole lifetime: 2³² − 1.
pub const PARTITION_CONTACTS: Limit = Limit::new("partition_contacts", u32::MAX as usize);
/// Bytes of one line of an event log, without its line end.
pub const LINE_BYTES: Limit = Limit::new("line_bytes", 1_024 * 1_024);
/// Bytes of an id.
pub const ID_BYTES: Limit = Limit::new("id_bytes", 256);
/// The greatest n of an operator over n days.
pub const DAYS_N: i32 = 36_500;
