//! The meaning of every operator, written once.
//!
//! A [`Predicate`] is a positive operator with its operand. Negated operators are complements of predicates and are
//! never evaluated on their own. It does not know fields, rules or time zones: dates arrive as days. Invariant: a
//! predicate is false on an empty value.

use std::ops::RangeInclusive;

use crate::short_text::ShortText;
use crate::time::day::{Day, Today};
use crate::value::comparable::{Comparable, LabelSet};
use crate::value::number::Number;
use crate::value::options::Options;
use crate::value::text::TextKey;

/// A positive operator with its operand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Predicate {
    /// There is a value: `is_not_empty`.
    HasValue,
    /// The keys are equal.
    TextEquals(ShortText),
    /// The value's key contains the operand's.
    TextContains(ShortText),
    /// The value's key starts with the operand's.
    TextStartsWith(ShortText),
    /// The value's key ends with the operand's.
    TextEndsWith(ShortText),
    /// The comparison of the number with the operand is true.
    Number(Comparison, Number),
    /// The day lies in the window.
    Day(DayWindow),
    /// The boolean is this one.
    Boolean(bool),
    /// The option is this one.
    OptionEquals(ShortText),
    /// The options contain at least one of these.
    ContainsAny(Options),
    /// The options contain all of these.
    ContainsAll(Options),
    /// The labels meet this.
    Labels(LabelPredicate),
}

/// What labels meet. No other predicate is about labels.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LabelPredicate {
    /// They contain this one: `has_label`.
    Has(TextKey),
    /// There is one: `has_any_label`.
    HasAny,
}

impl LabelPredicate {
    fn holds(&self, labels: &dyn LabelSet) -> bool {
        match self {
            LabelPredicate::Has(label) => labels.contains(label),
            LabelPredicate::HasAny => !labels.is_empty(),
        }
    }
}

/// How a number compares with an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `equals`
    Equal,
    /// `greater_than`
    Greater,
    /// `greater_than_or_equal`
    GreaterOrEqual,
    /// `less_than`
    Less,
    /// `less_than_or_equal`
    LessOrEqual,
}

impl Comparison {
    /// The [orders](Number::order) of the numbers for which the comparison with an operand is true.
    pub fn orders(self, operand: Number) -> RangeInclusive<i64> {
        let order = operand.order();
        match self {
            Comparison::Equal => order..=order,
            // This cannot overflow: an order is never `i64::MIN` or `i64::MAX`.
            Comparison::Greater => order + 1..=i64::MAX,
            Comparison::GreaterOrEqual => order..=i64::MAX,
            Comparison::Less => i64::MIN..=order - 1,
            Comparison::LessOrEqual => i64::MIN..=order,
        }
    }
}

/// Consecutive calendar days, fixed or relative to today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DayWindow {
    /// `is`: that day.
    Is(Day),
    /// `is_after`: the days after it.
    After(Day),
    /// `is_before`: the days before it.
    Before(Day),
    /// `is_in_last_n_days` (1 is `is_today`): today and the n − 1 days before it.
    LastDays(i32),
    /// `is_in_next_n_days`: today and the n − 1 days after it.
    NextDays(i32),
    /// `is_more_than_n_days_ago`: the days before today − n.
    MoreThanDaysAgo(i32),
    /// `is_yesterday`
    Yesterday,
    /// `is_this_week`: the whole calendar week of today.
    ThisWeek,
    /// `is_this_month`: the whole calendar month of today.
    ThisMonth,
    /// `is_last_month`: the whole calendar month before it.
    LastMonth,
}

/// The days from `first` to `last`, both included; `None` means unbounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRange {
    /// The first day.
    pub first: Option<Day>,
    /// The last day.
    pub last: Option<Day>,
}

impl DayRange {
    /// Whether a day lies in the range.
    pub fn contains(self, day: Day) -> bool {
        self.first.is_none_or(|first| first <= day) && self.last.is_none_or(|last| day <= last)
    }

    /// The [numbers](Day::number) of its days.
    pub fn numbers(self) -> RangeInclusive<i64> {
        let number = |day: Day| i64::from(day.number());
        self.first.map_or(i64::MIN, number)..=self.last.map_or(i64::MAX, number)
    }

    const fn between(first: Day, last: Day) -> Self {
        DayRange { first: Some(first), last: Some(last) }
    }

    const fn from(first: Day) -> Self {
        DayRange { first: Some(first), last: None }
    }

    const fn until(last: Day) -> Self {
        DayRange { first: None, last: Some(last) }
    }

    const ALWAYS: DayRange = DayRange { first: None, last: None };
    /// Contains no day: it ends before it begins.
    pub const NEVER: DayRange =
        DayRange { first: Some(Day::from_number(i32::MAX)), last: Some(Day::from_number(i32::MIN)) };
}

