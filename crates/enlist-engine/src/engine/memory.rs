//! The memory that an engine takes, by part.

use crate::engine::Engine;

/// The memory that an engine takes, in bytes, by part. An estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bytes {
    /// The facts: contacts, their values, labels and conversations; and what is noted and kept for savings.
    pub facts: u64,
    /// Fields and segments, their distinct conditions, the index over these, the days of contacts; and the engine
    /// itself.
    pub conditions: u64,
    /// The truth of every distinct condition for every contact.
    pub truths: u64,
    /// The members of every segment.
    pub members: u64,
}

impl Bytes {
    /// The sum of all parts.
    pub fn total(self) -> u64 {
        self.facts + self.conditions + self.truths + self.members
    }
}

impl Engine {
    /// The memory that the engine takes, by part.
    ///
    /// The call takes tens of microseconds. It grows with the number of fields and conditions, and with segments
    /// times blocks of 65,536 contacts, but not with contacts. The result is an estimate: long strings and short
    /// lists are measured for a sample, and what an event or a scan needs temporarily is not counted. With a
    /// workload of 22 fields and 100,000 contacts it is 5 to 7 % below the growth of the process.
    pub fn bytes(&self) -> Bytes {
        let definitions = self.definitions.bytes() + self.handles.bytes();
        let candidates = self.settling.candidates.bytes();
        let conditions = self.conditions.bytes() + candidates + self.index.bytes() + self.deadlines.bytes();
        let changed = self.changed.as_ref().map_or(0, |changed| changed.bytes());
        Bytes {
            facts: (self.facts.bytes() + changed) as u64,
            conditions: (size_of::<Engine>() + definitions + conditions) as u64,
            truths: self.truths.bytes() as u64,
            members: self.membership.bytes() as u64,
        }
    }
}
