//! Conditions on a date: fixed ones by hash and threshold, moving ones by the distance from today.

use enlist_model::{Comparison, Day, DayRange, DayWindow, Today};

use crate::bytes;
use crate::ids::ConditionNo;
use crate::index::threshold::Thresholds;
use crate::seeded_map::{KeyHasher, SeededMap};

/// The conditions on a date.
#[derive(Debug)]
pub(crate) struct DayIndex {
    is: SeededMap<Day, ConditionNo>,
    /// `is_after`, `is_before`.
    fixed: Thresholds<Day>,
    /// Thresholds on the number of days before today, for days that are not after it: `is_in_last_n_days`,
    /// `is_more_than_n_days_ago`.
    back: Thresholds<i32>,
    /// Thresholds on the number of days after today, for days that are not before it: `is_in_next_n_days`.
    ahead: Thresholds<i32>,
    /// The few others, tested one by one.
    calendar: Vec<CalendarWindow>,
    /// The local date for which their days are.
    calendar_of: Option<Today>,
}

/// A window of the calendar, and its days as of a local date.
#[derive(Clone, Copy, Debug)]
struct CalendarWindow {
    window: DayWindow,
    condition: ConditionNo,
    days: DayRange,
}

impl DayIndex {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        DayIndex {
            is: SeededMap::new(hasher),
            fixed: Thresholds::default(),
            back: Thresholds::default(),
            ahead: Thresholds::default(),
            calendar: Vec::new(),
            calendar_of: None,
        }
    }

    /// The memory that it allocates.
    pub(crate) fn bytes(&self) -> usize {
        self.is.table_bytes()
            + self.fixed.bytes()
            + self.back.bytes()
            + self.ahead.bytes()
            + bytes::list(&self.calendar)
    }

    pub(crate) fn insert(&mut self, window: DayWindow, condition: ConditionNo) {
        match window {
            DayWindow::Is(day) => {
                self.is.insert(day, condition);
            }
            DayWindow::After(day) => self.fixed.insert(Comparison::Greater, day, condition),
            DayWindow::Before(day) => self.fixed.insert(Comparison::Less, day, condition),
            DayWindow::LastDays(n) => self.back.insert(Comparison::Less, n, condition),
            DayWindow::MoreThanDaysAgo(n) => self.back.insert(Comparison::Greater, n, condition),
            DayWindow::NextDays(n) => self.ahead.insert(Comparison::Less, n, condition),
            DayWindow::Yesterday | DayWindow::ThisWeek | DayWindow::ThisMonth | DayWindow::LastMonth => {
                self.calendar.push(CalendarWindow { window, condition, days: DayRange::NEVER });
                self.calendar_of = None;
            }
        }
    }

    pub(crate) fn remove(&mut self, window: DayWindow, condition: ConditionNo) {
        match window {
            DayWindow::Is(day) => {
                self.is.remove(&day);
            }
            DayWindow::After(day) => self.fixed.remove(Comparison::Greater, day, condition),
            DayWindow::Before(day) => self.fixed.remove(Comparison::Less, day, condition),
            DayWindow::LastDays(n) => self.back.remove(Comparison::Less, n, condition),
            DayWindow::MoreThanDaysAgo(n) => self.back.remove(Comparison::Greater, n, condition),
            DayWindow::NextDays(n) => self.ahead.remove(Comparison::Less, n, condition),
            DayWindow::Yesterday | DayWindow::ThisWeek | DayWindow::ThisMonth | DayWindow::LastMonth => {
                self.calendar.retain(|each| each.condition != condition);
            }
        }
    }

    pub(crate) fn flips(
        &mut self,
        old: Option<Day>,
        new: Option<Day>,
        today: Today,
        flipped: &mut impl Extend<ConditionNo>,
    ) {
        if old == new {
            return;
        }
        flipped.extend(old.into_iter().chain(new).filter_map(|day| self.is.get(&day)).copied());
        self.fixed.flips(old, new, flipped);
        let distance = |from: Day, to: Day| Some(to.number() - from.number()).filter(|days| *days >= 0);
        let back = |day: Option<Day>| day.and_then(|day| distance(day, today.day));
        let ahead = |day: Option<Day>| day.and_then(|day| distance(today.day, day));
        self.back.flips(back(old), back(new), flipped);
        self.ahead.flips(ahead(old), ahead(new), flipped);
        self.prepare(today);
        for CalendarWindow { condition, days, .. } in &self.calendar {
            let holds = |day: Option<Day>| day.is_some_and(|day| days.contains(day));
            if holds(old) != holds(new) {
                flipped.extend([*condition]);
            }
        }
    }

    /// Computes the days of the calendar's windows, once for each local date.
    fn prepare(&mut self, today: Today) {
        if self.calendar_of != Some(today) {
            self.calendar_of = Some(today);
            self.calendar.iter_mut().for_each(|each| each.days = each.window.days(today));
        }
    }
}
