//! Time as an argument: on the way to a later `now`, the instants at which the local date changes. What happens at each is in `turn`.

use enlist_model::{Day, Instant, Today};

use crate::calendar::DateChange;
use crate::engine::{Engine, Sink};

impl Engine {
    /// Advances time to `now` and passes the outputs of date changes on the way to `out`. Does nothing if `now` is
    /// not after [`now`](Self::now).
    pub fn advance(&mut self, now: Instant, out: &mut dyn Sink) {
        self.advance_to(now, out);
    }

    /// The next instant at which a membership may change without an event; `None` if there is none. A host calls
    /// [`advance`](Self::advance) then or later.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.next_turn(Instant::MAX).map(|change| change.at)
    }

    /// The next instant at which the local date changes, whether or not it affects a contact; `None` before the
    /// first event and after the last date.
    pub fn next_date_change(&self) -> Option<Instant> {
        self.date_changes_at
    }

    /// The local date of now.
    pub fn today(&self) -> Day {
        self.today.day
    }

    /// The local date at an instant, in the current time zone.
    pub fn local_day(&self, at: Instant) -> Day {
        self.calendar.day(at)
    }

    /// Advances time, and returns the instant of what happens next: the later of `to` and `now`.
    pub(super) fn advance_to(&mut self, to: Instant, out: &mut dyn Sink) -> Instant {
        let Some(now) = self.now else {
            self.set_now(to);
            return to;
        };
        if to <= now {
            return now;
        }
        // Most events stay on the same date, and must not pay for a look at the calendar.
        if self.date_changes_at.is_some_and(|at| at <= to) {
            while let Some(change) = self.next_turn(to) {
                self.turn(change, out);
            }
            self.set_now(to);
        }
        self.now = Some(to);
        to
    }

    /// Sets `now`. No date change on the way may affect a contact.
    pub(super) fn set_now(&mut self, now: Instant) {
        self.now = Some(now);
        let today = self.calendar.today(now);
        if today != self.today {
            self.today = today;
            self.dirty.invalidate();
        }
        self.date_changes_at = self.calendar.next_date_change(now).map(|change| change.at);
    }

    /// The next change of the local date, not after `until`, that affects a contact or goes back.
    pub(super) fn next_turn(&self, until: Instant) -> Option<DateChange> {
        self.next_turn_from(self.today, self.now?, until)
    }

    /// The same as of an instant with the local date `today`.
    pub(super) fn next_turn_from(&self, today: Today, now: Instant, until: Instant) -> Option<DateChange> {
        if self.deadlines.is_empty() {
            return None;
        }
        self.calendar.date_change_to(self.deadlines.next_day(today), now, until)
    }
}
