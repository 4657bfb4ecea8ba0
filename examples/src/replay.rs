//! The replay: reads an event log line by line, feeds the engine, and writes what comes out.
//!
//! [`run`] is the story from top to bottom. What always holds: however a replay ends, everything before that end is
//! applied and written out; and what comes out does not depend on how events are batched.

mod batch;
mod compression;
mod failure;
mod log;
mod options;
mod output_file;
mod piped;
mod printable;
mod progress;
mod report;
mod verify;

use std::io::{ErrorKind, Read, Write};

use enlist_engine::{Engine, Output, Segment};
use enlist_model::{Cause, ContactId, Event};
use serde::Serialize;

pub use failure::Failure;
pub use options::Options;
pub use piped::piped_input;
pub use progress::Progress;

use batch::Batch;
use log::{Line, Log};
use output_file::OutputFile;
use report::{Report, SegmentCount};
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
    let failures = match open(options, input, progress) {
        Ok((mut log, files)) => {
            let mut replay = Replay::new(options, files, errors, progress);
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
    engine: Engine,
    /// The plain evaluator beside it, if the user wants to compare.
    verifier: Option<Verifier>,
    batch: Batch,
    /// What came of the current batch.
    outputs: Vec<Output>,
    files: Files,
    skip_bad: bool,
    rejected: u64,
    transitions: u64,
    notices: u64,
    errors: &'a mut dyn Write,
    progress: &'a Progress,
}

impl<'a> Replay<'a> {
    fn new(options: &Options, files: Files, errors: &'a mut dyn Write, progress: &'a Progress) -> Self {
        Replay {
            engine: Engine::new(),
            verifier: options.verify.then(Verifier::new),
            batch: Batch::default(),
            outputs: Vec::new(),
            files,
            skip_bad: options.skip_bad,
            rejected: 0,
            transitions: 0,
            notices: 0,
            errors,
            progress,
        }
    }

    /// Applies the whole log, or all of it that comes before what ends the replay.
    fn feed(&mut self, log: &mut Log<'_>) -> Result<(), Failure> {
        let name = log.name().to_owned();
        loop {
            let (number, reason) = match log.next_line() {
                Ok(Some(Line { number, text: Ok(text) })) => match Event::parse(text) {
                    Ok(event) => {
                        self.batch.push(event, number, text.len());
                        if self.batch.is_full() {
                            self.apply(&name)?;
                        }
                        continue;
                    }
                    Err(error) => (number, parse_reason(&error)),
                },
                Ok(Some(Line { number, text: Err(reason) })) => (number, reason),
                Ok(None) => return self.apply(&name),
                Err(failure) => return self.apply(&name).and(Err(failure)),
            };
            self.apply(&name)?;
            self.reject(&name, number, reason)?;
        }
    }

    /// Applies the batch and writes what comes of it.
    fn apply(&mut self, log: &str) -> Result<(), Failure> {
        let batch = std::mem::take(&mut self.batch);
        let (mut events, mut lines) = (batch.events(), batch.lines());
        while !events.is_empty() {
            let before = self.engine.event_count();
            let refused = self.engine.apply_batch(events, &mut self.outputs).err();
            let accepted = refused.as_ref().map_or(events.len(), |refused| refused.index);
            self.note(events, lines, accepted);
            self.write_out(|event| lines[(event - before - 1) as usize])?;
            let Some(refused) = refused else { break };
            self.reject(log, lines[accepted], refused.error.to_string())?;
            (events, lines) = (&events[accepted + 1..], &lines[accepted + 1..]);
        }
        self.progress.applied(self.engine.event_count());
        self.batch = batch;
        self.batch.clear();
        Ok(())
    }

    /// Shows the plain evaluator which events were accepted, and the one after them that was refused.
    fn note(&mut self, events: &[Event], lines: &[u64], accepted: usize) {
        let Some(verifier) = &mut self.verifier else { return };
        for (event, line) in events.iter().zip(lines).take(accepted) {
            verifier.applied(event, *line);
        }
        if let (Some(event), Some(line)) = (events.get(accepted), lines.get(accepted)) {
            verifier.refused(event, *line);
        }
    }

    /// Counts and writes what came out; `line_of` knows an event's line by its number.
    fn write_out(&mut self, line_of: impl Fn(u64) -> u64) -> Result<(), Failure> {
        for output in self.outputs.drain(..) {
            let written = match (&output, &mut self.files.transitions) {
                (Output::Transition(transition), file) => {
                    self.transitions += 1;
                    let Some(file) = file else { continue };
                    let line = match transition.cause {
                        Cause::Event(number) => line_of(number),
                        Cause::Clock => 0,
                    };
                    file.write_line(&transition.with_cause(("line", line)))
                }
                (Output::Notice { notice, .. }, file) => {
                    self.notices += 1;
                    file.as_mut().map_or(Ok(()), |file| file.write_line(notice))
                }
            };
            if written.is_err() {
                self.files.transitions = None;
                return written;
            }
        }
        Ok(())
    }

    /// Deals with a bad line: the end, or one more that is reported and counted.
    fn reject(&mut self, log: &str, line: u64, reason: String) -> Result<(), Failure> {
        self.rejected += 1;
        let failure = Failure::Line { log: log.to_owned(), line, reason };
        if !self.skip_bad {
            return Err(failure);
        }
        tell(self.errors, self.progress, &failure);
        Ok(())
    }

    /// Writes out what is due at the end, however that came about.
    fn finish(mut self, fed: Result<(), Failure>, options: &Options, output: &mut dyn Write) -> Vec<Failure> {
        let written = self.files.transitions.take().map_or(Ok(()), OutputFile::finish);
        let elapsed = self.progress.finish();
        let members = self.files.members.take().map_or(Ok(()), |file| write_members(&self.engine, file));
        let verified = self.verifier.take().map_or(Ok(()), |verifier| verifier.compare(&self.engine));
        let report = Report {
            events: self.engine.event_count(),
            rejected: self.rejected,
            transitions: self.transitions,
            now: self.engine.now(),
            contacts: self.engine.contact_count(),
            segments: self.engine.segments().map(|segment| counted(&self.engine, segment)).collect(),
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
        [fed, written, members, verified, printed].into_iter().filter_map(Result::err).collect()
    }
}

/// Why a line is no event; what stands on one line needs no line number of its own.
fn parse_reason(error: &enlist_model::Error) -> String {
    match error {
        enlist_model::Error::Json { problem, column, .. } => {
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
fn write_members(engine: &Engine, mut file: OutputFile) -> Result<(), Failure> {
    for segment in engine.segments() {
        let segment = segment.id().as_str();
        let members = engine.members(segment).expect("the engine names only segments it has");
        let mut members: Vec<_> = members.map(ContactId::as_str).collect();
        members.sort_unstable();
        file.write_line(&Members { segment, members })?;
    }
    file.finish()
}

/// A segment and how many contacts it holds.
fn counted(engine: &Engine, segment: &Segment) -> SegmentCount {
    let count = engine.count(segment.id().as_str()).expect("the engine names only segments it has");
    SegmentCount { segment: segment.id().clone(), name: segment.name().to_owned(), count }
}
