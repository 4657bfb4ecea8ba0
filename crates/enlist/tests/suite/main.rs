//! The front door from outside: against the oracle and the engine, with many threads, with slow subscribers, and at its end.
#![allow(missing_docs)]

mod isolation;
mod limits;
mod linearity;
mod overflow;
mod partitions;
mod reasons;
mod scene;
mod subject;
mod subscriptions;
