//! Restoring: an engine from definitions, settings and contacts that come one after another, so that a host need not
//! hold all of them twice.
//!
//! What comes is not checked against limits, because it may come from a workspace with higher ones. Invariant:
//! nothing is evaluated before all contacts are there.

use enlist_model::limits::ContentLimits;
use enlist_model::{FieldKey, Instant, Label, ProblemCode, Rule, Unfit, Value, ValueProblem};

use crate::compiled_rule::CompiledRule;
use crate::engine::{ContactDump, Dump, Engine, SegmentDump};
use crate::error::Error;
use crate::facts::{Delta, NewValues};
use crate::ids::SegmentNo;
use crate::seeded_map::HashSeed;

/// An engine that is being restored: [`add`](Restore::add) its contacts, then [`finish`](Restore::finish) it.
#[derive(Debug)]
#[must_use = "`finish` gives the engine"]
pub struct Restore {
    engine: Engine,
    now: Option<Instant>,
    next_creation: u64,
}

impl Engine {
    /// Creates an engine from a dump and computes everything else. Contacts keep their order, and numbers of
    /// deleted contacts are free again. The seed need not be that of the engine that was dumped; see [`HashSeed`].
    ///
    /// What the dump holds is not checked against limits, except that rules are within the
    /// [maxima](ContentLimits::MAXIMA). Afterwards the limits are those of the contract;
    /// [`with_content_limits`](Self::with_content_limits) chooses others.
    ///
    /// # Errors
    /// [`Error`] if the dump is inconsistent: an unknown time zone, an invalid rule, or a value of another kind
    /// than its field.
    pub fn restore(dump: Dump, seed: HashSeed) -> Result<Engine, Error> {
        Ok(Self::begin_restore(dump, seed)?.finish())
    }

    /// Like [`restore`](Self::restore), for contacts that come one after another. The dump has the definitions, for
    /// example those of [`dump_definitions`](Self::dump_definitions). If it has contacts, they are added first.
    ///
    /// ```
    /// use enlist_engine::{ContactDump, Engine, HashSeed};
    /// use enlist_model::ContactId;
    ///
    /// let seed = HashSeed::new(1);
    /// let definitions = Engine::new(seed).dump_definitions();
    /// let mut restore = Engine::begin_restore(definitions, seed)?;
    /// restore.add(ContactDump::new(ContactId::new("c1").unwrap(), 0))?;
    /// assert_eq!(restore.finish().contact_count(), 1);
    /// # Ok::<(), enlist_engine::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`restore`](Self::restore).
    pub fn begin_restore(definitions: Dump, seed: HashSeed) -> Result<Restore, Error> {
        // What exists is not checked again: the dump may come from a workspace with higher limits.
        let mut engine = Engine::new(seed).with_content_limits(ContentLimits::MAXIMA);
        let calendar = engine.calendar.in_zone(&definitions.time_zone);
        engine.calendar = calendar
            .ok_or(Error::UnknownTimeZone { time_zone: definitions.time_zone })?
            .with_weeks_from(definitions.week_start);
        for field in definitions.fields {
            engine.definitions.put_field(field);
        }
        engine.event_count = definitions.event_count;
        let (now, next_creation) = (definitions.now, definitions.next_creation);
        let mut restore = Restore { engine, now, next_creation };
        // Nothing is evaluated before `rebuild`, so the order is free, except that both need the fields.
        for contact in definitions.contacts {
            restore.add(contact)?;
        }
        restore.engine.restore_segments(definitions.segments)?;
        Ok(restore)
    }

    fn restore_segments(&mut self, segments: Vec<SegmentDump>) -> Result<(), Error> {
        let mut creations: Vec<u32> = segments.iter().map(|segment| segment.creation).collect();
        creations.sort_unstable();
        for segment in segments {
            // Numbers without gaps in the order of creation. Segments come in order of rank, which differs
            // after edits.
            let no = SegmentNo::at(creations.partition_point(|creation| *creation < segment.creation));
            let rule = Rule::check(&segment.rule, Some(&segment.id), &self.definitions)?;
            self.definitions.put_segment(no, segment.id, segment.name.into(), rule, CompiledRule::nothing());
        }
        Ok(())
    }

    fn numbered(&self, values: Vec<(FieldKey, Value)>) -> Result<NewValues, Error> {
        let mut numbered = NewValues::with_capacity(values.len());
        for (key, value) in values {
            let no = self.definitions.find_field(key.as_str());
            let no = no.ok_or_else(|| Error::UnknownField { field: key.as_str().to_owned() })?;
            let kind = self.definitions.field(no).kind;
            if value.kind() != kind {
                let unfit = Unfit::new(ProblemCode::WrongValue, value.to_json().shown(), kind.accepted());
                let problem = ValueProblem::unfit(key.as_str(), kind, unfit);
                return Err(Error::Values { problems: vec![problem] });
            }
            numbered.push((no, Some(value)));
        }
        Ok(numbered)
    }
}

impl Restore {
    /// Adds a contact that was created after all that were added before.
    ///
    /// # Errors
    /// [`Error`] if the contact does not fit the definitions: a value of an unknown field or of another kind than its
    /// field, or something that is no label. The contact may then be there in part, so give the restore up.
    pub fn add(&mut self, contact: ContactDump) -> Result<(), Error> {
        let engine = &mut self.engine;
        let values = engine.numbered(contact.values)?;
        let labels = contact.labels.iter().map(|label| Label::new(label)).collect::<Result<Vec<_>, _>>()?;
        let created = engine.facts.contacts.create_as(contact.id, contact.creation);
        let mut delta = Delta::of(created);
        engine.facts.put_values(&mut delta, values);
        engine.facts.change_labels(&mut delta, &[], &labels);
        for conversation in contact.conversations {
            let values = engine.numbered(conversation.values)?;
            engine.facts.create_conversation(&mut delta, conversation.id, values);
        }
        Ok(())
    }

    /// Computes everything else, and gives the engine.
    #[must_use]
    pub fn finish(self) -> Engine {
        let Restore { mut engine, now, next_creation } = self;
        engine.facts.contacts.set_next_creation(next_creation);
        if let Some(now) = now {
            engine.set_now(now);
        }
        engine.rebuild();
        engine.with_content_limits(ContentLimits::CONTRACT)
    }
}
