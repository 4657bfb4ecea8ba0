//! Options: the values of select and multi-select fields, and the operands that name them.
//!
//! It does not know which options a field accepts. Invariant: a set of options is sorted, without duplicates and never
//! empty; an option is not blank and within its limit.

use std::sync::Arc;

use crate::json::Json;
use crate::limits::{self, ContentLimits};
use crate::problem::{ProblemCode, Unfit};
use crate::short_text::ShortText;

/// A set of options, sorted by their bytes; never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Options(Arc<[ShortText]>);

impl Options {
    /// The set of some options; `None` if there are none.
    pub fn new(mut options: Vec<ShortText>) -> Option<Self> {
        options.sort_unstable();
        options.dedup();
        (!options.is_empty()).then(|| Options(options.into()))
    }

    /// Reads a list of options within the limits of the contract.
    ///
    /// # Errors
    /// As [`read_within`](Self::read_within).
    pub fn read(members: &[Json]) -> Result<Self, Unfit> {
        Self::read_within(members, &ContentLimits::CONTRACT)
    }

    /// Reads a list of options.
    ///
    /// # Errors
    /// [`Unfit`] names the first member that is not an option, or the limit that the list exceeds.
    pub fn read_within(members: &[Json], limits: &ContentLimits) -> Result<Self, Unfit> {
        // Before the members are read: a list over the limit can have any length.
        length_within(members.len(), limits)?;
        let options = members.iter().map(read_option).collect::<Result<_, _>>()?;
        Options::new(options)
            .ok_or_else(|| Unfit::new(ProblemCode::MissingValue, "an empty list", "at least one option"))
    }

    /// Checks the number of options against the limit of a list, and each option.
    ///
    /// # Errors
    /// [`Unfit`] as of [`read_within`](Self::read_within).
    pub(crate) fn check_within(&self, limits: &ContentLimits) -> Result<(), Unfit> {
        length_within(self.0.len(), limits)?;
        self.iter().try_for_each(|option| option_of(option).map(|_| ()))
    }

    /// Whether the set holds an option.
    pub fn contains(&self, option: &str) -> bool {
        self.0.binary_search_by(|held| held.as_str().cmp(option)).is_ok()
    }

    /// The options, sorted by their bytes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(ShortText::as_str)
    }
}

fn length_within(length: usize, limits: &ContentLimits) -> Result<(), Unfit> {
    if limits.list_values().is_exceeded_by(length) {
        let found = format!("a list of {length} values");
        let accepted = format!("a list within {}", limits.list_values());
        return Err(Unfit::new(ProblemCode::ValueOverLimit, found, accepted));
    }
    Ok(())
}

/// Reads one option: a string that is not blank.
///
/// # Errors
/// [`Unfit`] if it is anything else, or too long.
pub fn read_option(json: &Json) -> Result<ShortText, Unfit> {
    json.as_text().map_or_else(|| Err(not_an_option(json)), option_of)
}

/// Checks a string as an option.
///
/// # Errors
/// [`Unfit`] if it is blank or too long.
pub(crate) fn option_of(text: &str) -> Result<ShortText, Unfit> {
    if text.trim().is_empty() {
        return Err(not_an_option(&Json::from(text)));
    }
    if limits::OPTION_BYTES.is_exceeded_by(text.len()) {
        let found = format!("an option of {} bytes", text.len());
        let accepted = format!("an option within {}", limits::OPTION_BYTES);
        return Err(Unfit::new(ProblemCode::ValueOverLimit, found, accepted));
    }
    Ok(text.into())
}

fn not_an_option(found: &Json) -> Unfit {
    Unfit::new(ProblemCode::WrongValue, found.shown(), "an option: a string that is not blank")
}
