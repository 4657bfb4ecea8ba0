//! Instructions counted: this program runs itself under valgrind's callgrind, which collects only while
//! [`counted`](crate::operations::counted) runs and writes down what it collected each time that ends.
//!
//! It knows how callgrind is asked and answers, and not what is counted. What always holds: there are as many counts as
//! operations, in their order.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::failure::Failure;
use crate::operations::Operation;

/// The function as callgrind reads it out of the program's symbols. Whole: where two options name one function by the same
/// pattern, callgrind heeds but one of them.
const COUNTED: &str = "enlist_bench::operations::counted";
/// The program's name while it is counted. Its path and environment lie in its memory and move what comes after them,
/// which costs some copies more or less, so both are always the same but for `PATH`.
const PROGRAM: &str = "./counted";
/// What the counting program prints before the features of the processor.
const CPU: &str = "cpu: ";

/// What an operation cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The operation.
    pub operation: Operation,
    /// The instructions of all the times that it was done.
    pub instructions: u64,
}

/// What was counted, and on what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// See [`cpu_features`].
    pub cpu: String,
    /// The counts, in the order of the operations.
    pub counts: Vec<Count>,
}

/// The features of the processor that libraries choose their code by as they run. Asked under valgrind, which passes on
/// some of what the machine has.
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

/// What the program prints that runs under valgrind: the processor's features, then its operations.
pub fn told(operations: &[Operation]) -> String {
    let lines = operations.iter().map(|Operation { name, times }| format!("{times} {name}\n"));
    format!("{CPU}{}\n{}", cpu_features(), lines.collect::<String>())
}

/// The version of valgrind that there is.
///
/// # Errors
/// [`Failure::Valgrind`] if there is none.
pub fn version() -> Result<String, Failure> {
    let output = output_of(Command::new("valgrind").arg("--version"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a program under callgrind with one argument, upon which it does its operations and prints what it
/// [told].
///
/// # Errors
/// [`Failure::Valgrind`] if that fails or ends without a count for each operation, [`Failure::File`] if there is no room
/// for the counts.
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
    // Nothing costs nothing: then the function was not recognized.
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

/// A folder for the files of one run, gone with it.
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
        // What cannot be removed from among temporary files, the operating system removes in time.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
