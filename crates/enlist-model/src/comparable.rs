//! What operators see of a value, whichever way the value is stored.

use crate::day::Day;
use crate::number::Number;
use crate::options::Options;
use crate::text::TextKey;

/// What operators see of a value.
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
    /// A boolean, its field's default taken into account.
    Boolean(bool),
    /// One option.
    Option(&'a str),
    /// A set of options.
    Options(&'a Options),
    /// The labels of a contact.
    Labels(&'a dyn LabelSet),
}

/// The labels of a contact, however they are kept.
pub trait LabelSet: std::fmt::Debug {
    /// Whether there is none.
    fn is_empty(&self) -> bool;
    /// Whether a label is among them.
    fn contains(&self, label: &TextKey) -> bool;
}
