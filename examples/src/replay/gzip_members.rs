//! The bytes of a gzip stream: one member after another, with any number of zero bytes behind each.
//!
//! `gzip` skips zeros at the end, which tapes and padded uploads leave there; the decoder of flate2 takes them for a
//! damaged member. Anything else behind a member is an error: bytes that are skipped in silence would be lost data.
//! Invariant: everything that was decoded before a damaged place is returned before the error is.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// The decoded bytes of all members.
pub(super) struct GzipMembers<R> {
    /// `None` after the last one.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> GzipMembers<R> {
    pub(super) fn new(source: R) -> Self {
        GzipMembers { member: Some(GzDecoder::new(source)) }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            // The member stays in place while zeros are skipped: after an error in between, reading goes on from here.
            let is_at_end = is_end_after_zeros(member.get_mut())?;
            self.member =
                self.member.take().map(GzDecoder::into_inner).filter(|_| !is_at_end).map(GzDecoder::new);
        }
        Ok(0)
    }
}

/// Skips zero bytes; returns whether nothing follows them.
fn is_end_after_zeros(source: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = match source.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if bytes.is_empty() {
            return Ok(true);
        }
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let is_end_of_zeros = zeros < bytes.len();
        source.consume(zeros);
        if is_end_of_zeros {
            return Ok(false);
        }
    }
}
