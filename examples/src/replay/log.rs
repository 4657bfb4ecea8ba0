//! An event log as lines: one after another, without its compression, numbered from 1.
//!
//! It knows nothing of events. Invariant: at most one line within the limit `line_bytes` is held in memory, however long
//! a line is; after a line that is refused, reading goes on behind its end.

use std::io::{self, BufRead, ErrorKind, Read};

use enlist::model::limits::LINE_BYTES;

use super::bad_line::BadLine;
use super::blank::{Blank, is_blank};
use super::compression::{Compression, decoded};
use super::failure::Failure;
use super::log_source::OpenLog;

/// What some programs put at the start of a text file; it is no part of the first line.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// An event log, open for reading.
pub(super) struct Log<'a> {
    name: String,
    /// The log before its first byte is read.
    unread: Option<OpenLog<'a>>,
    compression: Compression,
    source: Box<dyn BufRead + 'a>,
    /// The bytes of the current line.
    bytes: Vec<u8>,
    /// The number of the current line.
    number: u64,
}

/// One line that is not blank.
#[derive(Debug, PartialEq)]
pub(super) struct Line<'a> {
    /// Its number, from 1; blank and bad lines count.
    pub(super) number: u64,
    /// Its text without its end, or why it has none that can be read.
    pub(super) text: Result<&'a str, BadLine>,
}

/// What the next line of a log is.
#[derive(PartialEq)]
enum Found {
    End,
    Text,
    Blank,
    TooLong,
}

impl<'a> Log<'a> {
    /// The log with these bytes. They are not touched before the first line is asked for, since a pipe may be silent.
    pub(super) fn new(opened: OpenLog<'a>) -> Self {
        Log {
            name: opened.name.clone(),
            unread: Some(opened),
            compression: Compression::None,
            source: Box::new(io::empty()),
            bytes: Vec::new(),
            number: 0,
        }
    }

    /// The log's name in messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The number of the line that comes after the last one read.
    pub(super) fn next_number(&self) -> u64 {
        self.number + 1
    }

    /// The next line that is not blank; `None` at the end.
    ///
    /// # Errors
    /// [`Failure::Read`] if the log cannot be read further: the disk fails, or what is compressed is cut off or
    /// damaged. Part of a line before that place is dropped.
    pub(super) fn next_line(&mut self) -> Result<Option<Line<'_>>, Failure> {
        loop {
            let found = self.read_line().map_err(|source| self.unreadable(source))?;
            if found != Found::End {
                self.number += 1;
            }
            let text = match found {
                Found::End => return Ok(None),
                Found::Blank => continue,
                Found::TooLong => Err(BadLine::TooLong),
                Found::Text => text(content(&self.bytes, self.number)),
            };
            return Ok(Some(Line { number: self.number, text }));
        }
    }

    /// Reads the next line into `bytes`, unless it is too long.
    fn read_line(&mut self) -> io::Result<Found> {
        if let Some(OpenLog { path, bytes, .. }) = self.unread.take() {
            (self.compression, self.source) = decoded(bytes, path.as_deref())?;
        }
        // Two bytes more than a line may have, for its end.
        let most = LINE_BYTES.most as u64 + 2;
        self.bytes.clear();
        self.source.by_ref().take(most).read_until(b'\n', &mut self.bytes)?;
        if self.bytes.is_empty() {
            return Ok(Found::End);
        }
        let content = content(&self.bytes, self.number + 1);
        if self.bytes.len() as u64 == most && !self.bytes.ends_with(b"\n") {
            let mut blank = Blank::default();
            let is_blank = blank.continues_with(content) && skip_blanks(&mut self.source, &mut blank)?;
            if !is_blank {
                self.source.skip_until(b'\n')?;
            }
            return Ok(if is_blank { Found::Blank } else { Found::TooLong });
        }
        // Before the length is looked at: a line of blanks may be of any length.
        if is_blank(content) {
            return Ok(Found::Blank);
        }
        Ok(if LINE_BYTES.is_exceeded_by(content.len()) { Found::TooLong } else { Found::Text })
    }

    fn unreadable(&self, source: io::Error) -> Failure {
        let compressed = self.compression != Compression::None;
        Failure::Read { log: self.name.clone(), line: self.next_number(), compressed, source }
    }
}

