//! The replay: reads an event log line by line, feeds a workspace, and writes what it publishes.
//!
//! [`run`] is the story from top to bottom. What always holds: however a replay ends, everything before that end is
//! applied and written out; and what comes out depends neither on how events are batched nor on the number of partitions.

mod batch;
mod compression;
mod failure;
mod gzip_members;
mod log;
mod options;
mod output_file;
mod piped;
mod printable;
mod progress;
mod report;
mod target;
mod verify;

use std::io::{ErrorKind, Read, Write};

use enlist::model;
use enlist::{Cause, ContactId, Event, Published, Receipt, RefusedEvent};
use serde::Serialize;

pub use failure::Failure;
pub use options::Options;
pub use piped::piped_input;
pub use progress::Progress;

use batch::Batch;
use log::{Line, Log};
use output_file::OutputFile;
use report::{Report, SegmentCount};
use target::{Held, HeldSegment, Submitted, Target};
use verify::Verifier;

/// Replays the log that the options name (`input` stands for standard input), prints the report on `output` and
/// everything that goes wrong on `errors`, and gives what made it fail.
pub fn run(
    options: &Options,
    input: impl Read,
    output: &mut dyn Write,
    errors: &mut dyn Write,
    progress: &Progress,
) -> Vec<Failure> {
    let opened = open(options, input, progress);
    let opened = opened.and_then(|opened| Ok((opened, Target::new(options.partitions.into())?)));
    let failures = match opened {
        Ok(((mut log, files), target)) => {
            let mut replay = Replay::new(options, target, log.name().to_owned(), files, errors, progress);
            let fed = replay.feed(&mut log);
            replay.finish(fed, options, output)
        }
        Err(failure) => vec![failure],
    };
    for failure in &failures {
        tell(errors, progress, failure);
    }
    failures
}

/// The files that the replay writes.
struct Files {
    transitions: Option<OutputFile>,
    members: Option<OutputFile>,
}

/// Opens the log and creates the files; the log first, so that a mistyped name empties nothing.
fn open<'a>(
    options: &Options,
    input: impl Read + 'a,
    progress: &Progress,
) -> Result<(Log<'a>, Files), Failure> {
    let log = Log::open(options, input, progress)?;
    let create = |path: &Option<_>, other| {
        let others = [(log.path(), "the log"), (other, "that of --transitions")];
        path.as_deref().map(|path| OutputFile::create(path, &others)).transpose()
    };
    let transitions = create(&options.transitions, None)?;
    let members = create(&options.members, options.transitions.as_deref())?;
    Ok((log, Files { transitions, members }))
}

/// Writes an error; where even that fails, there is no one left to tell.
fn tell(errors: &mut dyn Write, progress: &Progress, failure: &Failure) {
    let _ = progress.beside(|| writeln!(errors, "error: {failure}"));
}

/// A replay under way.
struct Replay<'a> {
    target: Target,
    /// The plain evaluator beside it, if the user wants to compare.
    verifier: Option<Verifier>,
    /// What is read and not yet handed in.
    batch: Batch,
    /// What is being applied.
    in_flight: Option<InFlight>,
    log_name: String,
    files: Files,
    skip_bad: bool,
    applied: u64,
    rejected: u64,
    transitions: u64,
    notices: u64,
    errors: &'a mut dyn Write,
    progress: &'a Progress,
}

/// A batch that is being applied.
struct InFlight {
    submitted: Submitted,
    /// The line of each event.
    lines: Vec<u64>,
    /// The events, if they are to be shown to the plain evaluator.
    to_verify: Option<Vec<Event>>,
}

/// A batch that was applied.
struct Landed {
    receipt: Receipt,
    published: Vec<Published>,
    lines: Vec<u64>,
    to_verify: Option<Vec<Event>>,
}

