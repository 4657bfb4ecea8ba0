//! The order of contacts by one field, as numbers that are fast to compare.
//!
//! A *position* is exact: a key of eight bytes, then the whole text, then when the contact arrived, so that
//! positions in different engines compare too. A *rough key* is what the column alone gives, without the calendar.
//! It equals the key, except for dates, where it only separates positions that are days apart. This file knows no
//! pages. Invariant: no key of a value, rough or not, is 0 or [`EMPTY`], in either direction. Of two positions the
//! first never has the greater key, and it has the greater rough key only if both are dates on adjacent days.

use std::cmp::Ordering;

use enlist_model::{Date, Day, FieldDefinition, Instant, Kind};

use crate::calendar::Calendar;
use crate::facts::Sortable;
use crate::facts::sort_prefix::{EMPTY_PREFIX, boolean_prefix, moment_prefix, number_prefix, text_prefix};
use crate::ids::ContactNo;
use crate::query::page_source::{PageMembers, PageSource};
use crate::query::position::{CutText, PagePosition, SortKey};

/// The key of empty values, which come last in both directions.
const EMPTY: u64 = u64::MAX;
/// More than any zone's offset from UTC, in milliseconds.
const OFFSET_MOST: i64 = 26 * 3_600_000;

/// The order of contacts by a field.
pub(super) struct FieldOrder<'a> {
    kind: Kind,
    /// The value of contacts without one.
    default: Option<bool>,
    calendar: &'a Calendar,
    direction: Direction,
}

/// Turns sort prefixes into keys: the prefix of an empty value becomes [`EMPTY`] in both directions, all others
/// rise or fall.
#[derive(Clone, Copy)]
struct Direction {
    turn: u64,
    step: u64,
}

impl Direction {
    const ASCENDING: Self = Direction { turn: 0, step: 1 };
    const DESCENDING: Self = Direction { turn: u64::MAX, step: 0 };

    fn key(self, prefix: u64) -> u64 {
        (prefix ^ self.turn).wrapping_sub(self.step)
    }

    fn prefix(self, key: u64) -> u64 {
        key.wrapping_add(self.step) ^ self.turn
    }

    fn order<T: Ord>(self, one: &T, two: &T) -> Ordering {
        if self.turn == 0 { one.cmp(two) } else { two.cmp(one) }
    }
}

/// A contact's position in the order.
#[derive(Clone, Copy, Debug)]
pub(super) struct SortPosition<'a> {
    key: u64,
    /// The whole text, which the key begins with, as bytes, because a position may lie where no text does. `None`
    /// where the key is all there is, because comparing two empty texts would be a call each time.
    text: Option<&'a [u8]>,
    /// From [`PageSource::arrival`].
    arrival: u64,
}

impl SortPosition<'_> {
    /// Before all contacts.
    pub(super) const FIRST: Self = SortPosition { key: 0, text: None, arrival: 0 };
    /// After all contacts.
    pub(super) const LAST: Self = SortPosition { key: EMPTY, text: None, arrival: u64::MAX };
}

impl<'a> FieldOrder<'a> {
    pub(super) fn new(field: &FieldDefinition, calendar: &'a Calendar, descending: bool) -> Self {
        let direction = if descending { Direction::DESCENDING } else { Direction::ASCENDING };
        FieldOrder { kind: field.kind, default: field.default, calendar, direction }
    }

    /// Compares two positions: by key, then by text, ties by creation.
    pub(super) fn compare(&self, one: &SortPosition<'_>, two: &SortPosition<'_>) -> Ordering {
        let keys = one.key.cmp(&two.key);
        keys.then_with(|| self.direction.order(&one.text, &two.text)).then(one.arrival.cmp(&two.arrival))
    }

