//! The console: the segments of a workspace, their builder, its contacts, and why each is where it is, as pages.
//!
//! [`Console::new`] takes an [`Api`](enlist_http::Api), whose hook decides here too, and makes a router that a host nests beside it.
//! Pages are drawn here and need no script; scripts make them live. A rule is known once: what a row offers comes from the model's
//! operators, what is wrong from its check, which days it means from its windows.

mod access;
mod address;
mod arrangement;
mod arrangement_files;
mod assets;
mod builder;
mod causes;
mod clock_bar;
mod clock_steps;
mod console;
mod failure;
mod frame;
mod live;
mod moments;
mod pages;
mod values;
mod words;

pub use arrangement::{Arrangement, Arrangements, Campaign, InMemory};
pub use arrangement_files::JsonFiles;
pub use clock_steps::{ClockStep, SteppedClock};
pub use console::Console;

/// The lines of the README are compiled and run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
