//! Facts in their plainest form: one column for each field, of four or eight bytes a contact. The lanes that the
//! engine is compared with read and write these columns.
//!
//! It knows neither ids nor rules. Invariant: every column has one slot for each contact (or conversation); texts and
//! options are numbers into the [pools](crate::workload::pools::Pools).

use crate::workload::field::{
    BOOLEANS, CONVERSATION_FIELDS, Column, DATES, MULTI_SELECTS, NUMBERS, SELECTS, TEXTS,
};

/// An empty text, option or boolean.
pub const EMPTY: u32 = u32::MAX;
/// An empty day.
pub const EMPTY_DAY: i32 = i32::MIN;

/// Labels, one bit each.
pub type LabelBits = [u64; 4];

/// A value in the form of the columns, or a label to add or remove.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// A text, option or boolean, by number; [`EMPTY`] is none.
    Code(u32),
    /// A number; NaN is none.
    Number(f64),
    /// A day since 1970-01-01; [`EMPTY_DAY`] is none.
    Day(i32),
    /// Options, one bit each.
    Options(u32),
    /// A label to add.
    Add(u16),
    /// A label to remove.
    Remove(u16),
}

/// A change of one field of a contact, or of one of its conversations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The contact.
    pub contact: u32,
    /// The conversation, if the column is one of conversations.
    pub conversation: u32,
    /// The column.
    pub column: Column,
    /// The new value.
    pub cell: Cell,
}

/// All facts.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// The texts.
    pub texts: [Vec<u32>; TEXTS],
    /// The numbers.
    pub numbers: [Vec<f64>; NUMBERS],
    /// The dates, as days in the workspace's zone.
    pub dates: [Vec<i32>; DATES],
    /// The booleans.
    pub booleans: [Vec<u32>; BOOLEANS],
    /// The selects.
    pub selects: [Vec<u32>; SELECTS],
    /// The multi-selects.
    pub multi_selects: [Vec<u32>; MULTI_SELECTS],
    /// The labels.
    pub labels: Vec<LabelBits>,
    /// The first conversation of each contact, and at the end the number of conversations. The conversations of a
    /// contact are adjacent.
    pub first_conversation: Vec<u32>,
    /// The fields of conversations.
    pub conversations: [Vec<u32>; CONVERSATION_FIELDS],
}

impl Columns {
    /// Columns for this many contacts, all empty.
    pub fn of(contacts: usize) -> Self {
        let code = || vec![EMPTY; contacts];
        Columns {
            texts: std::array::from_fn(|_| code()),
            numbers: std::array::from_fn(|_| vec![f64::NAN; contacts]),
            dates: std::array::from_fn(|_| vec![EMPTY_DAY; contacts]),
            booleans: std::array::from_fn(|_| code()),
            selects: std::array::from_fn(|_| code()),
            multi_selects: std::array::from_fn(|_| vec![0; contacts]),
            labels: vec![[0; 4]; contacts],
            first_conversation: Vec::with_capacity(contacts + 1),
            conversations: Default::default(),
        }
    }

    /// How many contacts there are.
    pub fn contacts(&self) -> usize {
        self.labels.len()
    }

    /// The conversations of a contact.
    pub fn conversations_of(&self, contact: usize) -> std::ops::Range<usize> {
        self.first_conversation[contact] as usize..self.first_conversation[contact + 1] as usize
    }

    /// Applies a change.
    pub fn write(&mut self, change: &Change) {
        let contact = change.contact as usize;
        match (change.column, change.cell) {
            (Column::Text(no), Cell::Code(code)) => self.texts[no][contact] = code,
            (Column::Boolean(no), Cell::Code(code)) => self.booleans[no][contact] = code,
            (Column::Select(no), Cell::Code(code)) => self.selects[no][contact] = code,
            (Column::Number(no), Cell::Number(number)) => self.numbers[no][contact] = number,
            (Column::Date(no), Cell::Day(day)) => self.dates[no][contact] = day,
            (Column::MultiSelect(no), Cell::Options(options)) => self.multi_selects[no][contact] = options,
            (Column::Labels, Cell::Add(label)) => {
                self.labels[contact][usize::from(label / 64)] |= 1 << (label % 64);
            }
            (Column::Labels, Cell::Remove(label)) => {
                self.labels[contact][usize::from(label / 64)] &= !(1 << (label % 64));
            }
            (Column::Conversation(no), Cell::Code(code)) => {
                self.conversations[no][change.conversation as usize] = code;
            }
            (column, cell) => unreachable!("{column:?} holds no {cell:?}"),
        }
    }

    /// The value in a column. For labels use [`has_label`](Self::has_label).
    pub fn read(&self, column: Column, row: usize) -> Cell {
        match column {
            Column::Text(no) => Cell::Code(self.texts[no][row]),
            Column::Boolean(no) => Cell::Code(self.booleans[no][row]),
            Column::Select(no) => Cell::Code(self.selects[no][row]),
            Column::Number(no) => Cell::Number(self.numbers[no][row]),
            Column::Date(no) => Cell::Day(self.dates[no][row]),
            Column::MultiSelect(no) => Cell::Options(self.multi_selects[no][row]),
            Column::Conversation(no) => Cell::Code(self.conversations[no][row]),
            Column::Labels => Cell::Options(self.labels[row].iter().map(|bits| bits.count_ones()).sum()),
        }
    }

    /// Whether a contact has a label.
    pub fn has_label(&self, contact: usize, label: u16) -> bool {
        self.labels[contact][usize::from(label / 64)] & 1 << (label % 64) != 0
    }
}
