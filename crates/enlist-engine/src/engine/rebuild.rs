//! Whole states: dumps, bulk loads, and computing everything that is derived again.

use enlist_model::{
    ContactId, ConversationId, Event, FieldDefinition, FieldKey, Instant, Json, SegmentId, ShortText, Value,
    WeekStart,
};

use crate::check::{Checked, DefinitionChange, SavedSegment};
use crate::compiled_rule::CompiledRule;
use crate::conditions::truths::Truths;
use crate::conditions::{ConditionChanges, Conditions};
use crate::deadlines::Deadlines;
use crate::engine::run::Writing;
use crate::engine::settling::Settling;
use crate::engine::{Engine, Sink};
use crate::error::Error;
use crate::facts::Values;
use crate::ids::{ContactNo, ConversationNo, SegmentNo};
use crate::index::Index;
use crate::membership::Membership;

/// Everything that an engine does not derive: settings, definitions, facts and `now`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Dump {
    /// The workspace's time zone.
    pub time_zone: String,
    /// The weekday on which its weeks begin.
    pub week_start: WeekStart,
    /// The greatest instant seen.
    pub now: Option<Instant>,
    /// The number of events accepted.
    pub event_count: u64,
    /// The creation number of the next contact.
    pub next_creation: u64,
    /// The custom fields.
    pub fields: Vec<FieldDefinition>,
    /// The segments, each after those it refers to.
    pub segments: Vec<SegmentDump>,
    /// The contacts in order of creation.
    pub contacts: Vec<ContactDump>,
}

/// A segment's definition.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SegmentDump {
    /// Its id.
    pub id: SegmentId,
    /// Its name.
    pub name: String,
    /// Its rule.
    pub rule: Json,
    /// Its position in the order of creation, from 0.
    pub creation: u32,
}

/// A contact's facts.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ContactDump {
    /// Its id.
    pub id: ContactId,
    /// Its creation number in the workspace.
    pub creation: u64,
    /// Its values.
    pub values: Vec<(FieldKey, Value)>,
    /// Its labels as they are shown, in the order of their keys.
    pub labels: Vec<ShortText>,
    /// Its conversations.
    pub conversations: Vec<ConversationDump>,
}

/// A conversation's facts.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ConversationDump {
    /// Its id.
    pub id: ConversationId,
    /// Its values.
    pub values: Vec<(FieldKey, Value)>,
}

impl SegmentDump {
    /// A segment's definition from its parts.
    pub fn new(id: SegmentId, name: String, rule: Json, creation: u32) -> Self {
        SegmentDump { id, name, rule, creation }
    }
}

impl ContactDump {
    /// A contact without any facts, by its id and creation number.
    pub fn new(id: ContactId, creation: u64) -> Self {
        ContactDump { id, creation, values: Vec::new(), labels: Vec::new(), conversations: Vec::new() }
    }
}

impl ConversationDump {
    /// A conversation's facts from their parts.
    pub fn new(id: ConversationId, values: Vec<(FieldKey, Value)>) -> Self {
        ConversationDump { id, values }
    }
}

/// A bulk load in progress: it records facts, and memberships are computed in [`finish`](BulkLoad::finish).
#[must_use = "dropping it ends the load"]
pub struct BulkLoad<'a> {
    engine: &'a mut Engine,
    is_finished: bool,
}

