//! Clocks: the wall clock, a clock that a test sets, and the alarm that ends a sleep early.
//!
//! A clock does not know what is due when. It may go back; the caller must handle that. Invariant: a ring is never lost, even
//! if it comes before the wait.

use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use enlist_model::Instant;

use crate::threads::sync::{Condvar, Mutex};

/// Reads the time, and sleeps until a given time.
pub trait Clock: Send + Sync + 'static {
    /// The current time. It may be earlier than a time returned before.
    fn now(&self) -> Instant;

    /// Blocks the calling thread until `until` is reached or the alarm rings; without `until`, until the alarm rings. May
    /// return early, so the caller must read the time again.
    fn sleep(&self, until: Option<Instant>, alarm: &Alarm);
}

/// Ends a sleep early. Clones share one alarm.
#[derive(Clone, Debug, Default)]
pub struct Alarm {
    bell: Arc<Bell>,
}

#[derive(Debug, Default)]
struct Bell {
    rings: Mutex<bool>,
    rung: Condvar,
}

impl Alarm {
    /// An alarm that has not rung.
    pub fn new() -> Self {
        Alarm::default()
    }

    /// Ends one wait: the current one, otherwise the next one. Two rings before a wait count as one.
    pub fn ring(&self) {
        self.bell.ring();
    }

    /// Waits for a ring and consumes it.
    pub fn wait(&self) {
        let mut rings = self.bell.rings.lock();
        while !*rings {
            rings = self.bell.rung.wait(rings);
        }
        *rings = false;
    }

    /// Waits for a ring and consumes it, for at most about `most`. Returns whether it rang. If it did not, the wait may have
    /// ended before `most`.
    pub fn wait_at_most(&self, most: Duration) -> bool {
        let mut rings = self.bell.rings.lock();
        // One wait and no loop: an early return is allowed, because the caller reads the clock again.
        if !*rings {
            rings = self.bell.rung.wait_at_most(rings, most);
        }
        std::mem::take(&mut *rings)
    }
}

impl Bell {
    fn ring(&self) {
        *self.rings.lock() = true;
        self.rung.notify_all();
    }
}

/// The system clock. Outside the years 0001 to 9998 it returns the first or the last instant.
#[derive(Clone, Copy, Debug, Default)]
pub struct WallClock;

impl WallClock {
    /// The longest sleep without reading the time. A change of the clock, by NTP or after a suspend, is noticed within it.
    const LONGEST_WAIT: Duration = Duration::from_secs(30);

    fn instant(time: SystemTime) -> Instant {
        let nanoseconds = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i128::try_from(after.as_nanos()),
            Err(before) => i128::try_from(before.duration().as_nanos()).map(|nanoseconds| -nanoseconds),
        };
        let milliseconds = nanoseconds.unwrap_or(i128::MAX).div_euclid(1_000_000);
        let end = if milliseconds < 0 { Instant::MIN } else { Instant::MAX };
        i64::try_from(milliseconds).ok().and_then(Instant::from_milliseconds).unwrap_or(end)
    }

    /// How long to wait before the time is read again; `None` if `until` is reached.
    fn next_wait(now: Instant, until: Instant) -> Option<Duration> {
        let left = u64::try_from(until.milliseconds() - now.milliseconds()).ok()?;
        (left > 0).then(|| Duration::from_millis(left).min(Self::LONGEST_WAIT))
    }
}

impl Clock for WallClock {
    #[allow(clippy::disallowed_methods, reason = "the only place that reads the system clock")]
    fn now(&self) -> Instant {
        Self::instant(SystemTime::now())
    }

    fn sleep(&self, until: Option<Instant>, alarm: &Alarm) {
        let Some(until) = until else { return alarm.wait() };
        while let Some(wait) = Self::next_wait(self.now(), until) {
            if alarm.wait_at_most(wait) {
                return;
            }
        }
    }
}

/// A clock that moves only when it is set. Clones share one clock.
#[derive(Clone, Debug)]
pub struct TestClock {
    face: Arc<Mutex<Face>>,
}

