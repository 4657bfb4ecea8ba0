//! The oracle: the whole contract, implemented as simply as possible.
//!
//! Facts are maps by name, every rule is evaluated for every contact after every event, and transitions come from
//! comparing the memberships before and after. It shares only the model with the engine; it has a calendar of its
//! own. Invariant: memberships are those of the facts, definitions, settings and `now` (after
//! [`record`](Oracle::record): once they are read again).

mod calendar;
mod check;
mod definitions;
mod evaluation;
mod facts;
mod state;

use std::collections::{BTreeMap, BTreeSet};

use enlist_model::limits::ContentLimits;
use enlist_model::{
    Cause, Change, ContactId, ConversationId, Day, Event, EventBody, FieldDefinition, FieldKey, Instant,
    Notice, NoticeOutcome, Rule, SegmentId, TextKey, Transition, Value,
};

pub use calendar::Zone;
use evaluation::{Member, Memberships, Moving};
use state::State;

use crate::emitted::Emitted;

/// A workspace, implemented as simply as possible.
#[derive(Clone, Debug)]
pub struct Oracle {
    state: State,
    now: Option<Instant>,
    /// The number of events accepted so far.
    events: u64,
    memberships: Memberships,
    /// Whether something was recorded since memberships were evaluated.
    is_stale: bool,
}

impl Default for Oracle {
    fn default() -> Self {
        Self::new()
    }
}

impl Oracle {
    /// An empty workspace.
    pub fn new() -> Self {
        Oracle { state: State::new(), now: None, events: 0, memberships: Memberships::new(), is_stale: false }
    }

    /// The same workspace with other limits of rules, lists and values, none above its maximum.
    #[must_use]
    pub fn with_content_limits(mut self, limits: ContentLimits) -> Self {
        self.state.definitions.limits = limits;
        self
    }

    /// Applies an event and returns its outputs.
    ///
    /// # Errors
    /// The reason if it is refused. Then nothing has changed, not even `now`.
    pub fn apply(&mut self, event: &Event) -> Result<Vec<Emitted>, String> {
        let checked = check::check(&self.state, event)?;
        self.evaluate_all();
        let mut emitted = self.advance(event.at);
        self.events += 1;
        let cause = Cause::Event(self.events);
        let saved_before = if let EventBody::SegmentSaved { segment, .. } = &event.body {
            self.state.definitions.segment(segment).is_some()
        } else {
            false
        };
        self.state.record(event, checked);
        let before = self.evaluate();
        match &event.body {
            EventBody::SegmentSaved { segment, .. } => {
                self.notices(segment, saved_before, &before, &mut emitted);
            }
            EventBody::SegmentDeleted { segment } => self.dropped(segment, &before, &mut emitted),
            EventBody::WorkspaceConfigured { .. }
            | EventBody::FieldDefined { .. }
            | EventBody::FieldDeleted { .. }
            | EventBody::ContactSaved { .. }
            | EventBody::ContactDeleted { .. }
            | EventBody::ContactMerged { .. }
            | EventBody::ConversationSaved { .. }
            | EventBody::ConversationDeleted { .. }
            | EventBody::Activity { .. }
            | EventBody::Tick => self.transitions(cause, &before, &mut emitted),
        }
        Ok(emitted)
    }

