//! What the command line says.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use enlist::Instant;

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
    /// Without the demo: the workspaces `crm`, `cdnow` and `empty`, and the feed.
    #[arg(long)]
    pub no_demo: bool,
    /// How many events a second the demo goes on with, in `crm`; 0 for none.
    #[arg(long, value_name = "RATE", default_value = "2", allow_negative_numbers = true, value_parser = rate)]
    pub feed: f64,
    /// What the clock reads when the host starts, such as `2026-11-26T09:00:00Z`. Without it, the wall clock's now. Not with a
    /// store, whose time is the wall clock's.
    #[arg(long, value_name = "INSTANT", value_parser = now, conflicts_with = "store")]
    pub now: Option<Instant>,
    /// What the demo is drawn from: the same seed and the same now give the same demo.
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true)]
    pub seed: u64,
    /// How many contacts `crm` has, at most 1,000,000.
    #[arg(long, value_name = "N", default_value_t = 5_000, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub contacts: u32,
}

/// The most events a second.
const MOST: f64 = 100_000.0;
/// The years in which a demo can be: all that it tells of is within the years of Enlist.
const YEARS: [&str; 2] = ["1970-01-01T00:00:00Z", "9000-01-01T00:00:00Z"];

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.0..=MOST).contains(rate));
    rate.ok_or_else(|| format!("events a second, from 0 to {MOST}"))
}

fn now(text: &str) -> Result<Instant, String> {
    let form = "an instant with its offset, such as 2026-11-26T09:00:00Z";
    let now = Instant::parse(text).ok_or(form)?;
    let [first, last] = YEARS.map(Instant::parse);
    let is_within = first.is_none_or(|first| first <= now) && last.is_none_or(|last| now < last);
    if is_within { Ok(now) } else { Err(format!("{form}, in the years 1970 to 8999")) }
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