impl DayWindow {
    /// The days of the window, as of today.
    pub fn days(self, today: Today) -> DayRange {
        let day = today.day;
        match self {
            DayWindow::Is(only) => DayRange::between(only, only),
            DayWindow::After(before) => DayRange::from(before.plus(1)),
            DayWindow::Before(after) => DayRange::until(after.plus(-1)),
            // Today is one of the n days, so the window begins n − 1 days earlier.
            DayWindow::LastDays(n) => DayRange::between(day.plus(1 - n), day),
            DayWindow::NextDays(n) => DayRange::between(day, day.plus(n - 1)),
            // "More than n days ago" excludes the day n days ago.
            DayWindow::MoreThanDaysAgo(n) => DayRange::until(day.plus(-n - 1)),
            DayWindow::Yesterday => DayRange::between(day.plus(-1), day.plus(-1)),
            DayWindow::ThisWeek => {
                let monday = day.week_start(today.week_start);
                DayRange::between(monday, monday.plus(6))
            }
            DayWindow::ThisMonth => DayRange::between(day.month_start(0), day.month_start(1).plus(-1)),
            DayWindow::LastMonth => DayRange::between(day.month_start(-1), day.month_start(0).plus(-1)),
        }
    }

    /// The inverse of [`days`](Self::days): the values of today for which the window contains a day.
    pub fn todays(self, day: Day, week_start: crate::time::day::WeekStart) -> DayRange {
        match self {
            DayWindow::Is(_) | DayWindow::After(_) | DayWindow::Before(_) => {
                let any = Today { day, week_start };
                if self.days(any).contains(day) { DayRange::ALWAYS } else { DayRange::NEVER }
            }
            DayWindow::LastDays(n) => DayRange::between(day, day.plus(n - 1)),
            DayWindow::NextDays(n) => DayRange::between(day.plus(1 - n), day),
            DayWindow::MoreThanDaysAgo(n) => DayRange::from(day.plus(n + 1)),
            DayWindow::Yesterday => DayRange::between(day.plus(1), day.plus(1)),
            // Both windows are symmetric: a day is in the week of today exactly if today is in the week of that day.
            DayWindow::ThisWeek | DayWindow::ThisMonth => self.days(Today { day, week_start }),
            DayWindow::LastMonth => DayRange::between(day.month_start(1), day.month_start(2).plus(-1)),
        }
    }

    /// The first day after today as of which it changes whether the window contains one of the days; `None` if it never does.
    ///
    /// ```
    /// use enlist_model::{Day, DayWindow, Today, WeekStart};
    ///
    /// let day = |text: &str| Day::parse(text).expect("a day");
    /// let today = Today { day: day("2026-11-23"), week_start: WeekStart::Monday };
    /// let window = DayWindow::LastDays(7);
    /// assert_eq!(window.next_change([day("2026-11-20")], today), Some(day("2026-11-27")));
    /// assert_eq!(window.next_change([day("2026-12-24")], today), Some(day("2026-12-24")));
    /// assert_eq!(window.next_change([day("2026-11-01")], today), None);
    /// ```
    pub fn next_change(self, days: impl IntoIterator<Item = Day>, today: Today) -> Option<Day> {
        let todays = days.into_iter().map(|day| self.todays(day, today.week_start));
        let mut ranges: Vec<DayRange> = todays.filter(|range| *range != DayRange::NEVER).collect();
        if !ranges.iter().any(|range| range.contains(today.day)) {
            let firsts = ranges.iter().filter_map(|range| range.first);
            return firsts.filter(|first| *first > today.day).min();
        }
        // It holds today, and goes on as long as one range begins before the others have ended.
        ranges.sort_unstable_by_key(|range| range.first);
        let mut last = today.day;
        for range in ranges {
            if range.first.is_none_or(|first| first <= last.plus(1)) {
                last = last.max(range.last?);
            }
        }
        Some(last.plus(1))
    }

    /// Whether the window is relative to today.
    pub fn moves(self) -> bool {
        !matches!(self, DayWindow::Is(_) | DayWindow::After(_) | DayWindow::Before(_))
    }
}

