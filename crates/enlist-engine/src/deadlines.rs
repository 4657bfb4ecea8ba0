//! The contacts that a change of the local date affects: for each date field that a moving window reads, its
//! contacts by day.
//!
//! Given the local dates before and after, it names for each window the contacts whose day lies in exactly one of
//! the two. No other contact is visited. It knows neither rules nor time zones. Invariant between events: a contact
//! is listed under a day exactly if its value, or the value of one of its conversations, falls on that day.

use std::collections::BTreeMap;

use enlist_model::{Day, DayRange, DayWindow, Today};
use roaring::RoaringBitmap;
use smallvec::SmallVec;

use crate::bytes;
use crate::ids::{ConditionNo, ContactNo, FieldNo};

/// The date fields that moving windows read.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    fields: BTreeMap<FieldNo, FieldDeadlines>,
}

#[derive(Debug, Default)]
struct FieldDeadlines {
    windows: Vec<(DayWindow, ConditionNo)>,
    contacts: BTreeMap<Day, DayContacts>,
}

/// The contacts of one day. Most days have few, some have very many.
#[derive(Debug)]
enum DayContacts {
    /// In order.
    Few(SmallVec<[u32; ROOM]>),
    Many(RoaringBitmap),
}

/// Days with up to this many contacts need no allocation.
const ROOM: usize = 4;
/// Days with up to this many contacts keep them in a list.
const FEW: usize = 64;

impl Default for DayContacts {
    fn default() -> Self {
        DayContacts::Few(SmallVec::new())
    }
}

impl DayContacts {
    fn insert(&mut self, contact: ContactNo) {
        match self {
            DayContacts::Few(list) => {
                if let Err(place) = list.binary_search(&contact.0) {
                    list.insert(place, contact.0);
                }
                if list.len() > FEW {
                    *self = DayContacts::Many(list.iter().copied().collect());
                }
            }
            DayContacts::Many(bitmap) => {
                bitmap.insert(contact.0);
            }
        }
    }

    fn remove(&mut self, contact: ContactNo) {
        match self {
            DayContacts::Few(list) => {
                if let Ok(place) = list.binary_search(&contact.0) {
                    list.remove(place);
                }
            }
            DayContacts::Many(bitmap) => {
                bitmap.remove(contact.0);
            }
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            DayContacts::Few(list) => list.is_empty(),
            DayContacts::Many(bitmap) => bitmap.is_empty(),
        }
    }

    /// The memory that they allocate.
    fn bytes(&self) -> usize {
        match self {
            DayContacts::Few(list) => bytes::small_list(list),
            DayContacts::Many(bitmap) => bytes::allocated(bitmap.serialized_size()),
        }
    }

    /// Adds the contacts to a bitmap.
    fn add_to(&self, contacts: &mut RoaringBitmap) {
        match self {
            DayContacts::Few(list) => contacts.extend(list),
            DayContacts::Many(bitmap) => *contacts |= bitmap,
        }
    }
}

impl Deadlines {
    /// Adds a window. Returns whether it is the field's first, so that the caller must add its contacts.
    pub(crate) fn add_window(&mut self, field: FieldNo, window: DayWindow, condition: ConditionNo) -> bool {
        let entry = self.fields.entry(field).or_default();
        entry.windows.push((window, condition));
        entry.windows.len() == 1
    }

    /// Removes a window. A field without windows is no longer kept.
    pub(crate) fn remove_window(&mut self, field: FieldNo, condition: ConditionNo) {
        if let Some(entry) = self.fields.get_mut(&field) {
            entry.windows.retain(|(_, each)| *each != condition);
            if entry.windows.is_empty() {
                self.fields.remove(&field);
            }
        }
    }

    /// Whether the field's days are kept.
    pub(crate) fn keeps(&self, field: FieldNo) -> bool {
        self.fields.contains_key(&field)
    }

    /// The fields whose days are kept.
    pub(crate) fn fields(&self) -> Vec<FieldNo> {
        self.fields.keys().copied().collect()
    }

