//! The front door of Enlist.
#![allow(dead_code)]

mod clock;
mod error;
mod history;
mod queue;
mod revision;
mod settings;
mod sync;
mod ticket;
mod trail;

pub use clock::{Alarm, Clock, TestClock, WallClock};
pub use error::{Error, RefusedEvent};
pub use history::{DayCount, HourCount};
pub use revision::{Revision, Sequence};
pub use settings::{HistorySettings, WorkspaceLimits, WorkspaceSettings};
pub use ticket::Ticket;
