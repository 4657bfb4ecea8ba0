//! What an engine takes in memory, by part.

use crate::engine::Engine;

/// What an engine takes in memory, in bytes, by part. An estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bytes {
    /// The facts: contacts, their values, labels and conversations.
    pub facts: u64,
    /// Fields and segments, their distinct conditions, the index of these, who is due on which day; and the engine itself.
    pub conditions: u64,
    /// The truth of every distinct condition for every contact.
    pub truths: u64,
    /// The members of every segment.
    pub members: u64,
}

impl Bytes {
    /// All parts together.
    pub fn total(self) -> u64 {
        self.facts + self.conditions + self.truths + self.members
    }
}

impl Engine {
    /// What the engine takes in memory, by part.
    ///
    /// It takes tens of microseconds, in proportion to fields and conditions, to segments by blocks of 65,536 contacts,
    /// but not to contacts. It is an estimate: long strings and short lists are counted in a sample, and what an event or
    /// a scan needs for a moment is not counted. With a workload of 22 fields and 100,000 contacts it is 5 to 7 % below by
    /// how much the process grows.
    pub fn bytes(&self) -> Bytes {
        let conditions =
            self.definitions.bytes() + self.conditions.bytes() + self.index.bytes() + self.deadlines.bytes();
        Bytes {
            facts: self.facts.bytes() as u64,
            conditions: (size_of::<Engine>() + conditions) as u64,
            truths: self.truths.bytes() as u64,
            members: self.membership.bytes() as u64,
        }
    }
}
