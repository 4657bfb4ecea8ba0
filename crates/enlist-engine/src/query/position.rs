//! Positions: where a page ended, as a small value with a bounded binary form.
//!
//! A position holds the sort value that its contact had, so it stays valid when the contact changes or is deleted. A
//! long text is cut: the position then holds its beginning, and a fingerprint of the whole to recognize it by. A
//! position knows neither contacts nor their numbers. Invariant: a position is read only in the order that it was
//! written for.

use enlist_model::{Day, Instant, Number};

use crate::error::Error;
use crate::query::fingerprint::Fingerprint;
use crate::query::page_order::PageOrder;

/// The longest text that a position holds whole, and the length of the beginning of a longer one.
pub(super) const TEXT_BYTES: usize = 256;

/// A position in an order of members: after the last contact of a page.
///
/// It is not for strangers: its [bytes](Self::to_bytes) hold a contact's sort value in plain text, and anyone who can
/// change them can ask for any position. Seal them before they leave your service, as the crate `enlist` does.
///
/// A text longer than 256 bytes is cut there. If the contact still has the whole text, the next page begins exactly
/// after it. Otherwise it begins before all texts with these 256 bytes: some members may appear twice, and none is
/// left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagePosition {
    pub(super) order: Fingerprint,
    pub(super) creation: u64,
    pub(super) key: SortKey,
}

/// The value that a contact is sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SortKey {
    /// A whole text.
    Text(Vec<u8>),
    /// The beginning of a text.
    CutText(CutText),
    Number(Number),
    /// A calendar date has no instant, so it comes first on its day.
    Date(Day, Option<Instant>),
    Boolean(bool),
    Empty,
}

/// The beginning of a text that is longer than [`TEXT_BYTES`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CutText {
    /// The beginning, and then [`AFTER_ALL`].
    bound: Vec<u8>,
    whole: Fingerprint,
}

/// A byte that no text has, and that is greater than all that texts have.
const AFTER_ALL: u8 = u8::MAX;

impl PagePosition {
    /// The maximum length of its [bytes](Self::to_bytes).
    pub const BYTES_MOST: usize = 1 + 8 + 8 + 1 + 8 + TEXT_BYTES;

    pub(super) fn new(order: &PageOrder, creation: u64, key: SortKey) -> Self {
        PagePosition { order: order.fingerprint(), creation, key }
    }

    /// Refuses a position of another order.
    pub(super) fn check(&self, order: &PageOrder) -> Result<(), Error> {
        if self.order != order.fingerprint() {
            return Err(Error::Cursor { problem: "it belongs to another order" });
        }
        Ok(())
    }
}

impl SortKey {
    pub(super) fn of_text(text: &str) -> Self {
        match text.as_bytes().split_at_checked(TEXT_BYTES) {
            Some((beginning, rest)) if !rest.is_empty() => {
                SortKey::CutText(CutText::new(beginning, Fingerprint::of(&[text])))
            }
            _ => SortKey::Text(text.into()),
        }
    }
}

impl CutText {
    pub(super) fn new(beginning: &[u8], whole: Fingerprint) -> Self {
        CutText { bound: [beginning, &[AFTER_ALL]].concat(), whole }
    }

    /// Before all texts that begin so.
    pub(super) fn beginning(&self) -> &[u8] {
        &self.bound[..self.bound.len() - 1]
    }

    /// After all texts that begin so, and before all others that are greater.
    pub(super) fn after_all(&self) -> &[u8] {
        &self.bound
    }

    pub(super) fn whole(&self) -> Fingerprint {
        self.whole
    }

    /// Whether this text is the one that was cut.
    pub(super) fn is_cut_from(&self, text: &str) -> bool {
        text.len() > TEXT_BYTES
            && text.as_bytes().starts_with(self.beginning())
            && self.whole == Fingerprint::of(&[text])
    }
}
