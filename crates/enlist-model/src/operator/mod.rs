//! The table of operators: the name of each, the kinds that have it, the operand it takes, and the operator it negates.
//!
//! It does not know what an operator means: that is its [`Predicate`], which is made here from a checked operand.

pub(crate) mod predicate;

use std::fmt;

use crate::json::Json;
use crate::kind::Kind;
use crate::limits::{self, ContentLimits};
use crate::operator::predicate::{Comparison, DayWindow, LabelPredicate, Predicate};
use crate::problem::{ProblemCode, Unfit};
use crate::short_text::ShortText;
use crate::time::day::Day;
use crate::value::number::Number;
use crate::value::options::{Options, read_option};
use crate::value::phone_digits;
use crate::value::text::TextKey;

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

            /// Its name in JSON.
            pub const fn name(self) -> &'static str {
                match self { $(Operator::$operator => $name,)* }
            }

            /// The kinds of field that have it.
            pub const fn kinds(self) -> &'static [Kind] {
                match self { $(Operator::$operator => &[$(Kind::$kind,)*],)* }
            }

            /// The positive operator of which this one is the exact complement, if this one is negated.
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
    // The contract calls `is_empty` the positive operator. The two are complements, so either can be. Here it is
    // `is_not_empty`, because every positive operator must be false on an empty value.
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
    /// What is accepted, for messages.
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
    /// The operator with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operator| operator.name() == name)
    }

    /// The operators that a kind has.
    pub fn of_kind(kind: Kind) -> impl Iterator<Item = Operator> {
        Self::ALL.iter().copied().filter(move |operator| operator.kinds().contains(&kind))
    }

    /// The operand it takes on a field of a kind that has it.
    pub fn operand(self, kind: Kind) -> OperandShape {
        match self.form(kind) {
            Form::Fixed(_) => OperandShape::Nothing,
            Form::Text(_) => OperandShape::Text,
            Form::Phone(_) => OperandShape::Phone,
            Form::Number(_) => OperandShape::Number,
            Form::Day(_) => OperandShape::Day,
            Form::DayCount(_) => OperandShape::DayCount,
            Form::Option => OperandShape::Option,
            Form::Options(_) => OperandShape::Options,
            Form::Label => OperandShape::Label,
        }
    }

    /// The predicate of this operator, or of the operator it negates, with an operand within the limits of the contract.
    ///
    /// # Errors
    /// As [`predicate_within`](Self::predicate_within).
    pub fn predicate(self, kind: Kind, operand: &Json) -> Result<Predicate, Unfit> {
        self.predicate_within(kind, operand, &ContentLimits::CONTRACT)
    }

    /// The predicate of this operator, or of the operator it negates.
    ///
    /// # Errors
    /// [`Unfit`] if the operand is missing, surplus, of the wrong type or over a limit.
    pub fn predicate_within(
        self,
        kind: Kind,
        operand: &Json,
        limits: &ContentLimits,
    ) -> Result<Predicate, Unfit> {
        let accepted = self.operand(kind).accepted();
        let form = self.form(kind);
        // An empty operand counts as missing, so this comes before any check of its type.
        match (operand.is_empty(), matches!(form, Form::Fixed(_))) {
            (true, false) => return Err(Unfit::new(ProblemCode::MissingValue, "no value", accepted)),
            (false, true) => return Err(Unfit::new(ProblemCode::SurplusValue, operand.shown(), accepted)),
            (true, true) | (false, false) => {}
        }
        let unfit = |found: String| Unfit::new(ProblemCode::WrongValue, found, accepted);
        let predicate = match form {
            Form::Fixed(predicate) => Some(predicate),
            Form::Text(predicate) => {
                bounded_text(operand, limits)?.and_then(TextKey::of).map(|key| predicate(key.as_str().into()))
            }
            Form::Phone(predicate) => bounded_text(operand, limits)?
                .map(phone_digits)
                .filter(|digits| !digits.is_empty())
                .map(predicate),
            Form::Number(comparison) => {
                bounded_text(operand, limits)?;
                Number::read(operand).map(|number| Predicate::Number(comparison, number))
            }
            Form::Day(window) => match bounded_text(operand, limits)?.map(Day::read) {
                Some(Err(problem)) => return Err(unfit(problem.shown_with(operand))),
                day => day.and_then(Result::ok).map(|day| Predicate::Day(window(day))),
            },
            Form::DayCount(window) => {
                bounded_text(operand, limits)?;
                day_count(operand).map(|n| Predicate::Day(window(n)))
            }
            Form::Option => Some(Predicate::OptionEquals(read_option(operand)?)),
            Form::Options(predicate) => {
                let read = |members| Options::read_within(members, limits);
                operand.as_list().map(read).transpose()?.map(predicate)
            }
            Form::Label => {
                let key = bounded_text(operand, limits)?.and_then(TextKey::of);
                key.map(LabelPredicate::Has).map(Predicate::Labels)
            }
        };
        predicate.ok_or_else(|| unfit(operand.shown()))
    }

    /// How it becomes a predicate on a field of a kind that has it. A negated operator shares the arm of the operator
    /// it negates, because both have the same predicate.
    fn form(self, kind: Kind) -> Form {
        match self {
            Operator::Equals | Operator::NotEquals => match kind {
                Kind::Phone => Form::Phone(Predicate::TextEquals),
                Kind::Number => Form::Number(Comparison::Equal),
                Kind::Select => Form::Option,
                // Of these, only text has `equals`. The check of a condition refuses the others before it asks.
                Kind::Text | Kind::Date | Kind::Boolean | Kind::MultiSelect | Kind::Label => {
                    Form::Text(Predicate::TextEquals)
                }
            },
            Operator::Contains | Operator::DoesNotContain => Form::key(kind, Predicate::TextContains),
            Operator::StartsWith => Form::key(kind, Predicate::TextStartsWith),
            Operator::EndsWith => Form::key(kind, Predicate::TextEndsWith),
            Operator::GreaterThan => Form::Number(Comparison::Greater),
            Operator::GreaterThanOrEqual => Form::Number(Comparison::GreaterOrEqual),
            Operator::LessThan => Form::Number(Comparison::Less),
            Operator::LessThanOrEqual => Form::Number(Comparison::LessOrEqual),
            Operator::Is | Operator::IsNot => Form::Day(DayWindow::Is),
            Operator::IsAfter => Form::Day(DayWindow::After),
            Operator::IsBefore => Form::Day(DayWindow::Before),
            Operator::IsToday => Form::Fixed(Predicate::Day(DayWindow::LastDays(1))),
            Operator::IsYesterday => Form::Fixed(Predicate::Day(DayWindow::Yesterday)),
            Operator::IsThisWeek => Form::Fixed(Predicate::Day(DayWindow::ThisWeek)),
            Operator::IsThisMonth => Form::Fixed(Predicate::Day(DayWindow::ThisMonth)),
            Operator::IsLastMonth => Form::Fixed(Predicate::Day(DayWindow::LastMonth)),
            Operator::IsInLast7Days => Form::Fixed(Predicate::Day(DayWindow::LastDays(7))),
            Operator::IsInLastNDays => Form::DayCount(DayWindow::LastDays),
            Operator::IsInNextNDays => Form::DayCount(DayWindow::NextDays),
            Operator::IsMoreThanNDaysAgo => Form::DayCount(DayWindow::MoreThanDaysAgo),
            Operator::IsTrue => Form::Fixed(Predicate::Boolean(true)),
            Operator::IsFalse => Form::Fixed(Predicate::Boolean(false)),
            Operator::ContainsAny | Operator::DoesNotContainAny => Form::Options(Predicate::ContainsAny),
            Operator::ContainsAll | Operator::DoesNotContainAll => Form::Options(Predicate::ContainsAll),
            Operator::HasLabel | Operator::DoesNotHaveLabel => Form::Label,
            Operator::HasAnyLabel | Operator::HasNoLabels => {
                Form::Fixed(Predicate::Labels(LabelPredicate::HasAny))
            }
            Operator::IsNotEmpty | Operator::IsEmpty => Form::Fixed(Predicate::HasValue),
        }
    }
}

