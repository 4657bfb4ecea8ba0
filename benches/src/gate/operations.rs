//! The operations whose instructions are counted: typical uses of the engine, each repeated many times on one small
//! seeded workspace.
//!
//! It uses the engine's public API and knows nothing of the counter. Invariant: the same operations in the same
//! order, on the same state; everything that does not belong to an operation is done outside [`counted`]. The
//! operations build on each other in one workspace, so add a new one where it changes the state of the later ones
//! least.

use std::hint::black_box;

use enlist_engine::{Engine, Error, Output, PageOrder, PageRequest, PageStart};
use enlist_model::{Event, Kind};

use crate::failure::Failure;
use crate::lanes::engine::EngineLane;
use crate::workload::columns::Change;
use crate::workload::field::{Column, Field};
use crate::workload::profile::Profile;
use crate::workload::{Workload, contact_id, segment_id, segment_saved};
use crate::workspace::rule;

const CONTACTS: u32 = 4_000;
const SEGMENTS: u32 = 1_000;
/// How often most operations are done; the cost of one is the mean.
const TIMES: usize = 300;
/// How many changes are drawn, so that there are [`TIMES`] of each kind.
const DRAWN: usize = 20_000;
/// How many changes are applied first without being counted, so that work done at first use is not part of a change.
const WARMING: usize = 500;
/// The number of events of the batch.
const BATCH: usize = 1_000;

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// How many times.
    pub times: u64,
}

/// Does all operations; returns them in order.
///
/// # Errors
/// [`Failure`] if the engine refuses something.
pub fn run() -> Result<Vec<Operation>, Failure> {
    let mut workload = Workload::new(7, Profile::Crm, CONTACTS);
    let engine = EngineLane::set_up(&workload, SEGMENTS, &|_| ())?.engine;
    let mut life = Life { engine, outputs: Vec::with_capacity(1 << 16), done: Vec::new() };
    changes(&mut life, &mut workload)?;
    contacts(&mut life, &workload)?;
    definitions(&mut life, &workload)?;
    reads(&mut life, &workload)?;
    let batch = drawn(&mut workload, BATCH);
    let batch: Vec<Event> = batch.iter().map(|change| workload.event(change)).collect();
    life.one("a batch of 1,000 events", |engine, outputs| {
        engine.apply_batch(&batch, outputs).map_err(|refused| refused.error)
    })?;
    life.one("a midnight", |engine, outputs| {
        engine.advance(Workload::midnight(1), outputs);
        Ok(())
    })?;
    Ok(life.done)
}

/// Does something. The counter recognizes this function and counts from its beginning to its end.
///
/// # Errors
/// The errors of what is done.
#[inline(never)]
pub fn counted(work: &mut dyn FnMut() -> Result<(), Error>) -> Result<(), Error> {
    // The code after the call prevents a tail call, whose end the counter would not see.
    black_box(work())
}

/// The workspace, and the operations done so far.
struct Life {
    engine: Engine,
    outputs: Vec<Output>,
    done: Vec<Operation>,
}

impl Life {
    /// Applies events one by one, and drops the outputs of each.
    fn apply(&mut self, name: &str, events: &[Event]) -> Result<(), Failure> {
        let Life { engine, outputs, .. } = self;
        counted(&mut || {
            events.iter().try_for_each(|event| {
                outputs.clear();
                engine.apply(event, outputs)
            })
        })?;
        self.note(name, events.len())
    }

    /// Asks each question once.
    fn ask<Q>(
        &mut self,
        name: &str,
        questions: &[Q],
        ask: impl Fn(&Engine, &Q) -> Result<(), Error>,
    ) -> Result<(), Failure> {
        counted(&mut || questions.iter().try_for_each(|question| ask(&self.engine, question)))?;
        self.note(name, questions.len())
    }

    /// Does something once.
    fn one(
        &mut self,
        name: &str,
        work: impl Fn(&mut Engine, &mut Vec<Output>) -> Result<(), Error>,
    ) -> Result<(), Failure> {
        let Life { engine, outputs, .. } = self;
        outputs.clear();
        counted(&mut || work(engine, outputs))?;
        self.note(name, 1)
    }

    fn note(&mut self, name: &str, times: usize) -> Result<(), Failure> {
        if times == 0 {
            return Err(Failure::Nothing { what: "the number of times that each operation is done" });
        }
        self.done.push(Operation { name: name.to_owned(), times: times as u64 });
        Ok(())
    }
}

