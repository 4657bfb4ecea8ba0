//! The lane of the engine with handles: events that name contacts, fields, options and labels by handles and have typed values, and a
//! sink that keeps numbers instead of ids.
//!
//! It is an engine of its own with the same facts. Invariant: the same work is timed as in the lane of ids: events are dropped, outputs
//! are read.

use std::collections::BTreeMap;
use std::time::Duration;

use enlist_engine::{
    BorrowedTransitions, ContactChange, ContactHandle, ConversationChange, ConversationHandle, Engine,
    FieldHandle, LabelHandle, OptionHandle, SegmentOrder, Sink, TypedEvent, TypedValue,
};
use enlist_model::{Cause, Change, Event, EventBody, Json, Notice, Value};
use roaring::RoaringBitmap;

use crate::digest::{Digest, Flip};
use crate::failure::Failure;
use crate::lanes::engine::EngineLane;
use crate::lanes::{Lap, Part};
use crate::stopwatch::timed;
use crate::workload::columns;
use crate::workload::field::{FIELDS, Field};
use crate::workload::{Workload, contact_id, conversation_id};

/// The name of the lane.
pub const NAME: &str = "engine_handles";

/// An engine, the handles that a host keeps, and its sink.
pub struct EngineHandlesLane {
    engine: Engine,
    contacts: Vec<ContactHandle>,
    conversations: Vec<ConversationHandle>,
    fields: BTreeMap<&'static str, FieldHandle>,
    /// By the field's key and the option.
    options: BTreeMap<(&'static str, String), OptionHandle>,
    labels: BTreeMap<String, LabelHandle>,
    flips: Flips,
}

/// Keeps transitions by numbers, in memory that is reused.
#[derive(Default)]
struct Flips(Vec<KeptFlip>);

struct KeptFlip {
    event: u64,
    /// The number of the segment, in order of creation.
    segment: u32,
    /// The creation number of the contact.
    contact: u64,
    change: Change,
}

impl Sink for Flips {
    fn transitions(&mut self, reported: &BorrowedTransitions<'_>) {
        let (contact, cause) = (reported.creation, reported.cause);
        let event = match cause {
            Cause::Event(event) => event,
            Cause::Clock => 0,
        };
        self.0.extend(reported.segments().map(|(order, _, change)| KeptFlip {
            event,
            segment: order.number,
            contact,
            change,
        }));
    }

    fn notice(
        &mut self,
        _order: SegmentOrder,
        _notice: Notice,
        _entered: RoaringBitmap,
        _left: RoaringBitmap,
    ) {
    }
}

impl EngineHandlesLane {
    /// An engine with the facts of a workload and this many segments, and handles of all that events name.
    ///
    /// # Errors
    /// As [`EngineLane::set_up`].
    pub fn set_up(workload: &Workload, segments: u32) -> Result<Self, Failure> {
        let engine = EngineLane::set_up(workload, segments, &|_| ())?.engine;
        let contacts = 0..workload.facts().contacts() as u32;
        Ok(EngineHandlesLane {
            contacts: contacts
                .map(|no| engine.contact_handle(contact_id(no).as_str()))
                .collect::<Result<_, _>>()?,
            conversations: (0..workload.conversations())
                .map(|no| engine.conversation_handle(conversation_id(no).as_str()))
                .collect::<Result<_, _>>()?,
            fields: FIELDS
                .into_iter()
                .map(|field| Ok((field.key, engine.field_handle(field.key)?)))
                .collect::<Result<_, Failure>>()?,
            options: BTreeMap::new(),
            labels: BTreeMap::new(),
            flips: Flips::default(),
            engine,
        })
    }

    /// Applies a part in batches, and compares the flips.
    ///
    /// # Errors
    /// [`Failure`] if the engine refuses an event.
    pub fn run(&mut self, workload: &Workload, batch: usize, part: &Part) -> Result<Lap, Failure> {
        let before = self.engine.event_count();
        let (mut time, mut delivered, mut digest) = (Duration::ZERO, 0, Digest::default());
        for changes in part.changes.chunks(batch) {
            let events =
                changes.iter().map(|change| self.event(workload, change)).collect::<Result<Vec<_>, _>>()?;
            let (applied, applying) = timed(|| {
                let applied = self.engine.apply_typed_batch(&events, &mut self.flips);
                delivered += self.flips.0.iter().filter(|flip| flip.change == Change::Entered).count();
                applied
            });
            applied.map_err(|refused| Failure::Refused { index: refused.index, error: refused.error })?;
            for KeptFlip { event, segment, contact, change } in &self.flips.0 {
                let event = event.saturating_sub(before + 1) as u32;
                digest.add(Flip {
                    event,
                    segment: *segment,
                    contact: *contact as u32,
                    entered: *change == Change::Entered,
                });
            }
            let ((), letting_go) = timed(|| {
                self.flips.0.clear();
                drop(events);
            });
            time += applying + letting_go;
        }
        std::hint::black_box(delivered);
        Ok(Lap { time, events: part.changes.len(), agrees: digest == part.whole })
    }

    /// A change as an event of handles.
    fn event(&mut self, workload: &Workload, change: &columns::Change) -> Result<TypedEvent, Failure> {
        let Event { at, body } = workload.event(change);
        Ok(match body {
            EventBody::ConversationSaved { set, .. } => {
                let mut typed = ConversationChange::of(self.conversations[change.conversation as usize]);
                for (key, json) in &set {
                    let (field, value) = self.value(key, json)?;
                    typed = typed.set(field, value);
                }
                typed.at(at)
            }
            EventBody::ContactSaved { set, add_labels, remove_labels, .. } => {
                let mut typed = ContactChange::of(self.contacts[change.contact as usize]);
                for (key, json) in &set {
                    let (field, value) = self.value(key, json)?;
                    typed = typed.set(field, value);
                }
                for label in &remove_labels {
                    typed = typed.remove_label(self.label(&label.shown)?);
                }
                for label in &add_labels {
                    typed = typed.add_label(self.label(&label.shown)?);
                }
                typed.at(at)
            }
            body => return Err(Failure::Unknown { found: body.type_name().to_owned() }),
        })
    }

    fn value(&mut self, key: &str, json: &Json) -> Result<(FieldHandle, TypedValue), Failure> {
        let named = Field::named(key);
        let (field, kind) = (self.fields[named.key], named.kind());
        let value =
            Value::read(kind, json).map_err(|unfit| Failure::Unknown { found: format!("{unfit:?}") })?;
        let Some(Value::Select(option)) = value else { return Ok((field, value.into())) };
        let known = (named.key, option.to_string());
        if let Some(handle) = self.options.get(&known) {
            return Ok((field, (*handle).into()));
        }
        let handle = self.engine.option_handle(field, &option)?;
        self.options.insert(known, handle);
        Ok((field, handle.into()))
    }

    fn label(&mut self, label: &str) -> Result<LabelHandle, Failure> {
        if let Some(handle) = self.labels.get(label) {
            return Ok(*handle);
        }
        let handle = self.engine.label_handle(label)?;
        self.labels.insert(label.to_owned(), handle);
        Ok(handle)
    }
}
