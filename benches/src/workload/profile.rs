//! The kinds of workload.

use crate::workload::field::Column;

/// The workloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// The behaviour of a CRM's users and customers.
    Crm,
    /// Every segment names the same label, which most events add or remove.
    AdversarialLabel,
    /// Every segment searches the same text field, which most events change.
    AdversarialText,
    /// Every segment compares the same number field, which most events change.
    AdversarialNumber,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Profile; 4] =
        [Profile::Crm, Profile::AdversarialLabel, Profile::AdversarialText, Profile::AdversarialNumber];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Profile::Crm => "crm",
            Profile::AdversarialLabel => "adversarial-label",
            Profile::AdversarialText => "adversarial-text",
            Profile::AdversarialNumber => "adversarial-number",
        }
    }

    /// The column that all segments read and most events change.
    pub const fn shared(self) -> Option<Column> {
        match self {
            Profile::Crm => None,
            Profile::AdversarialLabel => Some(Column::Labels),
            Profile::AdversarialText => Some(Column::Text(2)),
            Profile::AdversarialNumber => Some(Column::Number(1)),
        }
    }

    /// The profile with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }
}
