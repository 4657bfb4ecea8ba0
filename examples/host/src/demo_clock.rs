//! The clock of the demo: it stands while history is loaded, then follows a source, and a step moves it ahead for good.
//!
//! It does not know who advances workspaces: it wakes the threads that sleep by it. Invariant: a step goes forward.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use enlist::{Alarm, Clock, Instant, WallClock};
use enlist_console::{ClockStep, SteppedClock};
use jiff::Timestamp;
use jiff::tz::TimeZoneDatabase;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// Why a clock takes no step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StepRefused {
    /// It stands, because the demo is being loaded.
    #[error("the demo is being loaded; try again in a moment")]
    Loading,
    /// No such zone.
    #[error("`{0}` is no time zone; it is an IANA name, such as Europe/Berlin")]
    TimeZone(String),
    /// The years end.
    #[error("time ends with the year 9998")]
    End,
}

/// A clock that follows another at a distance, which a step makes greater. Clones share one clock.
#[derive(Clone)]
pub struct DemoClock {
    source: Arc<dyn Clock>,
    face: Arc<Mutex<Face>>,
}

#[derive(Default)]
struct Face {
    /// Where it stands, until it follows.
    standing: Option<Instant>,
    /// How many milliseconds it is ahead of its source.
    ahead: i64,
    /// The alarms of those who sleep, each by the number of its sleep.
    sleepers: Vec<(u64, Alarm)>,
    /// The number of the next sleep.
    next: u64,
}

impl std::fmt::Debug for DemoClock {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("DemoClock").field("now", &self.now()).finish_non_exhaustive()
    }
}

impl DemoClock {
    /// The longest sleep without reading the source, whose time may be changed.
    const LONGEST_WAIT: Duration = Duration::from_secs(30);

    /// A clock that reads `now` at this moment, and from now on goes as `source` does.
    pub fn following(source: impl Clock, now: Instant) -> Self {
        let ahead = now.milliseconds() - source.now().milliseconds();
        let face = Face { ahead, ..Face::default() };
        DemoClock { source: Arc::new(source), face: Arc::new(Mutex::new(face)) }
    }

    /// A clock that goes as the wall clock does, from `now`, or from the wall clock's own now.
    pub(crate) fn over_wall_clock(now: Option<Instant>) -> Self {
        Self::following(WallClock, now.unwrap_or_else(|| WallClock.now()))
    }

    /// Ahead by an hour. Returns what it then reads.
    ///
    /// # Errors
    /// [`StepRefused::Loading`], [`StepRefused::End`].
    pub fn advance_hour(&self) -> Result<Instant, StepRefused> {
        self.set_ahead(|now| Ok(now + HOUR))
    }

    /// Ahead by 24 hours.
    ///
    /// # Errors
    /// As [`advance_hour`](Self::advance_hour).
    pub fn advance_day(&self) -> Result<Instant, StepRefused> {
        self.set_ahead(|now| Ok(now + DAY))
    }

    /// Ahead by seven times 24 hours.
    ///
    /// # Errors
    /// As [`advance_hour`](Self::advance_hour).
    pub fn advance_week(&self) -> Result<Instant, StepRefused> {
        self.set_ahead(|now| Ok(now + 7 * DAY))
    }

    /// Ahead to where the next day begins in a time zone, such as that of a workspace.
    ///
    /// # Errors
    /// As [`advance_hour`](Self::advance_hour), and [`StepRefused::TimeZone`].
    pub fn advance_to_midnight(&self, time_zone: &str) -> Result<Instant, StepRefused> {
        let unknown = || StepRefused::TimeZone(time_zone.to_owned());
        let zone = TimeZoneDatabase::bundled().get(time_zone).map_err(|_| unknown())?;
        self.set_ahead(|now| {
            let now = Timestamp::from_millisecond(now).map_err(|_| StepRefused::End)?;
            let tomorrow = zone.to_datetime(now).start_of_day().tomorrow();
            // Where the clocks skip midnight, it is the first instant after it.
            let begins = tomorrow.and_then(|midnight| zone.to_timestamp(midnight));
            Ok(begins.map_err(|_| StepRefused::End)?.as_millisecond())
        })
    }

    /// Sets it to an instant at which it stands until it [follows](Self::follow).
    pub(crate) fn stand(&self, at: Instant) {
        let mut face = self.face();
        face.standing = Some(at);
        wake(face);
    }

    /// Lets it follow its source, as if it had never stood.
    pub(crate) fn follow(&self) {
        let mut face = self.face();
        face.standing = None;
        wake(face);
    }

    fn set_ahead(&self, next: impl FnOnce(i64) -> Result<i64, StepRefused>) -> Result<Instant, StepRefused> {
        let mut face = self.face();
        if face.standing.is_some() {
            return Err(StepRefused::Loading);
        }
        let now = self.read(&face).milliseconds();
        let to = Instant::from_milliseconds(next(now)?).ok_or(StepRefused::End)?;
        face.ahead += to.milliseconds() - now;
        wake(face);
        Ok(to)
    }

    fn read(&self, face: &Face) -> Instant {
        let follows = || Instant::from_milliseconds(self.source.now().milliseconds() + face.ahead);
        face.standing.unwrap_or_else(|| follows().unwrap_or(Instant::MAX))
    }

    fn face(&self) -> MutexGuard<'_, Face> {
        // Nothing panics while it is held.
        self.face.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long to wait before the time is read again; `None` if `until` is reached.
    fn next_wait(now: Instant, until: Option<Instant>, stands: bool) -> Option<Duration> {
        let Some(until) = until.filter(|_| !stands) else { return Some(Self::LONGEST_WAIT) };
        let left = u64::try_from(until.milliseconds() - now.milliseconds()).ok().filter(|left| *left > 0)?;
        Some(Duration::from_millis(left).min(Self::LONGEST_WAIT))
    }
}

