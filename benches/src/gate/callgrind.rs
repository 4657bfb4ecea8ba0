//! Counts instructions: this program runs itself under valgrind's callgrind, which collects only while
//! [`counted`](crate::gate::operations::counted) runs, and writes a file each time that ends.
//!
//! It knows callgrind's options and output, and not what is counted. Invariant: there are as many counts as
//! operations, in the same order.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::failure::Failure;
use crate::gate::operations::Operation;

/// The function's full name among the program's symbols. If two options name one function by the same pattern,
/// callgrind obeys only one of them.
const COUNTED: &str = "enlist_bench::gate::operations::counted";
/// The program's name while it is counted. Path and environment lie in its memory and shift what follows, which
/// changes the cost of some copies. So both are always the same, except `PATH`.
const PROGRAM: &str = "./counted";
/// Printed by the counted program before the features of the processor.
const CPU: &str = "cpu: ";

/// The cost of one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The operation.
    pub operation: Operation,
    /// The instructions of all repetitions.
    pub instructions: u64,
}

/// The counts, and the processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// See [`cpu_features`].
    pub cpu: String,
    /// The counts, in the order of the operations.
    pub counts: Vec<Count>,
}

/// The features of the processor by which libraries choose their code at run time. They are read under valgrind,
/// which passes on only some of the machine's features.
pub fn cpu_features() -> String {
    #[cfg(target_arch = "x86_64")]
    {
        let features = [
            ("sse4.2", std::arch::is_x86_feature_detected!("sse4.2")),
            ("popcnt", std::arch::is_x86_feature_detected!("popcnt")),
            ("avx", std::arch::is_x86_feature_detected!("avx")),
            ("avx2", std::arch::is_x86_feature_detected!("avx2")),
            ("bmi2", std::arch::is_x86_feature_detected!("bmi2")),
            ("ermsb", std::arch::is_x86_feature_detected!("ermsb")),
            ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
        ];
        let has = features.into_iter().filter(|(_, has)| *has).map(|(name, _)| name);
        has.collect::<Vec<_>>().join(" ")
    }
    #[cfg(not(target_arch = "x86_64"))]
    "unknown".to_owned()
}

/// What the program under valgrind prints: the processor's features, then its operations.
pub fn told(operations: &[Operation]) -> String {
    let lines = operations.iter().map(|Operation { name, times }| format!("{times} {name}\n"));
    format!("{CPU}{}\n{}", cpu_features(), lines.collect::<String>())
}

/// The version of the installed valgrind.
///
/// # Errors
/// [`Failure::Valgrind`] if there is none.
pub fn version() -> Result<String, Failure> {
    let output = output_of(Command::new("valgrind").arg("--version"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a program under callgrind. With the argument it does its operations and prints what [`told`] returns.
///
/// # Errors
/// [`Failure::Valgrind`] if that fails or ends without a count for each operation, [`Failure::File`] if there is no
/// room for the counts.
pub fn count(program: &Path, argument: &str) -> Result<Counted, Failure> {
    let folder = Folder::make()?;
    let copied = std::fs::copy(program, folder.0.join(PROGRAM));
    copied.map_err(|error| Failure::File { path: program.display().to_string(), error })?;
    let output = output_of(
        Command::new("valgrind")
            .args(["--tool=callgrind", "--quiet", "--callgrind-out-file=counts"])
            .args([format!("--toggle-collect={COUNTED}"), format!("--dump-after={COUNTED}")])
            .args([PROGRAM, argument])
            .current_dir(&folder.0)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path))),
    )?;
    let text = String::from_utf8_lossy(&output.stdout);
    let unheard = || Failure::Valgrind { problem: format!("the counted program printed {text:?}") };
    let (cpu, operations) = text.split_once('\n').ok_or_else(unheard)?;
    let counts = (1..).zip(operations.lines()).map(|(part, line)| {
        let (times, name) = line.split_once(' ').ok_or_else(unheard)?;
        let times = times.parse().map_err(|_| unheard())?;
        let operation = Operation { name: name.to_owned(), times };
        let instructions = read(&folder.0.join(format!("counts.{part}")))?;
        Ok(Count { operation, instructions })
    });
    let counts = counts.collect::<Result<Vec<_>, Failure>>()?;
    let cpu = cpu.strip_prefix(CPU).ok_or_else(unheard)?.to_owned();
    Ok(Counted { cpu, counts })
}

/// The instructions of one file that callgrind wrote.
fn read(path: &Path) -> Result<u64, Failure> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let sum = text.lines().find_map(|line| line.strip_prefix("summary: ")?.trim().parse().ok());
    // Every operation costs something, so a count of zero means that the function was not recognized.
    let problem = || Failure::Valgrind { problem: format!("callgrind wrote no count of {COUNTED}") };
    sum.filter(|sum| *sum > 0).ok_or_else(problem)
}

fn output_of(command: &mut Command) -> Result<Output, Failure> {
    let problem = |problem| Failure::Valgrind { problem };
    let output = command.output().map_err(|error| problem(format!("it cannot be started: {error}")))?;
    if output.status.success() {
        return Ok(output);
    }
    Err(problem(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim())))
}

/// A folder for the files of one run, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("enlist-instructions-{}", std::process::id()));
        let shown = path.display().to_string();
        std::fs::create_dir_all(&path).map_err(|error| Failure::File { path: shown, error })?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // If removing fails, the operating system removes temporary files later.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
