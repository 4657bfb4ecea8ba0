//! A host of Enlist: its HTTP face on a socket, with a token, a store, and a demo.
//!
//! It is as small as a host can be that others may reach: what belongs to the connection is here, everything else is in
//! `enlist-http`.

mod audience_files;
mod demo;
mod demo_clock;
mod door;
mod hexadecimal;
mod options;
mod server;

pub use demo::BOARD;
pub use demo_clock::{DemoClock, StepRefused};
pub use options::{Options, Timeouts};
pub use server::{Failure, Server};
