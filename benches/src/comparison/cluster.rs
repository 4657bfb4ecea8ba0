//! A private PostgreSQL: a process of the script `benches/postgres`, which starts it and takes it away.
//!
//! Invariant: the server runs while this process lives and [`Cluster`] is not dropped; the script sees the end of
//! either, because its standard input ends.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use crate::failure::Failure;

const SCRIPT: &str = include_str!("../../postgres");

/// A running server.
pub struct Cluster {
    script: Child,
    /// The directory of its socket.
    pub socket: String,
}

impl Cluster {
    /// Starts a server and waits until it accepts connections.
    ///
    /// # Errors
    /// [`Failure::Postgres`] if it is not installed or does not start.
    pub fn start() -> Result<Self, Failure> {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let script = command.spawn().map_err(|error| failed(&error))?;
        let mut cluster = Cluster { script, socket: String::new() };
        if let Some(output) = cluster.script.stdout.take() {
            BufReader::new(output).read_line(&mut cluster.socket).map_err(|error| failed(&error))?;
        }
        cluster.socket.truncate(cluster.socket.trim_end().len());
        if cluster.socket.is_empty() {
            let mut problem = String::new();
            if let Some(mut errors) = cluster.script.stderr.take() {
                errors.read_to_string(&mut problem).map_err(|error| failed(&error))?;
            }
            return Err(Failure::Postgres { problem: problem.trim_end().to_owned() });
        }
        Ok(cluster)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.script.stdin.take());
        // There is nobody to report to, and the script ends in any case.
        let _ = self.script.wait();
    }
}

fn failed(error: &std::io::Error) -> Failure {
    Failure::Postgres { problem: error.to_string() }
}
