//! The operator table: every operator's word, the kinds that have it, the operand it takes, and what it negates.
//!
//! What an operator *means* is its [`Predicate`], made here from a checked operand; see there.

use std::fmt;

use crate::day::Day;
use crate::error::Unfit;
use crate::json::Json;
use crate::kind::Kind;
use crate::limits;
use crate::number::Number;
use crate::options::{Options, read_option};
use crate::predicate::{Comparison, DayWindow, Predicate};
use crate::text::TextKey;
use crate::value::phone_digits;

macro_rules! operators {
    ($($operator:ident $name:literal [$($kind:ident)*] $(negates $positive:ident)?;)*) => {
        /// An operator of a condition on a field.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operator {
            $(#[doc = concat!("`", $name, "`")] $operator,)*
        }

        impl Operator {
            /// Every operator, in the order of the contract.
            pub const ALL: &[Operator] = &[$(Operator::$operator,)*];

            /// Its word in JSON.
            pub const fn name(self) -> &'static str {
                match self { $(Operator::$operator => $name,)* }
            }

            /// The kinds of field that have it.
            pub const fn kinds(self) -> &'static [Kind] {
                match self { $(Operator::$operator => &[$(Kind::$kind,)*],)* }
            }

            /// The positive operator of which this is the exact complement, if it is a negated one.
            pub const fn negates(self) -> Option<Operator> {
                match self { $(Operator::$operator => operators!(@ $($positive)?),)* }
            }
        }
    };
    (@) => { None };
    (@ $positive:ident) => { Some(Operator::$positive) };
}

operators! {
    Equals "equals" [Text Phone Number Select];
    NotEquals "not_equals" [Text Phone Number Select] negates Equals;
    Contains "contains" [Text Phone];
    DoesNotContain "does_not_contain" [Text Phone] negates Contains;
    StartsWith "starts_with" [Text Phone];
    EndsWith "ends_with" [Text Phone];
    GreaterThan "greater_than" [Number];
    GreaterThanOrEqual "greater_than_or_equal" [Number];
    LessThan "less_than" [Number];
    LessThanOrEqual "less_than_or_equal" [Number];
    Is "is" [Date];
    IsNot "is_not" [Date] negates Is;
    IsAfter "is_after" [Date];
    IsBefore "is_before" [Date];
    IsToday "is_today" [Date];
    IsYesterday "is_yesterday" [Date];
    IsThisWeek "is_this_week" [Date];
    IsThisMonth "is_this_month" [Date];
    IsLastMonth "is_last_month" [Date];
    IsInLast7Days "is_in_last_7_days" [Date];
    IsInLastNDays "is_in_last_n_days" [Date];
    IsInNextNDays "is_in_next_n_days" [Date];
    IsMoreThanNDaysAgo "is_more_than_n_days_ago" [Date];
    IsTrue "is_true" [Boolean];
    IsFalse "is_false" [Boolean];
    ContainsAny "contains_any" [MultiSelect];
    ContainsAll "contains_all" [MultiSelect];
    DoesNotContainAny "does_not_contain_any" [MultiSelect] negates ContainsAny;
    DoesNotContainAll "does_not_contain_all" [MultiSelect] negates ContainsAll;
    HasLabel "has_label" [Label];
    DoesNotHaveLabel "does_not_have_label" [Label] negates HasLabel;
    HasAnyLabel "has_any_label" [Label];
    HasNoLabels "has_no_labels" [Label] negates HasAnyLabel;
    IsNotEmpty "is_not_empty" [Text Phone Number Date Boolean Select MultiSelect];
    // The contract calls `is_empty` the positive one. The two are complements, so either may be; having a value is
    // the one that is false on an empty value, as every other positive operator is.
    IsEmpty "is_empty" [Text Phone Number Date Boolean Select MultiSelect] negates IsNotEmpty;
}

/// What a condition's `value` must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperandShape {
    /// No value.
    Nothing,
    /// A string that is not blank.
    Text,
    /// A string with at least one digit.
    Phone,
    /// A finite number.
    Number,
    /// A calendar date.
    Day,
    /// A whole number of days, from 1 to 36,500.
    DayCount,
    /// One option.
    Option,
    /// A list of options, not empty.
    Options,
    /// One label.
    Label,
}

impl OperandShape {
    /// What would be accepted, for messages.
    pub const fn accepted(self) -> &'static str {
        match self {
            OperandShape::Nothing => "no value",
            OperandShape::Text => "a string that is not blank",
            OperandShape::Phone => "a string with at least one digit",
            OperandShape::Number => "a finite number, or a string that holds one",
            OperandShape::Day => "a calendar date as `2026-11-23`",
            OperandShape::DayCount => "a whole number of days from 1 to 36500",
            OperandShape::Option => "an option: a string that is not blank",
            OperandShape::Options => "a list of options, not empty",
            OperandShape::Label => "a label: a string that is not blank",
        }
    }
}

