//! An instant: a point in time to the millisecond, read by the strict grammar of the contract.
//!
//! It knows no time zone and no clock. Invariant: an instant lies in the years 0001 to 9998 (UTC).
//!
//! Source: RFC 3339, section 5.6, without leap seconds. The separator is `T` or a space; letters have either case.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::time::date_problem::DateProblem;
use crate::time::day::{DATE_BYTES, Day, digits};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// The first instant that can be written: 0001-01-01T00:00:00Z.
    pub const MIN: Instant = Instant(-62_135_596_800_000);
    /// The last instant that can be written: 9998-12-31T23:59:59.999Z.
    pub const MAX: Instant = Instant(253_370_764_799_999);

    /// The instant `since_epoch` milliseconds after 1970-01-01T00:00:00Z; `None` outside the years 0001 to 9998.
    pub fn from_milliseconds(since_epoch: i64) -> Option<Self> {
        let instant = Instant(since_epoch);
        (Self::MIN..=Self::MAX).contains(&instant).then_some(instant)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn milliseconds(self) -> i64 {
        self.0
    }

    /// Reads `YYYY-MM-DDThh:mm:ss[.digits](Z|±hh:mm)`; digits beyond milliseconds are cut.
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }

    /// Like [`parse`](Self::parse), but says what is wrong.
    pub(crate) fn read(text: &str) -> Result<Self, DateProblem> {
        let bytes = text.as_bytes();
        let day = Day::read_start(bytes)?;
        let time = match &bytes[DATE_BYTES..] {
            // A separator alone is still no time; otherwise `2026-11-23T` would be refused for its offset.
            [b'T' | b't' | b' ', time @ ..] if !time.trim_ascii().is_empty() => time,
            _ => return Err(DateProblem::NoTime),
        };
        let (time_of_day, rest) = time_of_day(time)?;
        let (milliseconds, rest) = fraction(rest)?;
        let offset = offset_minutes(rest)?;
        let local = i64::from(day.number()) * Day::MILLISECONDS + time_of_day + milliseconds;
        // The offset is east of UTC, so the instant in UTC is earlier by it. The limits apply to UTC.
        let instant = Instant(local - offset * 60_000);
        if instant < Self::MIN {
            Err(DateProblem::BeforeTheFirstYear)
        } else if instant > Self::MAX {
            Err(DateProblem::AfterTheLastYear)
        } else {
            Ok(instant)
        }
    }
}

/// The milliseconds since midnight of `hh:mm:ss`, and the rest of the text.
fn time_of_day(bytes: &[u8]) -> Result<(i64, &[u8]), DateProblem> {
    let [h1, h2, b':', m1, m2, rest @ ..] = bytes else { return Err(DateProblem::NoTime) };
    let read = |tens: &u8, ones: &u8| digits(&[*tens, *ones]).map(i64::from).ok_or(DateProblem::NoTime);
    let (hour, minute) = (read(h1, h2)?, read(m1, m2)?);
    // Hours and minutes are right by now, so what is missing is the seconds.
    let [b':', s1, s2, rest @ ..] = rest else { return Err(DateProblem::NoSeconds) };
    let second = read(s1, s2)?;
    match (hour, minute, second) {
        (0..=23, 0..=59, 0..=59) => Ok((((hour * 60 + minute) * 60 + second) * 1_000, rest)),
        // A leap second has a message of its own, because RFC 3339 allows it.
        (0..=23, 0..=59, 60) => Err(DateProblem::SecondSixty),
        _ => Err(DateProblem::NoSuchTime),
    }
}

/// The milliseconds of an optional `.digits`, and the rest of the text.
fn fraction(bytes: &[u8]) -> Result<(i64, &[u8]), DateProblem> {
    let Some(after_point) = bytes.strip_prefix(b".") else { return Ok((0, bytes)) };
    let count = after_point.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return Err(DateProblem::NoDigitsAfterThePoint);
    }
    let digit = |at: usize| if at < count { i64::from(after_point[at] - b'0') } else { 0 };
    Ok((digit(0) * 100 + digit(1) * 10 + digit(2), &after_point[count..]))
}

