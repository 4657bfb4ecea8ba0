//! The replay's `--verify`: every membership against the plain evaluator, which shares with the engine the operator
//! table only; then the engine's own check of all that it has derived.
//!
//! The evaluator reads every event too, and says by itself which it would refuse.

use std::collections::BTreeSet;

use enlist_engine::Engine;
use enlist_model::{ContactId, Event, SegmentId};
use enlist_sim::Oracle;

use super::failure::Failure;

/// The plain evaluator beside the engine.
pub(super) struct Verifier {
    oracle: Oracle,
    /// The first event on which the two do not agree.
    difference: Option<String>,
}

impl Verifier {
    pub(super) fn new() -> Self {
        Verifier { oracle: Oracle::new(), difference: None }
    }

    /// Takes in an event that the engine has applied.
    pub(super) fn applied(&mut self, event: &Event, line: u64) {
        if self.difference.is_none()
            && let Err(reason) = self.oracle.record(event)
        {
            self.difference = Some(format!("line {line}: applied, but the evaluator refuses it: {reason}"));
        }
    }

    /// Takes in an event that the engine has refused.
    pub(super) fn refused(&mut self, event: &Event, line: u64) {
        if self.difference.is_none() && self.oracle.record(event).is_ok() {
            self.difference = Some(format!("line {line}: refused, but the evaluator accepts it"));
        }
    }

    /// Compares what the engine holds with what the evaluator finds.
    ///
    /// # Errors
    /// [`Failure::Verify`] names the first difference: events, then segments in order of creation, then contacts by
    /// their bytes.
    pub(super) fn compare(mut self, engine: &Engine) -> Result<(), Failure> {
        self.oracle.evaluate_all();
        let difference = self.difference.take().or_else(|| self.first_difference(engine));
        difference.map_or(Ok(()), |difference| Err(Failure::Verify { difference }))
    }

    fn first_difference(&self, engine: &Engine) -> Option<String> {
        let here: Vec<&SegmentId> = engine.segments().map(enlist_engine::Segment::id).collect();
        let there: Vec<&SegmentId> = self.oracle.segments().into_iter().map(|(id, ..)| id).collect();
        if here != there {
            return Some(format!("segments {here:?} by the engine, {there:?} by the evaluator"));
        }
        let counts = (engine.contact_count(), self.oracle.contact_count() as u64);
        if counts.0 != counts.1 {
            return Some(format!("{} contacts by the engine, {} by the evaluator", counts.0, counts.1));
        }
        here.into_iter()
            .find_map(|segment| self.in_segment(engine, segment))
            .or_else(|| engine.verify().err().map(|difference| difference.to_string()))
    }

    fn in_segment(&self, engine: &Engine, segment: &SegmentId) -> Option<String> {
        let here = engine.members(segment.as_str()).expect("the engine names only segments it has");
        let here: BTreeSet<&ContactId> = here.collect();
        let there: BTreeSet<&ContactId> = self.oracle.members(segment.as_str()).collect();
        let contact = *here.symmetric_difference(&there).next()?;
        let (by_engine, by_evaluator) = if here.contains(contact) { ("in", "out") } else { ("out", "in") };
        Some(format!(
            "segment {segment:?}, contact {contact:?}: {by_engine} by the engine, {by_evaluator} by the evaluator"
        ))
    }
}
