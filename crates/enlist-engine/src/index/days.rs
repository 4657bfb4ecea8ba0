//! Conditions on a date: each holds within a range of days, which for moving windows is another one on another local date.

use enlist_model::{Day, DayWindow, Today};

use crate::bytes;
use crate::ids::ConditionNo;
use crate::index::ranges::{Range, Ranges};

/// The conditions on a date.
#[derive(Debug, Default)]
pub(crate) struct DayIndex {
    windows: Vec<(DayWindow, ConditionNo)>,
    /// The days of the windows, as of `prepared_for`.
    ranges: Ranges,
    /// `None` if windows have changed since.
    prepared_for: Option<Today>,
}

impl DayIndex {
    /// The memory that it allocates.
    pub(crate) fn bytes(&self) -> usize {
        bytes::list(&self.windows) + self.ranges.bytes()
    }

    pub(crate) fn insert(&mut self, window: DayWindow, condition: ConditionNo) {
        self.windows.push((window, condition));
        self.prepared_for = None;
    }

    pub(crate) fn remove(&mut self, condition: ConditionNo) {
        self.windows.retain(|(_, each)| *each != condition);
        self.ranges.remove(condition);
    }

    /// Computes the days of all windows, once for each local date.
    pub(crate) fn prepare(&mut self, today: Today) {
        if self.prepared_for == Some(today) {
            return;
        }
        self.prepared_for = Some(today);
        let windows = self.windows.iter().map(|(window, condition)| {
            let days = window.days(today);
            let first = days.first.map_or(i64::MIN, |day| i64::from(day.number()));
            let last = days.last.map_or(i64::MAX, |day| i64::from(day.number()));
            (Range { first, last }, *condition)
        });
        self.ranges.renew(windows);
    }

    /// Collects the conditions that hold for exactly one of two days. [`prepare`](Self::prepare) must have been called.
    pub(crate) fn flips(&self, old: Option<Day>, new: Option<Day>, flipped: &mut impl Extend<ConditionNo>) {
        let key = |day: Day| i64::from(day.number());
        self.ranges.flips(old.map(key), new.map(key), flipped);
    }
}

#[cfg(test)]
mod tests {
    use enlist_model::WeekStart;

    use super::*;

    #[test]
    fn a_window_has_other_days_on_another_date() {
        let mut index = DayIndex::default();
        index.insert(DayWindow::LastDays(7), ConditionNo(0));
        index.insert(DayWindow::ThisMonth, ConditionNo(1));
        index.insert(DayWindow::After(Day::from_number(25)), ConditionNo(2));
        let mut flipped = |today: i32, old: i32, new: i32| {
            let mut flipped = Vec::new();
            index.prepare(Today { day: Day::from_number(today), week_start: WeekStart::Monday });
            index.flips(Some(Day::from_number(old)), Some(Day::from_number(new)), &mut flipped);
            flipped.sort_unstable();
            flipped
        };
        // Day 0 is the first of January.
        assert_eq!(flipped(10, 4, 9), []);
        assert_eq!(flipped(10, 3, 9), [ConditionNo(0)]);
        assert_eq!(flipped(20, 9, 18), [ConditionNo(0)]);
        assert_eq!(flipped(20, 18, 35), [0, 1, 2].map(ConditionNo));
        assert_eq!(flipped(40, 18, 35), [0, 1, 2].map(ConditionNo));
    }
}
