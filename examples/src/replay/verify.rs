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

#[cfg(test)]
mod tests {
    use super::*;

    const DEFINITIONS: [&str; 2] = [
        r#"{"at":"2026-11-23T09:00:00Z","type":"field_defined","field":"plan","kind":"text"}"#,
        r#"{"at":"2026-11-23T09:00:00Z","type":"segment_saved","segment":"pro","name":"Pro",
            "rule":{"match":"all","conditions":[{"field":"plan","operator":"equals","value":"pro"}]}}"#,
    ];

    fn saved(contact: &str, plan: &str) -> String {
        let at = "2026-11-23T10:00:00Z";
        format!(r#"{{"at":"{at}","type":"contact_saved","contact":"{contact}","set":{{"plan":"{plan}"}}}}"#)
    }

    /// What is found if the engine and the evaluator are told these things after the definitions.
    fn difference(to_engine: &[String], to_evaluator: &[String]) -> Option<String> {
        let (mut engine, mut verifier) = (Engine::new(), Verifier::new());
        let both = DEFINITIONS.map(str::to_owned);
        for line in both.iter().chain(to_engine) {
            engine.apply(&Event::parse(line).unwrap(), &mut Vec::new()).unwrap();
        }
        for (line, number) in both.iter().chain(to_evaluator).zip(1..) {
            verifier.applied(&Event::parse(line).unwrap(), number);
        }
        verifier.compare(&engine).err().map(|failure| failure.to_string())
    }

    #[test]
    fn the_first_contact_that_differs_is_named() {
        let (a, b) = (saved("a", "pro"), saved("b", "pro"));
        assert_eq!(difference(&[a.clone(), b.clone()], &[a.clone(), b.clone()]), None);
        assert_eq!(
            difference(&[a.clone(), b.clone()], &[a.clone(), saved("b", "free")]).as_deref(),
            Some(r#"verify: segment "pro", contact "b": in by the engine, out by the evaluator"#)
        );
        assert_eq!(
            difference(std::slice::from_ref(&a), &[a.clone(), b]).as_deref(),
            Some("verify: 1 contacts by the engine, 2 by the evaluator")
        );
    }

    #[test]
    fn an_event_that_only_one_of_them_accepts_is_named() {
        let unknown = r#"{"at":"2026-11-23T10:00:00Z","type":"contact_deleted","contact":"nobody"}"#;
        let found = difference(&[], &[unknown.to_owned()]).unwrap();
        assert!(found.starts_with("verify: line 3: applied, but the evaluator refuses it: "), "{found}");
        let mut verifier = Verifier::new();
        verifier.refused(&Event::parse(DEFINITIONS[0]).unwrap(), 7);
        let found = verifier.compare(&Engine::new()).unwrap_err().to_string();
        assert_eq!(found, "verify: line 7: refused, but the evaluator accepts it");
    }
}
