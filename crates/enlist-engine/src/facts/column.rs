//! The values of one field, one row for each contact or conversation. Slots are as small as the kind allows and
//! side by side, so that reading one value is one cache miss, and reading all of them is a walk over a list.
//!
//! It knows neither what the rows are nor who reads them. Invariant: all values are of the kind of the first one,
//! and rows beyond the end are empty.

use std::collections::BTreeMap;

use enlist_model::{Comparable, Date, Day, Instant, Number, Options, ShortText, Text, Value};

use crate::bytes;
use crate::facts::Replaced;
use crate::facts::interner::{EMPTY_CODE, Interner};
use crate::facts::packed_date::PackedDate;
use crate::facts::sort_prefix::{EMPTY_PREFIX, boolean_prefix, number_prefix, text_prefix};
use crate::growth;
use crate::seeded_map::KeyHasher;

/// The values of one field, by how they are stored. Kinds that are stored alike share a variant, with the kind as a
/// tag.
#[derive(Debug)]
pub(crate) enum Column {
    Text(TextKind, Vec<Option<Text>>),
    /// Empty is NaN: the numbers of values are finite.
    Number(Vec<f64>),
    Date(Vec<PackedDate>),
    Boolean(Vec<Option<bool>>),
    /// One option in each row, by its code.
    Code(Vec<u32>, Box<Interner<ShortText>>),
    /// A set of options in each row, by its code.
    CodeSet(Vec<u32>, Box<Interner<Options>>),
}

/// The kinds that are stored as text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TextKind {
    Text,
    Phone,
}

impl TextKind {
    fn value(self, text: Text) -> Value {
        match self {
            TextKind::Text => Value::Text(text),
            TextKind::Phone => Value::Phone(text),
        }
    }
}

/// The part of a value that it is sorted by, borrowed from the column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sortable<'a> {
    /// The key of a text or phone, or an option.
    Text(&'a str),
    Number(Number),
    Date(Date),
    Boolean(bool),
}

impl Column {
    /// An empty column for values of the same kind as `value`.
    pub(crate) fn like(value: &Value, hasher: &KeyHasher) -> Self {
        match value {
            Value::Text(_) => Column::Text(TextKind::Text, Vec::new()),
            Value::Phone(_) => Column::Text(TextKind::Phone, Vec::new()),
            Value::Number(_) => Column::Number(Vec::new()),
            Value::Date(_) => Column::Date(Vec::new()),
            Value::Boolean(_) => Column::Boolean(Vec::new()),
            Value::Select(_) => Column::Code(Vec::new(), Box::new(Interner::new(hasher))),
            Value::MultiSelect(_) => Column::CodeSet(Vec::new(), Box::new(Interner::new(hasher))),
        }
    }

    /// The number of rows that have a slot, filled or empty.
    pub(crate) fn slots(&self) -> usize {
        match self {
            Column::Text(_, slots) => slots.len(),
            Column::Number(slots) => slots.len(),
            Column::Date(slots) => slots.len(),
            Column::Boolean(slots) => slots.len(),
            Column::Code(slots, _) | Column::CodeSet(slots, _) => slots.len(),
        }
    }

    /// Whether a row has a value.
    pub(crate) fn is_filled(&self, row: usize) -> bool {
        match self {
            Column::Text(_, slots) => slots.get(row).is_some_and(Option::is_some),
            Column::Number(slots) => slots.get(row).is_some_and(|number| !number.is_nan()),
            Column::Date(slots) => slots.get(row).is_some_and(|date| *date != PackedDate::EMPTY),
            Column::Boolean(slots) => slots.get(row).is_some_and(Option::is_some),
            Column::Code(slots, _) | Column::CodeSet(slots, _) => {
                slots.get(row).is_some_and(|code| *code != EMPTY_CODE)
            }
        }
    }

    /// A row's value; `None` if empty.
    pub(crate) fn value(&self, row: usize) -> Option<Value> {
        match self {
            Column::Text(kind, slots) => slots.get(row)?.clone().map(|text| kind.value(text)),
            Column::Number(slots) => Number::new(*slots.get(row)?).map(Value::Number),
            Column::Date(slots) => slots.get(row)?.date().map(Value::Date),
            Column::Boolean(slots) => slots.get(row)?.map(Value::Boolean),
            Column::Code(slots, options) => options.get(*slots.get(row)?).cloned().map(Value::Select),
            Column::CodeSet(slots, sets) => sets.get(*slots.get(row)?).cloned().map(Value::MultiSelect),
        }
    }

