//! The conditions on one field, prepared to be tested against the whole column of its values.
//!
//! Where a row's value is a number or a code, the predicate is evaluated once for each condition, not for each row.
//! Invariant: a scan names exactly the conditions that hold for a row's value.

use enlist_model::{Comparable, Number, Predicate, Scope, Text};
use smallvec::SmallVec;

use crate::backfill::known_texts::KnownTexts;
use crate::backfill::option_sets::OptionSets;
use crate::backfill::ranges::Ranges;
use crate::conditions::columns::{BLOCK_CONTACTS, Columns};
use crate::evaluator::Evaluator;
use crate::facts::{Column, PackedDate, Values};
use crate::ids::{ConditionNo, FieldNo};
use crate::index::TextIndex;
use crate::seeded_map::KeyHasher;

/// With more conditions than this on a text field, its values are matched against all of them at once.
const FEW_TEXTS: usize = 4;

/// A condition on the field.
pub(super) type OnField<'a> = (ConditionNo, &'a Predicate);

/// The conditions on one field.
pub(super) struct FieldScan<'a> {
    evaluator: Evaluator<'a>,
    values: &'a Values,
    field: FieldNo,
    tests: Tests<'a>,
}

/// How a value is tested.
enum Tests<'a> {
    /// By a number in the order of the value: the order of a number, the day of a date.
    Ordered(Ranges),
    /// By its code: for each code the conditions that hold.
    Coded(Vec<SmallVec<[ConditionNo; 4]>>),
    /// By the options of its set.
    Sets(OptionSets),
    /// By its text, against all conditions at once.
    Text(Box<TextIndex>, Option<ConditionNo>, KnownTexts<'a>),
    /// One by one.
    Each(Vec<OnField<'a>>),
}

impl<'a> FieldScan<'a> {
    /// Prepares the conditions on a field of contacts, whose columns are filled, or of conversations, which are asked
    /// for row by row.
    pub(super) fn new(
        evaluator: Evaluator<'a>,
        scope: Scope,
        field: FieldNo,
        conditions: Vec<OnField<'a>>,
    ) -> Self {
        let values = match scope {
            Scope::Contact => &evaluator.facts.contacts.values,
            Scope::Conversation => &evaluator.facts.conversations.values,
        };
        let tests = match values.column(field) {
            Some(Column::Number(_) | Column::Date(_)) => Tests::ordered(&conditions, evaluator),
            Some(Column::Code(_, options)) => {
                let value =
                    |code| options.get(code).map_or(Comparable::Empty, |option| Comparable::Option(option));
                Tests::coded(&conditions, evaluator, options.codes(), value)
            }
            Some(Column::CodeSet(_, sets)) if scope == Scope::Contact => {
                Tests::Sets(OptionSets::new(&conditions, sets.codes(), |code| sets.get(code)))
            }
            Some(Column::CodeSet(_, sets)) => {
                let value = |code| sets.get(code).map_or(Comparable::Empty, Comparable::Options);
                Tests::coded(&conditions, evaluator, sets.codes(), value)
            }
            Some(Column::Text(..)) if conditions.len() > FEW_TEXTS => {
                Tests::text(&conditions, evaluator.hasher)
            }
            Some(Column::Text(..) | Column::Boolean(_)) | None => Tests::Each(conditions),
        };
        FieldScan { evaluator, values, field, tests }
    }

    /// Whether filling a column writes all of it, so that it need not be empty.
    pub(super) fn writes_whole_columns(&self) -> bool {
        match self.tests {
            Tests::Ordered(_) | Tests::Sets(_) => true,
            Tests::Coded(_) | Tests::Text(..) | Tests::Each(_) => false,
        }
    }

    /// Fills the conditions' columns for a block of contacts.
    pub(super) fn fill(&mut self, block: usize, columns: &mut Columns) {
        let first = block * BLOCK_CONTACTS;
        match (&mut self.tests, self.values.column(self.field)) {
            (Tests::Ordered(ranges), Some(Column::Number(slots))) => {
                let orders = part(slots, first).iter().map(|slot| Number::new(*slot).map(Number::order));
                ranges.fill(orders, columns);
            }
            (Tests::Ordered(ranges), Some(Column::Date(slots))) => {
                let evaluator = self.evaluator;
                ranges.fill(part(slots, first).iter().map(|slot| day(evaluator, *slot)), columns);
            }
            (Tests::Coded(by_code), Some(Column::Code(slots, _) | Column::CodeSet(slots, _))) => {
                for (place, code) in part(slots, first).iter().enumerate() {
                    for condition in &by_code[*code as usize] {
                        columns.set(*condition, place);
                    }
                }
            }
            (Tests::Sets(sets), Some(Column::CodeSet(slots, _))) => sets.fill(part(slots, first), columns),
            (Tests::Text(index, has_value, known), Some(Column::Text(_, slots))) => {
                for (place, text) in part(slots, first).iter().enumerate() {
                    let Some(key) = text.as_ref().map(Text::key) else { continue };
                    if let Some(conditions) = known.get(key) {
                        for condition in conditions {
                            columns.set(*condition, place);
                        }
                    } else if known.has_room() {
                        let mut held = SmallVec::<[ConditionNo; 32]>::new();
                        holding(index, *has_value, key, |condition| held.push(condition));
                        for condition in &held {
                            columns.set(*condition, place);
                        }
                        known.insert(key, &held);
                    } else {
                        holding(index, *has_value, key, |condition| columns.set(condition, place));
                    }
                }
            }
            _ => {
                let rows = self.rows().saturating_sub(first).min(BLOCK_CONTACTS);
                for place in 0..rows {
                    self.matching(first + place, |condition| columns.set(condition, place));
                }
            }
        }
    }

    /// Calls `found` for the conditions that hold for a row's value.
    pub(super) fn matching(&self, row: usize, mut found: impl FnMut(ConditionNo)) {
        match (&self.tests, self.values.column(self.field)) {
            (Tests::Ordered(ranges), Some(column)) => {
                let order = match column {
                    Column::Number(slots) => {
                        slots.get(row).and_then(|slot| Number::new(*slot)).map(Number::order)
                    }
                    Column::Date(slots) => slots.get(row).and_then(|slot| day(self.evaluator, *slot)),
                    Column::Text(..) | Column::Boolean(_) | Column::Code(..) | Column::CodeSet(..) => None,
                };
                if let Some(order) = order {
                    ranges.holding(order, found);
                }
            }
            (Tests::Coded(by_code), Some(Column::Code(slots, _) | Column::CodeSet(slots, _))) => {
                let code = slots.get(row).copied().unwrap_or_default();
                by_code[code as usize].iter().for_each(|condition| found(*condition));
            }
            (Tests::Text(index, has_value, _), Some(_)) => {
                if let Comparable::Text(key) = self.comparable(row) {
                    holding(index, *has_value, key, found);
                }
            }
            (Tests::Each(conditions), _) => {
                let value = self.comparable(row);
                for (condition, predicate) in conditions {
                    if predicate.holds(value, self.evaluator.today) {
                        found(*condition);
                    }
                }
            }
            _ => {}
        }
    }

    /// The number of rows that may have a value or a default.
    fn rows(&self) -> usize {
        let reads_as_something = self.evaluator.definitions.field(self.field).default.is_some();
        if reads_as_something || self.values.column(self.field).is_some() {
            self.evaluator.facts.contacts.numbers()
        } else {
            0
        }
    }

    fn comparable(&self, row: usize) -> Comparable<'a> {
        self.evaluator.read(self.values, row, self.field)
    }
}