impl Predicate {
    /// Whether the predicate holds of a value, as of today.
    pub fn holds(&self, value: Comparable<'_>, today: Today) -> bool {
        match self {
            Predicate::HasValue => match value {
                Comparable::Empty | Comparable::Labels(_) => false,
                Comparable::Text(_)
                | Comparable::Number(_)
                | Comparable::Day(_)
                | Comparable::Boolean(_)
                | Comparable::Option(_)
                | Comparable::Options(_) => true,
            },
            Predicate::TextEquals(_)
            | Predicate::TextContains(_)
            | Predicate::TextStartsWith(_)
            | Predicate::TextEndsWith(_) => {
                matches!(value, Comparable::Text(key) if self.holds_of_key(key))
            }
            Predicate::Number(comparison, operand) => {
                let orders = comparison.orders(*operand);
                matches!(value, Comparable::Number(number) if orders.contains(&number.order()))
            }
            Predicate::Day(window) => {
                matches!(value, Comparable::Day(day) if window.days(today).contains(day))
            }
            Predicate::Boolean(operand) => matches!(value, Comparable::Boolean(value) if value == *operand),
            Predicate::OptionEquals(operand) => {
                matches!(value, Comparable::Option(option) if option == operand)
            }
            Predicate::ContainsAny(operands) => {
                matches!(value, Comparable::Options(held) if operands.iter().any(|each| held.contains(each)))
            }
            Predicate::ContainsAll(operands) => {
                matches!(value, Comparable::Options(held) if operands.iter().all(|each| held.contains(each)))
            }
            Predicate::Labels(operand) => {
                matches!(value, Comparable::Labels(labels) if operand.holds(labels))
            }
        }
    }

    /// Whether the predicate holds of a text's key, or of a phone's digits.
    pub fn holds_of_key(&self, key: &str) -> bool {
        match self {
            // A key is never empty.
            Predicate::HasValue => true,
            Predicate::TextEquals(operand) => key == operand,
            Predicate::TextContains(operand) => key.contains(operand.as_str()),
            Predicate::TextStartsWith(operand) => key.starts_with(operand.as_str()),
            Predicate::TextEndsWith(operand) => key.ends_with(operand.as_str()),
            Predicate::Number(..)
            | Predicate::Day(_)
            | Predicate::Boolean(_)
            | Predicate::OptionEquals(_)
            | Predicate::ContainsAny(_)
            | Predicate::ContainsAll(_)
            | Predicate::Labels(_) => false,
        }
    }

    /// Whether its truth can change when only today changes.
    pub fn moves_with_today(&self) -> bool {
        matches!(self, Predicate::Day(window) if window.moves())
    }
}

/// The options that a predicate names.
pub fn named_options(predicate: &Predicate) -> Vec<&str> {
    match predicate {
        Predicate::OptionEquals(option) => vec![option],
        Predicate::ContainsAny(options) | Predicate::ContainsAll(options) => options.iter().collect(),
        Predicate::HasValue
        | Predicate::TextEquals(_)
        | Predicate::TextContains(_)
        | Predicate::TextStartsWith(_)
        | Predicate::TextEndsWith(_)
        | Predicate::Number(..)
        | Predicate::Day(_)
        | Predicate::Boolean(_)
        | Predicate::Labels(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::day::WeekStart;

    const WINDOWS: [DayWindow; 12] = [
        DayWindow::Is(Day::from_number(19_000)),
        DayWindow::After(Day::from_number(19_000)),
        DayWindow::Before(Day::from_number(19_000)),
        DayWindow::LastDays(1),
        DayWindow::LastDays(7),
        DayWindow::NextDays(3),
        DayWindow::MoreThanDaysAgo(1),
        DayWindow::MoreThanDaysAgo(30),
        DayWindow::Yesterday,
        DayWindow::ThisWeek,
        DayWindow::ThisMonth,
        DayWindow::LastMonth,
    ];

    #[test]
    fn the_next_change_is_the_first_day_on_which_it_differs_whether_a_window_has_one_of_the_days() {
        let mut changes = 0;
        for window in WINDOWS {
            for (week_start, _) in WeekStart::ALL {
                for (seed, today) in (0_i32..).zip(18_950..19_050) {
                    // Days around today, in no order, from none to four of them.
                    let days: Vec<Day> = (0..seed % 5)
                        .map(|n| Day::from_number(today - 40 + (seed * 37 + n * n * 11) % 80))
                        .collect();
                    let holds = |today: i32| {
                        let today = Today { day: Day::from_number(today), week_start };
                        days.iter().any(|day| window.days(today).contains(*day))
                    };
                    let expected = (today + 1..today + 200).find(|later| holds(*later) != holds(today));
                    let found = window.next_change(
                        days.iter().copied(),
                        Today { day: Day::from_number(today), week_start },
                    );
                    assert_eq!(found, expected.map(Day::from_number), "{window:?}: {days:?} on {today}");
                    changes += usize::from(found.is_some());
                }
            }
        }
        assert!(changes > 1_000, "{changes}");
    }

    #[test]
    fn todays_is_the_inverse_of_days() {
        for window in WINDOWS {
            for (week_start, _) in WeekStart::ALL {
                for (today, day) in (18_950..19_050).flat_map(|a| (18_950..19_050).map(move |b| (a, b))) {
                    let (today, day) = (Day::from_number(today), Day::from_number(day));
                    let inside = window.days(Today { day: today, week_start }).contains(day);
                    let inverse = window.todays(day, week_start).contains(today);
                    assert_eq!(inside, inverse, "{window:?}: {day} on {today}, weeks from {week_start:?}");
                }
            }
        }
    }
}
