//! What the command line says.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// Serves Enlist over HTTP at `/v1`, until Ctrl-C.
#[derive(Clone, Debug, Parser)]
#[command(version, about)]
pub struct Options {
    /// The address and port. If the port is taken, the next free one; port 0 picks one. An address that others can reach needs
    /// `--token`.
    #[arg(long, value_name = "ADDR", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)))]
    pub listen: SocketAddr,
    /// The directory of a store. Without it, workspaces are in memory.
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// What requests must have as `Authorization: Bearer`. Without it, a token for this run.
    #[arg(long, value_name = "T")]
    pub token: Option<String>,
    /// Without the demo, the workspace `cdnow`.
    #[arg(long)]
    pub no_demo: bool,
}

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the head of a request.
    pub head: Duration,
    /// For the body of a request, or the next piece of lines of events.
    pub body: Duration,
    /// For open connections to end, when the server stops.
    pub end: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Timeouts { head: seconds(30), body: seconds(30), end: seconds(4) }
    }
}