    /// Applies an event to facts, definitions, settings and `now`, without evaluating anything.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn record(&mut self, event: &Event) -> Result<(), String> {
        let checked = check::check(&self.state, event)?;
        self.now = self.now.max(Some(event.at));
        self.events += 1;
        self.state.record(event, checked);
        self.is_stale = true;
        Ok(())
    }

    /// Evaluates every membership if something was [recorded](Self::record).
    pub fn evaluate_all(&mut self) {
        if self.is_stale {
            self.evaluate();
            self.is_stale = false;
        }
    }

    /// Advances time. Does nothing if `to` is not after `now`.
    pub fn advance(&mut self, to: Instant) -> Vec<Emitted> {
        self.evaluate_all();
        let mut emitted = Vec::new();
        let Some(start) = self.now else {
            self.now = Some(to);
            self.evaluate();
            return emitted;
        };
        if to <= start {
            return emitted;
        }
        // The only short cut: where no window changes, no membership changes.
        let moving = Moving::of(&self.state);
        if let Some((first, last)) = moving.span() {
            let mut at = start.max(well_before(first));
            let mut truths = moving.truths(self.state.zone.day_of(at.min(to)));
            while let Some(next) = self.state.zone.next_date_change(at, to) {
                at = next;
                let today = self.state.zone.day_of(at);
                if today > last.plus(2) {
                    break;
                }
                let turned = moving.truths(today);
                if turned != truths {
                    truths = turned;
                    self.now = Some(at);
                    let before = self.evaluate();
                    self.transitions(Cause::Clock, &before, &mut emitted);
                }
            }
        }
        self.now = Some(to);
        emitted
    }

    /// The greatest instant seen.
    pub fn now(&self) -> Option<Instant> {
        self.now
    }

    /// The local date of `now`.
    pub fn today(&self) -> Option<Day> {
        self.now.map(|now| self.state.zone.day_of(now))
    }

    /// The workspace's time zone.
    pub fn zone(&self) -> &Zone {
        &self.state.zone
    }

    /// Events accepted.
    pub fn event_count(&self) -> u64 {
        self.events
    }

    /// How many contacts there are.
    pub fn contact_count(&self) -> usize {
        self.state.facts.contact_count()
    }

    /// Every contact, in order of creation.
    pub fn contacts(&self) -> impl Iterator<Item = &ContactId> {
        self.state.facts.contacts().map(|(_, contact)| &contact.id)
    }

    /// Every conversation with its contact, by id.
    pub fn conversations(&self) -> impl Iterator<Item = (&ConversationId, &ContactId)> {
        self.state.facts.conversations()
    }

    /// The values of a contact; `None` if there is no such contact.
    pub fn values(&self, contact: &ContactId) -> Option<&BTreeMap<FieldKey, Value>> {
        Some(&self.state.facts.contact(contact)?.values)
    }

    /// The keys of a contact's labels, in order.
    pub fn labels(&self, contact: &ContactId) -> impl Iterator<Item = &TextKey> {
        self.state.facts.contact(contact).into_iter().flat_map(|contact| contact.labels.0.keys())
    }

    /// The conversations of a contact with their values, by id.
    pub fn conversations_of(
        &self,
        contact: &ContactId,
    ) -> impl Iterator<Item = (&ConversationId, &BTreeMap<FieldKey, Value>)> {
        self.state.facts.contact(contact).into_iter().flat_map(|contact| &contact.conversations)
    }

    /// Every field, by key.
    pub fn fields(&self) -> impl Iterator<Item = &FieldDefinition> {
        self.state.definitions.fields.values()
    }

    /// Every segment with its name and rule, in order of creation.
    pub fn segments(&self) -> Vec<(&SegmentId, &str, &Rule)> {
        let segments = self.state.definitions.by_creation().into_iter();
        segments.map(|segment| (&segment.id, segment.name.as_str(), &segment.rule)).collect()
    }

    /// What a rule is checked against here.
    pub fn definitions(&self) -> &dyn enlist_model::Definitions {
        &self.state.definitions
    }

    /// The members of a segment, in order of creation; none if there is no such segment.
    pub fn members(&self, segment: &str) -> impl Iterator<Item = &ContactId> {
        self.memberships.get(segment).into_iter().flatten().map(|(_, contact)| contact)
    }

    /// The members of a segment, by id.
    pub fn membership(&self, segment: &str) -> BTreeSet<ContactId> {
        self.members(segment).cloned().collect()
    }

    /// The members of every segment, in order of creation.
    pub fn memberships(&self) -> Vec<(SegmentId, Vec<ContactId>)> {
        let segments = self.state.definitions.by_creation().into_iter();
        segments
            .map(|segment| (segment.id.clone(), self.members(segment.id.as_str()).cloned().collect()))
            .collect()
    }

    /// Evaluates every membership and returns those before.
    fn evaluate(&mut self) -> Memberships {
        let Some(today) = self.today() else { return Memberships::new() };
        let after = evaluation::memberships(&self.state, today);
        std::mem::replace(&mut self.memberships, after)
    }

    fn transitions(&self, cause: Cause, before: &Memberships, emitted: &mut Vec<Emitted>) {
        let Some(at) = self.now else { return };
        for segment in self.state.definitions.in_order() {
            for ((_, contact), change) in
                difference(before.get(&segment.id), self.memberships.get(&segment.id))
            {
                let segment = segment.id.clone();
                emitted.push(Emitted::Transition(Transition { at, segment, contact, change, cause }));
            }
        }
    }

    fn notices(
        &self,
        saved: &SegmentId,
        saved_before: bool,
        before: &Memberships,
        emitted: &mut Vec<Emitted>,
    ) {
        for segment in self.state.definitions.in_order() {
            let changes = difference(before.get(&segment.id), self.memberships.get(&segment.id));
            if segment.id == *saved || !changes.is_empty() {
                emitted.extend(self.notice(&segment.id, changes, |entered, left| {
                    if segment.id == *saved && !saved_before {
                        NoticeOutcome::Built { members: entered }
                    } else {
                        NoticeOutcome::Rebuilt { entered, left }
                    }
                }));
            }
        }
    }

    fn dropped(&self, segment: &SegmentId, before: &Memberships, emitted: &mut Vec<Emitted>) {
        let changes = difference(before.get(segment), None);
        emitted.extend(self.notice(segment, changes, |_, _| NoticeOutcome::Dropped));
    }

    fn notice(
        &self,
        segment: &SegmentId,
        changes: Vec<(Member, Change)>,
        outcome: impl FnOnce(u64, u64) -> NoticeOutcome,
    ) -> Option<Emitted> {
        let (entered, left): (Vec<_>, Vec<_>) =
            changes.into_iter().partition(|(_, way)| *way == Change::Entered);
        let contacts =
            |changes: Vec<(Member, Change)>| changes.into_iter().map(|((_, id), _)| id).collect::<Vec<_>>();
        let (entered, left) = (contacts(entered), contacts(left));
        let outcome = outcome(entered.len() as u64, left.len() as u64);
        Some(Emitted::Notice {
            notice: Notice { at: self.now?, segment: segment.clone(), outcome },
            entered,
            left,
        })
    }
}

/// Who entered and who left between two memberships, in order of creation.
fn difference(before: Option<&Vec<Member>>, after: Option<&Vec<Member>>) -> Vec<(Member, Change)> {
    let (before, after) = (before.map_or(&[][..], Vec::as_slice), after.map_or(&[][..], Vec::as_slice));
    if before == after {
        return Vec::new();
    }
    let (before, after): (BTreeSet<&Member>, BTreeSet<&Member>) =
        (before.iter().collect(), after.iter().collect());
    let way = |member| if after.contains(member) { Change::Entered } else { Change::Left };
    before.symmetric_difference(&after).map(|member| ((*member).clone(), way(*member))).collect()
}

/// An instant before that day in every time zone.
fn well_before(day: Day) -> Instant {
    const DAY: i64 = 86_400_000;
    Instant::from_milliseconds((i64::from(day.number()) - 3) * DAY).unwrap_or(Instant::MIN)
}
