//! The files of a replay: the log it reads and the outputs it writes, checked against each other before any is opened.
//!
//! It knows nothing of lines. Invariant: no output is opened unless every output is known to be neither the log nor
//! another output.

use super::failure::Failure;
use super::file_identity::FileIdentity;
use super::interrupt::Interrupt;
use super::log_source::LogSource;
use super::options::Options;
use super::output_file::{OutputFile, OutputTarget};
use super::standard_streams::{STANDARD_ERROR, STANDARD_OUTPUT, StandardStreams};
use super::target::Target;
use super::transitions_file::{Sink, TransitionsFile};

/// The outputs that the replay writes besides its report.
#[derive(Default)]
pub(super) struct Outputs {
    pub(super) transitions: Option<TransitionsFile>,
    pub(super) members: Option<OutputFile>,
}

/// Outputs that are checked and not yet opened.
pub(super) struct OutputTargets {
    transitions: Option<OutputTarget>,
    members: Option<OutputTarget>,
}

impl OutputTargets {
    /// Looks at the outputs that the options name, and refuses those that are another file of the replay.
    ///
    /// # Errors
    /// [`Failure::SameFile`], [`Failure::Write`].
    pub(super) fn check(
        options: &Options,
        log: &LogSource<'_>,
        streams: &StandardStreams<'_>,
    ) -> Result<Self, Failure> {
        let find = |path: &Option<_>| path.as_deref().map(OutputTarget::find).transpose();
        let targets =
            OutputTargets { transitions: find(&options.transitions)?, members: find(&options.members)? };
        let is_log = |file: Option<&FileIdentity>| file.is_some() && file == log.identity();
        // A log that is also written to never ends: each message about a line becomes a further line.
        for (name, file) in [(STANDARD_OUTPUT, &streams.output_file), (STANDARD_ERROR, &streams.errors_file)]
        {
            if is_log(file.as_ref()) {
                return Err(Failure::SameFile { name: name.to_owned(), also: "the log" });
            }
        }
        let mut written = vec![
            (streams.output_file.clone(), STANDARD_OUTPUT),
            (streams.errors_file.clone(), STANDARD_ERROR),
        ];
        let named =
            [(&targets.transitions, "that of --transitions"), (&targets.members, "that of --members")];
        for (target, meaning) in named {
            let Some(target) = target else { continue };
            let same_file = |also| Failure::SameFile { name: target.path().display().to_string(), also };
            if is_log(target.identity().as_ref()) {
                return Err(same_file("the log"));
            }
            let Some(file) = target.regular_identity() else { continue };
            if let Some((_, also)) = written.iter().find(|(other, _)| other.as_ref() == Some(&file)) {
                return Err(same_file(also));
            }
            written.push((Some(file), meaning));
        }
        Ok(targets)
    }

    /// Opens them; `target` is the workspace whose items are written.
    ///
    /// # Errors
    /// [`Failure::Write`], [`Failure::Transitions`]; then no file has changed.
    pub(super) fn open(self, target: &Target, interrupt: &Interrupt) -> Result<Outputs, Failure> {
        let transitions =
            self.transitions.map(|file| open_transitions(file, target, interrupt)).transpose()?;
        let members = self.members.map(|members| members.open(interrupt)).transpose()?;
        Ok(Outputs { transitions, members })
    }
}

fn open_transitions(
    file: OutputTarget,
    target: &Target,
    interrupt: &Interrupt,
) -> Result<TransitionsFile, Failure> {
    let (consumer, heard) = target.consumer(file.path())?;
    let Some(lines) = heard else {
        return Ok(TransitionsFile::new(Sink::Whole(file.open(interrupt)?), consumer));
    };
    let Some(path) = file.regular_path() else {
        let file = file.path().display().to_string();
        let what = "with --store the transitions go to a regular file; name one".to_owned();
        return Err(Failure::Transitions { file, what });
    };
    Ok(TransitionsFile::new(Sink::appended(path, lines)?, consumer))
}
