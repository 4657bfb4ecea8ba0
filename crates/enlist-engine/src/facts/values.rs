//! The values of all contacts, or of all conversations: one column a field.
//!
//! A field that nobody fills takes no room; one that somebody fills takes its slot for every row up to the last.

use enlist_model::{Comparable, Day, Instant, Value};

use crate::bytes;
use crate::facts::column::Column;
use crate::ids::FieldNo;
use crate::seeded_map::KeyHasher;

/// Values of one contact or conversation, by themselves.
pub(crate) type RowValues = Vec<(FieldNo, Value)>;

/// What a new value replaced.
pub(crate) enum Replaced {
    /// Nothing: it is equal to what is held.
    Nothing,
    /// This value, or emptiness.
    Was(Option<Value>),
}

/// Columns by field.
#[derive(Debug)]
pub(crate) struct Values {
    columns: Vec<Option<Box<Column>>>,
    /// For the columns that are still to come.
    hasher: KeyHasher,
}

impl Values {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        Values { columns: Vec::new(), hasher: hasher.clone() }
    }

    /// The column of a field; `None` if nobody has filled it.
    pub(crate) fn column(&self, field: FieldNo) -> Option<&Column> {
        self.columns.get(field.index())?.as_deref()
    }

    /// A row's value of a field; `None` if empty.
    pub(crate) fn get(&self, row: usize, field: FieldNo) -> Option<Value> {
        self.column(field)?.value(row)
    }

    /// What operators see of a row's value of a field, defaults aside.
    pub(crate) fn comparable(
        &self,
        row: usize,
        field: FieldNo,
        day_of: impl Fn(Instant) -> Day,
    ) -> Comparable<'_> {
        self.column(field).map_or(Comparable::Empty, |column| column.comparable(row, day_of))
    }

    /// Reads the memory that a row's value lies in, so that it is near when it is needed.
    pub(crate) fn touch(&self, row: usize, field: FieldNo) -> bool {
        self.column(field).is_some_and(|column| column.is_filled(row))
    }

    /// Puts a value, or empties the field, and hands back what was there.
    pub(crate) fn replace(&mut self, row: usize, field: FieldNo, value: Option<Value>) -> Replaced {
        if field.index() >= self.columns.len() {
            self.columns.resize_with(field.index() + 1, || None);
        }
        match (&mut self.columns[field.index()], value) {
            (None, None) => Replaced::Nothing,
            (Some(column), value) => column.replace(row, value),
            (empty, Some(value)) => {
                let column = Column::like(&value, &self.hasher);
                empty.insert(Box::new(column)).replace(row, Some(value))
            }
        }
    }

    /// All values of a row, in order of their fields' numbers.
    pub(crate) fn row(&self, row: usize) -> impl Iterator<Item = (FieldNo, Value)> {
        self.columns
            .iter()
            .enumerate()
            .filter_map(move |(field, column)| Some((FieldNo::at(field), column.as_ref()?.value(row)?)))
    }

    /// Empties a row and hands back its values.
    pub(crate) fn take(&mut self, row: usize) -> RowValues {
        let mut taken = RowValues::new();
        for (field, column) in self.columns.iter_mut().enumerate() {
            if let Some(column) = column
                && let Replaced::Was(Some(value)) = column.replace(row, None)
            {
                taken.push((FieldNo::at(field), value));
            }
        }
        taken
    }

    /// Bytes that they take, estimated.
    pub(crate) fn bytes(&self) -> usize {
        let of_column = |column: &Column| bytes::room::<Column>(1) + column.bytes();
        bytes::list(&self.columns)
            + self.columns.iter().flatten().map(|column| of_column(column)).sum::<usize>()
    }

    /// Drops the columns of all fields that are not kept.
    pub(crate) fn forget_but(&mut self, is_kept: impl Fn(FieldNo) -> bool) {
        for (field, column) in self.columns.iter_mut().enumerate() {
            if !is_kept(FieldNo::at(field)) {
                *column = None;
            }
        }
    }

    /// Empties a field of every row.
    pub(crate) fn forget(&mut self, field: FieldNo) {
        if let Some(column) = self.columns.get_mut(field.index()) {
            *column = None;
        }
    }
}
