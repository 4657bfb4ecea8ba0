//! When things happen: more on weekdays than on weekends, and by day rather than by night, in the workspace's time zone.
//!
//! It does not know what happens.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::demo::draws::Draws;

/// How much happens on a weekday, from Monday on, in percent of what happens on the busiest.
const WEEKDAYS: [u32; 7] = [100, 96, 92, 90, 80, 45, 38];
/// The same of the hours of a day.
const HOURS: [u32; 24] =
    [6, 3, 2, 2, 2, 4, 10, 25, 55, 80, 95, 100, 90, 85, 90, 95, 92, 88, 84, 80, 70, 50, 30, 14];

/// The habits of a time zone.
#[derive(Clone, Debug)]
pub(crate) struct Arrivals {
    zone: TimeZone,
}

impl Arrivals {
    /// The habits of a zone; those of UTC if there is no such zone.
    pub(crate) fn of(time_zone: &str) -> Self {
        Arrivals { zone: TimeZoneDatabase::bundled().get(time_zone).unwrap_or(TimeZone::UTC) }
    }

    /// When one thing happens, in milliseconds, from `from` and before `until`.
    pub(crate) fn draw(&self, draws: &mut Draws, from: i64, until: i64) -> i64 {
        let mut at = draws.between(from, until);
        // Bounded: between two close instants at night, every draw is unlikely.
        for _ in 0..30 {
            if self.is_likely(draws, at) {
                break;
            }
            at = draws.between(from, until);
        }
        at
    }

    /// When many things happen, in order.
    pub(crate) fn draw_sorted(&self, draws: &mut Draws, count: usize, from: i64, until: i64) -> Vec<i64> {
        let mut all: Vec<i64> = (0..count).map(|_| self.draw(draws, from, until)).collect();
        all.sort_unstable();
        all
    }

    fn is_likely(&self, draws: &mut Draws, at: i64) -> bool {
        let Ok(at) = Timestamp::from_millisecond(at) else { return true };
        let at = self.zone.to_datetime(at);
        let weekday = usize::from(at.weekday().to_monday_zero_offset().unsigned_abs());
        let hour = usize::from(at.hour().unsigned_abs());
        draws.happens(WEEKDAYS[weekday]) && draws.happens(HOURS[hour])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_arrive_on_a_monday_than_on_a_sunday_and_none_outside() {
        let arrivals = Arrivals::of("Europe/Berlin");
        let mut draws = Draws::new(3);
        // Monday, 2026-11-23, 00:00 in Berlin, and the two weeks after it.
        let (from, day) = (1_795_388_400_000, 86_400_000);
        let all = arrivals.draw_sorted(&mut draws, 4_000, from, from + 14 * day);
        assert!(all.is_sorted() && all[0] >= from && all[3_999] < from + 14 * day);
        let on = |weekday: i64| all.iter().filter(|at| (*at - from) / day % 7 == weekday).count();
        assert!(on(0) > 2 * on(6), "{} {}", on(0), on(6));
        assert_eq!(arrivals.draw(&mut draws, from, from), from);
    }
}
