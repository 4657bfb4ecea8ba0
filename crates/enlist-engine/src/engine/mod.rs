//! The engine: one partition of one workspace, with one writer. It owns the rooms and calls them in order.
//!
//! Every change takes the same way, whether an event, time or a definition causes it: *check* (the only step that
//! can refuse) → *advance* to its instant → *record* the facts → the *delta* → the conditions that *flip* → the
//! segments these can affect → *settle* each membership → transitions. Invariant between calls: everything but
//! facts, definitions, settings and `now` equals what computing it again would give.

mod across;
mod bulk;
pub(crate) mod causes;
mod changed_contacts;
mod deadline_changes;
mod definition_changes;
mod digest;
mod dirty_log;
mod handles;
mod labels;
mod memory;
mod output;
mod prefetching;
mod preview;
mod previous_definition;
mod questions;
mod rebuild;
mod recover;
mod restore;
mod rule_conditions;
mod rule_scan;
mod run;
mod saving;
mod scan_filling;
mod settling;
mod time;
mod turn;

use std::fmt;

use enlist_model::limits::{self, ContentLimits};
use enlist_model::{Cause, Change, Event, Instant, Today};

pub use crate::facts::RetainedIds;
pub use across::{apply_across, check_across};
pub use digest::MemberDigest;
pub use memory::Bytes;
pub use output::{BorrowedTransitions, NoticeOutput, Output, Sink};
pub use prefetching::PREFETCHED_EVENTS;
pub use preview::Preview;
pub use rebuild::{BulkLoad, ContactDump, ConversationDump, Dump, SegmentDump};
pub use restore::Restore;
pub use rule_scan::RuleScan;
pub use run::Run;
pub use saving::{Saving, Unsaved};
pub use turn::PreparedTurn;

use crate::calendar::Calendar;
use crate::check::{Checked, DefinitionChange, Validator};
use crate::conditions::Conditions;
use crate::conditions::truths::Truths;
use crate::deadlines::Deadlines;
use crate::definitions::Definitions;
use crate::engine::changed_contacts::ChangedContacts;
use crate::engine::dirty_log::DirtyLog;
use crate::engine::previous_definition::PreviousDefinition;
use crate::engine::run::Writing;
use crate::engine::settling::Settling;
use crate::error::Error;
use crate::evaluator::Evaluator;
use crate::facts::{ContactAge, DeletedContact, Delta, FactChange, Facts, Recorded};
use crate::flips;
use crate::handles::{EngineMark, HandleTable};
use crate::ids::{ConditionNo, ContactNo, SegmentOrder};
use crate::index::Index;
use crate::membership::{Membership, MembershipChange};
use crate::seeded_map::{HashSeed, KeyHasher};
use crate::work::Work;

/// One partition of one workspace.
pub struct Engine {
    pub(crate) definitions: Definitions,
    pub(crate) calendar: Calendar,
    pub(crate) facts: Facts,
    pub(crate) conditions: Conditions,
    pub(crate) index: Index,
    pub(crate) deadlines: Deadlines,
    pub(crate) truths: Truths,
    pub(crate) membership: Membership,
    writing: Writing,
    /// The greatest instant seen; `None` before the first event.
    pub(crate) now: Option<Instant>,
    /// The local date of `now`.
    pub(crate) today: Today,
    /// The next instant at which the local date changes.
    date_changes_at: Option<Instant>,
    event_count: u64,
    contact_limit: usize,
    settling: Settling,
    dirty: DirtyLog,
    /// How many steps of filling were taken.
    fill_steps: u64,
    /// `None` until changes are noted for savings. Boxed, because most engines note none.
    changed: Option<Box<ChangedContacts>>,
    work: Work,
    hasher: KeyHasher,
    pub(crate) handles: HandleTable,
    mark: EngineMark,
    /// What the definition under way replaces. Left behind only by a panic, for [`recover`](Self::recover).
    interrupted: Option<PreviousDefinition>,
}

/// An evaluator that borrows the engine field by field, so that the other fields can be written meanwhile.
macro_rules! evaluator {
    ($engine:expr) => {
        $crate::evaluator::Evaluator {
            facts: &$engine.facts,
            definitions: &$engine.definitions,
            conditions: &$engine.conditions,
            membership: &$engine.membership,
            calendar: &$engine.calendar,
            today: $engine.today,
            hasher: &$engine.hasher,
        }
    };
}
pub(crate) use evaluator;