    /// What operators compare for a row's value.
    pub(crate) fn comparable(&self, row: usize, day_of: impl Fn(Instant) -> Day) -> Comparable<'_> {
        let comparable = match self {
            Column::Text(_, slots) => {
                slots.get(row).and_then(Option::as_ref).map(|text| Comparable::Text(text.key()))
            }
            Column::Number(slots) => {
                slots.get(row).and_then(|number| Number::new(*number)).map(Comparable::Number)
            }
            Column::Date(slots) => {
                slots.get(row).and_then(|date| date.date()).map(|date| Comparable::Day(date.day(day_of)))
            }
            Column::Boolean(slots) => slots.get(row).copied().flatten().map(Comparable::Boolean),
            Column::Code(slots, options) => {
                slots.get(row).and_then(|code| options.get(*code)).map(|option| Comparable::Option(option))
            }
            Column::CodeSet(slots, sets) => {
                slots.get(row).and_then(|code| sets.get(*code)).map(Comparable::Options)
            }
        };
        comparable.unwrap_or(Comparable::Empty)
    }

    /// The dates, by row; none of a column of another kind.
    pub(crate) fn dates(&self) -> impl Iterator<Item = (usize, Date)> {
        self.packed_dates().iter().enumerate().filter_map(|(row, date)| Some((row, date.date()?)))
    }

    /// The dates, by row, that may fall on one of some days, whatever the time zone.
    pub(crate) fn dates_near(&self, first: Day, last: Day) -> impl Iterator<Item = (usize, Date)> {
        let (from, until) = (PackedDate::before(first), PackedDate::after(last));
        let is_near = move |(_, date): &(usize, &PackedDate)| {
            let moment = date.moment();
            from <= moment && moment <= until
        };
        let near = self.packed_dates().iter().enumerate().filter(is_near);
        near.filter_map(|(row, date)| Some((row, date.date()?)))
    }

    fn packed_dates(&self) -> &[PackedDate] {
        match self {
            Column::Date(slots) => slots,
            Column::Text(..)
            | Column::Number(_)
            | Column::Boolean(_)
            | Column::Code(..)
            | Column::CodeSet(..) => &[],
        }
    }

    /// What a row is sorted by; `None` if it is empty or of a kind without an order.
    pub(crate) fn sortable(&self, row: usize) -> Option<Sortable<'_>> {
        match self {
            Column::Text(_, slots) => slots.get(row)?.as_ref().map(|text| Sortable::Text(text.key())),
            Column::Number(slots) => Number::new(*slots.get(row)?).map(Sortable::Number),
            Column::Date(slots) => slots.get(row)?.date().map(Sortable::Date),
            Column::Boolean(slots) => slots.get(row)?.map(Sortable::Boolean),
            Column::Code(slots, options) => {
                options.get(*slots.get(row)?).map(|option| Sortable::Text(option))
            }
            Column::CodeSet(..) => None,
        }
    }

    /// The options that rows hold, and by how many rows each, in order of their bytes; none where rows hold no options.
    pub(crate) fn options_in_use(&self) -> Vec<(ShortText, u64)> {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        match self {
            Column::Code(_, options) => {
                counts.extend(options.holders().map(|(option, count)| (&**option, count)));
            }
            Column::CodeSet(_, sets) => {
                for (set, count) in sets.holders() {
                    set.iter().for_each(|option| *counts.entry(option).or_default() += count);
                }
            }
            Column::Text(..) | Column::Number(_) | Column::Date(_) | Column::Boolean(_) => {}
        }
        counts.into_iter().map(|(option, count)| (option.into(), count)).collect()
    }

    /// Calls `each` with the sort prefix of every row. The kind is matched once, so that a walk over many rows is a
    /// loop over one list. Empty slots are handled without branches, because the processor cannot predict them.
    pub(crate) fn for_each_prefix(
        &self,
        rows: impl Iterator<Item = usize>,
        mut each: impl FnMut(usize, u64),
    ) {
        match self {
            Column::Text(_, slots) => rows.for_each(|row| {
                let text = slots.get(row).and_then(Option::as_ref);
                each(row, text.map_or(EMPTY_PREFIX, |text| text_prefix(text.key_bytes())));
            }),
            Column::Number(slots) => rows.for_each(|row| {
                let number = slots.get(row).copied().unwrap_or(f64::NAN);
                each(row, Number::new(number).map_or(EMPTY_PREFIX, number_prefix));
            }),
            Column::Date(slots) => rows.for_each(|row| {
                each(row, slots.get(row).copied().unwrap_or(PackedDate::EMPTY).prefix());
            }),
            Column::Boolean(slots) => rows.for_each(|row| {
                each(row, slots.get(row).copied().flatten().map_or(EMPTY_PREFIX, boolean_prefix));
            }),
            Column::Code(slots, options) => {
                let mut prefixes: Vec<u64> = Vec::new();
                rows.for_each(|row| {
                    let code = slots.get(row).copied().unwrap_or(EMPTY_CODE) as usize;
                    if code >= prefixes.len() {
                        let more = prefixes.len() as u32..=code as u32;
                        prefixes.extend(more.map(|code| {
                            options.get(code).map_or(EMPTY_PREFIX, |o| text_prefix(o.as_bytes()))
                        }));
                    }
                    each(row, prefixes[code]);
                });
            }
            Column::CodeSet(..) => rows.for_each(|row| each(row, EMPTY_PREFIX)),
        }
    }

    /// Gives back the spare room of short lists.
    pub(crate) fn fit(&mut self) {
        match self {
            Column::Text(_, slots) => growth::fit(slots),
            Column::Number(slots) => growth::fit(slots),
            Column::Date(slots) => growth::fit(slots),
            Column::Boolean(slots) => growth::fit(slots),
            Column::Code(slots, options) => {
                growth::fit(slots);
                options.fit();
            }
            Column::CodeSet(slots, sets) => {
                growth::fit(slots);
                sets.fit();
            }
        }
    }

    /// The memory that it takes, estimated.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Column::Text(_, slots) => {
                let of_slot =
                    |row: usize| slots[row].as_ref().map_or(0, |text| bytes::string(text.packed_bytes()));
                bytes::list(slots) + bytes::sampled(slots.len(), of_slot)
            }
            Column::Number(slots) => bytes::list(slots),
            Column::Date(slots) => bytes::list(slots),
            Column::Boolean(slots) => bytes::list(slots),
            Column::Code(slots, options) => {
                bytes::list(slots) + options.bytes(|option| bytes::string(option.len()))
            }
            Column::CodeSet(slots, sets) => bytes::list(slots) + sets.bytes(bytes::options),
        }
    }

    /// Sets or empties a row, and returns what was there.
    pub(crate) fn replace(&mut self, row: usize, value: Option<Value>) -> Replaced {
        match (self, value) {
            (Column::Text(kind, slots), Some(Value::Text(text) | Value::Phone(text))) => {
                replaced(slots, row, Some(text), &None, |old| old.map(|text| kind.value(text)))
            }
            (Column::Text(kind, slots), None) => {
                replaced(slots, row, None, &None, |old| old.map(|text| kind.value(text)))
            }
            (Column::Number(slots), Some(Value::Number(number))) => replaced_number(slots, row, Some(number)),
            (Column::Number(slots), None) => replaced_number(slots, row, None),
            (Column::Date(slots), Some(Value::Date(date))) => replaced_date(slots, row, PackedDate::of(date)),
            (Column::Date(slots), None) => replaced_date(slots, row, PackedDate::EMPTY),
            (Column::Boolean(slots), Some(Value::Boolean(value))) => {
                replaced(slots, row, Some(value), &None, |old| old.map(Value::Boolean))
            }
            (Column::Boolean(slots), None) => {
                replaced(slots, row, None, &None, |old| old.map(Value::Boolean))
            }
            (Column::Code(slots, options), Some(Value::Select(option))) => {
                replaced_code(slots, options, row, Some(option), Value::Select)
            }
            (Column::Code(slots, options), None) => replaced_code(slots, options, row, None, Value::Select),
            (Column::CodeSet(slots, sets), Some(Value::MultiSelect(options))) => {
                replaced_code(slots, sets, row, Some(options), Value::MultiSelect)
            }
            (Column::CodeSet(slots, sets), None) => replaced_code(slots, sets, row, None, Value::MultiSelect),
            (column, value) => unreachable!("{value:?} was checked against the kind of {column:?}"),
        }
    }
}