    /// Whether no contact has a day under any window.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.values().all(|entry| entry.contacts.is_empty())
    }

    /// Replaces the contacts of a field. `days` must have all of them in order of their numbers; a contact may have
    /// several days.
    pub(crate) fn refill(&mut self, field: FieldNo, days: impl Iterator<Item = (Day, ContactNo)>) {
        if let Some(entry) = self.fields.get_mut(&field) {
            entry.contacts.clear();
            for (day, contact) in days {
                entry.contacts.entry(day).or_default().insert(contact);
            }
        }
    }

    pub(crate) fn insert(&mut self, field: FieldNo, day: Day, contact: ContactNo) {
        if let Some(entry) = self.fields.get_mut(&field) {
            entry.contacts.entry(day).or_default().insert(contact);
        }
    }

    pub(crate) fn remove(&mut self, field: FieldNo, day: Day, contact: ContactNo) {
        let Some(entry) = self.fields.get_mut(&field) else { return };
        if let Some(contacts) = entry.contacts.get_mut(&day) {
            contacts.remove(contact);
            if contacts.is_empty() {
                entry.contacts.remove(&day);
            }
        }
    }

    /// For each moving condition, the contacts for which it may differ between two local dates.
    pub(crate) fn between(&self, before: Today, after: Today) -> Vec<(ConditionNo, RoaringBitmap)> {
        let mut found = Vec::new();
        for entry in self.fields.values() {
            for (window, condition) in &entry.windows {
                let mut contacts = RoaringBitmap::new();
                for (first, last) in in_exactly_one(window.days(before), window.days(after)) {
                    for day in entry.contacts.range(first..=last) {
                        day.1.add_to(&mut contacts);
                    }
                }
                if !contacts.is_empty() {
                    found.push((*condition, contacts));
                }
            }
        }
        found
    }

    /// The first day after today on which a contact enters or leaves a window; `None` if none ever does.
    pub(crate) fn next_day(&self, today: Today) -> Option<Day> {
        let windows = |entry: &FieldDeadlines| {
            entry.windows.iter().filter_map(|(window, _)| entry.next_day(*window, today)).min()
        };
        self.fields.values().filter_map(windows).min()
    }

    /// Bytes that they take, estimated.
    pub(crate) fn bytes(&self) -> usize {
        self.fields.values().map(FieldDeadlines::bytes).sum::<usize>()
            + bytes::tree::<(FieldNo, FieldDeadlines)>(self.fields.len())
    }

    /// Every contact under its days, for `verify`.
    pub(crate) fn days(&self, field: FieldNo) -> impl Iterator<Item = (Day, RoaringBitmap)> {
        let days = self.fields.get(&field).into_iter().flat_map(|entry| &entry.contacts);
        days.map(|(day, contacts)| {
            let mut all = RoaringBitmap::new();
            contacts.add_to(&mut all);
            (*day, all)
        })
    }
}

impl FieldDeadlines {
    fn bytes(&self) -> usize {
        let first = self.contacts.keys().next().map_or(0, |day| i64::from(day.number()));
        let last = self.contacts.keys().next_back().map_or(first, |day| i64::from(day.number()));
        // Samples days that are spread evenly; a day without contacts is represented by the next one that has some.
        let days = self.contacts.len();
        let of_day = |no: usize| {
            let day = first + (last - first) * i64::from(no as u32) / i64::from(days as u32);
            self.contacts
                .range(Day::from_number(day as i32)..)
                .next()
                .map_or(0, |(_, contacts)| contacts.bytes())
        };
        bytes::list(&self.windows) + bytes::tree::<(Day, DayContacts)>(days) + bytes::sampled(days, of_day)
    }

    /// The first day after today on which a contact enters or leaves the window.
    fn next_day(&self, window: DayWindow, today: Today) -> Option<Day> {
        let days = window.days(today);
        let first_from = |day: Day| self.contacts.range(day..).next().map(|(day, _)| *day);
        // Windows never move back while today moves on. So the next contact to enter is on the first day after the
        // window, and the next to leave is on the first day from its start on.
        let enters = days
            .last
            .and_then(|last| first_from(last.plus(1)))
            .and_then(|day| window.todays(day, today.week_start).first);
        let leaves = days
            .first
            .and_then(first_from)
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
