//! A subject and the oracle run the same script and are compared after every event.
//!
//! It knows no workload. Invariant: a failure's script alone makes a fresh subject differ from a fresh oracle.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use enlist_model::Event;

use crate::emitted::{Emitted, Folded};
use crate::oracle::Oracle;
use crate::script;
use crate::subject::Subject;

/// Counts of a run without a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Events that both accepted.
    pub accepted: u64,
    /// Events that both refused.
    pub refused: u64,
    /// Transitions that both gave.
    pub transitions: u64,
    /// The transitions among them that the clock caused.
    pub by_the_clock: u64,
    /// Notices that both gave.
    pub notices: u64,
}

impl std::ops::AddAssign for Ran {
    fn add_assign(&mut self, more: Ran) {
        self.accepted += more.accepted;
        self.refused += more.refused;
        self.transitions += more.transitions;
        self.by_the_clock += more.by_the_clock;
        self.notices += more.notices;
    }
}

/// A subject that differs from the oracle.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The seed of the workload, if there is one.
    pub seed: Option<u64>,
    /// The event at which it differed, from 0.
    pub step: usize,
    /// What differed.
    pub difference: String,
    /// Events that make it differ.
    pub script: Vec<Event>,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seed = self.seed.map(|seed| format!("seed {seed}, ")).unwrap_or_default();
        writeln!(out, "{seed}event {} of the script below: {}", self.step, self.difference)?;
        out.write_str(&script::to_lines(&self.script))
    }
}

/// After every this many events a subject verifies itself.
const VERIFIED_EVERY: usize = 64;

/// Runs a script on a fresh subject and a fresh oracle.
///
/// # Errors
/// The failure, with the script up to the event at which the two differ.
pub fn run<S: Subject>(make: impl Fn() -> S, events: &[Event]) -> Result<Ran, Failure> {
    run_beside(Oracle::new(), make, events)
}

/// Runs a script on a fresh subject and on an oracle that the caller made, with limits of its own.
///
/// # Errors
/// As [`run`].
pub fn run_beside<S: Subject>(
    oracle: Oracle,
    make: impl Fn() -> S,
    events: &[Event],
) -> Result<Ran, Failure> {
    let mut pair = Pair { subject: make(), oracle, folded: Folded::default(), ran: Ran::default() };
    for (step, event) in events.iter().enumerate() {
        let outcome = catch_unwind(AssertUnwindSafe(|| pair.step(event, step)));
        let difference = match outcome {
            Ok(Ok(())) => continue,
            Ok(Err(difference)) => difference,
            Err(panic) => {
                let message = panic.downcast_ref::<String>().map(String::as_str);
                format!(
                    "panic: {}",
                    message.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
                )
            }
        };
        return Err(Failure { seed: None, step, difference, script: events[..=step].to_vec() });
    }
    pair.subject.verify().map_err(|difference| Failure {
        seed: None,
        step: events.len().saturating_sub(1),
        difference,
        script: events.to_vec(),
    })?;
    Ok(pair.ran)
}

struct Pair<S> {
    subject: S,
    oracle: Oracle,
    folded: Folded,
    ran: Ran,
}

impl<S: Subject> Pair<S> {
    /// Applies an event to both. The error says what differs.
    fn step(&mut self, event: &Event, step: usize) -> Result<(), String> {
        let expected = self.oracle.apply(event);
        let found = self.subject.apply(event);
        match (&expected, &found) {
            (Ok(expected), Ok(found)) => {
                self.ran.accepted += 1;
                self.same_emitted(expected, found)?;
            }
            (Err(_), Err(_)) => self.ran.refused += 1,
            (Ok(_), Err(why)) => return Err(format!("refused, but should be accepted: {why}")),
            (Err(why), Ok(_)) => return Err(format!("accepted, but should be refused: {why}")),
        }
        self.same_state()?;
        if (step + 1).is_multiple_of(VERIFIED_EVERY) { self.subject.verify() } else { Ok(()) }
    }

    fn same_emitted(&mut self, expected: &[Emitted], found: &[Emitted]) -> Result<(), String> {
        let first =
            (0..expected.len().max(found.len())).find(|index| expected.get(*index) != found.get(*index));
        if let Some(index) = first {
            return Err(format!(
                "output {index} of {} differs:\n  expected {:?}\n  found    {:?}",
                expected.len(),
                expected.get(index),
                found.get(index)
            ));
        }
        for emitted in found {
            self.folded.take(emitted)?;
            match emitted {
                Emitted::Transition(transition) => {
                    self.ran.transitions += 1;
                    self.ran.by_the_clock += u64::from(transition.cause == enlist_model::Cause::Clock);
                }
                Emitted::Notice { .. } => self.ran.notices += 1,
            }
        }
        Ok(())
    }

    fn same_state(&self) -> Result<(), String> {
        let (expected, found) = (self.oracle.now(), self.subject.now());
        if expected != found {
            return Err(format!("now: expected {expected:?}, found {found:?}"));
        }
        let (expected, found) = (self.oracle.contact_count(), self.subject.contact_count());
        if expected != found {
            return Err(format!("contacts: expected {expected}, found {found}"));
        }
        let (expected, found) = (self.oracle.memberships(), self.subject.memberships());
        if expected != found {
            let first = expected.iter().zip(&found).find(|(expected, found)| expected != found);
            return Err(format!("memberships: expected and found {first:?}"));
        }
        let folded = self.folded.memberships();
        let same = folded.len() == found.len()
            && found.iter().all(|(segment, members)| {
                folded.get(segment).is_some_and(|held| {
                    held.len() == members.len() && members.iter().all(|member| held.contains(member))
                })
            });
        if same { Ok(()) } else { Err("transitions and notices do not add up to the memberships".to_owned()) }
    }
}
