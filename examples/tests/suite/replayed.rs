//! A replay that runs inside the test, and its results.

use std::io::Read;
use std::path::PathBuf;

use clap::Parser;
use enlist_examples::replay::{self, Interrupt, Options, Progress, StandardInput, StandardStreams};
use serde_json::Value;

/// The results of a replay.
pub(crate) struct Replayed {
    /// Whether its exit status would be 0.
    pub(crate) succeeded: bool,
    /// Its standard output.
    pub(crate) output: String,
    /// Its standard error.
    pub(crate) errors: String,
}

impl Replayed {
    /// Runs a replay with these arguments; the bytes are its standard input, which is a pipe.
    pub(crate) fn run(arguments: &[&str], input: impl Read) -> Self {
        Self::run_with(arguments, input, &Interrupt::default())
    }

    /// Runs a replay that the interrupt can stop.
    pub(crate) fn run_with(arguments: &[&str], input: impl Read, interrupt: &Interrupt) -> Self {
        let options = Options::try_parse_from([&["replay"], arguments].concat()).unwrap();
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let streams = StandardStreams {
            input: StandardInput::piped(input),
            output: &mut output,
            output_file: None,
            errors: &mut errors,
            errors_file: None,
        };
        let failures = replay::run(&options, streams, &Progress::hidden(), interrupt);
        Replayed {
            succeeded: failures.is_empty(),
            output: String::from_utf8(output).unwrap(),
            errors: String::from_utf8(errors).unwrap(),
        }
    }

    /// The one JSON object on standard output.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.output.lines().count(), 1, "{}", self.output);
        serde_json::from_str(&self.output).unwrap()
    }
}

/// A path for a file of one test.
pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The JSON lines of a file.
pub(crate) fn json_lines(path: &PathBuf) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A log's definitions: a field `plan` and a segment `pro`, on lines 1 and 2.
pub(crate) const DEFINITIONS: &str = r#"{"at":"2026-11-23T09:00:00Z","type":"field_defined","field":"plan","kind":"text"}
{"at":"2026-11-23T09:00:00Z","type":"segment_saved","segment":"pro","name":"Pro","rule":{"match":"all","conditions":[{"field":"plan","operator":"equals","value":"pro"}]}}
"#;

/// The line, without its end, of an event that saves a contact with a plan.
pub(crate) fn saved(contact: &str, plan: &str) -> String {
    format!(
        r#"{{"at":"2026-11-23T10:00:00Z","type":"contact_saved","contact":"{contact}","set":{{"plan":"{plan}"}}}}"#
    )
}
