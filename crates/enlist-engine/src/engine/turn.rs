//! A change of the local date: the contacts that it affects are found and settled, and then it takes effect.
//!
//! The first takes long where many contacts are affected, and only reads; so it can be done aside, while others read too. It then makes
//! copies of what changes, so that to take effect is to swap pointers. Invariant: what is prepared and taken has the outputs of
//! advancing, and leads to the same state.

use enlist_model::{Cause, Instant, Today};

use crate::calendar::DateChange;
use crate::conditions::row_flips::RowFlips;
use crate::conditions::truths::Truths;
use crate::engine::settling::{Rooms, Settling};
use crate::engine::{Engine, Sink};
use crate::error::StaleTurn;
use crate::evaluator::Evaluator;
use crate::facts::ContactAge;
use crate::flips;
use crate::handles::EngineMark;
use crate::membership::{ChangedMembers, MembershipChange};
use crate::work::Work;

/// An advance of time that is prepared: a change of the local date is settled, and not in force yet. See
/// [`Engine::prepare_turn`].
#[derive(Debug)]
pub struct PreparedTurn {
    from: Moment,
    to: Instant,
    work: Work,
    /// `None` if no contact is affected.
    copies: Option<Copies>,
}

/// The state of an engine, as far as a turn depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    engine: EngineMark,
    now: Option<Instant>,
    event_count: u64,
    epoch: u64,
    /// Bits that a scan wrote since are not in the copies.
    fill_steps: u64,
}

/// What a change of the local date changes.
struct SettledTurn {
    /// In the order of the contract.
    changes: Vec<MembershipChange>,
    flips: RowFlips,
    work: Work,
}

/// What is swapped. Afterwards it holds what was replaced.
#[derive(Debug)]
struct Copies {
    members: ChangedMembers,
    truths: Truths,
}

impl Engine {
    /// Prepares an advance of time to `to`, and passes the outputs that it will have to `out`. That takes as long as the advance, but
    /// only reads the engine. [`take_turn`](Self::take_turn) is quick then. `None` if more than one change of the local date on the way
    /// affects contacts: each would have to be taken before the next.
    ///
    /// ```
    /// use enlist_engine::{Engine, HashSeed};
    /// # use enlist_model::{Event, Instant};
    /// # fn event(json: &str) -> Event { Event::parse(json).unwrap() }
    ///
    /// let mut engine = Engine::new(HashSeed::new(1));
    /// # let rule = r#"{"match":"all","conditions":[{"field":"created_at","operator":"is_today"}]}"#;
    /// engine.apply(&event(&format!(r#"{{"at":"2026-11-23T09:00:00Z","type":"segment_saved","segment":"new","name":"New","rule":{rule}}}"#)), &mut Vec::new())?;
    /// engine.apply(&event(r#"{"at":"2026-11-23T09:00:00Z","type":"contact_saved","contact":"ada"}"#), &mut Vec::new())?;
    ///
    /// let midnight = engine.next_deadline().expect("Ada is not new for ever");
    /// let mut outputs = Vec::new();
    /// let mut turn = engine.prepare_turn(midnight, &mut outputs).expect("one date begins");
    /// assert_eq!((outputs.len(), engine.count("new")?), (1, 1));
    /// engine.take_turn(&mut turn)?;
    /// assert_eq!((engine.now(), engine.count("new")?), (Some(midnight), 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn prepare_turn(&self, to: Instant, out: &mut dyn Sink) -> Option<PreparedTurn> {
        let change = self.next_turn(to);
        let (mut work, mut copies) = (Work::default(), None);
        if let Some(change) = change {
            let today = Today { day: change.day, ..self.today };
            if self.next_turn_from(today, change.at, to).is_some() {
                return None;
            }
            // A settling of its own, because that of the engine is written to.
            let settled = self.settle_turn(change, &mut Settling::default(), out);
            work = settled.work;
            copies = Some(Copies {
                members: self.membership.changed(&settled.changes),
                truths: self.truths.flipped(&settled.flips),
            });
        }
        Some(PreparedTurn { from: self.moment(), to, work, copies })
    }

    /// Whether a prepared turn can be taken: this engine has prepared it, and has not changed since.
    pub fn can_take(&self, turn: &PreparedTurn) -> bool {
        self.moment() == turn.from
    }

    /// Lets a prepared turn take effect, and advances to the instant that it was prepared for. The turn then holds what was replaced,
    /// which can take long to drop.
    ///
    /// # Errors
    /// [`StaleTurn`] if it [cannot be taken](Self::can_take). Then nothing has changed, and its outputs must be discarded.
    pub fn take_turn(&mut self, turn: &mut PreparedTurn) -> Result<(), StaleTurn> {
        if !self.can_take(turn) {
            return Err(StaleTurn);
        }
        if let Some(Copies { members, truths }) = &mut turn.copies {
            self.membership.swap(members);
            self.truths.swap(truths);
        }
        self.work += turn.work;
        if self.now.is_none_or(|now| now < turn.to) {
            self.set_now(turn.to);
        }
        Ok(())
    }

    /// Handles one change of the local date at once.
    pub(super) fn turn(&mut self, change: DateChange, out: &mut dyn Sink) {
        // Taken out, because settling reads the rest of the engine. After a panic, `rebuild` puts another one in.
        let mut settling = std::mem::take(&mut self.settling);
        let settled = self.settle_turn(change, &mut settling, out);
        self.settling = settling;
        for (contact, conditions) in settled.flips.iter() {
            self.truths.flip(contact, conditions);
        }
        self.note_members(&settled.changes);
        self.work += settled.work;
        self.settling.reuse(settled.changes);
        self.set_now(change.at);
    }

    fn moment(&self) -> Moment {
        Moment {
            engine: self.mark,
            now: self.now,
            event_count: self.event_count,
            epoch: self.dirty.epoch,
            fill_steps: self.fill_steps,
        }
    }

    /// Finds what a change of the local date changes, and reports it.
    fn settle_turn(&self, change: DateChange, settling: &mut Settling, out: &mut dyn Sink) -> SettledTurn {
        let after = Today { day: change.day, ..self.today };
        let due = self.due_between(self.today, after);
        let evaluator = Evaluator { today: after, ..self.evaluator() };
        let Engine { definitions, conditions, truths, .. } = self;
        let rooms = Rooms { definitions, conditions, truths };
        let (mut flips, mut work) = (RowFlips::default(), Work::default());
        let mut touched = Vec::new();
        for of_contact in due.chunk_by(|one, two| one.0 == two.0) {
            touched.clear();
            for (_, condition) in of_contact {
                touched.push(*condition);
                // The groups that test the window may flip too, and only what is given is evaluated.
                touched.extend(&conditions.get(*condition).groups);
            }
            let contact = of_contact[0].0;
            flips::of_conditions(contact, &touched, &evaluator, truths, &mut settling.flipped);
            work.contacts_rechecked += 1;
            settling.settle(contact, ContactAge::Existing, rooms, &mut work);
            flips.push(contact, &settling.flipped);
        }
        let changes = settling.take_changes();
        work.transitions += changes.len() as u64;
        self.report(&changes, settling, None, (change.at, Cause::Clock), out);
        SettledTurn { changes, flips, work }
    }
}
