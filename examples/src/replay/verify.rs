//! The replay's `--verify`: compares every membership with the plain evaluator, which shares only the operator table with
//! the engine, and then runs the workspace's own check of everything derived.
//!
//! The evaluator also reads every event, and decides on its own which it refuses.

use std::collections::BTreeSet;

use enlist::{ContactId, Error, Event, RefusedEvent, Workspace};
use enlist_sim::Oracle;

use super::failure::Failure;
use super::target::{Held, HeldSegment};

/// The plain evaluator, which sees the same events as the workspace.
pub(super) struct Verifier {
    oracle: Oracle,
    log_name: String,
    /// The first line on which the two do not agree, and in what.
    difference: Option<(u64, String)>,
}

impl Verifier {
    /// An evaluator that has seen nothing of the log yet; the name is for messages.
    pub(super) fn new(log_name: &str) -> Self {
        Verifier { oracle: Oracle::new(), log_name: log_name.to_owned(), difference: None }
    }

    /// Takes the events of a batch, each with its line, and those that the workspace has refused.
    pub(super) fn take_in(&mut self, events: &[Event], lines: &[u64], refused: &[RefusedEvent]) {
        let mut refused = refused.iter().map(|refused| refused.index).peekable();
        for (index, (event, line)) in events.iter().zip(lines).enumerate() {
            match refused.next_if_eq(&index) {
                None => self.applied(event, *line),
                Some(_) => self.refused(event, *line),
            }
        }
    }

    fn applied(&mut self, event: &Event, line: u64) {
        if self.difference.is_none()
            && let Err(reason) = self.oracle.record(event)
        {
            self.difference = Some((line, format!("applied, but the evaluator refuses it: {reason}")));
        }
    }

    fn refused(&mut self, event: &Event, line: u64) {
        if self.difference.is_none() && self.oracle.record(event).is_ok() {
            self.difference = Some((line, "refused, but the evaluator accepts it".to_owned()));
        }
    }

    /// Compares what the workspace holds with what the evaluator finds.
    ///
    /// # Errors
    /// [`Failure::VerifyLine`] names the first event on which the two do not agree. [`Failure::Verify`] names the first
    /// other difference: contacts in order of creation, then segments in order of creation, then their members by their
    /// bytes. [`Failure::Workspace`] if a part of it failed.
    pub(super) fn compare(mut self, workspace: &Workspace, held: &Held) -> Result<(), Failure> {
        if let Some((line, difference)) = self.difference.take() {
            return Err(Failure::VerifyLine { log: self.log_name, line, difference });
        }
        self.oracle.evaluate_all();
        let difference = self.first_difference(workspace, held)?;
        difference.map_or(Ok(()), |difference| Err(Failure::Verify { difference }))
    }

    fn first_difference(&self, workspace: &Workspace, held: &Held) -> Result<Option<String>, Error> {
        let (dump, derived) = workspace.read(|view| Ok::<_, Error>((view.dump()?, view.verify()?)))?;
        let contacts = dump.contacts.iter().map(|contact| &contact.id);
        let here = held.segments.iter().map(|held| &held.segment);
        let there = self.oracle.segments().into_iter().map(|(id, ..)| id);
        let found = differs(contacts, self.oracle.contacts(), "contact")
            .or_else(|| differs(here, there, "segment"))
            .or_else(|| held.segments.iter().find_map(|held| self.in_segment(held)))
            .or_else(|| derived.first().map(ToString::to_string));
        Ok(found)
    }

    fn in_segment(&self, held: &HeldSegment) -> Option<String> {
        let here: BTreeSet<ContactId> = held.contacts().collect();
        let segment = &held.segment;
        let there: BTreeSet<ContactId> = self.oracle.members(segment.as_str()).cloned().collect();
        let contact = here.symmetric_difference(&there).next()?;
        let (by_workspace, by_evaluator) = if here.contains(contact) { ("in", "out") } else { ("out", "in") };
        Some(format!(
            "segment {segment:?}, contact {contact:?}: {by_workspace} by the workspace, {by_evaluator} by the evaluator"
        ))
    }
}