/// The minutes east of UTC of `Z` or `±hh:mm`.
fn offset_minutes(bytes: &[u8]) -> Result<i64, DateProblem> {
    let (sign, digits_of) = match bytes {
        b"Z" | b"z" => return Ok(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => (*sign, [*h1, *h2, *m1, *m2]),
        _ => return Err(offset_problem(bytes)),
    };
    let hours = digits(&digits_of[..2]).filter(|hours| *hours < 24).ok_or(DateProblem::NoSuchOffset)?;
    let minutes = digits(&digits_of[2..]).filter(|minutes| *minutes < 60).ok_or(DateProblem::NoSuchOffset)?;
    let minutes = i64::from(hours * 60 + minutes);
    Ok(if sign == b'-' { -minutes } else { minutes })
}

/// What is wrong with an offset that does not match the grammar.
fn offset_problem(bytes: &[u8]) -> DateProblem {
    let trimmed = bytes.trim_ascii();
    if trimmed.is_empty() {
        return if bytes.is_empty() { DateProblem::NoOffset } else { DateProblem::BlankAfter };
    }
    if trimmed.len() < bytes.trim_ascii_end().len() {
        return DateProblem::BlankBeforeOffset;
    }
    if trimmed.len() < bytes.len() {
        return DateProblem::BlankAfter;
    }
    match bytes {
        [b'+' | b'-', rest @ ..] if digits(rest).is_some() => match rest.len() {
            2 => DateProblem::NoMinutesInOffset,
            4 => DateProblem::NoColonInOffset,
            _ => DateProblem::NoSuchOffset,
        },
        _ => DateProblem::NoSuchOffset,
    }
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
    /// RFC 3339 in UTC; milliseconds only if they are not zero.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = if self.0 % 1_000 == 0 { SecondsFormat::Secs } else { SecondsFormat::Millis };
        out.write_str(&DateTime::<Utc>::from(*self).to_rfc3339_opts(format, true))
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
    fn digits_beyond_milliseconds_are_cut_even_before_1970() {
        assert_eq!(milliseconds("1969-12-31T23:59:59.9999999999Z"), Some(-1));
        assert_eq!(milliseconds("1970-01-01T00:00:00.1Z"), Some(100));
    }

    #[test]
    fn a_refused_instant_says_what_is_wrong() {
        use DateProblem as P;
        for (wrong, problem) in [
            ("", P::NoDate),
            ("23.11.2026", P::NoDate),
            ("2026-11-2", P::NoDate),
            ("2026-11-23", P::NoTime),
            ("2026-11-23T", P::NoTime),
            ("2026-11-23 ", P::NoTime),
            ("2026-11-23T10Z", P::NoTime),
            ("2026-11-23x10:00:00Z", P::NoTime),
            ("2026-11-23T10:00Z", P::NoSeconds),
            ("2026-11-23T10:00", P::NoSeconds),
            ("2026-11-23T10:00:60Z", P::SecondSixty),
            ("2026-11-23T10:00:61Z", P::NoSuchTime),
            ("2026-11-23T24:00:00Z", P::NoSuchTime),
            ("2026-11-23T23:60:00Z", P::NoSuchTime),
            ("2026-11-23T10:00:00.Z", P::NoDigitsAfterThePoint),
            ("2026-11-23T10:00:00", P::NoOffset),
            ("2026-11-23T10:00:00.5", P::NoOffset),
            ("2026-11-23T10:00:00 Z", P::BlankBeforeOffset),
            ("2026-11-23T10:00:00 +01:00", P::BlankBeforeOffset),
            ("2026-11-23T10:00:00+0100", P::NoColonInOffset),
            ("2026-11-23T10:00:00+01", P::NoMinutesInOffset),
            ("2026-11-23T10:00:00+24:00", P::NoSuchOffset),
            ("2026-11-23T10:00:00+01:60", P::NoSuchOffset),
            ("2026-11-23T10:00:00+1:00", P::NoSuchOffset),
            ("2026-11-23T10:00:00UTC", P::NoSuchOffset),
            (" 2026-11-23T10:00:00Z", P::BlankBefore),
            ("2026-11-23T10:00:00Z ", P::BlankAfter),
            ("2026-11-23T10:00:00 ", P::BlankAfter),
            ("2026-02-29T10:00:00Z", P::NoSuchDay),
            ("2026-13-01T10:00:00Z", P::NoSuchDay),
            ("0000-12-31T23:59:59Z", P::YearZero),
            ("0001-01-01T00:00:00+00:01", P::BeforeTheFirstYear),
            ("9999-01-01T00:00:00Z", P::AfterTheLastYear),
        ] {
            assert_eq!(Instant::read(wrong), Err(problem), "{wrong}");
        }
    }

    #[test]
    fn the_first_and_the_last_instant_are_read_and_written() {
        assert_eq!(Instant::MIN.to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(Instant::MAX.to_string(), "9998-12-31T23:59:59.999Z");
        assert_eq!(Instant::parse("9998-12-31T23:59:59.999Z"), Some(Instant::MAX));
        assert_eq!(Instant::parse("0001-01-01T00:00:00Z"), Some(Instant::MIN));
    }
}
