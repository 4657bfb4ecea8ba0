//! A date as a column stores it.
//!
//! Invariant: an empty slot is before every date.

use std::hint::select_unpredictable;

use enlist_model::{Date, Day, Instant};

use crate::facts::sort_prefix::{EMPTY_PREFIX, moment_prefix};

/// A date in eight bytes: the milliseconds of an instant or the number of a day, with the lowest bit set for a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PackedDate(i64);

impl PackedDate {
    pub(super) const EMPTY: Self = PackedDate(i64::MIN);

    pub(super) fn of(date: Date) -> Self {
        PackedDate(match date {
            Date::Instant(instant) => instant.milliseconds() << 1,
            Date::Calendar(day) => i64::from(day.number()) << 1 | 1,
        })
    }

    /// The date; `None` if empty.
    pub(crate) fn date(self) -> Option<Date> {
        if self == Self::EMPTY {
            None
        } else if self.0 & 1 == 1 {
            Some(Date::Calendar(Day::from_number((self.0 >> 1) as i32)))
        } else {
            Instant::from_milliseconds(self.0 >> 1).map(Date::Instant)
        }
    }

    /// Milliseconds since 1970, of an instant or of the beginning of a day in UTC. An empty slot is before all others.
    pub(super) fn moment(self) -> i64 {
        let number = self.0 >> 1;
        select_unpredictable(self.0 & 1 == 1, number.wrapping_mul(Day::MILLISECONDS), number)
    }

    /// A moment before all that fall on a day somewhere: no zone is a day ahead of UTC.
    pub(super) fn before(day: Day) -> i64 {
        (i64::from(day.number()) - 1).saturating_mul(Day::MILLISECONDS)
    }

    /// A moment after all that fall on a day somewhere: no zone is a day behind UTC.
    pub(super) fn after(day: Day) -> i64 {
        (i64::from(day.number()) + 2).saturating_mul(Day::MILLISECONDS)
    }

    pub(super) fn prefix(self) -> u64 {
        select_unpredictable(self == Self::EMPTY, EMPTY_PREFIX, moment_prefix(self.moment()))
    }
}
