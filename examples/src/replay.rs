//! The replay: reads an event log line by line, feeds a workspace, and writes what it publishes.
//!
//! [`run`] is the story from top to bottom. Invariant: however a replay ends, everything before that end is applied and
//! written out, and no file is left half written; and the output depends neither on how events are batched nor on the
//! number of partitions.

mod background_reader;
mod bad_line;
mod batch;
mod blank;
mod compression;
mod failure;
mod file_identity;
mod files;
mod gzip_members;
mod interrupt;
mod kept_log;
mod log;
mod log_source;
mod members_file;
mod options;
mod output_file;
mod printable;
mod progress;
mod report;
mod skipped_lines;
mod standard_streams;
mod target;
mod transitions_file;
mod verify;

use std::io::{ErrorKind, Write};

use enlist::{Event, OnRefusal, Receipt};

pub use failure::Failure;
pub use file_identity::FileIdentity;
pub use interrupt::{INTERRUPTED_STATUS, Interrupt};
pub use options::Options;
pub use progress::Progress;
pub use standard_streams::{StandardInput, StandardStreams, standard_error_file, standard_output_file};

use bad_line::BadLine;
use batch::Batch;
use files::{OutputTargets, Outputs};
use kept_log::KeptLog;
use log::{Line, Log};
use log_source::LogSource;
use report::{Report, SegmentCount};
use skipped_lines::SkippedLines;
use standard_streams::STANDARD_OUTPUT;
use target::{Held, HeldSegment, Submitted, Target};
use verify::Verifier;

/// Replays the log that the options name, prints the report on standard output and everything that goes wrong on
/// standard error, and returns what made it fail.
pub fn run(
    options: &Options,
    mut streams: StandardStreams<'_>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Vec<Failure> {
    let failures = match open(options, &mut streams, progress, interrupt) {
        Ok((mut log, outputs, target)) => {
            let mut replay = Replay::new(options, target, log.name(), outputs, progress, interrupt);
            let fed = replay.pass_kept(&mut log).and_then(|()| replay.feed(&mut log));
            replay.finish(fed, options, &mut streams)
        }
        Err(failure) => vec![failure],
    };
    for failure in &failures {
        print_error(streams.errors, progress, &format!("error: {failure}"));
    }
    failures
}

/// Checks and opens everything that a replay needs.
fn open<'a>(
    options: &Options,
    streams: &mut StandardStreams<'a>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<(Log<'a>, Outputs, Target), Failure> {
    let source = LogSource::find(options, streams.input.take())?;
    let targets = OutputTargets::check(options, &source, streams)?;
    // The outputs come last: whatever fails before them leaves no trace.
    let log = Log::new(source.open(interrupt, progress)?);
    let target = {
        let store = options.store.as_deref().map(|directory| (directory, options.durability.into()));
        Target::open(options.partitions.into(), store)?
    };
    let outputs = targets.open(&target, interrupt)?;
    // Not earlier: opening a named pipe can wait for ever, and an interrupt then has nothing to finish.
    interrupt.watch();
    Ok((log, outputs, target))
}

/// Writes a line to standard error. If that fails, no place is left to report it.
fn print_error(errors: &mut dyn Write, progress: &Progress, line: &str) {
    let _ = progress.with_bar_hidden(|| writeln!(errors, "{line}"));
}

/// A replay under way.
struct Replay<'a> {
    target: Target,
    /// The plain evaluator, if the user wants to compare.
    verifier: Option<Verifier>,
    /// What is read and not yet submitted.
    batch: Batch,
    /// What is being applied.
    in_flight: Option<InFlight>,
    log_name: String,
    outputs: Outputs,
    /// The lines skipped so far; `None` if the first bad line stops the replay.
    skipped: Option<SkippedLines>,
    /// The log as the store knows it.
    kept_log: Option<KeptLog>,
    applied: u64,
    rejected: u64,
    /// Everything that has gone wrong, in order.
    failures: Vec<Failure>,
    progress: &'a Progress,
    interrupt: &'a Interrupt,
}

/// A batch that is being applied.
struct InFlight {
    submitted: Submitted,
    /// The line of each event.
    lines: Vec<u64>,
    /// The events, if the plain evaluator must see them.
    to_verify: Option<Vec<Event>>,
}

/// A batch that was applied.
struct Landed {
    receipt: Receipt,
    lines: Vec<u64>,
    to_verify: Option<Vec<Event>>,
}

