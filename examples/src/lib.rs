//! The code of the example programs as a library, so that tests can run it without starting a process.

pub mod replay;