impl Engine {
    /// Begins a bulk load: it takes events about contacts and conversations and reports no transitions, only one
    /// `built` notice for each segment at the end. This is much faster than applying the events one by one. Define
    /// fields before; segments may be saved, and options of fields changed, at any time.
    ///
    /// # Errors
    /// [`Error::NotEmpty`] if there are contacts already.
    pub fn load(&mut self) -> Result<BulkLoad<'_>, Error> {
        match self.contact_count() {
            0 => Ok(BulkLoad { engine: self, is_finished: false }),
            contacts => Err(Error::NotEmpty { contacts }),
        }
    }

    /// Everything that is not derived.
    pub fn dump(&self) -> Dump {
        let contacts = self.living().into_iter().map(|no| self.dump_contact(no)).collect();
        Dump { contacts, ..self.dump_definitions() }
    }

    /// Everything that is not derived, without the contacts.
    pub fn dump_definitions(&self) -> Dump {
        let order = self.definitions.segments_by_rank();
        Dump {
            time_zone: self.time_zone().to_owned(),
            week_start: self.week_start(),
            now: self.now,
            event_count: self.event_count,
            next_creation: self.facts.contacts.next_creation(),
            fields: self.fields().filter(|field| !field.built_in).cloned().collect(),
            segments: order.into_iter().map(|no| self.dump_segment(no)).collect(),
            contacts: Vec::new(),
        }
    }

    fn dump_segment(&self, no: SegmentNo) -> SegmentDump {
        let segment = self.definitions.segment(no);
        SegmentDump {
            id: segment.id.clone(),
            name: segment.name().to_owned(),
            rule: segment.rule.to_json(),
            creation: no.0,
        }
    }

    pub(crate) fn dump_contact(&self, no: ContactNo) -> ContactDump {
        let contact = self.facts.contacts.get(no);
        let keyed = |values: &Values, row: usize| {
            values.row(row).map(|(field, value)| (self.definitions.field(field).key.clone(), value)).collect()
        };
        let conversation = |no: &ConversationNo| ConversationDump {
            id: self.facts.conversations.get(*no).id.clone(),
            values: keyed(&self.facts.conversations.values, no.index()),
        };
        ContactDump {
            id: contact.id.clone(),
            creation: self.facts.contacts.creation(no),
            values: keyed(&self.facts.contacts.values, no.index()),
            labels: self.facts.labels.shown_in_order(&contact.labels).map(Into::into).collect(),
            conversations: contact.conversations.iter().map(conversation).collect(),
        }
    }

    /// Computes everything that is derived again from facts, definitions and `now`, in place: contacts, fields and
    /// segments keep their numbers. This repairs an engine after a panic that was caught.
    pub fn rebuild(&mut self) {
        // Everything that may have been half changed is dropped, not repaired: a panic can leave any of it
        // inconsistent.
        self.settling = Settling::default();
        self.conditions = Conditions::new(&self.hasher);
        self.index = Index::new(&self.hasher);
        self.deadlines = Deadlines::default();
        self.truths = Truths::default();
        self.membership = Membership::default();
        self.writing = Writing::AtOnce;
        self.dirty.invalidate();
        self.facts.recount_labels();
        self.facts.fit();
        let mut changes = ConditionChanges::default();
        let segments = self.definitions.segments_by_rank();
        for segment in segments.iter().copied() {
            let rule = self.definitions.segment(segment).rule.clone();
            let compiled = self.conditions.acquire(segment, &rule, &self.definitions, &mut changes);
            self.definitions.put_compiled_rule(segment, compiled);
            self.membership.add_segment(segment);
        }
        self.put_in_index(&changes);
        self.truths.reserve_contacts(self.facts.contacts.numbers());
        self.conditions.note_contacts(self.facts.contacts.len(), &mut self.settling.candidates);
        self.compute_all(&segments);
    }

    /// Whether a checked definition of a field leaves everything but the options as it is.
    fn differs_in_options_only(&self, definition: &FieldDefinition) -> bool {
        let known = self.definitions.find_field(definition.key.as_str());
        known.is_some_and(|no| self.definitions.field(no).default == definition.default)
    }

    /// Reports one `built` notice for each segment, each after those it refers to.
    fn publish_built(&self, out: &mut dyn Sink) {
        let Some(at) = self.now else { return };
        for no in self.definitions.segments_by_rank() {
            let members = self.membership.of(no).to_roaring();
            self.publish_new_segment(no, members, at, out);
        }
    }
}

impl BulkLoad<'_> {
    /// Records one event about contacts or conversations, a segment that is saved or deleted, or other options of a field.
    ///
    /// # Errors
    /// What [`Engine::apply`] would refuse, and [`Error::NotLoadable`] for any other definition. A refused event
    /// changes nothing.
    pub fn apply(&mut self, event: &Event) -> Result<(), Error> {
        let engine = &mut *self.engine;
        let checked = engine.validator().check(event)?;
        match checked {
            Checked::Facts(change) => {
                engine.note_change(&change);
                let recorded = engine.facts.record(change);
                engine.facts.release(&recorded);
            }
            Checked::Definition(change) => load_definition(engine, change, event)?,
            Checked::Tick => {}
        }
        engine.event_count += 1;
        engine.set_now(engine.now.map_or(event.at, |now| now.max(event.at)));
        Ok(())
    }

    /// Whether a segment is defined.
    pub fn has_segment(&self, segment: &str) -> bool {
        self.engine.definitions.find_segment(segment).is_some()
    }

    /// Advances time to `now`, so that memberships are computed as of then. Does nothing if `now` is in the past.
    pub fn advance(&mut self, now: Instant) {
        let now = self.engine.now.map_or(now, |reached| reached.max(now));
        self.engine.set_now(now);
    }

    /// Computes every membership and reports one `built` notice for each segment.
    pub fn finish(mut self, out: &mut dyn Sink) {
        self.is_finished = true;
        self.engine.rebuild();
        self.engine.publish_built(out);
    }
}

/// Saves or deletes a segment, or changes the options of a field. Other definitions come before the load.
fn load_definition(engine: &mut Engine, change: DefinitionChange, event: &Event) -> Result<(), Error> {
    match change {
        DefinitionChange::SaveSegment(SavedSegment { edited, id, name, rule }) => {
            // The rule is compiled when all memberships are computed at the end.
            let no = edited.unwrap_or(engine.definitions.next_segment());
            engine.definitions.put_segment(no, id, name.into(), rule, CompiledRule::nothing());
            Ok(())
        }
        DefinitionChange::DeleteSegment(no) => {
            engine.definitions.remove_segment(no);
            Ok(())
        }
        // Options bound what is written from now on, and no membership depends on them.
        DefinitionChange::DefineField(definition) if engine.differs_in_options_only(&definition) => {
            engine.definitions.put_field(definition);
            Ok(())
        }
        DefinitionChange::Configure(_)
        | DefinitionChange::DefineField(_)
        | DefinitionChange::DeleteField(_) => Err(Error::NotLoadable { found: event.body.type_name() }),
    }
}

impl Drop for BulkLoad<'_> {
    /// An abandoned load keeps the facts that it recorded, so their memberships must be computed.
    fn drop(&mut self) {
        if !self.is_finished {
            self.engine.rebuild();
        }
    }
}
