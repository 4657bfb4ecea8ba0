//! From the old and the new value of a field to the conditions whose truth flips, without visiting the others.
//!
//! There is one [`FieldIndex`] for each field that a condition reads, of the family that fits its kind. It is given
//! values, never contacts, and stores no truth. Invariant: `flips(old, new)` names exactly the conditions `c` with
//! `c.holds(old) != c.holds(new)`, each once.

mod days;
mod number;
mod options;
mod ranges;
mod text;

use enlist_model::{Comparable, Kind, Predicate, Today};

use crate::bytes;
use crate::ids::{ConditionNo, FieldNo};
use crate::index::days::DayIndex;
use crate::index::number::NumberIndex;
use crate::index::options::{OptionSetIndex, SingleIndex};
use crate::seeded_map::KeyHasher;

pub(crate) use options::LabelIndex;
pub(crate) use text::TextIndex;

/// The indexes of all fields that conditions read.
#[derive(Debug)]
pub(crate) struct Index {
    /// By field.
    fields: Vec<Option<Box<FieldIndex>>>,
    pub(crate) labels: LabelIndex,
    /// For indexes that are created later.
    hasher: KeyHasher,
}

impl Index {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        Index { fields: Vec::new(), labels: LabelIndex::new(hasher), hasher: hasher.clone() }
    }

    /// Adds a condition on a field of a kind.
    pub(crate) fn insert(
        &mut self,
        field: FieldNo,
        kind: Kind,
        predicate: &Predicate,
        condition: ConditionNo,
    ) {
        if let Predicate::Labels(predicate) = predicate {
            self.labels.insert(predicate, condition);
        } else {
            if field.index() >= self.fields.len() {
                self.fields.resize_with(field.index() + 1, || None);
            }
            let index = &mut self.fields[field.index()];
            index
                .get_or_insert_with(|| Box::new(FieldIndex::of(kind, &self.hasher)))
                .insert(predicate, condition);
        }
    }

    /// Removes a condition.
    pub(crate) fn remove(&mut self, field: FieldNo, predicate: &Predicate, condition: ConditionNo) {
        if let Predicate::Labels(predicate) = predicate {
            self.labels.remove(predicate);
            return;
        }
        let Some(index) = self.field(field) else { return };
        index.remove(predicate, condition);
        if index.count == 0 {
            self.fields[field.index()] = None;
        }
    }

    /// The memory that they take, estimated.
    pub(crate) fn bytes(&self) -> usize {
        let of_field = |index: &FieldIndex| bytes::room::<FieldIndex>(1) + index.family.bytes();
        bytes::list(&self.fields)
            + self.fields.iter().flatten().map(|index| of_field(index)).sum::<usize>()
            + self.labels.bytes()
    }

    /// The index of a field; `None` if no condition reads it.
    pub(crate) fn field(&mut self, field: FieldNo) -> Option<&mut FieldIndex> {
        self.fields.get_mut(field.index())?.as_deref_mut()
    }
}

/// The conditions on one field.
#[derive(Debug)]
pub(crate) struct FieldIndex {
    has_value: Option<ConditionNo>,
    family: Family,
    /// The number of conditions in it.
    count: usize,
}

#[derive(Debug)]
enum Family {
    Text(TextIndex),
    Number(NumberIndex),
    Days(DayIndex),
    Boolean([Option<ConditionNo>; 2]),
    Single(SingleIndex),
    Set(OptionSetIndex),
}

impl Family {
    fn bytes(&self) -> usize {
        match self {
            Family::Text(index) => index.bytes(),
            Family::Number(index) => index.bytes(),
            Family::Days(index) => index.bytes(),
            Family::Boolean(_) => 0,
            Family::Single(index) => index.bytes(),
            Family::Set(index) => index.bytes(),
        }
    }
}