impl fmt::Debug for Engine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Engine")
            .field("contacts", &self.contact_count())
            .field("segments", &self.segments().count())
            .field("events", &self.event_count)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// An empty workspace, in UTC with weeks that begin on Monday until an event changes that. See [`HashSeed`] for
    /// the seed.
    pub fn new(seed: HashSeed) -> Self {
        Self::with_contact_limit(limits::PARTITION_CONTACTS.most, seed)
    }

    /// An empty workspace that can create this many contacts over its life, at most 2³² − 1.
    pub fn with_contact_limit(contacts: usize, seed: HashSeed) -> Self {
        let hasher = KeyHasher::new(seed);
        let calendar = Calendar::default();
        let day = enlist_model::Day::from_number(0);
        Engine {
            today: Today { day, week_start: calendar.week_start() },
            definitions: Definitions::new(&hasher),
            calendar,
            facts: Facts::new(&hasher),
            conditions: Conditions::new(&hasher),
            index: Index::new(&hasher),
            deadlines: Deadlines::default(),
            truths: Truths::default(),
            membership: Membership::default(),
            writing: Writing::default(),
            now: None,
            date_changes_at: None,
            event_count: 0,
            contact_limit: contacts.min(limits::PARTITION_CONTACTS.most),
            settling: Settling::default(),
            dirty: DirtyLog::default(),
            fill_steps: 0,
            changed: None,
            work: Work::default(),
            handles: HandleTable::new(&hasher),
            mark: EngineMark::of(&hasher),
            hasher,
            interrupted: None,
        }
    }

    /// The same workspace with other limits of rules, lists and values; by default they are the
    /// [contract's](ContentLimits::CONTRACT). They bound what comes from now on: what the workspace has stays, also if it
    /// exceeds them. A limit above its [maximum](ContentLimits::MAXIMA) counts as the maximum.
    ///
    /// ```
    /// use enlist_engine::{Engine, HashSeed};
    /// use enlist_model::limits::ContentLimits;
    ///
    /// let limits = ContentLimits::default().with_value_bytes(64 * 1_024);
    /// let engine = Engine::new(HashSeed::new(1)).with_content_limits(limits);
    /// assert_eq!(engine.definitions().limits(), limits);
    /// ```
    #[must_use]
    pub fn with_content_limits(mut self, limits: ContentLimits) -> Self {
        self.definitions.limits = limits.at_most(ContentLimits::MAXIMA);
        self
    }

    /// Applies an event and passes its outputs to `out`: first those of date changes on the way to its instant,
    /// then its own.
    ///
    /// # Errors
    /// [`Error`] if the event is refused. Then nothing has changed, not even `now`.
    pub fn apply(&mut self, event: &Event, out: &mut dyn Sink) -> Result<(), Error> {
        self.apply_with(event, None, out)
    }

    fn apply_with(&mut self, event: &Event, scan: Option<RuleScan>, out: &mut dyn Sink) -> Result<(), Error> {
        // Check before time advances: a refused event must not move time either.
        let checked = self.validator().check(event)?;
        let (now, cause) = self.begin_event(event.at, out);
        match checked {
            Checked::Facts(change) => self.change_facts(change, now, cause, out),
            Checked::Definition(change) => self.change_definition(change, scan, now, cause, out),
            Checked::Tick => {}
        }
        Ok(())
    }

    /// Advances to the instant of an accepted event, and counts it.
    fn begin_event(&mut self, at: Instant, out: &mut dyn Sink) -> (Instant, Cause) {
        let now = self.advance_to(at, out);
        // Count after advancing, so that date changes on the way do not bear this event as their cause.
        (now, Cause::Event(self.count_event()))
    }

    /// Changes what is defined. What the change replaces is kept meanwhile: a panic leaves it behind.
    fn change_definition(
        &mut self,
        change: DefinitionChange,
        scan: Option<RuleScan>,
        now: Instant,
        cause: Cause,
        out: &mut dyn Sink,
    ) {
        // A definition reads members, also in a run.
        self.membership.write();
        let writing = std::mem::take(&mut self.writing);
        self.interrupted = Some(self.previous_definition(&change));
        match change {
            DefinitionChange::Configure(calendar) => self.configure(calendar, now, cause, out),
            DefinitionChange::DefineField(definition) => self.define_field(definition, now, cause, out),
            DefinitionChange::DeleteField(field) => self.delete_field(field),
            DefinitionChange::SaveSegment(saved) => self.save_segment(saved, scan, now, out),
            DefinitionChange::DeleteSegment(segment) => self.delete_segment(segment, now, out),
        }
        self.interrupted = None;
        self.writing = writing;
    }

    /// Counts an accepted event and returns its number.
    fn count_event(&mut self) -> u64 {
        self.event_count += 1;
        self.work.events += 1;
        self.event_count
    }

    /// Sets the creation number of the next contact. A workspace of several partitions counts creations over all of
    /// them. Numbers may be skipped, but never repeat or go back; a lower number than the next one changes nothing.
    pub fn arrive_as(&mut self, creation: u64) {
        let next = self.facts.contacts.next_creation();
        self.facts.contacts.set_next_creation(creation.max(next));
    }

    /// The creation number of the next contact, unless [`arrive_as`](Self::arrive_as) raises it.
    pub fn next_creation(&self) -> u64 {
        self.facts.contacts.next_creation()
    }

    /// Whether an event would be accepted.
    ///
    /// # Errors
    /// The same as [`apply`](Self::apply).
    pub fn check(&self, event: &Event) -> Result<(), Error> {
        self.validator().check(event).map(|_| ())
    }

    fn validator(&self) -> Validator<'_> {
        Validator {
            facts: &self.facts,
            definitions: &self.definitions,
            calendar: &self.calendar,
            handles: &self.handles,
            engine: self.mark,
            contact_limit: self.contact_limit,
        }
    }

    pub(crate) fn evaluator(&self) -> Evaluator<'_> {
        evaluator!(self)
    }

    /// Records a checked change of facts and reports its transitions.
    fn change_facts(&mut self, change: FactChange<'_>, now: Instant, cause: Cause, out: &mut dyn Sink) {
        if self.changed.is_some() {
            self.note_change(&change);
        }
        let recorded = self.facts.record(change);
        self.settle_recorded(&recorded, now, cause, out);
    }

    /// Settles what was recorded and reports its transitions.
    fn settle_recorded(&mut self, recorded: &Recorded, now: Instant, cause: Cause, out: &mut dyn Sink) {
        // A new contact needs its row of truth bits before anything reads it.
        self.truths.reserve_contacts(self.facts.contacts.numbers());
        self.conditions.note_contacts(self.facts.contacts.len(), &mut self.settling.candidates);
        // A merge has both: a deleted contact, and the delta of the one that it goes into.
        if let Some(deleted) = &recorded.deleted {
            self.remove_from_segments(deleted);
        }
        for delta in &recorded.deltas {
            self.settle_delta(delta);
        }
        self.publish(recorded.deleted.as_ref(), now, cause, out);
        // Last, because until now the outputs and the flips of `has_label` look up labels that lose their last
        // holder.
        self.facts.release(recorded);
    }

    /// Settles the changed facts of one contact.
    fn settle_delta(&mut self, delta: &Delta) {
        self.note_deadlines(delta);
        let flipped = &mut self.settling.flipped;
        flips::of_delta(delta, &evaluator!(self), &mut self.index, &self.truths, flipped);
        self.settle_and_write(delta.contact, delta.age);
    }

    /// Removes a deleted contact from every segment it was in.
    fn remove_from_segments(&mut self, deleted: &DeletedContact) {
        self.forget_deadlines(deleted);
        self.dirty.note(deleted.no);
        // A deletion reads members, also in a run.
        self.membership.write();
        // A contact is in a segment only if one of its conditions is true, or if the segment needs none: no
        // other set has to be searched.
        let unconditional = self.definitions.unconditional().iter();
        let true_of = self.truths.of_contact(deleted.no);
        // A number that no condition uses may have the bit too.
        let entries = true_of.iter().filter_map(|condition| self.conditions.entry(*condition));
        let conditional = entries.flat_map(|entry| &entry.segments);
        let mut segments: Vec<SegmentOrder> =
            unconditional.chain(conditional).map(|segment| self.definitions.order(*segment)).collect();
        segments.sort_unstable();
        segments.dedup();
        segments.retain(|order| self.membership.contains(order.no(), deleted.no));
        let leave = segments.iter().map(|order| MembershipChange::of(*order, deleted.no, Change::Left));
        self.settling.changes.extend(leave);
        self.settling.contacts_changed += usize::from(!segments.is_empty());
        self.truths.clear(deleted.no);
    }

    /// Evaluates conditions for a contact again and settles what depends on them.
    fn recheck(&mut self, contact: ContactNo, conditions: &[ConditionNo]) {
        self.work.contacts_rechecked += 1;
        let flipped = &mut self.settling.flipped;
        flips::of_conditions(contact, conditions, &evaluator!(self), &self.truths, flipped);
        self.settle_and_write(contact, ContactAge::Existing);
    }
}