/// Extends a column with empty slots up to a row.
fn reach<T: Clone>(slots: &mut Vec<T>, row: usize, empty: T) {
    growth::reach(slots, row + 1);
    slots.resize(row + 1, empty);
}

/// Sets a slot, unless it is equal already.
fn replaced<T: Clone + PartialEq>(
    slots: &mut Vec<T>,
    row: usize,
    slot: T,
    empty: &T,
    value: impl FnOnce(T) -> Option<Value>,
) -> Replaced {
    if row >= slots.len() {
        if slot == *empty {
            return Replaced::Nothing;
        }
        reach(slots, row, empty.clone());
    }
    if slots[row] == slot {
        return Replaced::Nothing;
    }
    Replaced::Was(value(std::mem::replace(&mut slots[row], slot)))
}

/// Like [`replaced`], for numbers, whose empty slot (NaN) does not equal itself.
fn replaced_number(slots: &mut Vec<f64>, row: usize, number: Option<Number>) -> Replaced {
    let held = slots.get(row).and_then(|slot| Number::new(*slot));
    if held == number {
        return Replaced::Nothing;
    }
    if row >= slots.len() {
        reach(slots, row, f64::NAN);
    }
    slots[row] = number.map_or(f64::NAN, Number::get);
    Replaced::Was(held.map(Value::Number))
}

