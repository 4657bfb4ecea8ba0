//! The fields of the workload: 22 of a contact, labels among them, and two of a conversation.
//!
//! It knows which column of [`Columns`](crate::workload::columns::Columns) holds a field, not the values. Invariant: fields are
//! in order of popularity among events, the most often changed first. With this order and the distribution of the
//! [values](crate::workload::values), an event flips about 6 memberships at 1,000 segments and 60 at 10,000.

use enlist_model::Kind;

/// The column of a field, by kind and index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// One of the texts.
    Text(usize),
    /// One of the numbers.
    Number(usize),
    /// One of the dates.
    Date(usize),
    /// One of the booleans.
    Boolean(usize),
    /// One of the selects.
    Select(usize),
    /// One of the multi-selects.
    MultiSelect(usize),
    /// The labels.
    Labels,
    /// One of the selects of conversations.
    Conversation(usize),
}

/// A field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its key.
    pub key: &'static str,
    /// Its column.
    pub column: Column,
    /// The percentage of contacts in which it is empty.
    pub empty: u8,
    /// Whether every workspace has it.
    pub is_built_in: bool,
}

const fn custom(key: &'static str, column: Column, empty: u8) -> Field {
    Field { key, column, empty, is_built_in: false }
}

const fn built_in(key: &'static str, column: Column, empty: u8) -> Field {
    Field { key, column, empty, is_built_in: true }
}

/// All fields, the most often changed first.
pub const FIELDS: [Field; 24] = [
    built_in("labels", Column::Labels, 25),
    custom("score", Column::Number(0), 5),
    built_in("last_activity_at", Column::Date(1), 10),
    custom("stage", Column::Select(0), 2),
    built_in("conversation.status", Column::Conversation(1), 0),
    custom("revenue", Column::Number(1), 30),
    custom("owner", Column::Select(1), 20),
    custom("orders", Column::Number(2), 15),
    custom("renewal_at", Column::Date(2), 40),
    custom("subscribed", Column::Boolean(0), 10),
    custom("interests", Column::MultiSelect(0), 35),
    custom("campaign", Column::Text(5), 45),
    custom("balance", Column::Number(3), 40),
    custom("products", Column::MultiSelect(1), 50),
    custom("company", Column::Text(2), 30),
    custom("verified", Column::Boolean(1), 25),
    custom("job_title", Column::Text(4), 50),
    custom("city", Column::Text(3), 25),
    custom("employees", Column::Number(4), 60),
    custom("country", Column::Select(2), 15),
    built_in("email", Column::Text(1), 10),
    built_in("name", Column::Text(0), 5),
    built_in("conversation.channel", Column::Conversation(0), 0),
    built_in("created_at", Column::Date(0), 0),
];

/// The number of fields of each kind, as the columns count them.
pub const TEXTS: usize = 6;
/// See [`TEXTS`].
pub const NUMBERS: usize = 5;
/// See [`TEXTS`].
pub const DATES: usize = 3;
/// See [`TEXTS`].
pub const BOOLEANS: usize = 2;
/// See [`TEXTS`].
pub const SELECTS: usize = 3;
/// See [`TEXTS`].
pub const MULTI_SELECTS: usize = 2;
/// The number of labels.
pub const LABELS: u16 = 200;
/// The number of fields of a conversation.
pub const CONVERSATION_FIELDS: usize = 2;

impl Field {
    /// Its kind.
    pub fn kind(self) -> Kind {
        match self.column {
            Column::Text(_) => Kind::Text,
            Column::Number(_) => Kind::Number,
            Column::Date(_) => Kind::Date,
            Column::Boolean(_) => Kind::Boolean,
            Column::Select(_) | Column::Conversation(_) => Kind::Select,
            Column::MultiSelect(_) => Kind::MultiSelect,
            Column::Labels => Kind::Label,
        }
    }

    /// The field with this key.
    ///
    /// # Panics
    /// If there is none; keys come from this table.
    pub fn named(key: &str) -> Field {
        *FIELDS.iter().find(|field| field.key == key).expect("the key is of the table")
    }

    /// The field of this column.
    ///
    /// # Panics
    /// If there is none; columns come from this table.
    pub fn of(column: Column) -> Field {
        *FIELDS.iter().find(|field| field.column == column).expect("the column is of the table")
    }
}