    /// A contact's position.
    pub(super) fn place<'p>(
        &self,
        source: &PageSource<'p, impl PageMembers>,
        no: ContactNo,
    ) -> SortPosition<'p> {
        let value = self.value(source, no);
        let prefix = match value {
            Some(Sortable::Text(text)) => text_prefix(text.as_bytes()),
            Some(Sortable::Number(number)) => number_prefix(number),
            Some(Sortable::Date(Date::Calendar(day))) => date_prefix(day, None),
            Some(Sortable::Date(Date::Instant(instant))) => {
                date_prefix(self.calendar.day(instant), Some(instant))
            }
            Some(Sortable::Boolean(value)) => boolean_prefix(value),
            None => EMPTY_PREFIX,
        };
        let text = if let Some(Sortable::Text(text)) = value { Some(text.as_bytes()) } else { None };
        SortPosition { key: self.direction.key(prefix), text, arrival: source.arrival(no) }
    }

    /// The position of a contact with this rough key, which may already be the exact key.
    pub(super) fn place_at<'p>(
        &self,
        source: &PageSource<'p, impl PageMembers>,
        no: ContactNo,
        rough_key: u64,
    ) -> SortPosition<'p> {
        if matches!(self.kind, Kind::Number | Kind::Boolean) || rough_key == EMPTY {
            SortPosition { key: rough_key, text: None, arrival: source.arrival(no) }
        } else {
            self.place(source, no)
        }
    }

    /// The rough keys of a source's members, one after the other.
    pub(super) fn for_each_rough_key(
        &self,
        source: &PageSource<'_, impl PageMembers>,
        mut each: impl FnMut(ContactNo, u64),
    ) {
        let direction = self.direction;
        let unheld = self.default.map_or(EMPTY_PREFIX, boolean_prefix);
        let Some(column) = source.column else {
            return source.members.iter().for_each(|no| each(no, direction.key(unheld)));
        };
        let rows = source.members.iter().map(ContactNo::index);
        if unheld == EMPTY_PREFIX {
            column.for_each_prefix(rows, move |row, prefix| each(ContactNo::at(row), direction.key(prefix)));
        } else {
            column.for_each_prefix(rows, move |row, prefix| {
                let prefix = if prefix == EMPTY_PREFIX { unheld } else { prefix };
                each(ContactNo::at(row), direction.key(prefix));
            });
        }
    }

    /// Two rough keys around a position: contacts with a rough key below the first come before it, those above the
    /// second come after it. Between the two, dates must be compared exactly, because local time is hours away from
    /// UTC, and because where clocks go back an earlier instant may be on a later day.
    pub(super) fn around(&self, place: &SortPosition<'_>) -> (u64, u64) {
        if self.kind != Kind::Date || matches!(place.key, 0 | EMPTY) {
            return (place.key, place.key);
        }
        let midnight = midnight(day_of(self.direction.prefix(place.key)));
        let earliest = self.direction.key(moment_prefix(midnight - OFFSET_MOST));
        let latest = self.direction.key(moment_prefix(midnight + Day::MILLISECONDS + OFFSET_MOST));
        (earliest.min(latest), earliest.max(latest))
    }

    /// The sort value of a contact, for a position of a page.
    pub(super) fn sort_key(&self, source: &PageSource<'_, impl PageMembers>, no: ContactNo) -> SortKey {
        match self.value(source, no) {
            Some(Sortable::Text(text)) => SortKey::of_text(text),
            Some(Sortable::Number(number)) => SortKey::Number(number),
            Some(Sortable::Date(Date::Calendar(day))) => SortKey::Date(day, None),
            Some(Sortable::Date(Date::Instant(instant))) => {
                SortKey::Date(self.calendar.day(instant), Some(instant))
            }
            Some(Sortable::Boolean(value)) => SortKey::Boolean(value),
            None => SortKey::Empty,
        }
    }

    /// The position that follows a page.
    pub(super) fn place_after<'p>(
        &self,
        position: &'p PagePosition,
        sources: &[PageSource<'p, impl PageMembers>],
    ) -> SortPosition<'p> {
        // The first arrival after the contact that the page ended with, for those that tie with it.
        let later = sources[0].arrival_since(position.creation.saturating_add(1));
        let (rank, prefix, text) = match &position.key {
            SortKey::Text(text) => (0, text_prefix(text), Some(&text[..])),
            SortKey::CutText(cut) => (0, text_prefix(cut.beginning()), None),
            SortKey::Number(number) => (1, number_prefix(*number), None),
            SortKey::Date(day, instant) => {
                // The day of an instant is that of the present time zone, which may have changed since.
                let day = instant.map_or(*day, |instant| self.calendar.day(instant));
                (2, date_prefix(day, *instant), None)
            }
            SortKey::Boolean(value) => (3, boolean_prefix(*value), None),
            SortKey::Empty => return SortPosition { key: EMPTY, text: None, arrival: later },
        };
        let rank_of_field = match self.kind {
            Kind::Number => 1,
            Kind::Date => 2,
            Kind::Boolean => 3,
            Kind::Text | Kind::Phone | Kind::Select | Kind::MultiSelect | Kind::Label => 0,
        };
        // The field may have been deleted and defined again with another kind than the position's. Kinds have an
        // order too, so that such a position still means one place.
        match self.direction.order(&rank, &rank_of_field) {
            Ordering::Less => SortPosition::FIRST,
            Ordering::Equal => {
                let place = SortPosition { key: self.direction.key(prefix), text, arrival: later };
                if let SortKey::CutText(cut) = &position.key {
                    self.place_after_cut(cut, position.creation, sources, place)
                } else {
                    place
                }
            }
            Ordering::Greater => SortPosition { key: EMPTY, text: None, arrival: 0 },
        }
    }

    /// The position that follows a page whose last text is cut: after the text, if its contact still has it, and
    /// otherwise before all texts that begin so, because any of them may not have been shown.
    fn place_after_cut<'p>(
        &self,
        cut: &'p CutText,
        creation: u64,
        sources: &[PageSource<'p, impl PageMembers>],
        after: SortPosition<'p>,
    ) -> SortPosition<'p> {
        let held =
            sources.iter().find_map(|source| self.value(source, source.contacts.created_as(creation)?));
        if let Some(Sortable::Text(text)) = held
            && cut.is_cut_from(text)
        {
            return SortPosition { text: Some(text.as_bytes()), ..after };
        }
        let ends = self.direction.order(&cut.beginning(), &cut.after_all());
        let first = if ends.is_lt() { cut.beginning() } else { cut.after_all() };
        SortPosition { text: Some(first), arrival: 0, ..after }
    }

    fn value<'p>(&self, source: &PageSource<'p, impl PageMembers>, no: ContactNo) -> Option<Sortable<'p>> {
        let held = source.column.and_then(|column| column.sortable(no.index()));
        held.or(self.default.map(Sortable::Boolean))
    }
}