fn replaced_date(slots: &mut Vec<PackedDate>, row: usize, date: PackedDate) -> Replaced {
    replaced(slots, row, date, &PackedDate::EMPTY, |old| old.date().map(Value::Date))
}

fn replaced_code<T: Clone + Eq + std::hash::Hash>(
    slots: &mut Vec<u32>,
    interner: &mut Interner<T>,
    row: usize,
    value: Option<T>,
    to_value: impl FnOnce(T) -> Value,
) -> Replaced {
    let held = slots.get(row).copied().unwrap_or(EMPTY_CODE);
    if interner.get(held) == value.as_ref() {
        return Replaced::Nothing;
    }
    if row >= slots.len() {
        reach(slots, row, EMPTY_CODE);
    }
    slots[row] = value.map_or(EMPTY_CODE, |value| interner.hold(value));
    Replaced::Was(interner.release(held).map(to_value))
}

#[cfg(test)]
mod tests {
    use enlist_model::{Json, Kind};

    use super::*;
    use crate::seeded_map::HashSeed;

    #[test]
    fn every_kind_keeps_a_value_hands_back_the_old_one_and_sees_no_change_in_an_equal_one() {
        let hasher = KeyHasher::new(HashSeed::new(0));
        let cases = [
            (Kind::Text, r#""Straße""#, r#""b""#),
            (Kind::Phone, r#""+1 (415)""#, r#""2""#),
            (Kind::Number, "0", "-2.5"),
            (Kind::Date, r#""1969-12-31""#, r#""1969-12-31T23:59:59.999Z""#),
            (Kind::Boolean, "false", "true"),
            (Kind::Select, r#""pro""#, r#""Pro""#),
            (Kind::MultiSelect, r#"["a","b"]"#, r#"["b"]"#),
        ];
        for (kind, one, two) in cases {
            let read = |json| Value::read(kind, &Json::parse(json).unwrap()).unwrap();
            let (one, two) = (read(one), read(two));
            let mut column = Column::like(one.as_ref().unwrap(), &hasher);
            assert!(matches!(column.replace(7, None), Replaced::Nothing), "{kind}");
            assert!(matches!(column.replace(7, one.clone()), Replaced::Was(None)), "{kind}");
            assert!(matches!(column.replace(7, one.clone()), Replaced::Nothing), "{kind}");
            assert_eq!((column.value(6), column.value(7), column.value(8)), (None, one.clone(), None));
            let Replaced::Was(old) = column.replace(7, two.clone()) else { panic!("{kind}") };
            assert_eq!((old, column.value(7)), (one, two.clone()), "{kind}");
            let Replaced::Was(old) = column.replace(7, None) else { panic!("{kind}") };
            assert_eq!((old, column.value(7)), (two, None), "{kind}");
            let empty = column.comparable(7, |instant| panic!("no day of {instant:?} is asked for"));
            assert!(matches!(empty, Comparable::Empty), "{kind}");
        }
    }
}