impl<'a> Replay<'a> {
    fn new(
        options: &Options,
        target: Target,
        log_name: &str,
        outputs: Outputs,
        progress: &'a Progress,
        interrupt: &'a Interrupt,
    ) -> Self {
        Replay {
            target,
            verifier: options.verify.then(|| Verifier::new(log_name)),
            batch: Batch::default(),
            in_flight: None,
            log_name: log_name.to_owned(),
            outputs,
            skipped: options.skip_bad.then(SkippedLines::default),
            kept_log: None,
            applied: 0,
            rejected: 0,
            failures: Vec::new(),
            progress,
            interrupt,
        }
    }

    /// Passes over the lines that the store has already, without reading events from them.
    fn pass_kept(&mut self, log: &mut Log<'_>) -> Result<(), Failure> {
        let Some(directory) = self.target.store() else { return Ok(()) };
        let (store, kept) = (directory.display().to_string(), self.target.kept_line());
        let kept_log = KeptLog::load(directory, kept)?;
        let log_name = self.log_name.clone();
        let another = |line: u64| Failure::Store {
            store: store.clone(),
            what: format!(
                "line {line} of {log_name} is not the one that was replayed into this store; replay that log, or into another store"
            ),
        };
        self.applied = self.target.stats().events;
        let (mut passed, mut last) = (0, 0);
        while last < kept {
            match log.next_line()? {
                // Rejected lines were read too, so the last kept line need not be the next one.
                Some(Line { number, .. }) if number > kept => return Err(another(kept)),
                Some(Line { number, text }) => {
                    if text.is_ok_and(|text| kept_log.differs(number, text)) {
                        return Err(another(number));
                    }
                    (passed, last) = (passed + 1, number);
                }
                None => return Err(another(kept)),
            }
        }
        // Every line was applied or rejected.
        self.rejected = passed - self.applied.min(passed);
        self.kept_log = Some(kept_log);
        self.progress.applied(self.applied);
        self.write_out()
    }

    /// Applies the whole log, or all of it that comes before what ends the replay.
    fn feed(&mut self, log: &mut Log<'_>) -> Result<(), Failure> {
        loop {
            if self.interrupt.is_raised() {
                return self.apply_all().and(Err(self.interrupted(log)));
            }
            let (number, bad) = match log.next_line() {
                Ok(Some(Line { number, text: Ok(text) })) => match Event::parse(text) {
                    Ok(event) => {
                        if let Some(kept_log) = &mut self.kept_log {
                            kept_log.remember(number, text);
                        }
                        self.batch.push(event, number, text.len());
                        if self.batch.is_full() {
                            self.apply()?;
                        }
                        continue;
                    }
                    Err(error) => (number, BadLine::NotAnEvent(error)),
                },
                Ok(Some(Line { number, text: Err(bad) })) => (number, bad),
                Ok(None) => return self.apply_all(),
                // An interrupt ends the wait for a silent log with an error, which is none of the log's.
                Err(_) if self.interrupt.is_raised() => continue,
                Err(failure) => return self.apply_all().and(Err(failure)),
            };
            // First the lines before it: if the workspace refuses one of them, the replay ends there.
            self.apply_all()?;
            self.reject(number, &bad)?;
        }
    }

    /// Submits the batch, and writes the results of the one before while it is applied.
    fn apply(&mut self) -> Result<(), Failure> {
        let batch = std::mem::take(&mut self.batch);
        let landed = self.land()?;
        let on_refusal = if self.skipped.is_none() { OnRefusal::Stop } else { OnRefusal::Skip };
        let goes_on = landed
            .as_ref()
            .is_none_or(|landed| on_refusal == OnRefusal::Skip || landed.receipt.refused.is_empty());
        if goes_on && !batch.is_empty() {
            let (events, lines) = batch.into_parts();
            let to_verify = self.verifier.is_some().then(|| events.clone());
            if let Some(kept_log) = &mut self.kept_log {
                kept_log.save()?;
            }
            let submitted = self.target.submit(events, &lines, on_refusal)?;
            self.in_flight = Some(InFlight { submitted, lines, to_verify });
        }
        landed.map_or(Ok(()), |landed| self.conclude(landed))
    }

    /// Applies the batch and writes all that is not yet written.
    fn apply_all(&mut self) -> Result<(), Failure> {
        // The first call submits the batch, the second waits for it.
        self.apply()?;
        self.apply()
    }

    /// Waits for the batch that is being applied, if there is one.
    fn land(&mut self) -> Result<Option<Landed>, Failure> {
        let Some(InFlight { submitted, lines, to_verify }) = self.in_flight.take() else { return Ok(None) };
        let receipt = submitted.wait()?;
        Ok(Some(Landed { receipt, lines, to_verify }))
    }

