//! Whether text is white space only, piece by piece, for lines too long to hold.
//!
//! Invariant: it holds at most one incomplete character, however long the text is.

/// White space so far.
#[derive(Default)]
pub(super) struct Blank {
    /// The start of a character whose other bytes are in the next piece.
    incomplete: Vec<u8>,
}

impl Blank {
    /// Takes the next piece; returns whether the text is still white space only.
    pub(super) fn continues_with(&mut self, piece: &[u8]) -> bool {
        self.incomplete.extend_from_slice(piece);
        let whole = match str::from_utf8(&self.incomplete) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return false,
        };
        let is_blank = is_blank(&self.incomplete[..whole]);
        self.incomplete.drain(..whole);
        is_blank
    }

    /// Whether the text may end here: not within a character.
    pub(super) fn may_end(&self) -> bool {
        self.incomplete.is_empty()
    }
}

/// Whether a whole text is white space only.
pub(super) fn is_blank(text: &[u8]) -> bool {
    match text.first() {
        // Nearly every line of a log starts so, and need not be read twice.
        Some(b'{') => false,
        _ => str::from_utf8(text).is_ok_and(|text| text.trim().is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_may_be_cut_between_pieces() {
        let mut blank = Blank::default();
        assert!(blank.continues_with(b" \t\xe3"));
        assert!(!blank.may_end());
        assert!(blank.continues_with(b"\x80"));
        assert!(blank.continues_with(b"\x80\xc2\xa0\r"));
        assert!(blank.may_end());
        assert!(!blank.continues_with("é".as_bytes()));
        assert!(!Blank::default().continues_with(b" \xff"));
    }
}