impl<'a> Replay<'a> {
    fn new(
        options: &Options,
        target: Target,
        log_name: String,
        files: Files,
        errors: &'a mut dyn Write,
        progress: &'a Progress,
    ) -> Self {
        Replay {
            target,
            verifier: options.verify.then(Verifier::new),
            batch: Batch::default(),
            in_flight: None,
            log_name,
            files,
            skip_bad: options.skip_bad,
            applied: 0,
            rejected: 0,
            transitions: 0,
            notices: 0,
            errors,
            progress,
        }
    }

    /// Applies the whole log, or all of it that comes before what ends the replay.
    fn feed(&mut self, log: &mut Log<'_>) -> Result<(), Failure> {
        loop {
            let (number, reason) = match log.next_line() {
                Ok(Some(Line { number, text: Ok(text) })) => match Event::parse(text) {
                    Ok(event) => {
                        self.batch.push(event, number, text.len());
                        if self.batch.is_full() {
                            self.apply()?;
                        }
                        continue;
                    }
                    Err(error) => (number, parse_reason(&error)),
                },
                Ok(Some(Line { number, text: Err(reason) })) => (number, reason),
                Ok(None) => return self.apply_all(),
                Err(failure) => return self.apply_all().and(Err(failure)),
            };
            self.apply_all()?;
            self.reject(number, reason)?;
        }
    }

    /// Hands the batch in, and writes what came of the one before, while it is applied.
    fn apply(&mut self) -> Result<(), Failure> {
        let batch = std::mem::take(&mut self.batch);
        let landed = self.land()?;
        let goes_on = landed.as_ref().is_none_or(|landed| self.skip_bad || landed.receipt.refused.is_empty());
        if goes_on && !batch.is_empty() {
            let (events, lines) = batch.into_parts();
            let to_verify = self.verifier.is_some().then(|| events.clone());
            let submitted = self.target.submit(events, !self.skip_bad)?;
            self.in_flight = Some(InFlight { submitted, lines, to_verify });
        }
        landed.map_or(Ok(()), |landed| self.conclude(landed))
    }

    /// Applies the batch and writes all that is not yet written.
    fn apply_all(&mut self) -> Result<(), Failure> {
        self.apply()?;
        self.apply()
    }

    /// Waits for what is being applied, if anything is.
    fn land(&mut self) -> Result<Option<Landed>, Failure> {
        let Some(InFlight { submitted, lines, to_verify }) = self.in_flight.take() else { return Ok(None) };
        let (receipt, published) = self.target.wait(submitted)?;
        Ok(Some(Landed { receipt, published, lines, to_verify }))
    }

    /// Counts, compares and writes what came of a batch.
    fn conclude(&mut self, landed: Landed) -> Result<(), Failure> {
        let Landed { receipt, published, mut lines, to_verify } = landed;
        if let (Some(verifier), Some(events)) = (&mut self.verifier, to_verify) {
            let looked_at = events.len() - receipt.rest.len();
            verifier.take_in(&events[..looked_at], &lines, &receipt.refused);
        }
        let refused = take_refused(&mut lines, &receipt.refused);
        let before = self.applied;
        self.applied += receipt.applied as u64;
        self.progress.applied(self.applied);
        self.write_out(&published, |event| lines[(event - before - 1) as usize])?;
        for (line, reason) in refused {
            self.reject(line, reason)?;
        }
        Ok(())
    }

    /// Counts and writes what was published; `line_of` knows an event's line by its number.
    fn write_out(&mut self, published: &[Published], line_of: impl Fn(u64) -> u64) -> Result<(), Failure> {
        for published in published {
            let written = match (published, &mut self.files.transitions) {
                (Published::Transition(transition), file) => {
                    self.transitions += 1;
                    let Some(file) = file else { continue };
                    let line = match transition.cause() {
                        Cause::Event(number) | Cause::Settings(number) => line_of(number),
                        Cause::Clock => 0,
                    };
                    file.write_line(&transition.to_transition().with_cause(("line", line)))
                }
                (Published::Notice(notice), file) => {
                    self.notices += 1;
                    file.as_mut().map_or(Ok(()), |file| file.write_line(notice.notice()))
                }
                (Published::Gap(_), _) => unreachable!("the workspace waits for its subscriber"),
            };
            if written.is_err() {
                self.files.transitions = None;
                return written;
            }
        }
        Ok(())
    }