    /// Counts, compares and writes the results of a batch.
    fn conclude(&mut self, landed: Landed) -> Result<(), Failure> {
        let Landed { receipt, lines, to_verify } = landed;
        if let (Some(verifier), Some(events)) = (&mut self.verifier, to_verify) {
            let looked_at = events.len() - receipt.rest.len();
            verifier.take_in(&events[..looked_at], &lines, &receipt.refused);
        }
        let refused = receipt.refused.into_iter();
        let refused: Vec<(u64, BadLine)> =
            refused.map(|refused| (lines[refused.index], BadLine::Refused(refused.reason))).collect();
        self.applied += receipt.applied as u64;
        self.progress.applied(self.applied);
        let written = self.write_out();
        // Also after a failed write: the batch is applied, and the report must count all of it.
        let rejected = refused.iter().try_for_each(|(line, bad)| self.reject(*line, bad));
        match (written, rejected) {
            (Err(written), Err(rejected)) => {
                self.failures.push(written);
                Err(rejected)
            }
            (written, rejected) => written.and(rejected),
        }
    }

    /// Writes what was published, up to the first failure.
    fn write_out(&mut self) -> Result<(), Failure> {
        let Some(file) = &mut self.outputs.transitions else { return Ok(()) };
        let written = file.write_published();
        if written.is_err() {
            self.outputs.transitions = None;
        }
        written
    }

    /// Deals with a bad line: it ends the replay, or is one more to count.
    fn reject(&mut self, line: u64, bad: &BadLine) -> Result<(), Failure> {
        self.rejected += 1;
        match &mut self.skipped {
            Some(skipped) => {
                skipped.add(line, &bad.shared_reason());
                Ok(())
            }
            None => Err(Failure::Line { log: self.log_name.clone(), line, reason: bad.to_string() }),
        }
    }

    fn interrupted(&self, log: &Log<'_>) -> Failure {
        Failure::Interrupted { log: self.log_name.clone(), line: log.next_number() }
    }

    /// Writes out everything that is left, however the feeding ended.
    fn finish(
        mut self,
        fed: Result<(), Failure>,
        options: &Options,
        streams: &mut StandardStreams<'_>,
    ) -> Vec<Failure> {
        self.failures.extend(fed.err());
        // After a failed write, a batch may still be under way.
        let landed = self.land().and_then(|landed| landed.map_or(Ok(()), |landed| self.conclude(landed)));
        self.failures.extend(landed.err());
        let elapsed = self.progress.finish();
        self.print_skipped(streams.errors);
        let held = match self.target.held() {
            Ok(held) => held,
            Err(failure) => {
                // The outputs are dropped with `self`: it is unknown how much of the last batch they hold.
                self.failures.push(failure);
                return self.failures;
            }
        };
        let Outputs { transitions, members } = std::mem::take(&mut self.outputs);
        self.failures.extend(transitions.and_then(|file| file.finish().err()));
        self.failures.extend(members.and_then(|file| members_file::write(&held, file).err()));
        let verified = self.verify(&held);
        self.failures.extend(verified.err());
        let stats = self.target.stats();
        let report = Report {
            events: stats.events,
            rejected: self.rejected,
            transitions: stats.transitions,
            now: held.now,
            contacts: held.contacts,
            segments: held.segments.into_iter().map(SegmentCount::from).collect(),
            notices: stats.published - stats.transitions,
            elapsed,
        };
        self.failures.extend(print_report(&report, options, streams.output).err());
        self.failures
    }

    /// Compares with the plain evaluator, if the user wants to.
    fn verify(&mut self, held: &Held) -> Result<(), Failure> {
        match self.verifier.take() {
            None => Ok(()),
            // It can take minutes, and an interrupt means soon.
            Some(_) if self.interrupt.is_raised() => Err(Failure::Unverified),
            Some(verifier) => verifier.compare(self.target.workspace(), held),
        }
    }

    fn print_skipped(&self, errors: &mut dyn Write) {
        for sentence in self.skipped.iter().flat_map(SkippedLines::sentences) {
            print_error(errors, self.progress, &format!("{}: {sentence}", self.log_name));
        }
    }
}

fn print_report(report: &Report, options: &Options, output: &mut dyn Write) -> Result<(), Failure> {
    match if options.json { report.write_json(output) } else { report.write_table(output) } {
        // The reader has seen enough, as with `| head -1`.
        Err(source) if source.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(source) => Err(Failure::Write { name: STANDARD_OUTPUT.to_owned(), source }),
        Ok(()) => Ok(()),
    }
}

impl From<HeldSegment> for SegmentCount {
    fn from(HeldSegment { segment, name, members }: HeldSegment) -> Self {
        SegmentCount { segment, name, count: members.len() }
    }
}