/// The day in the upper half; in the lower half 2 for a calendar date, and for an instant its distance from
/// midnight UTC. That distance is less than three days for an instant on its own local day. A position may hold other
/// pairs, which are clamped to the beginning or end of the day.
fn date_prefix(day: Day, instant: Option<Instant>) -> u64 {
    const MIDDLE: i64 = 1 << 31;
    let on_day = instant.map_or(2, |instant| {
        (instant.milliseconds() - midnight(day) + MIDDLE).clamp(3, i64::from(u32::MAX) - 1)
    });
    u64::from(day.number().cast_unsigned() ^ 1 << 31) << 32 | on_day.cast_unsigned()
}

fn day_of(date_prefix: u64) -> Day {
    Day::from_number(((date_prefix >> 32) as u32 ^ 1 << 31).cast_signed())
}

/// Milliseconds from 1970 to a day's midnight in UTC.
fn midnight(day: Day) -> i64 {
    i64::from(day.number()) * Day::MILLISECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_stays_within_its_day_whatever_instant_a_position_says() {
        let day = Day::from_number(20_000);
        let noon = Instant::from_milliseconds(midnight(day) + Day::MILLISECONDS / 2);
        let prefixes = [
            date_prefix(day.plus(-1), Some(Instant::MAX)),
            date_prefix(day, None),
            date_prefix(day, Some(Instant::MIN)),
            date_prefix(day, noon),
            date_prefix(day, Some(Instant::MAX)),
            date_prefix(day.plus(1), None),
        ];
        assert!(prefixes.is_sorted_by(|one, two| one < two), "{prefixes:x?}");
        assert!(prefixes[1..5].iter().all(|prefix| day_of(*prefix) == day));
    }

    #[test]
    fn no_key_of_a_date_is_that_of_emptiness_or_comes_before_all() {
        for day in [i32::MIN, 0, i32::MAX].map(Day::from_number) {
            for instant in [None, Some(Instant::MIN), Some(Instant::MAX)] {
                for direction in [Direction::ASCENDING, Direction::DESCENDING] {
                    let prefix = date_prefix(day, instant);
                    assert!((1..EMPTY).contains(&direction.key(prefix)), "{day:?} {instant:?}");
                    assert_eq!(direction.prefix(direction.key(prefix)), prefix);
                }
            }
        }
    }
}
