//! One life of a workspace: what is drawn when it is created, restored or imported, and belongs together.
//!
//! The incarnation tells the tags of this life from those of others, the key does the same for cursors. Whatever keeps
//! one of them beyond the process must keep both.

use crate::cursor::CursorKey;
use crate::randomness;
use crate::revision::Incarnation;

/// One life of a workspace.
pub(crate) struct Life {
    pub(crate) incarnation: Incarnation,
    pub(crate) cursor_key: CursorKey,
}

impl Life {
    /// A life that begins.
    pub(crate) fn draw() -> Self {
        Life { incarnation: Incarnation::from_bits(randomness::draw()), cursor_key: CursorKey::draw() }
    }
}

impl Life {
    /// A life that was kept.
    pub(crate) fn of_record(incarnation: u64, cursor_key: [u8; CursorKey::BYTES]) -> Self {
        Life {
            incarnation: Incarnation::from_bits(incarnation),
            cursor_key: CursorKey::from_bytes(cursor_key),
        }
    }
}
