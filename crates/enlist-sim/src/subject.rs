//! What can be run beside the oracle.
//!
//! It knows nothing of how a subject does it; what it says is compared name by name.

use enlist_model::{ContactId, Event, Instant, SegmentId};

use crate::emitted::Emitted;
use crate::oracle::Oracle;

/// A machine that claims to keep the contract.
pub trait Subject {
    /// Applies an event and says what came of it.
    ///
    /// # Errors
    /// Why it is refused.
    fn apply(&mut self, event: &Event) -> Result<Vec<Emitted>, String>;

    /// Every segment in order of creation, with its members in order of creation.
    fn memberships(&self) -> Vec<(SegmentId, Vec<ContactId>)>;

    /// How many contacts there are.
    fn contact_count(&self) -> usize;

    /// The greatest instant seen.
    fn now(&self) -> Option<Instant>;

    /// Looks for contradictions within; asked now and then.
    ///
    /// # Errors
    /// What contradicts what.
    fn verify(&self) -> Result<(), String> {
        Ok(())
    }
}

impl Subject for Oracle {
    fn apply(&mut self, event: &Event) -> Result<Vec<Emitted>, String> {
        Oracle::apply(self, event)
    }

    fn memberships(&self) -> Vec<(SegmentId, Vec<ContactId>)> {
        Oracle::memberships(self)
    }

    fn contact_count(&self) -> usize {
        Oracle::contact_count(self)
    }

    fn now(&self) -> Option<Instant> {
        Oracle::now(self)
    }
}
