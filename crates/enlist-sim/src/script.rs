//! Scripts: events as the lines of a log, so that a failure can be read, kept and run again.
//!
//! The model writes and reads the JSON. Invariant: the lines of a script are read back as the same events.

use enlist_model::{Error, Event};

/// The events as JSON lines.
pub fn to_lines(events: &[Event]) -> String {
    events.iter().flat_map(|event| [event.to_json().to_string(), "\n".to_owned()]).collect()
}

/// The events of JSON lines. Blank lines are skipped.
///
/// # Errors
/// The first line that is no event.
pub fn from_lines(lines: &str) -> Result<Vec<Event>, Error> {
    lines.lines().filter(|line| !line.trim().is_empty()).map(Event::parse).collect()
}
