//! What the example programs are made of, as a library, so that tests can run it without starting a process.

pub mod replay;