impl FieldIndex {
    fn of(kind: Kind, hasher: &KeyHasher) -> Self {
        let family = match kind {
            Kind::Text | Kind::Phone => Family::Text(TextIndex::new(hasher)),
            Kind::Number => Family::Number(NumberIndex::default()),
            Kind::Date => Family::Days(DayIndex::default()),
            Kind::Boolean => Family::Boolean([None; 2]),
            Kind::Select => Family::Single(SingleIndex::new(hasher)),
            Kind::MultiSelect | Kind::Label => Family::Set(OptionSetIndex::new(hasher)),
        };
        FieldIndex { has_value: None, family, count: 0 }
    }

    fn insert(&mut self, predicate: &Predicate, condition: ConditionNo) {
        self.count += 1;
        match (&mut self.family, predicate) {
            (_, Predicate::HasValue) => self.has_value = Some(condition),
            (Family::Text(index), predicate) => index.insert(predicate, condition),
            (Family::Number(index), Predicate::Number(comparison, operand)) => {
                index.insert(*comparison, *operand, condition);
            }
            (Family::Days(index), Predicate::Day(window)) => index.insert(*window, condition),
            (Family::Boolean(truths), Predicate::Boolean(value)) => {
                truths[usize::from(*value)] = Some(condition);
            }
            (Family::Single(index), Predicate::OptionEquals(option)) => index.insert(option, condition),
            (Family::Set(index), predicate) => index.insert(predicate, condition),
            (family, predicate) => unreachable!("a checked rule has no {predicate:?} on {family:?}"),
        }
    }

    fn remove(&mut self, predicate: &Predicate, condition: ConditionNo) {
        self.count -= 1;
        match (&mut self.family, predicate) {
            (_, Predicate::HasValue) => self.has_value = None,
            (Family::Text(index), predicate) => index.remove(predicate, condition),
            (Family::Number(index), Predicate::Number(..)) => index.remove(condition),
            (Family::Days(index), Predicate::Day(_)) => index.remove(condition),
            (Family::Boolean(truths), Predicate::Boolean(value)) => truths[usize::from(*value)] = None,
            (Family::Single(index), Predicate::OptionEquals(option)) => index.remove(option),
            (Family::Set(index), predicate) => index.remove(predicate, condition),
            (family, predicate) => unreachable!("a checked rule has no {predicate:?} on {family:?}"),
        }
    }

    /// The conditions that are true of exactly one of two values, as of today.
    pub(crate) fn flips(
        &mut self,
        old: Comparable<'_>,
        new: Comparable<'_>,
        today: Today,
        flipped: &mut impl Extend<ConditionNo>,
    ) {
        if matches!(old, Comparable::Empty) != matches!(new, Comparable::Empty) {
            flipped.extend(self.has_value);
        }
        match &mut self.family {
            Family::Text(index) => {
                // The automaton may be out of date after segments were saved.
                index.prepare();
                index.flips(text(old), text(new), flipped);
            }
            Family::Number(index) => index.flips(number(old), number(new), flipped),
            Family::Days(index) => {
                index.prepare(today);
                index.flips(day(old), day(new), flipped);
            }
            Family::Boolean(truths) => {
                let (old, new) = (boolean(old), boolean(new));
                if old != new {
                    flipped.extend(old.into_iter().chain(new).filter_map(|value| truths[usize::from(value)]));
                }
            }
            Family::Single(index) => index.flips(option(old), option(new), flipped),
            Family::Set(index) => index.flips(old, new, today, flipped),
        }
    }
}

fn text(value: Comparable<'_>) -> Option<&str> {
    if let Comparable::Text(key) = value { Some(key) } else { None }
}

fn number(value: Comparable<'_>) -> Option<enlist_model::Number> {
    if let Comparable::Number(number) = value { Some(number) } else { None }
}

fn day(value: Comparable<'_>) -> Option<enlist_model::Day> {
    if let Comparable::Day(day) = value { Some(day) } else { None }
}

fn boolean(value: Comparable<'_>) -> Option<bool> {
    if let Comparable::Boolean(value) = value { Some(value) } else { None }
}

fn option(value: Comparable<'_>) -> Option<&str> {
    if let Comparable::Option(option) = value { Some(option) } else { None }
}
