//! What a change of the local date may affect: for each date field that a moving window reads, its windows, and how many values fall on
//! each day.
//!
//! Given the local dates before and after, it names for each window the days that lie in exactly one of the two; the engine looks for the
//! contacts of these days along the column of values. It knows neither contacts nor time zones. Invariant between events: the count of
//! a day is the number of values of contacts and conversations that fall on it.

mod day_counts;
mod due_days;

use enlist_model::{Day, DayRange, DayWindow, Today};

use crate::bytes;
use crate::deadlines::day_counts::DayCounts;
pub(crate) use crate::deadlines::due_days::DueDays;
use crate::ids::{ConditionNo, FieldNo};

/// The date fields that moving windows read.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    /// In order of the fields' numbers. There are few, also where there are many fields.
    fields: Vec<(FieldNo, FieldDeadlines)>,
}

#[derive(Debug, Default)]
struct FieldDeadlines {
    windows: Vec<(DayWindow, ConditionNo)>,
    counts: DayCounts,
}

impl Deadlines {
    /// Adds a window. Returns whether it is the field's first, so that the caller must count its values.
    pub(crate) fn add_window(&mut self, field: FieldNo, window: DayWindow, condition: ConditionNo) -> bool {
        let index = self.place(field).unwrap_or_else(|index| {
            self.fields.insert(index, (field, FieldDeadlines::default()));
            index
        });
        let entry = &mut self.fields[index].1;
        entry.windows.push((window, condition));
        entry.windows.len() == 1
    }

    /// Removes a window. A field without windows is no longer kept.
    pub(crate) fn remove_window(&mut self, field: FieldNo, condition: ConditionNo) {
        if let Ok(index) = self.place(field) {
            let windows = &mut self.fields[index].1.windows;
            windows.retain(|(_, each)| *each != condition);
            if windows.is_empty() {
                self.fields.remove(index);
            }
        }
    }

    /// Whether the field's days are counted.
    pub(crate) fn keeps(&self, field: FieldNo) -> bool {
        self.place(field).is_ok()
    }

    /// The fields whose days are counted.
    pub(crate) fn fields(&self) -> Vec<FieldNo> {
        self.fields.iter().map(|(field, _)| *field).collect()
    }

    /// Whether no value has a day under any window.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.iter().all(|(_, entry)| entry.counts.is_empty())
    }

    /// Counts the values of a field again.
    pub(crate) fn recount(&mut self, field: FieldNo, days: impl Iterator<Item = Day>) {
        if let Ok(index) = self.place(field) {
            let entry = &mut self.fields[index].1;
            entry.counts = DayCounts::default();
            days.for_each(|day| entry.counts.add(day));
        }
    }

    /// A value of a field moves from one day to another, comes or goes.
    pub(crate) fn note(&mut self, field: FieldNo, old: Option<Day>, new: Option<Day>) {
        if old == new {
            return;
        }
        if let Ok(index) = self.place(field) {
            let entry = &mut self.fields[index].1;
            if let Some(day) = old {
                entry.counts.remove(day);
            }
            if let Some(day) = new {
                entry.counts.add(day);
            }
        }
    }

    /// For each field, the days on which some value lies and that a window contains as of exactly one of two local dates.
    pub(crate) fn between(&self, before: Today, after: Today) -> Vec<(FieldNo, DueDays)> {
        let mut due = Vec::new();
        for (field, entry) in &self.fields {
            let mut runs = Vec::new();
            for (window, condition) in &entry.windows {
                let crossed = in_exactly_one(window.days(before), window.days(after)).into_iter();
                let holds_some =
                    |run: &(Day, Day)| entry.counts.first_from(run.0).is_some_and(|day| day <= run.1);
                runs.extend(crossed.filter(holds_some).map(|run| (run, *condition)));
            }
            if !runs.is_empty() {
                due.push((*field, DueDays::new(runs)));
            }
        }
        due
    }

    /// The first day after today on which a contact enters or leaves a window; `None` if none ever does.
    pub(crate) fn next_day(&self, today: Today) -> Option<Day> {
        let windows = |entry: &FieldDeadlines| {
            entry.windows.iter().filter_map(|(window, _)| entry.next_day(*window, today)).min()
        };
        self.fields.iter().filter_map(|(_, entry)| windows(entry)).min()
    }

    /// Bytes that they take, estimated.
    pub(crate) fn bytes(&self) -> usize {
        let of_field = |entry: &FieldDeadlines| bytes::list(&entry.windows) + entry.counts.bytes();
        self.fields.iter().map(|(_, entry)| of_field(entry)).sum::<usize>() + bytes::list(&self.fields)
    }

    /// Every day with its count, for `verify`.
    pub(crate) fn days(&self, field: FieldNo) -> impl Iterator<Item = (Day, u32)> {
        self.place(field).into_iter().flat_map(|index| self.fields[index].1.counts.iter())
    }

    /// Where a field is, or would be.
    fn place(&self, field: FieldNo) -> Result<usize, usize> {
        self.fields.binary_search_by_key(&field, |(each, _)| *each)
    }
}

impl FieldDeadlines {
    /// The first day after today on which a contact enters or leaves the window.
    fn next_day(&self, window: DayWindow, today: Today) -> Option<Day> {
        let days = window.days(today);
        // Windows never move back while today moves on. So the next contact to enter is on the first day after the
        // window, and the next to leave is on the first day from its start on.
        let enters = days
            .last
            .and_then(|last| self.counts.first_from(last.plus(1)))
            .and_then(|day| window.todays(day, today.week_start).first);
        let leaves = days
            .first
            .and_then(|first| self.counts.first_from(first))
            .and_then(|day| window.todays(day, today.week_start).last)
            .map(|last| last.plus(1));
        enters.into_iter().chain(leaves).min()
    }
}

/// The days that lie in exactly one of two ranges, as at most two runs of days.
fn in_exactly_one(one: DayRange, two: DayRange) -> Vec<(Day, Day)> {
    let bounds = |range: DayRange| {
        let first = range.first.map_or(i32::MIN, Day::number);
        (i64::from(first), i64::from(range.last.map_or(i32::MAX, Day::number)))
    };
    let ((a, b), (c, d)) = (bounds(one), bounds(two));
    let runs =
        if b < c || d < a { [(a, b), (c, d)] } else { [(a.min(c), a.max(c) - 1), (b.min(d) + 1, b.max(d))] };
    let day = |number: i64| Day::from_number(i32::try_from(number).unwrap_or(i32::MAX));
    runs.into_iter()
        .filter(|(first, last)| first <= last)
        .map(|(first, last)| (day(first), day(last)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_in_exactly_one_of_two_ranges() {
        let range = |first: i32, last: i32| DayRange {
            first: Some(Day::from_number(first)),
            last: Some(Day::from_number(last)),
        };
        for (a, b, c, d) in
            [(1, 7, 2, 8), (2, 8, 1, 7), (1, 2, 5, 6), (5, 6, 1, 2), (1, 9, 3, 4), (1, 3, 1, 3)]
        {
            let (one, two) = (range(a, b), range(c, d));
            let runs = in_exactly_one(one, two);
            for number in 0..10 {
                let day = Day::from_number(number);
                let found = runs.iter().filter(|(first, last)| (*first..=*last).contains(&day)).count();
                assert_eq!(
                    found,
                    usize::from(one.contains(day) != two.contains(day)),
                    "{a}-{b} {c}-{d}: {number}"
                );
            }
        }
    }
}
