//! Serves Enlist over HTTP: `cargo run --release -p enlist-host -- --help`.

use std::future::poll_fn;
use std::io::{self, Write};
use std::pin::pin;
use std::process::ExitCode;
use std::task::Poll;
use std::time::Duration;

use clap::Parser;
use enlist_host::{Failure, Options, Server, Timeouts};
use tokio::runtime::Runtime;

/// How long threads may still work when everything has ended.
const LAST: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&Failure::from(error)),
    };
    let served = runtime.block_on(serve(options));
    // Not dropped: that would wait for work that nobody waits for any more.
    runtime.shutdown_timeout(LAST);
    served.map_or_else(|error| failed(&error), |()| ExitCode::SUCCESS)
}

async fn serve(options: Options) -> Result<(), Failure> {
    let mut interrupt = pin!(tokio::signal::ctrl_c());
    // Polled once before anybody can know of the program: the first poll begins to listen.
    let early = poll_fn(|context| Poll::Ready(interrupt.as_mut().poll(context))).await;
    let server = Server::start(options, Timeouts::default()).await?;
    // Nothing else is ever written, so no token is in a log.
    writeln!(io::stdout(), "{}", server.url())?;
    match early {
        Poll::Ready(interrupted) => interrupted?,
        Poll::Pending => interrupt.await?,
    }
    server.stop().await;
    Ok(())
}

fn failed(error: &Failure) -> ExitCode {
    let _ = writeln!(io::stderr(), "enlist-host: {error}");
    ExitCode::FAILURE
}