fn day(evaluator: Evaluator<'_>, slot: PackedDate) -> Option<i64> {
    let day = slot.date()?.day(|instant| evaluator.calendar.day(instant));
    Some(i64::from(day.number()))
}

/// Calls `found` for the conditions that hold for the key of a text, perhaps several times for one.
fn holding(index: &TextIndex, has_value: Option<ConditionNo>, key: &str, mut found: impl FnMut(ConditionNo)) {
    has_value.into_iter().for_each(&mut found);
    index.holding(key, found);
}

impl<'a> Tests<'a> {
    fn ordered(conditions: &[OnField<'a>], evaluator: Evaluator<'a>) -> Self {
        let range = |predicate: &Predicate| match predicate {
            Predicate::Number(comparison, operand) => comparison.orders(*operand),
            Predicate::Day(window) => window.days(evaluator.today).numbers(),
            Predicate::HasValue
            | Predicate::TextEquals(_)
            | Predicate::TextContains(_)
            | Predicate::TextStartsWith(_)
            | Predicate::TextEndsWith(_)
            | Predicate::Boolean(_)
            | Predicate::OptionEquals(_)
            | Predicate::ContainsAny(_)
            | Predicate::ContainsAll(_)
            | Predicate::Labels(_) => i64::MIN..=i64::MAX,
        };
        Tests::Ordered(Ranges::new(conditions.iter().map(|(no, predicate)| (*no, range(predicate)))))
    }

    fn coded(
        conditions: &[OnField<'a>],
        evaluator: Evaluator<'a>,
        codes: usize,
        value: impl Fn(u32) -> Comparable<'a>,
    ) -> Self {
        let holding = |code: usize| {
            let value = value(code as u32);
            let holds = |(_, predicate): &&OnField<'a>| predicate.holds(value, evaluator.today);
            conditions.iter().filter(holds).map(|(condition, _)| *condition).collect()
        };
        Tests::Coded((0..codes).map(holding).collect())
    }

    fn text(conditions: &[OnField<'a>], hasher: &KeyHasher) -> Self {
        let (mut index, mut has_value) = (TextIndex::new(hasher), None);
        for (condition, predicate) in conditions {
            if **predicate == Predicate::HasValue {
                has_value = Some(*condition);
            } else {
                index.insert(predicate, *condition);
            }
        }
        index.prepare();
        Tests::Text(Box::new(index), has_value, KnownTexts::new(hasher))
    }
}

/// The slots of a block; fewer where the column ends.
fn part<T>(slots: &[T], first: usize) -> &[T] {
    let end = slots.len().min(first + BLOCK_CONTACTS);
    &slots[first.min(end)..end]
}