    /// Deals with a bad line: the end, or one more that is reported and counted.
    fn reject(&mut self, line: u64, reason: String) -> Result<(), Failure> {
        self.rejected += 1;
        let failure = Failure::Line { log: self.log_name.clone(), line, reason };
        if !self.skip_bad {
            return Err(failure);
        }
        tell(self.errors, self.progress, &failure);
        Ok(())
    }

    /// Writes out what is due at the end, however that came about.
    fn finish(mut self, fed: Result<(), Failure>, options: &Options, output: &mut dyn Write) -> Vec<Failure> {
        // Where writing failed, a batch may still be under way.
        let landed = self.land().and_then(|landed| landed.map_or(Ok(()), |landed| self.conclude(landed)));
        let written = self.files.transitions.take().map_or(Ok(()), OutputFile::finish);
        let elapsed = self.progress.finish();
        let held = match self.target.held() {
            Ok(held) => held,
            Err(failure) => {
                return [fed, landed, written, Err(failure)].into_iter().filter_map(Result::err).collect();
            }
        };
        let members = self.files.members.take().map_or(Ok(()), |file| write_members(&held, file));
        let compare = |verifier: Verifier| verifier.compare(self.target.workspace(), &held);
        let verified = self.verifier.take().map_or(Ok(()), compare);
        let report = Report {
            events: self.applied,
            rejected: self.rejected,
            transitions: self.transitions,
            now: held.now,
            contacts: held.contacts,
            segments: held.segments.into_iter().map(SegmentCount::from).collect(),
            notices: self.notices,
            elapsed,
        };
        let printed = match if options.json { report.write_json(output) } else { report.write_table(output) }
        {
            // Whoever reads has seen enough.
            Err(source) if source.kind() != ErrorKind::BrokenPipe => {
                Err(Failure::Write { name: "standard output".to_owned(), source })
            }
            _ => Ok(()),
        };
        [fed, landed, written, members, verified, printed].into_iter().filter_map(Result::err).collect()
    }
}

/// Takes the lines of refused events out of those of a batch; gives them, each with the reason.
fn take_refused(lines: &mut Vec<u64>, refused: &[RefusedEvent]) -> Vec<(u64, String)> {
    let taken = refused.iter().map(|refused| (lines[refused.index], refused.reason.to_string())).collect();
    let mut indices = refused.iter().map(|refused| refused.index).peekable();
    let mut index = 0;
    lines.retain(|_| {
        let is_refused = indices.next_if_eq(&index).is_some();
        index += 1;
        !is_refused
    });
    taken
}

/// Why a line is no event; what stands on one line needs no line number of its own.
fn parse_reason(error: &model::Error) -> String {
    match error {
        model::Error::Json { problem, column, .. } => {
            format!("this is not JSON that can be read: {problem} (column {column})")
        }
        other => other.to_string(),
    }
}

/// A line of `--members`.
#[derive(Serialize)]
struct Members<'a> {
    segment: &'a str,
    members: Vec<&'a str>,
}

/// Writes the members of every segment, sorted by the bytes of their ids.
fn write_members(held: &Held, mut file: OutputFile) -> Result<(), Failure> {
    for held in &held.segments {
        let contacts: Vec<ContactId> = held.contacts().collect();
        let mut members: Vec<_> = contacts.iter().map(ContactId::as_str).collect();
        members.sort_unstable();
        file.write_line(&Members { segment: held.segment.as_str(), members })?;
    }
    file.finish()
}

impl From<HeldSegment> for SegmentCount {
    fn from(HeldSegment { segment, name, members }: HeldSegment) -> Self {
        SegmentCount { segment, name, count: members.len() }
    }
}
