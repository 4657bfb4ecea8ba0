//! The binary form of a position: a version, the order, the creation number, and the sort value by its tag.
//!
//! Numbers are big-endian. Only a text has no fixed length; it is the rest. Invariant: each position has exactly one
//! form, no longer than [`PagePosition::BYTES_MOST`], and any other bytes are refused.

use enlist_model::{Day, Instant, Number};

use crate::error::Error;
use crate::query::fingerprint::Fingerprint;
use crate::query::position::{CutText, PagePosition, SortKey, TEXT_BYTES};

const VERSION: u8 = 1;

/// The tags of sort values. They never change their meaning; a new form takes a new one.
mod tag {
    pub(super) const EMPTY: u8 = 0;
    pub(super) const TEXT: u8 = 1;
    pub(super) const CUT_TEXT: u8 = 2;
    pub(super) const NUMBER: u8 = 3;
    pub(super) const DAY: u8 = 4;
    pub(super) const INSTANT: u8 = 5;
    pub(super) const BOOLEAN: u8 = 6;
}

impl PagePosition {
    /// The position as bytes, at most [`BYTES_MOST`](Self::BYTES_MOST) of them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(self.order.bits().to_be_bytes());
        bytes.extend(self.creation.to_be_bytes());
        match &self.key {
            SortKey::Empty => bytes.push(tag::EMPTY),
            SortKey::Text(text) => {
                bytes.push(tag::TEXT);
                bytes.extend(text);
            }
            SortKey::CutText(cut) => {
                bytes.push(tag::CUT_TEXT);
                bytes.extend(cut.whole().bits().to_be_bytes());
                bytes.extend(cut.beginning());
            }
            SortKey::Number(number) => {
                bytes.push(tag::NUMBER);
                bytes.extend(number.get().to_be_bytes());
            }
            SortKey::Date(day, None) => {
                bytes.push(tag::DAY);
                bytes.extend(day.number().to_be_bytes());
            }
            SortKey::Date(day, Some(instant)) => {
                bytes.push(tag::INSTANT);
                bytes.extend(day.number().to_be_bytes());
                bytes.extend(instant.milliseconds().to_be_bytes());
            }
            SortKey::Boolean(value) => bytes.extend([tag::BOOLEAN, u8::from(*value)]),
        }
        bytes
    }

    /// A position from its bytes. Whether it is one of an order is checked when a page is read.
    ///
    /// # Errors
    /// [`Error::Cursor`] for any other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let problem = match bytes.split_first() {
            Some((&VERSION, rest)) => match read(rest) {
                Some(position) => return Ok(position),
                None => "it is damaged",
            },
            Some(_) => "it is of another version",
            None => "it is empty",
        };
        Err(Error::Cursor { problem })
    }
}

fn read(bytes: &[u8]) -> Option<PagePosition> {
    let (order, bytes) = bytes.split_first_chunk()?;
    let (creation, bytes) = bytes.split_first_chunk()?;
    let (tag, value) = bytes.split_first()?;
    let key = match *tag {
        tag::EMPTY => value.is_empty().then_some(SortKey::Empty)?,
        tag::TEXT => (value.len() <= TEXT_BYTES).then(|| SortKey::Text(value.to_vec()))?,
        tag::CUT_TEXT => {
            let (whole, beginning) = value.split_first_chunk()?;
            let whole = Fingerprint::from_bits(u64::from_be_bytes(*whole));
            (beginning.len() == TEXT_BYTES).then(|| SortKey::CutText(CutText::new(beginning, whole)))?
        }
        tag::NUMBER => {
            let float = f64::from_be_bytes(value.try_into().ok()?);
            // A number is never -0, so that would be a second form of 0.
            let number = Number::new(float).filter(|number| number.get().to_bits() == float.to_bits());
            SortKey::Number(number?)
        }
        tag::DAY => SortKey::Date(Day::from_number(i32::from_be_bytes(value.try_into().ok()?)), None),
        tag::INSTANT => {
            let (day, instant) = value.split_first_chunk()?;
            let instant = Instant::from_milliseconds(i64::from_be_bytes(instant.try_into().ok()?))?;
            SortKey::Date(Day::from_number(i32::from_be_bytes(*day)), Some(instant))
        }
        tag::BOOLEAN => match value {
            [0] => SortKey::Boolean(false),
            [1] => SortKey::Boolean(true),
            _ => return None,
        },
        _ => return None,
    };
    let order = Fingerprint::from_bits(u64::from_be_bytes(*order));
    Some(PagePosition { order, creation: u64::from_be_bytes(*creation), key })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::page_order::PageOrder;

    fn positions() -> Vec<PagePosition> {
        let day = Day::from_number(-20_000);
        let keys = [
            SortKey::Empty,
            SortKey::of_text(""),
            SortKey::of_text("ada@example.com"),
            SortKey::of_text(&"ä".repeat(TEXT_BYTES / 2)),
            // Cut in the middle of a letter.
            SortKey::of_text(&format!("a{}", "ä".repeat(TEXT_BYTES))),
            SortKey::of_text(&"x".repeat(16_384)),
            SortKey::Number(Number::new(-2.5).unwrap()),
            SortKey::Date(day, None),
            SortKey::Date(day, Some(Instant::MAX)),
            SortKey::Boolean(false),
            SortKey::Boolean(true),
        ];
        let order = PageOrder::Field { field: "f".repeat(256), descending: true };
        keys.into_iter().map(|key| PagePosition::new(&order, u64::MAX, key)).collect()
    }

    #[test]
    fn every_position_is_read_back_from_its_bounded_bytes() {
        let longest = positions().into_iter().map(|position| {
            let bytes = position.to_bytes();
            assert_eq!(PagePosition::from_bytes(&bytes), Ok(position));
            bytes.len()
        });
        assert_eq!(longest.max(), Some(PagePosition::BYTES_MOST));
    }

    #[test]
    fn bytes_that_are_damaged_are_refused_or_mean_another_position() {
        for position in positions() {
            let bytes = position.to_bytes();
            for length in 0..bytes.len() {
                if let Ok(read) = PagePosition::from_bytes(&bytes[..length]) {
                    assert_eq!(read.to_bytes(), bytes[..length]);
                }
            }
            for index in 0..bytes.len() {
                for bit in 0..8 {
                    let mut bytes = bytes.clone();
                    bytes[index] ^= 1 << bit;
                    if let Ok(read) = PagePosition::from_bytes(&bytes) {
                        assert_ne!(read, position);
                        assert_eq!(read.to_bytes(), bytes, "two forms of one position");
                    }
                }
            }
            assert!(PagePosition::from_bytes(&[bytes, vec![b'x'; TEXT_BYTES + 1]].concat()).is_err());
        }
    }
}