/// A sentence about the first place at which two lists differ.
fn differs<'a, T: std::fmt::Debug + PartialEq + 'a>(
    here: impl Iterator<Item = &'a T>,
    there: impl Iterator<Item = &'a T>,
    what: &str,
) -> Option<String> {
    let (mut here, mut there) = (here.fuse(), there.fuse());
    for number in 1_u64.. {
        let (one, other) = (here.next(), there.next());
        if one != other {
            let shown = |one: Option<&T>| one.map_or_else(|| "none".to_owned(), |one| format!("{one:?}"));
            let (one, other) = (shown(one), shown(other));
            return Some(format!("{what} {number}: {one} in the workspace, {other} by the evaluator"));
        }
        one?;
    }
    None
}

#[cfg(test)]
mod tests {
    use enlist::OnRefusal;

    use super::*;
    use crate::replay::target::Target;

    const DEFINITIONS: [&str; 2] = [
        r#"{"at":"2026-11-23T09:00:00Z","type":"field_defined","field":"plan","kind":"text"}"#,
        r#"{"at":"2026-11-23T09:00:00Z","type":"segment_saved","segment":"pro","name":"Pro",
            "rule":{"match":"all","conditions":[{"field":"plan","operator":"equals","value":"pro"}]}}"#,
    ];

    fn saved(contact: &str, plan: &str) -> String {
        let at = "2026-11-23T10:00:00Z";
        format!(r#"{{"at":"{at}","type":"contact_saved","contact":"{contact}","set":{{"plan":"{plan}"}}}}"#)
    }

    /// The difference if the workspace and the evaluator get these lines after the definitions.
    fn difference(to_workspace: &[String], to_evaluator: &[String]) -> Option<String> {
        let (target, mut verifier) = (Target::open(2, None).unwrap(), Verifier::new("log"));
        let events = |lines: &[String]| -> Vec<Event> {
            let definitions = DEFINITIONS.map(str::to_owned);
            definitions.iter().chain(lines).map(|line| Event::parse(line).unwrap()).collect()
        };
        let events_to_workspace = events(to_workspace);
        let lines: Vec<u64> = (1..=events_to_workspace.len() as u64).collect();
        let submitted = target.submit(events_to_workspace, &lines, OnRefusal::Skip).unwrap();
        assert!(submitted.wait().unwrap().refused.is_empty());
        verifier.take_in(&events(to_evaluator), &[1, 2, 3, 4], &[]);
        let compared = verifier.compare(target.workspace(), &target.held().unwrap());
        compared.err().map(|failure| failure.to_string())
    }

    #[test]
    fn the_first_contact_that_differs_is_named() {
        let (a, b) = (saved("a", "pro"), saved("b", "pro"));
        assert_eq!(difference(&[a.clone(), b.clone()], &[a.clone(), b.clone()]), None);
        assert_eq!(
            difference(&[a.clone(), b.clone()], &[a.clone(), saved("b", "free")]).as_deref(),
            Some(r#"verify: segment "pro", contact "b": in by the workspace, out by the evaluator"#)
        );
        assert_eq!(
            difference(std::slice::from_ref(&a), &[a.clone(), b]).as_deref(),
            Some(r#"verify: contact 2: none in the workspace, "b" by the evaluator"#)
        );
    }

    #[test]
    fn an_event_that_only_one_of_them_accepts_is_named() {
        let unknown = r#"{"at":"2026-11-23T10:00:00Z","type":"contact_deleted","contact":"nobody"}"#;
        let found = difference(&[], &[unknown.to_owned()]).unwrap();
        assert!(found.starts_with("log, line 3: verify: applied, but the evaluator refuses it: "), "{found}");
        let (mut verifier, target) = (Verifier::new("log"), Target::open(1, None).unwrap());
        let (index, event) = (0, Event::parse(DEFINITIONS[0]).unwrap());
        let reason = Error::Partitions { found: 0, most: 64 };
        verifier.take_in(
            std::slice::from_ref(&event),
            &[7],
            &[RefusedEvent::new(index, event.clone(), reason)],
        );
        let found = verifier.compare(target.workspace(), &target.held().unwrap()).unwrap_err().to_string();
        assert_eq!(found, "log, line 7: verify: refused, but the evaluator accepts it");
    }
}