impl Operator {
    /// The operator of that word.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operator| operator.name() == name)
    }

    /// The operators that a kind has.
    pub fn of_kind(kind: Kind) -> impl Iterator<Item = Operator> {
        Self::ALL.iter().copied().filter(move |operator| operator.kinds().contains(&kind))
    }

    /// The operand it takes on a field of a kind that has it.
    pub const fn operand(self, kind: Kind) -> OperandShape {
        if let Some(positive) = self.negates() {
            return positive.operand(kind);
        }
        match self {
            Operator::Equals | Operator::Contains | Operator::StartsWith | Operator::EndsWith => match kind {
                Kind::Phone => OperandShape::Phone,
                Kind::Number => OperandShape::Number,
                Kind::Select => OperandShape::Option,
                _ => OperandShape::Text,
            },
            Operator::GreaterThan
            | Operator::GreaterThanOrEqual
            | Operator::LessThan
            | Operator::LessThanOrEqual => OperandShape::Number,
            Operator::Is | Operator::IsAfter | Operator::IsBefore => OperandShape::Day,
            Operator::IsInLastNDays | Operator::IsInNextNDays | Operator::IsMoreThanNDaysAgo => {
                OperandShape::DayCount
            }
            Operator::ContainsAny | Operator::ContainsAll => OperandShape::Options,
            Operator::HasLabel => OperandShape::Label,
            _ => OperandShape::Nothing,
        }
    }

    /// The predicate of which this operator is the truth, or, where it negates one, the complement.
    ///
    /// # Errors
    /// [`Unfit`] if the operand is missing, surplus, of the wrong type or over a limit.
    pub fn predicate(self, kind: Kind, operand: &Json) -> Result<Predicate, Unfit> {
        if let Some(positive) = self.negates() {
            return positive.predicate(kind, operand);
        }
        let predicate = match self.operand(kind) {
            OperandShape::Nothing if !operand.is_empty() => None,
            OperandShape::Nothing => self.without_operand(),
            _ if operand.is_empty() => None,
            OperandShape::Text => {
                bounded_text(operand)?.and_then(TextKey::of).and_then(|key| self.text(key.as_str()))
            }
            OperandShape::Phone => bounded_text(operand)?
                .map(phone_digits)
                .filter(|digits| !digits.is_empty())
                .and_then(|digits| self.text(&digits)),
            OperandShape::Number => {
                bounded_text(operand)?;
                Number::read(operand).and_then(|number| self.number(number))
            }
            OperandShape::Day => bounded_text(operand)?.and_then(Day::parse).and_then(|day| self.day(day)),
            OperandShape::DayCount => {
                bounded_text(operand)?;
                day_count(operand).and_then(|n| self.days(n))
            }
            OperandShape::Option => Some(Predicate::OptionEquals(read_option(operand)?)),
            OperandShape::Options => match operand {
                Json::List(members) => self.options(Options::read(members)?),
                _ => None,
            },
            OperandShape::Label => bounded_text(operand)?.and_then(TextKey::of).map(Predicate::HasLabel),
        };
        predicate.ok_or_else(|| Unfit {
            found: if operand.is_empty() { "no value".to_owned() } else { operand.shown() },
            accepted: self.operand(kind).accepted().to_owned(),
        })
    }

    fn without_operand(self) -> Option<Predicate> {
        Some(match self {
            Operator::IsNotEmpty | Operator::HasAnyLabel => Predicate::HasValue,
            Operator::IsTrue => Predicate::Boolean(true),
            Operator::IsFalse => Predicate::Boolean(false),
            Operator::IsToday => Predicate::Day(DayWindow::LastDays(1)),
            Operator::IsYesterday => Predicate::Day(DayWindow::Yesterday),
            Operator::IsThisWeek => Predicate::Day(DayWindow::ThisWeek),
            Operator::IsThisMonth => Predicate::Day(DayWindow::ThisMonth),
            Operator::IsLastMonth => Predicate::Day(DayWindow::LastMonth),
            Operator::IsInLast7Days => Predicate::Day(DayWindow::LastDays(7)),
            _ => return None,
        })
    }

    fn text(self, key: &str) -> Option<Predicate> {
        Some(match self {
            Operator::Equals => Predicate::TextEquals(key.into()),
            Operator::Contains => Predicate::TextContains(key.into()),
            Operator::StartsWith => Predicate::TextStartsWith(key.into()),
            Operator::EndsWith => Predicate::TextEndsWith(key.into()),
            _ => return None,
        })
    }

    fn number(self, operand: Number) -> Option<Predicate> {
        let comparison = match self {
            Operator::Equals => Comparison::Equal,
            Operator::GreaterThan => Comparison::Greater,
            Operator::GreaterThanOrEqual => Comparison::GreaterOrEqual,
            Operator::LessThan => Comparison::Less,
            Operator::LessThanOrEqual => Comparison::LessOrEqual,
            _ => return None,
        };
        Some(Predicate::Number(comparison, operand))
    }

    fn day(self, operand: Day) -> Option<Predicate> {
        Some(Predicate::Day(match self {
            Operator::Is => DayWindow::Is(operand),
            Operator::IsAfter => DayWindow::After(operand),
            Operator::IsBefore => DayWindow::Before(operand),
            _ => return None,
        }))
    }

    fn days(self, n: i32) -> Option<Predicate> {
        Some(Predicate::Day(match self {
            Operator::IsInLastNDays => DayWindow::LastDays(n),
            Operator::IsInNextNDays => DayWindow::NextDays(n),
            Operator::IsMoreThanNDaysAgo => DayWindow::MoreThanDaysAgo(n),
            _ => return None,
        }))
    }

    fn options(self, operands: Options) -> Option<Predicate> {
        Some(match self {
            Operator::ContainsAny => Predicate::ContainsAny(operands),
            Operator::ContainsAll => Predicate::ContainsAll(operands),
            _ => return None,
        })
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// The text of an operand that is a string within its limit; `None` if it is no string.
fn bounded_text(operand: &Json) -> Result<Option<&str>, Unfit> {
    let Json::Text(text) = operand else { return Ok(None) };
    if limits::OPERAND_BYTES.is_exceeded_by(text.len()) {
        return Err(Unfit {
            found: format!("{} bytes", text.len()),
            accepted: format!("an operand within {}", limits::OPERAND_BYTES),
        });
    }
    Ok(Some(text))
}

/// A whole number from 1 to 36,500.
fn day_count(operand: &Json) -> Option<i32> {
    let number = Number::read(operand)?.get();
    (number.fract() == 0.0 && (1.0..=f64::from(limits::DAYS_N)).contains(&number)).then_some(number as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predicate(operator: Operator, kind: Kind, operand: &str) -> Result<Predicate, Unfit> {
        operator.predicate(kind, &Json::parse(operand).unwrap())
    }

    #[test]
    fn every_operator_of_every_kind_makes_a_predicate_of_a_good_operand() {
        for operator in Operator::ALL.iter().copied() {
            for kind in operator.kinds().iter().copied() {
                let operand = match operator.operand(kind) {
                    OperandShape::Nothing => "null",
                    OperandShape::Text | OperandShape::Option | OperandShape::Label => "\"x\"",
                    OperandShape::Phone | OperandShape::Number | OperandShape::DayCount => "\"12\"",
                    OperandShape::Day => "\"2026-11-23\"",
                    OperandShape::Options => "[\"x\"]",
                };
                assert!(predicate(operator, kind, operand).is_ok(), "{operator} on {kind}");
            }
        }
    }

    #[test]
    fn a_blank_operand_is_a_missing_one() {
        for blank in ["null", "\" \"", "[]"] {
            let unfit = predicate(Operator::Equals, Kind::Text, blank).unwrap_err();
            assert_eq!(unfit.found, "no value");
            assert!(predicate(Operator::IsToday, Kind::Date, blank).is_ok());
        }
        assert!(predicate(Operator::IsToday, Kind::Date, "1").is_err());
    }

    #[test]
    fn n_is_a_whole_number_within_its_bounds() {
        for good in ["1", "36500", "7.0", "\" 7 \""] {
            assert!(predicate(Operator::IsInLastNDays, Kind::Date, good).is_ok(), "{good}");
        }
        for wrong in ["0", "36501", "1.5", "-1", "\"x\"", "true"] {
            assert!(predicate(Operator::IsInLastNDays, Kind::Date, wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_operand_is_a_calendar_date_and_is_not_trimmed() {
        for wrong in ["\" 2026-11-23\"", "\"2026-11-23T00:00:00Z\"", "\"2026-13-01\"", "20261123"] {
            assert!(predicate(Operator::Is, Kind::Date, wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_megabyte_operand_is_refused_by_its_limit() {
        let operand = Json::Text("x".repeat(1 << 20));
        let unfit = Operator::Contains.predicate(Kind::Text, &operand).unwrap_err();
        assert!(unfit.accepted.contains("operand_bytes"), "{unfit:?}");
    }
}