fn wake(face: MutexGuard<'_, Face>) {
    let alarms: Vec<Alarm> = face.sleepers.iter().map(|(_, alarm)| alarm.clone()).collect();
    // Released first: a woken sleeper reads this clock at once.
    drop(face);
    alarms.iter().for_each(Alarm::ring);
}

impl Clock for DemoClock {
    fn now(&self) -> Instant {
        self.read(&self.face())
    }

    fn sleep(&self, until: Option<Instant>, alarm: &Alarm) {
        let mut face = self.face();
        let (now, stands) = (self.read(&face), face.standing.is_some());
        if until.is_some_and(|until| until <= now) {
            return;
        }
        let Some(wait) = Self::next_wait(now, until, stands) else { return };
        let number = face.next;
        face.next += 1;
        face.sleepers.push((number, alarm.clone()));
        // If it is set between this line and the wait, the ring is kept until the wait.
        drop(face);
        alarm.wait_at_most(wait);
        self.face().sleepers.retain(|(other, _)| *other != number);
    }
}

impl SteppedClock for DemoClock {
    fn step(&self, step: ClockStep, time_zone: &str) -> Result<(), String> {
        let stepped = match step {
            ClockStep::Hour => self.advance_hour(),
            ClockStep::Midnight => self.advance_to_midnight(time_zone),
            ClockStep::Day => self.advance_day(),
            ClockStep::Week => self.advance_week(),
            // One that this version does not know.
            _ => return Err("there is no such step".to_owned()),
        };
        stepped.map(|_| ()).map_err(|refused| refused.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use enlist::TestClock;

    use super::*;

    fn instant(text: &str) -> Instant {
        Instant::parse(text).expect("an instant")
    }

    #[test]
    fn it_stands_while_it_is_told_to_and_then_follows_from_its_own_now() {
        let source = TestClock::new(instant("2026-11-26T10:00:00Z"));
        let clock = DemoClock::following(source.clone(), instant("2020-02-28T12:00:00Z"));
        clock.stand(instant("2020-01-01T00:00:00Z"));
        source.advance(Duration::from_secs(5));
        assert_eq!(clock.now(), instant("2020-01-01T00:00:00Z"));
        assert_eq!(clock.advance_hour(), Err(StepRefused::Loading));
        clock.follow();
        assert_eq!(clock.now(), instant("2020-02-28T12:00:05Z"));
    }

    #[test]
    fn steps_add_up_and_time_goes_on_from_them() {
        let source = TestClock::new(instant("2026-11-26T10:00:00Z"));
        let clock = DemoClock::following(source.clone(), source.now());
        assert_eq!(clock.advance_hour(), Ok(instant("2026-11-26T11:00:00Z")));
        assert_eq!(clock.advance_day(), Ok(instant("2026-11-27T11:00:00Z")));
        assert_eq!(clock.advance_week(), Ok(instant("2026-12-04T11:00:00Z")));
        source.advance(Duration::from_secs(60));
        assert_eq!(clock.now(), instant("2026-12-04T11:01:00Z"));
    }

    #[test]
    fn midnight_is_that_of_the_zone_whatever_its_clocks_do() {
        let at = |now: &str, zone: &str| {
            let clock = DemoClock::following(TestClock::new(instant(now)), instant(now));
            clock.advance_to_midnight(zone).map(|at| at.to_string())
        };
        for (now, zone, midnight) in [
            ("2026-11-26T10:00:00Z", "Europe/Berlin", "2026-11-26T23:00:00Z"),
            // It is midnight: the next one is a day away.
            ("2026-11-26T23:00:00Z", "Europe/Berlin", "2026-11-27T23:00:00Z"),
            ("2026-11-26T10:00:00Z", "America/New_York", "2026-11-27T05:00:00Z"),
            // A day of 23 hours, and one of 25.
            ("2026-03-28T23:00:00Z", "Europe/Berlin", "2026-03-29T22:00:00Z"),
            ("2026-10-24T22:00:00Z", "Europe/Berlin", "2026-10-25T23:00:00Z"),
            // The clocks skip midnight.
            ("2026-09-05T12:00:00Z", "America/Santiago", "2026-09-06T04:00:00Z"),
        ] {
            assert_eq!(at(now, zone).as_deref(), Ok(midnight), "{now} {zone}");
        }
        assert_eq!(
            at("2026-11-26T10:00:00Z", "Mars/Base"),
            Err(StepRefused::TimeZone("Mars/Base".to_owned()))
        );
    }

    #[test]
    fn a_step_beyond_the_last_year_changes_nothing() {
        let late = instant("9998-12-31T12:00:00Z");
        let clock = DemoClock::following(TestClock::new(late), late);
        assert_eq!(clock.advance_day(), Err(StepRefused::End));
        assert_eq!(clock.now(), late);
    }

    #[test]
    fn a_step_wakes_a_sleeper_and_a_past_instant_is_not_slept_for() {
        let clock = DemoClock::over_wall_clock(None);
        clock.sleep(Some(clock.now()), &Alarm::new());
        let until = Instant::from_milliseconds(clock.now().milliseconds() + DAY).expect("an instant");
        let (woken, wakes) = mpsc::channel();
        let sleeps = clock.clone();
        let sleeper = thread::Builder::new().spawn(move || {
            let alarm = Alarm::new();
            while sleeps.now() < until {
                sleeps.sleep(Some(until), &alarm);
            }
            woken.send(()).expect("received");
        });
        sleeper.expect("a thread");
        clock.advance_week().expect("a step");
        wakes.recv_timeout(Duration::from_secs(20)).expect("woken");
        assert!(clock.face().sleepers.is_empty());
    }
}
