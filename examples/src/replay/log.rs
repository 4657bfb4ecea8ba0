//! An event log as lines: where it comes from, and one line after another, numbered from 1.
//!
//! It knows nothing of events. What always holds: no more than one line within the limit `line_bytes` is held in
//! memory, however long a line is; after a line that is refused, reading goes on behind its end.

use std::fs::File;
use std::io::{self, BufRead, Cursor, Read};
use std::path::{Path, PathBuf};

use enlist::model::limits::LINE_BYTES;

use super::compression::{Compression, decoded};
use super::failure::Failure;
use super::options::Options;
use super::progress::Progress;

/// The CDNOW log, for those who name none.
const BUNDLED: &[u8] = include_bytes!("../../data/cdnow.jsonl.gz");
const BUNDLED_NAME: &str = "examples/data/cdnow.jsonl.gz";

/// What some programs put at the start of a text file; it is no part of the first line.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// An event log, open for reading.
pub(super) struct Log<'a> {
    name: String,
    path: Option<PathBuf>,
    compression: Compression,
    source: Box<dyn BufRead + 'a>,
    /// The bytes of the current line.
    bytes: Vec<u8>,
    /// Its number.
    number: u64,
}

/// One line that is not blank.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Its number, from 1; blank and bad lines count.
    pub(super) number: u64,
    /// Its text without its end, or why it has none that could be read.
    pub(super) text: Result<&'a str, String>,
}

impl<'a> Log<'a> {
    /// Opens the log that the options name; `input` stands for standard input.
    ///
    /// # Errors
    /// [`Failure::Open`] if it cannot be opened.
    pub(super) fn open(
        options: &Options,
        input: impl Read + 'a,
        progress: &Progress,
    ) -> Result<Self, Failure> {
        let Some(path) = options.log.as_deref() else {
            progress.expect_bytes(BUNDLED.len() as u64);
            return Log::of(progress.counting(Cursor::new(BUNDLED)), BUNDLED_NAME, None);
        };
        if path == Path::new("-") {
            return Log::of(progress.counting(input), "standard input", None);
        }
        let name = path.display().to_string();
        let open = || File::open(path).and_then(|file| file.metadata().map(|metadata| (file, metadata)));
        let (file, metadata) = open().map_err(|source| Failure::Open { log: name.clone(), source })?;
        if metadata.is_file() {
            progress.expect_bytes(metadata.len());
        }
        Log::of(progress.counting(file), &name, Some(path))
    }

    /// The log that these bytes are.
    fn of(source: impl Read + 'a, name: &str, path: Option<&Path>) -> Result<Self, Failure> {
        let (compression, source) =
            decoded(source, path).map_err(|source| Failure::Open { log: name.to_owned(), source })?;
        let path = path.map(Path::to_owned);
        Ok(Log { name: name.to_owned(), path, compression, source, bytes: Vec::new(), number: 0 })
    }

    /// The log's name, as messages say it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The file that it is, if it is one that was named.
    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The next line that is not blank; `None` at the end.
    ///
    /// # Errors
    /// [`Failure::Read`] if the log cannot be read further: the disk fails, or what is compressed is cut off or
    /// damaged. Part of a line that stands before it is dropped.
    pub(super) fn next_line(&mut self) -> Result<Option<Line<'_>>, Failure> {
        loop {
            let whole = match self.read_line() {
                Ok(None) => return Ok(None),
                Ok(Some(whole)) => whole,
                Err(source) => return Err(self.unreadable(source)),
            };
            self.number += 1;
            if !whole {
                let reason = format!("the line is over {LINE_BYTES}; split what it says over several events");
                return Ok(Some(Line { number: self.number, text: Err(reason) }));
            }
            if !is_blank(self.content()) {
                break;
            }
        }
        Ok(Some(Line { number: self.number, text: text(self.content()) }))
    }

    /// Reads the next line into `bytes`: `None` at the end of the log, `false` if it was too long and passed over.
    fn read_line(&mut self) -> io::Result<Option<bool>> {
        // Two bytes more than a line may have, for its end.
        let most = LINE_BYTES.most as u64 + 2;
        self.bytes.clear();
        self.source.by_ref().take(most).read_until(b'\n', &mut self.bytes)?;
        if self.bytes.is_empty() {
            return Ok(None);
        }
        if self.bytes.len() as u64 == most && !self.bytes.ends_with(b"\n") {
            self.source.skip_until(b'\n')?;
            return Ok(Some(false));
        }
        Ok(Some(!LINE_BYTES.is_exceeded_by(self.content().len())))
    }

    /// The current line without its end.
    fn content(&self) -> &[u8] {
        let bytes = match self.number {
            0 | 1 => self.bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&self.bytes),
            _ => &self.bytes,
        };
        let Some(line) = bytes.strip_suffix(b"\n") else { return bytes };
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    fn unreadable(&self, source: io::Error) -> Failure {
        let compressed = self.compression != Compression::None;
        Failure::Read { log: self.name.clone(), line: self.number, compressed, source }
    }
}

/// Whether a line holds white space only.
fn is_blank(content: &[u8]) -> bool {
    match content.first() {
        Some(b'{') => false,
        _ => str::from_utf8(content).is_ok_and(|text| text.trim().is_empty()),
    }
}

/// A line's text, or where it stops being any.
fn text(content: &[u8]) -> Result<&str, String> {
    str::from_utf8(content).map_err(|error| {
        format!("byte {} of the line is not UTF-8; write the log in UTF-8", error.valid_up_to() + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<(u64, Result<String, String>)> {
        let mut log = Log::of(bytes, "log", None).unwrap();
        let mut lines = Vec::new();
        while let Some(line) = log.next_line().unwrap() {
            lines.push((line.number, line.text.map(str::to_owned)));
        }
        lines
    }

    fn numbered(lines: &[(u64, &str)]) -> Vec<(u64, Result<String, String>)> {
        lines.iter().map(|(number, text)| (*number, Ok((*text).to_owned()))).collect()
    }

    #[test]
    fn blank_lines_are_passed_over_and_counted() {
        assert_eq!(lines(b"\n a\r\n \t\xc2\xa0\r\n\r\nb"), numbered(&[(2, " a"), (5, "b")]));
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"\n\n"), []);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_line() {
        assert_eq!(lines(b"\xef\xbb\xbfa\n"), numbered(&[(1, "a")]));
        assert_eq!(lines(b"a\n\xef\xbb\xbfb\n"), numbered(&[(1, "a"), (2, "\u{feff}b")]));
    }

    #[test]
    fn a_line_that_is_not_utf_8_is_refused_with_the_place() {
        let lines = lines(b"ab\xffc\nd\n");
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
}
