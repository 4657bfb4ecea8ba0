//! An instant: a point in time to the millisecond, read by the strict grammar of the contract.
//!
//! It knows no time zone and no clock. What always holds: an instant that was read lies in the years 0001 to 9998
//! (UTC).
//!
//! Source: RFC 3339, section 5.6; without leap seconds, `T` or a space, either case.

use std::fmt;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use crate::day::digits;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// The first instant that can be written: 0001-01-01T00:00:00Z.
    pub const MIN: Instant = Instant(-62_135_596_800_000);
    /// The last one: 9998-12-31T23:59:59.999Z.
    pub const MAX: Instant = Instant(253_370_764_799_999);

    /// The instant that many milliseconds after 1970-01-01T00:00:00Z; `None` outside the years 0001 to 9998.
    pub fn from_milliseconds(since_epoch: i64) -> Option<Self> {
        let instant = Instant(since_epoch);
        (Self::MIN..=Self::MAX).contains(&instant).then_some(instant)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn milliseconds(self) -> i64 {
        self.0
    }

    /// Reads `YYYY-MM-DDThh:mm:ss[.digits](Z|±hh:mm)`; digits finer than a millisecond are cut.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let separated = |at: usize, separator: u8| bytes.get(at) == Some(&separator);
        let shaped = bytes.len() >= 20
            && separated(4, b'-')
            && separated(7, b'-')
            && matches!(bytes[10], b'T' | b't' | b' ')
            && separated(13, b':')
            && separated(16, b':');
        if !shaped {
            return None;
        }
        let number = |from: usize, to: usize| digits(&bytes[from..to]);
        let date =
            NaiveDate::from_ymd_opt(i32::try_from(number(0, 4)?).ok()?, number(5, 7)?, number(8, 10)?)?;
        let time = date.and_hms_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?)?;
        let (milliseconds, rest) = fraction(&bytes[19..])?;
        let local = time.and_utc().timestamp_millis() + milliseconds;
        Self::from_milliseconds(local - offset_minutes(rest)? * 60_000)
    }
}

/// The milliseconds of an optional `.digits`, and what follows them.
fn fraction(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let Some(after_point) = bytes.strip_prefix(b".") else { return Some((0, bytes)) };
    let count = after_point.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let digit = |at: usize| if at < count { i64::from(after_point[at] - b'0') } else { 0 };
    let milliseconds = digit(0) * 100 + digit(1) * 10 + digit(2);
    (count > 0).then(|| (milliseconds, &after_point[count..]))
}

/// The minutes east of UTC that `Z` or `±hh:mm` says.
fn offset_minutes(bytes: &[u8]) -> Option<i64> {
    let sign = match bytes {
        b"Z" | b"z" => return Some(0),
        [b'+', _, _, b':', _, _] => 1,
        [b'-', _, _, b':', _, _] => -1,
        _ => return None,
    };
    let (hours, minutes) = (digits(&bytes[1..3])?, digits(&bytes[4..6])?);
    (hours < 24 && minutes < 60).then(|| sign * i64::from(hours * 60 + minutes))
}

impl From<Instant> for DateTime<Utc> {
    fn from(instant: Instant) -> Self {
        DateTime::from_timestamp_millis(instant.0).unwrap_or_default()
    }
}

impl TryFrom<DateTime<Utc>> for Instant {
    type Error = crate::error::Error;

    fn try_from(time: DateTime<Utc>) -> Result<Self, Self::Error> {
        Instant::from_milliseconds(time.timestamp_millis())
            .ok_or_else(|| crate::error::Error::Instant { found: time.to_string() })
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC; milliseconds only where there are some.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = if self.0 % 1_000 == 0 { SecondsFormat::Secs } else { SecondsFormat::Millis };
        out.write_str(&DateTime::<Utc>::from(*self).to_rfc3339_opts(format, true))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(text: &str) -> Option<i64> {
        Instant::parse(text).map(Instant::milliseconds)
    }

    #[test]
    fn instants_are_read_in_either_case_with_t_or_space() {
        for same in ["1970-01-01T01:00:00Z", "1970-01-01 01:00:00z", "1970-01-01t00:30:00-00:30"] {
            assert_eq!(milliseconds(same), Some(3_600_000), "{same}");
        }
    }

    #[test]
    fn finer_digits_are_cut_also_before_1970() {
        assert_eq!(milliseconds("1969-12-31T23:59:59.9999999999Z"), Some(-1));
        assert_eq!(milliseconds("1970-01-01T00:00:00.1Z"), Some(100));
    }

    #[test]
    fn what_the_grammar_does_not_have_is_refused() {
        for wrong in [
            "2026-11-23",
            "2026-11-23T10:00Z",
            "2026-11-23T10:00:60Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T10:00:00.Z",
            "2026-11-23T10:00:00",
            "2026-11-23T10:00:00+0100",
            "2026-11-23T10:00:00+24:00",
            "2026-11-23T10:00:00+01:60",
            " 2026-11-23T10:00:00Z",
            "2026-11-23T10:00:00Z ",
            "2026-02-29T10:00:00Z",
            "0000-12-31T23:59:59Z",
            "0001-01-01T00:00:00+00:01",
            "9999-01-01T00:00:00Z",
        ] {
            assert_eq!(milliseconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_first_and_the_last_instant_are_written_as_they_are_read() {
        assert_eq!(Instant::MIN.to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(Instant::MAX.to_string(), "9998-12-31T23:59:59.999Z");
        assert_eq!(Instant::parse("9998-12-31T23:59:59.999Z"), Some(Instant::MAX));
        assert_eq!(Instant::parse("0001-01-01T00:00:00Z"), Some(Instant::MIN));
    }
}
