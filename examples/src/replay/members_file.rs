//! The file of `--members`: the members of each segment, a segment a line.
//!
//! Invariant: the lines do not depend on the number of partitions.

use enlist::ContactId;
use serde::Serialize;

use super::failure::Failure;
use super::output_file::OutputFile;
use super::target::Held;

/// A line.
#[derive(Serialize)]
struct Members<'a> {
    segment: &'a str,
    members: Vec<&'a str>,
}

/// Writes the members of every segment, sorted by the bytes of their ids.
pub(super) fn write(held: &Held, mut file: OutputFile) -> Result<(), Failure> {
    for held in &held.segments {
        let contacts: Vec<ContactId> = held.contacts().collect();
        let mut members: Vec<_> = contacts.iter().map(ContactId::as_str).collect();
        members.sort_unstable();
        file.write_line(&Members { segment: held.segment.as_str(), members })?;
    }
    file.finish()
}