#[derive(Debug)]
struct Face {
    now: Instant,
    /// The alarms of the threads that sleep now or slept since the clock was last set, each once.
    sleepers: Vec<Weak<Bell>>,
}

impl TestClock {
    /// A clock that is set to this instant.
    pub fn new(at: Instant) -> Self {
        TestClock { face: Arc::new(Mutex::new(Face { now: at, sleepers: Vec::new() })) }
    }

    /// Sets it, forwards or back, and wakes every sleeper.
    pub fn set(&self, at: Instant) {
        self.change(|_| at);
    }

    /// Sets it ahead, at most to [`Instant::MAX`], and wakes every sleeper.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.change(|now| {
            Instant::from_milliseconds(now.milliseconds().saturating_add(by)).unwrap_or(Instant::MAX)
        });
    }

    fn change(&self, next: impl FnOnce(Instant) -> Instant) {
        let mut face = self.face.lock();
        face.now = next(face.now);
        let sleepers = std::mem::take(&mut face.sleepers);
        // Released first: a woken sleeper reads this clock at once.
        drop(face);
        sleepers.iter().filter_map(Weak::upgrade).for_each(|bell| bell.ring());
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        self.face.lock().now
    }

    fn sleep(&self, until: Option<Instant>, alarm: &Alarm) {
        let mut face = self.face.lock();
        if until.is_some_and(|until| until <= face.now) {
            return;
        }
        let bell = Arc::downgrade(&alarm.bell);
        face.sleepers.retain(|other| other.strong_count() > 0 && !other.ptr_eq(&bell));
        face.sleepers.push(bell);
        // If the clock is set between this line and the wait, the ring is kept until the wait. Keeping the lock during the wait
        // would block `set` for ever.
        drop(face);
        alarm.wait();
    }
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(20);

    fn instant(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    #[test]
    fn a_ring_before_the_wait_is_not_lost_and_is_consumed_once() {
        let alarm = Alarm::new();
        alarm.ring();
        alarm.clone().ring();
        alarm.wait();
        assert!(!alarm.wait_at_most(Duration::ZERO));
        alarm.ring();
        assert!(alarm.wait_at_most(LONG));
        assert!(!alarm.wait_at_most(SHORT));
    }

    #[test]
    fn a_ring_ends_the_wait_of_another_thread() {
        let alarm = Alarm::new();
        thread::scope(|scope| {
            let waits = scope.spawn(|| {
                alarm.wait();
                alarm.wait_at_most(LONG)
            });
            alarm.ring();
            // The first ring must be consumed first, because two rings before a wait count as one.
            while *alarm.bell.rings.lock() {
                thread::yield_now();
            }
            alarm.ring();
            assert!(waits.join().unwrap());
        });
    }

    #[test]
    fn the_wall_clock_is_clamped_to_the_range_of_instants() {
        let year = Duration::from_secs(31_557_600);
        assert_eq!(WallClock::instant(UNIX_EPOCH), instant("1970-01-01T00:00:00Z"));
        assert_eq!(
            WallClock::instant(UNIX_EPOCH - Duration::from_nanos(1)),
            instant("1969-12-31T23:59:59.999Z")
        );
        assert_eq!(
            WallClock::instant(UNIX_EPOCH + Duration::from_micros(1_999)),
            instant("1970-01-01T00:00:00.001Z")
        );
        for years in [8_029, 1_000_000] {
            assert_eq!(WallClock::instant(UNIX_EPOCH + year * years), Instant::MAX);
        }
        for years in [1_970, 1_000_000] {
            assert_eq!(WallClock::instant(UNIX_EPOCH - year * years), Instant::MIN);
        }
        let now = WallClock.now();
        assert!(now > instant("2025-01-01T00:00:00Z") && now < Instant::MAX);
    }

    #[test]
    fn the_wall_clock_reads_the_time_at_least_every_30_seconds() {
        let now = instant("2026-11-23T10:00:00Z");
        let wait = |until: &str| WallClock::next_wait(now, instant(until));
        assert_eq!(wait("2026-11-23T10:00:00.001Z"), Some(Duration::from_millis(1)));
        assert_eq!(wait("2026-11-23T10:00:30Z"), Some(Duration::from_secs(30)));
        assert_eq!(wait("2026-11-24T00:00:00Z"), Some(Duration::from_secs(30)));
        assert_eq!(wait("2026-11-23T10:00:00Z"), None);
        assert_eq!(wait("2026-11-23T09:00:00Z"), None);
        assert_eq!(WallClock::next_wait(Instant::MIN, Instant::MAX), Some(Duration::from_secs(30)));
        assert_eq!(WallClock::next_wait(Instant::MAX, Instant::MIN), None);
    }

    #[test]
    fn a_wall_clock_sleep_ends_at_its_instant_or_when_the_alarm_rings() {
        let alarm = Alarm::new();
        let until = Instant::from_milliseconds(WallClock.now().milliseconds() + 20).unwrap();
        WallClock.sleep(Some(until), &alarm);
        assert!(WallClock.now() >= until);
        // Without the alarm, these sleeps would not end.
        alarm.ring();
        WallClock.sleep(Some(Instant::MAX), &alarm);
        alarm.ring();
        WallClock.sleep(None, &alarm);
    }

    #[test]
    fn a_test_clock_moves_only_when_it_is_set() {
        let clock = TestClock::new(instant("2026-11-23T10:00:00Z"));
        clock.clone().advance(Duration::from_millis(1_500));
        assert_eq!(clock.now(), instant("2026-11-23T10:00:01.500Z"));
        clock.set(instant("2020-01-01T00:00:00Z"));
        assert_eq!(clock.now(), instant("2020-01-01T00:00:00Z"));
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Instant::MAX);
    }

    #[test]
    fn setting_a_test_clock_ahead_or_back_wakes_its_sleepers() {
        let clock = TestClock::new(instant("2026-11-23T10:00:00Z"));
        let (woken, wakes) = mpsc::channel();
        for until in [None, Some(Instant::MAX)] {
            let (clock, woken) = (clock.clone(), woken.clone());
            // Not scoped: a thread that is never woken must fail the test, not block it.
            let sleeper = thread::Builder::new().spawn(move || {
                let alarm = Alarm::new();
                for _ in 0..2 {
                    clock.sleep(until, &alarm);
                    woken.send(clock.now()).unwrap();
                }
            });
            sleeper.unwrap();
        }
        for at in ["2026-11-23T11:00:00Z", "2026-11-23T09:00:00Z"] {
            while clock.face.lock().sleepers.len() < 2 {
                thread::yield_now();
            }
            clock.set(instant(at));
            for _ in 0..2 {
                assert_eq!(wakes.recv_timeout(LONG), Ok(instant(at)));
            }
        }
    }

    #[test]
    fn a_sleep_until_a_past_instant_returns_at_once() {
        let clock = TestClock::new(instant("2026-11-23T10:00:00Z"));
        let alarm = Alarm::new();
        clock.sleep(Some(clock.now()), &alarm);
        clock.set(instant("2026-11-23T11:00:00Z"));
        clock.sleep(Some(instant("2026-11-23T10:30:00Z")), &alarm);
        assert!(!alarm.wait_at_most(Duration::ZERO));
    }

    #[test]
    fn a_sleeper_is_registered_once_and_only_while_its_alarm_lives() {
        let clock = TestClock::new(instant("2026-11-23T10:00:00Z"));
        let alarm = Alarm::new();
        for _ in 0..3 {
            alarm.ring();
            clock.sleep(None, &alarm);
        }
        assert_eq!(clock.face.lock().sleepers.len(), 1);
        drop(alarm);
        let other = Alarm::new();
        other.ring();
        clock.sleep(None, &other);
        assert_eq!(clock.face.lock().sleepers.len(), 1);
        clock.advance(SHORT);
        assert!(other.wait_at_most(Duration::ZERO));
    }
}
