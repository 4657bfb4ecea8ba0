//! The file of `--transitions`: what the workspace publishes, an item a line.
//!
//! Without a store it is an output like any other. With one it is appended in place: a consumer of the workspace hears again what was
//! not synced, so the file is first cut to what was. Invariant: an item is acknowledged after its line is written, and in a store
//! after it is synced; the line of an item has the number of the item's sequence.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use enlist::{Consumer, Published, Sequence};
use serde::Serialize;

use super::failure::Failure;
use super::output_file::OutputFile;

/// Lines after which a file in a store is synced.
const SYNC_LINES: u64 = 65_536;

/// A file of transitions and notices, with the consumer that hears them.
pub(super) struct TransitionsFile {
    sink: Sink,
    consumer: Consumer,
    /// The last item that was written and is not acknowledged.
    last: Option<Sequence>,
    unsynced: u64,
}

/// Where the lines go.
pub(super) enum Sink {
    /// A file that appears when it is whole, or a pipe.
    Whole(OutputFile),
    /// A file beside a store, appended in place.
    Appended { path: PathBuf, writer: BufWriter<File> },
}

impl Sink {
    /// Opens a file beside a store, and cuts it behind a number of lines.
    ///
    /// # Errors
    /// [`Failure::Transitions`] if it has fewer lines; [`Failure::Write`].
    pub(super) fn appended(path: &Path, lines: u64) -> Result<Self, Failure> {
        let unwritable = |source| Failure::Write { name: path.display().to_string(), source };
        let missing = |found: u64| Failure::Transitions {
            file: path.display().to_string(),
            what: format!(
                "it has {found} lines and had {lines} when they were synced; put it back, or replay into another store"
            ),
        };
        // A file that is missing is not created where one must be.
        let open = OpenOptions::new().read(true).write(true).create(lines == 0).truncate(false).open(path);
        let mut file = match open {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(missing(0)),
            opened => opened.map_err(unwritable)?,
        };
        let (found, bytes) = first_lines(&file, lines).map_err(unwritable)?;
        if found < lines {
            return Err(missing(found));
        }
        file.set_len(bytes).and_then(|()| file.seek(SeekFrom::End(0))).map_err(unwritable)?;
        Ok(Sink::Appended { path: path.to_owned(), writer: BufWriter::new(file) })
    }

    fn write_line(&mut self, line: &impl Serialize) -> Result<(), Failure> {
        match self {
            Sink::Whole(file) => file.write_line(line),
            Sink::Appended { path, writer } => {
                let written = serde_json::to_writer(&mut *writer, line).map_err(io::Error::from);
                let written = written.and_then(|()| writer.write_all(b"\n"));
                written.map_err(|source| Failure::Write { name: path.display().to_string(), source })
            }
        }
    }
}

/// How many lines a file has, `most` at most, and how many bytes they are.
fn first_lines(file: &File, most: u64) -> io::Result<(u64, u64)> {
    let mut reader = BufReader::new(file);
    let (mut lines, mut bytes, mut line) = (0, 0, Vec::new());
    while lines < most {
        line.clear();
        bytes += reader.read_until(b'\n', &mut line)? as u64;
        // The last line may be cut off, and then it is none.
        if !line.ends_with(b"\n") {
            break;
        }
        lines += 1;
    }
    Ok((lines, bytes))
}

impl TransitionsFile {
    pub(super) fn new(sink: Sink, consumer: Consumer) -> Self {
        TransitionsFile { sink, consumer, last: None, unsynced: 0 }
    }

    /// Writes all that is published and not yet written.
    ///
    /// # Errors
    /// [`Failure::Write`]; [`Failure::Transitions`] if the workspace does not have some of it any more.
    pub(super) fn write_published(&mut self) -> Result<(), Failure> {
        while let Some(published) = self.consumer.try_next() {
            match &published {
                Published::Transition(transition) => {
                    // The position in the log is the line; a day that begins has none.
                    let line = transition.origin().map_or(0, |(_, position)| position.0);
                    self.sink.write_line(&transition.to_transition().with_cause(("line", line)))?;
                }
                Published::Notice(notice) => self.sink.write_line(notice.notice())?,
                Published::Gap(gap) => {
                    let file = match &self.sink {
                        Sink::Whole(_) => "--transitions".to_owned(),
                        Sink::Appended { path, .. } => path.display().to_string(),
                    };
                    let what = format!("the items {} to {} are missing", gap.from, gap.until);
                    return Err(Failure::Transitions { file, what });
                }
            }
            self.last = Some(published.sequence());
            self.unsynced += 1;
        }
        if matches!(self.sink, Sink::Whole(_)) {
            self.acknowledge();
        } else if self.unsynced >= SYNC_LINES {
            self.sync()?;
        }
        Ok(())
    }

    /// Writes what is still buffered, and puts the file in its place.
    ///
    /// # Errors
    /// [`Failure::Write`].
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.sync()?;
        match self.sink {
            Sink::Whole(file) => file.finish(),
            Sink::Appended { .. } => Ok(()),
        }
    }

    fn sync(&mut self) -> Result<(), Failure> {
        if let Sink::Appended { path, writer } = &mut self.sink {
            let synced = writer.flush().and_then(|()| writer.get_ref().sync_data());
            synced.map_err(|source| Failure::Write { name: path.display().to_string(), source })?;
        }
        self.acknowledge();
        Ok(())
    }

    fn acknowledge(&mut self) {
        self.unsynced = 0;
        if let Some(last) = self.last.take() {
            self.consumer.acknowledge(last);
        }
    }
}
