//! What the oracle answers, and what the engine answers beside it.

mod calendar;
mod contract;
mod told;