/// Changes of one field of a contact or conversation, for each kind of field.
fn changes(life: &mut Life, workload: &mut Workload) -> Result<(), Failure> {
    let drawn = drawn(workload, DRAWN);
    let (first, drawn) = drawn.split_at(WARMING);
    for change in first {
        life.engine.apply(&workload.event(change), &mut life.outputs)?;
        life.outputs.clear();
    }
    let is_of_conversation = |change: &&Change| matches!(change.column, Column::Conversation(_));
    let events = |changes: &mut dyn Iterator<Item = &Change>| -> Vec<Event> {
        changes.take(TIMES).map(|change| workload.event(change)).collect()
    };
    for (name, kind) in [
        ("a select changes", Kind::Select),
        ("a boolean changes", Kind::Boolean),
        ("a number changes", Kind::Number),
        ("a date changes", Kind::Date),
        ("a text changes", Kind::Text),
        ("a multi-select changes", Kind::MultiSelect),
        ("a label comes or goes", Kind::Label),
    ] {
        let is_of_kind = |change: &&Change| Field::of(change.column).kind() == kind;
        let of_contacts = drawn.iter().filter(|change| !is_of_conversation(change));
        let changed = events(&mut of_contacts.filter(is_of_kind));
        life.apply(name, &changed)?;
        if kind == Kind::Select {
            let same = vec![changed[TIMES - 1].clone(); TIMES];
            life.apply("a value is saved again", &same)?;
        }
    }
    life.apply("a conversation changes", &events(&mut drawn.iter().filter(is_of_conversation)))?;
    let active = |no: u32| Event::activity(Workload::now(), contact_id(no * 7).as_str()).build();
    life.apply("a contact is active", &(0..TIMES as u32).map(active).collect::<Result<Vec<_>, _>>()?)
}

/// Contacts are deleted and created again, with everything that they had except conversations.
fn contacts(life: &mut Life, workload: &Workload) -> Result<(), Failure> {
    let last = CONTACTS - TIMES as u32..CONTACTS;
    let gone = |no| Event::contact_deleted(Workload::now(), contact_id(no).as_str()).build();
    life.apply("a contact is deleted", &last.clone().map(gone).collect::<Result<Vec<_>, _>>()?)?;
    let back: Vec<Event> = last.map(|no| workload.contact(no)).collect();
    life.apply("a new contact of 22 fields", &back)?;
    Ok(())
}

/// Saves segments. Those on texts defer a part of their cost to the next text that changes.
fn definitions(life: &mut Life, workload: &Workload) -> Result<(), Failure> {
    let mut rules = workload.rules(1);
    let saved = (0..20).map(|no| segment_saved(&format!("new-{no}"), rules.draw()));
    life.apply("a new segment", &saved.collect::<Vec<_>>())?;
    let pairs = (0..20).map(|no| {
        let piece = format!(r#"{{"field": "company", "operator": "contains", "value": "piece {no}"}}"#);
        let contact = Event::contact_saved(Workload::now(), contact_id(no).as_str());
        Ok::<_, Failure>([
            segment_saved(&format!("piece-{no}"), rule(&piece)),
            contact.set("company", format!("A company with piece {no} in it")).build()?,
        ])
    });
    let events = pairs.collect::<Result<Vec<_>, _>>()?.concat();
    life.one("20 new segments on a text, each before one changes", |engine, outputs| {
        events.iter().try_for_each(|event| engine.apply(event, outputs))
    })
}

fn reads(life: &mut Life, workload: &Workload) -> Result<(), Failure> {
    let pairs: Vec<_> = (0..TIMES as u32)
        .map(|no| (segment_id(no * 7 % SEGMENTS), contact_id(no * 17 % CONTACTS).as_str().to_owned()))
        .collect();
    life.ask("a count", &pairs, |engine, (segment, _)| black_box(engine.count(segment)).map(|_| ()))?;
    life.ask("contains", &pairs, |engine, (segment, contact)| {
        black_box(engine.contains(segment, contact)).map(|_| ())
    })?;
    life.ask("explain", &pairs, |engine, (segment, contact)| engine.explain(segment, contact).map(drop))?;
    let arrival = PageOrder::Arrival { descending: false };
    let by_name = PageOrder::Field { field: "name".to_owned(), descending: false };
    for (name, order) in [("a page of 50 at an offset", arrival), ("a page of 50, sorted by name", by_name)] {
        let start = |segment: &str| Ok::<_, Failure>(PageStart::Offset(life.engine.count(segment)? / 2));
        let requests = pairs.iter().map(|(segment, _)| {
            Ok::<_, Failure>((
                segment,
                PageRequest::default().with_order(order.clone()).with_start(start(segment)?).with_size(50),
            ))
        });
        let requests = requests.collect::<Result<Vec<_>, _>>()?;
        // What the first use of an order builds is not part of a page.
        life.engine.page(requests[0].0, &requests[0].1)?;
        life.ask(name, &requests, |engine, (segment, request)| engine.page(segment, request).map(drop))?;
    }
    let mut rules = workload.rules(2);
    let rules: Vec<_> = (0..10).map(|_| rules.draw()).collect();
    life.ask("a preview", &rules, |engine, rule| engine.preview(rule, None).map(drop))
}

fn drawn(workload: &mut Workload, count: usize) -> Vec<Change> {
    (0..count).map(|_| workload.change()).collect()
}
