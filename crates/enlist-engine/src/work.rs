//! Counters of the work that the engine has done. A test can assert "this change flipped one condition and
//! evaluated two segments", and a host can see what an event costs.

/// Work done since the engine was created. Subtract two of these to see what something cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Work {
    /// Events accepted.
    pub events: u64,
    /// Contacts that were settled, because their facts changed, a date changed or a setting changed.
    pub contacts_settled: u64,
    /// Contacts whose conditions were evaluated again because time or a setting changed, not the contact.
    pub contacts_rechecked: u64,
    /// Truths of distinct conditions that flipped.
    pub conditions_flipped: u64,
    /// Evaluations of a segment's rule for one contact.
    pub segments_evaluated: u64,
    /// Transitions reported.
    pub transitions: u64,
}

impl std::ops::Sub for Work {
    type Output = Work;

    fn sub(self, before: Work) -> Work {
        Work {
            events: self.events - before.events,
            contacts_settled: self.contacts_settled - before.contacts_settled,
            contacts_rechecked: self.contacts_rechecked - before.contacts_rechecked,
            conditions_flipped: self.conditions_flipped - before.conditions_flipped,
            segments_evaluated: self.segments_evaluated - before.segments_evaluated,
            transitions: self.transitions - before.transitions,
        }
    }
}

impl std::ops::AddAssign for Work {
    fn add_assign(&mut self, more: Work) {
        self.events += more.events;
        self.contacts_settled += more.contacts_settled;
        self.contacts_rechecked += more.contacts_rechecked;
        self.conditions_flipped += more.conditions_flipped;
        self.segments_evaluated += more.segments_evaluated;
        self.transitions += more.transitions;
    }
}
