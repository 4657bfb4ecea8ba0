//! The kinds of field, with their names.

use std::fmt;

/// What a field holds; decides which values fit and which operators apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Any string, compared by its [key](crate::value::text::TextKey).
    Text,
    /// A string compared by its ASCII digits alone.
    Phone,
    /// A finite 64-bit float.
    Number,
    /// A calendar date or an instant.
    Date,
    /// True or false.
    Boolean,
    /// One option.
    Select,
    /// A set of options.
    MultiSelect,
    /// The labels of a contact. Only the built-in field `labels` has this kind.
    Label,
}

impl Kind {
    /// Every kind with which a host can define a field.
    pub const DEFINABLE: [Kind; 7] =
        [Kind::Text, Kind::Phone, Kind::Number, Kind::Date, Kind::Boolean, Kind::Select, Kind::MultiSelect];

    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Phone => "phone",
            Kind::Number => "number",
            Kind::Date => "date",
            Kind::Boolean => "boolean",
            Kind::Select => "select",
            Kind::MultiSelect => "multi_select",
            Kind::Label => "label",
        }
    }

    /// The definable kind with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::DEFINABLE.into_iter().find(|kind| kind.name() == name)
    }

    /// What a value of this kind looks like, for messages.
    pub const fn accepted(self) -> &'static str {
        match self {
            Kind::Text => "a string",
            Kind::Phone => "a string with at least one digit",
            Kind::Number => "a finite number, or a string that holds one",
            Kind::Date => "a date as `2026-11-23` or an instant as `2026-11-23T10:00:00Z`",
            Kind::Boolean => "`true` or `false`",
            Kind::Select => "one option, as a string",
            Kind::MultiSelect => "a list of options, as strings",
            Kind::Label => "a label, as a string",
        }
    }

    /// Whether a field of this kind may define its options.
    pub const fn has_options(self) -> bool {
        matches!(self, Kind::Select | Kind::MultiSelect)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}
