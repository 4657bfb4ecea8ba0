//! Runs the engine and the oracle over many random logs, and stops at the first difference.

use std::io::Write;
use std::process::ExitCode;

use enlist_sim::{EngineSubject, Profile, Ran, simulate};

const USAGE: &str = "simulate [--runs N] [--events N] [--seed FIRST] [--contacts N] [--segments N]";

/// The parameters of a run.
struct Request {
    runs: u64,
    events: usize,
    seed: u64,
    profile: Profile,
}

/// Why nothing is run.
enum Refusal {
    /// Only the usage is asked for.
    Usage,
    Problem(String),
}

impl Request {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Refusal> {
        let mut request = Request { runs: 1_000, events: 1_000, seed: 0, profile: Profile::default() };
        while let Some(option) = words.next() {
            if matches!(option.as_str(), "-h" | "--help") {
                return Err(Refusal::Usage);
            }
            let problem = |problem| Refusal::Problem(format!("{option}{problem}"));
            let value = words.next().ok_or_else(|| problem(" needs a number".to_owned()))?;
            let number: u32 = value.parse().map_err(|_| problem(format!(": {value:?} is no number")))?;
            match option.as_str() {
                "--runs" => request.runs = number.into(),
                "--events" => request.events = number as usize,
                "--seed" => request.seed = number.into(),
                "--contacts" => request.profile.contacts = number,
                "--segments" => request.profile.segments = number,
                _ => return Err(problem(" is no option".to_owned())),
            }
        }
        Ok(request)
    }
}

fn main() -> ExitCode {
    let mut out = std::io::stdout().lock();
    let request = match Request::read(std::env::args().skip(1)) {
        Ok(request) => request,
        Err(Refusal::Usage) => return told(&writeln!(out, "{USAGE}"), ExitCode::SUCCESS),
        Err(Refusal::Problem(problem)) => {
            return told(&writeln!(out, "{problem}\n{USAGE}"), ExitCode::from(2));
        }
    };
    let mut ran = Ran::default();
    for seed in request.seed..request.seed + request.runs {
        match simulate(seed, request.profile, request.events, EngineSubject::default) {
            Ok(more) => ran += more,
            Err(failure) => return told(&write!(out, "{failure}"), ExitCode::FAILURE),
        }
    }
    let Ran { accepted, refused, transitions, by_the_clock, notices } = ran;
    let line = writeln!(
        out,
        "{} logs of {} events from seed {}: {accepted} accepted, {refused} refused; {transitions} transitions, \
         {by_the_clock} of them by the clock; {notices} notices; no difference",
        request.runs, request.events, request.seed
    );
    told(&line, ExitCode::SUCCESS)
}

/// The exit status, or an error if nothing could be printed.
fn told(written: &std::io::Result<()>, status: ExitCode) -> ExitCode {
    if written.is_ok() { status } else { ExitCode::FAILURE }
}
