//! The view of a value that operators compare, independent of how the value is stored.

use crate::time::day::Day;
use crate::value::number::Number;
use crate::value::options::Options;
use crate::value::text::TextKey;

/// A value as operators compare it.
#[derive(Clone, Copy, Debug)]
pub enum Comparable<'a> {
    /// No value.
    Empty,
    /// A text's key, or a phone's digits.
    Text(&'a str),
    /// A number.
    Number(Number),
    /// The day of a date, in the workspace's time zone.
    Day(Day),
    /// A boolean, or the default of its field if it is empty.
    Boolean(bool),
    /// One option.
    Option(&'a str),
    /// A set of options.
    Options(&'a Options),
    /// The labels of a contact.
    Labels(&'a dyn LabelSet),
}

/// The labels of a contact, independent of how they are stored.
pub trait LabelSet: std::fmt::Debug {
    /// Whether the contact has no labels.
    fn is_empty(&self) -> bool;
    /// Whether the contact has a label.
    fn contains(&self, label: &TextKey) -> bool;
}
