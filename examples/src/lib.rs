//! The code of the example programs as a library, so that tests can run it without starting a process.

pub mod replay;

/// The programs in the project's README are compiled and run as a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
