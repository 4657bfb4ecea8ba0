//! The values of all contacts, or of all conversations: one column for each field.
//!
//! A field that no contact fills takes no memory. One that some contact fills takes a slot for every row up to the
//! last filled one.

use enlist_model::{Comparable, Day, Instant, Value};

use crate::bytes;
use crate::facts::column::Column;
use crate::growth;
use crate::ids::FieldNo;
use crate::seeded_map::KeyHasher;

/// Values of one contact or conversation, detached from the columns.
pub(crate) type RowValues = Vec<(FieldNo, Value)>;

/// What a new value replaced.
pub(crate) enum Replaced {
    /// Nothing: the stored value is equal.
    Nothing,
    /// This value, or an empty slot.
    Was(Option<Value>),
}

/// Columns by field.
#[derive(Debug)]
pub(crate) struct Values {
    columns: Vec<Option<Column>>,
    /// For columns that are created later.
    hasher: KeyHasher,
}

impl Values {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        Values { columns: Vec::new(), hasher: hasher.clone() }
    }

    /// The column of a field; `None` if no contact has filled it.
    pub(crate) fn column(&self, field: FieldNo) -> Option<&Column> {
        self.columns.get(field.index())?.as_ref()
    }

    /// A row's value of a field; `None` if empty.
    pub(crate) fn get(&self, row: usize, field: FieldNo) -> Option<Value> {
        self.column(field)?.value(row)
    }

    /// What operators compare for a row's value of a field, without defaults.
    pub(crate) fn comparable(
        &self,
        row: usize,
        field: FieldNo,
        day_of: impl Fn(Instant) -> Day,
    ) -> Comparable<'_> {
        self.column(field).map_or(Comparable::Empty, |column| column.comparable(row, day_of))
    }

    /// Reads the memory of a row's value, to bring it into the cache. The caller must use the result, or the read
    /// is optimized away.
    pub(crate) fn touch(&self, row: usize, field: FieldNo) -> bool {
        self.column(field).is_some_and(|column| column.is_filled(row))
    }

    /// Sets or empties a field, and returns what was there.
    pub(crate) fn replace(&mut self, row: usize, field: FieldNo, value: Option<Value>) -> Replaced {
        if field.index() >= self.columns.len() {
            growth::reach(&mut self.columns, field.index() + 1);
            self.columns.resize_with(field.index() + 1, || None);
        }
        match (&mut self.columns[field.index()], value) {
            (None, None) => Replaced::Nothing,
            (Some(column), value) => column.replace(row, value),
            (empty, Some(value)) => {
                let column = Column::like(&value, &self.hasher);
                empty.insert(column).replace(row, Some(value))
            }
        }
    }

    /// All values of a row, in order of their fields' numbers.
    pub(crate) fn row(&self, row: usize) -> impl Iterator<Item = (FieldNo, Value)> + Clone {
        self.columns
            .iter()
            .enumerate()
            .filter_map(move |(field, column)| Some((FieldNo::at(field), column.as_ref()?.value(row)?)))
    }

    /// Empties a row and returns its values.
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

    /// Gives back the spare room of short lists.
    pub(crate) fn fit(&mut self) {
        growth::fit(&mut self.columns);
        self.columns.iter_mut().flatten().for_each(Column::fit);
    }

    /// The memory that they take, estimated.
    pub(crate) fn bytes(&self) -> usize {
        bytes::list(&self.columns) + self.columns.iter().flatten().map(Column::bytes).sum::<usize>()
    }

    /// The rows that have a value of some of the fields, field after field.
    pub(crate) fn filled_rows(&self, is_wanted: impl Fn(FieldNo) -> bool) -> impl Iterator<Item = usize> {
        let columns = self.columns.iter().enumerate();
        columns
            .filter(move |(field, _)| is_wanted(FieldNo::at(*field)))
            .filter_map(|(_, column)| column.as_ref())
            .flat_map(|column| (0..column.slots()).filter(|row| column.is_filled(*row)))
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