/// How an operator becomes a predicate: the operand it takes and the predicate made of it.
enum Form {
    /// No operand.
    Fixed(Predicate),
    /// The key of a text.
    Text(fn(ShortText) -> Predicate),
    /// The digits of a phone number.
    Phone(fn(ShortText) -> Predicate),
    Number(Comparison),
    Day(fn(Day) -> DayWindow),
    DayCount(fn(i32) -> DayWindow),
    Option,
    Options(fn(Options) -> Predicate),
    Label,
}

impl Form {
    /// A predicate over the keys of texts, which for phone numbers are their digits.
    fn key(kind: Kind, predicate: fn(ShortText) -> Predicate) -> Self {
        if kind == Kind::Phone { Form::Phone(predicate) } else { Form::Text(predicate) }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// The text of a string operand within its limit; `None` if it is not a string.
fn bounded_text<'a>(operand: &'a Json, limits: &ContentLimits) -> Result<Option<&'a str>, Unfit> {
    let Some(text) = operand.as_text() else { return Ok(None) };
    if limits.operand_bytes().is_exceeded_by(text.len()) {
        let accepted = format!("an operand within {}", limits.operand_bytes());
        return Err(Unfit::new(ProblemCode::ValueOverLimit, format!("{} bytes", text.len()), accepted));
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
    fn a_negated_operator_has_the_predicate_of_the_one_it_negates() {
        for operator in Operator::ALL.iter().copied() {
            let Some(positive) = operator.negates() else { continue };
            for kind in operator.kinds().iter().copied() {
                for operand in ["null", "\"12\"", "\"2026-11-23\"", "[\"x\"]"] {
                    let predicates = [operator, positive].map(|each| predicate(each, kind, operand));
                    assert_eq!(predicates[0], predicates[1], "{operator} on {kind}");
                }
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