/// Skips white space up to the end of the line; returns whether there is nothing else. If there is, it stops before the
/// end of the line.
fn skip_blanks(source: &mut impl BufRead, blank: &mut Blank) -> io::Result<bool> {
    loop {
        let bytes = match source.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let piece = &bytes[..end.unwrap_or(bytes.len())];
        let is_last = end.is_some() || bytes.is_empty();
        let is_blank = blank.continues_with(piece) && (!is_last || blank.may_end());
        let read = piece.len();
        if !is_blank {
            source.consume(read);
            return Ok(false);
        }
        source.consume(read + usize::from(end.is_some()));
        if is_last {
            return Ok(true);
        }
    }
}

/// A line without its end.
fn content(bytes: &[u8], number: u64) -> &[u8] {
    let bytes = match number {
        1 => bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes),
        _ => bytes,
    };
    let Some(line) = bytes.strip_suffix(b"\n") else { return bytes };
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// A line's text, or where it stops being any.
fn text(content: &[u8]) -> Result<&str, BadLine> {
    str::from_utf8(content).map_err(|error| BadLine::NotUtf8 { byte: error.valid_up_to() + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines<'a>(bytes: impl Read + 'a) -> Vec<(u64, Result<String, String>)> {
        let mut log = Log::new(OpenLog { name: "log".to_owned(), path: None, bytes: Box::new(bytes) });
        let mut lines = Vec::new();
        while let Some(line) = log.next_line().unwrap() {
            lines.push((line.number, line.text.map(str::to_owned).map_err(|bad| bad.to_string())));
        }
        lines
    }

    fn numbered(lines: &[(u64, &str)]) -> Vec<(u64, Result<String, String>)> {
        lines.iter().map(|(number, text)| (*number, Ok((*text).to_owned()))).collect()
    }

    #[test]
    fn blank_lines_are_passed_over_and_counted() {
        assert_eq!(lines(&b"\n a\r\n \t\xc2\xa0\r\n\r\nb"[..]), numbered(&[(2, " a"), (5, "b")]));
        assert_eq!(lines(&b""[..]), []);
        assert_eq!(lines(&b"\n\n"[..]), []);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_line() {
        assert_eq!(lines(&b"\xef\xbb\xbfa\n"[..]), numbered(&[(1, "a")]));
        assert_eq!(lines(&b"a\n\xef\xbb\xbfb\n"[..]), numbered(&[(1, "a"), (2, "\u{feff}b")]));
    }

    #[test]
    fn a_line_that_is_not_utf_8_is_refused_with_the_place() {
        let lines = lines(&b"ab\xffc\nd\n"[..]);
        assert_eq!(lines[0], (1, Err("byte 3 of the line is not UTF-8; write the log in UTF-8".to_owned())));
        assert_eq!(lines[1], (2, Ok("d".to_owned())));
    }

    #[test]
    fn a_line_may_have_a_mebibyte_and_not_a_byte_more() {
        for end in ["", "\n", "\r\n"] {
            for surplus in 0..4 {
                let line = "x".repeat(LINE_BYTES.most + surplus);
                let read = lines(format!("{line}{end}").as_bytes());
                assert_eq!((read.len(), read[0].0), (1, 1));
                assert_eq!(read[0].1.is_ok(), surplus == 0, "{surplus} surplus bytes, then {end:?}");
            }
        }
        let long = "x".repeat(3 * LINE_BYTES.most);
        assert_eq!(lines(format!("{long}\nb\n").as_bytes())[1], (2, Ok("b".to_owned())));
    }

    #[test]
    fn a_blank_line_of_any_length_is_passed_over_and_counted() {
        let blanks = |count: u64| std::io::repeat(b' ').take(count);
        for length in [LINE_BYTES.most as u64 - 1, LINE_BYTES.most as u64 + 3, 100_000_000] {
            let log = blanks(length).chain(&b"\r\na\n"[..]).chain(blanks(length));
            assert_eq!(lines(log), numbered(&[(2, "a")]), "{length}");
            let bad = blanks(length).chain(&b"x\na\n"[..]);
            assert_eq!(lines(bad)[1..], numbered(&[(2, "a")]), "{length}");
        }
        // A wide blank of three bytes is cut by the limit and by every buffer.
        let wide = "\u{3000}".repeat(LINE_BYTES.most);
        assert_eq!(lines(format!("{wide}\nb").as_bytes()), numbered(&[(2, "b")]));
        let torn = [wide.as_bytes(), b"\xe3\x80\nb"].concat();
        assert_eq!(lines(torn.as_slice())[0].0, 1, "part of a character is no blank");
    }
}
