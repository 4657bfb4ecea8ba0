//! A clock that can be set ahead from the console: that of a demo.
//!
//! The console draws its bar at the foot of every page. It does not know what the clock drives.

use std::fmt::Debug;

use enlist::Clock;

/// How far a clock is set ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClockStep {
    /// An hour.
    Hour,
    /// To where the next day begins in the time zone of the workspace.
    Midnight,
    /// 24 hours.
    Day,
    /// Seven times 24 hours.
    Week,
}

impl ClockStep {
    pub(crate) const ALL: [ClockStep; 4] =
        [ClockStep::Hour, ClockStep::Midnight, ClockStep::Day, ClockStep::Week];

    /// The step's name in a form.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ClockStep::Hour => "hour",
            ClockStep::Midnight => "midnight",
            ClockStep::Day => "day",
            ClockStep::Week => "week",
        }
    }

    /// What its button says.
    pub(crate) fn shown(self) -> &'static str {
        match self {
            ClockStep::Hour => "+1 h",
            ClockStep::Midnight => "Next midnight",
            ClockStep::Day => "+1 day",
            ClockStep::Week => "+1 week",
        }
    }
}

/// A clock that can be set ahead.
pub trait SteppedClock: Clock + Debug {
    /// Sets it ahead, for good. `time_zone` is that of the workspace from whose page the step comes.
    ///
    /// # Errors
    /// A sentence for the user who pressed the button.
    fn step(&self, step: ClockStep, time_zone: &str) -> Result<(), String>;
}
