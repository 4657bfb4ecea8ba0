//! The workspace in SQL: its tables and indexes, the statements that write a value, conditions and rules.
//!
//! It knows no database, but what each says differently. Invariant: a condition's SQL is in brackets, so that
//! [`expression`] can join it with others.

use enlist_model::{Condition, Kind, LabelPredicate, Options, Predicate, Rule};

use crate::comparison::expression::{expression, sign};
use crate::lanes::closure::Compiler;
use crate::workload::columns::EMPTY;
use crate::workload::field::{Column, FIELDS, Field, MULTI_SELECTS};
use crate::workload::pools::Pools;
use crate::workload::today;

/// What databases say differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Dialect {
    /// A parameter of a statement.
    fn parameter(self, no: u32) -> String {
        match self {
            Dialect::Sqlite => format!("?{no}"),
            Dialect::Postgres => format!("${no}"),
        }
    }

    /// Whether a text contains another.
    fn contains(self, text: &str, piece: &str) -> String {
        match self {
            Dialect::Sqlite => format!("instr({text}, {piece}) > 0"),
            Dialect::Postgres => format!("strpos({text}, {piece}) > 0"),
        }
    }

    /// The last characters of a text.
    fn last(self, text: &str, characters: usize) -> String {
        match self {
            Dialect::Sqlite => format!("substr({text}, -{characters})"),
            Dialect::Postgres => format!("right({text}, {characters})"),
        }
    }

    /// How a table is stored that is only its primary key.
    fn only_keys(self) -> &'static str {
        match self {
            Dialect::Sqlite => " WITHOUT ROWID",
            Dialect::Postgres => "",
        }
    }
}

/// A rule in SQL.
pub struct Said {
    /// On the contact `c`.
    pub condition: String,
    /// The fields that it reads, by their index in the table.
    pub fields: Vec<usize>,
}

/// Whether a field is a column of the table of contacts.
pub fn is_column(field: &Field) -> bool {
    !matches!(field.column, Column::Labels | Column::MultiSelect(_) | Column::Conversation(_))
}

/// The tables. Every column has a type, because an index on an untyped column cannot serve a comparison with a typed
/// one.
pub fn schema(dialect: Dialect) -> String {
    let columns = FIELDS.iter().filter(|field| is_column(field)).map(|field| {
        let kind = match field.kind() {
            Kind::Text => "TEXT",
            Kind::Number => "DOUBLE PRECISION",
            _ => "INTEGER",
        };
        format!(", {} {kind}", field.key)
    });
    let columns = columns.collect::<String>();
    let pairs = |table: &str, one: &str, other: &str| {
        let columns = format!("{one} INTEGER, {other} INTEGER, PRIMARY KEY ({one}, {other})");
        format!("CREATE TABLE {table} ({columns}){};\n", dialect.only_keys())
    };
    let lists = (0..MULTI_SELECTS).map(|no| pairs(&format!("options_{no}"), "contact", "option"));
    format!(
        "CREATE TABLE contacts (id INTEGER PRIMARY KEY{columns});
         CREATE TABLE conversations (
             id INTEGER PRIMARY KEY, contact INTEGER, channel INTEGER, status INTEGER
         );
         {}{}{}",
        pairs("labels", "contact", "label"),
        pairs("members", "segment", "contact"),
        lists.collect::<String>(),
    )
}

/// The indexes, created after the tables are filled, which is faster.
pub fn indexes() -> String {
    let columns = FIELDS.iter().filter(|field| is_column(field));
    let columns = columns.map(|field| format!("CREATE INDEX contacts_{0} ON contacts ({0});", field.key));
    let lists = (0..MULTI_SELECTS)
        .map(|no| format!("CREATE INDEX options_{no}_option ON options_{no} (option, contact);"));
    format!(
        "CREATE INDEX conversations_contact ON conversations (contact);
         CREATE INDEX labels_label ON labels (label, contact);
         CREATE INDEX members_contact ON members (contact, segment);
         {}{}
         ANALYZE;",
        columns.collect::<String>(),
        lists.collect::<String>(),
    )
}

/// The statement that writes a value of a field; its parameters are the row and the value.
pub fn update(dialect: Dialect, field: Field) -> String {
    let (table, column) = match field.key.split_once('.') {
        Some((_, column)) => ("conversations", column),
        None => ("contacts", field.key),
    };
    let [row, value] = [1, 2].map(|no| dialect.parameter(no));
    format!("UPDATE {table} SET {column} = {value} WHERE id = {row}")
}

/// Rules in SQL.
pub fn rules<'r>(dialect: Dialect, pools: &Pools, rules: impl Iterator<Item = &'r Rule>) -> Vec<Said> {
    let leaf = |condition: &Condition, holds: bool| Some(said(dialect, pools, condition, holds));
    rules
        .map(|rule| Said {
            condition: expression(rule, &leaf)
                .unwrap_or_else(|| unreachable!("SQL can express every condition")),
            fields: Compiler::fields_of(rule),
        })
        .collect()
}

/// The segments that read each field, in the order of the table of fields.
pub fn readers(rules: &[Said]) -> Vec<Vec<u32>> {
    let mut readers = vec![Vec::new(); FIELDS.len()];
    for (segment, rule) in (0..).zip(rules) {
        rule.fields.iter().for_each(|field| readers[*field].push(segment));
    }
    readers
}

/// A condition in SQL, on the contact `c`. On `NULL` no condition is true or false.
fn said(dialect: Dialect, pools: &Pools, condition: &Condition, holds: bool) -> String {
    let field = Field::named(condition.field.as_str());
    let column = format!("c.{}", field.key);
    let option = |option: &str| Pools::option_code(option).unwrap_or(EMPTY);
    let options = |wanted: &Options| {
        wanted.iter().map(|wanted| option(wanted).to_string()).collect::<Vec<_>>().join(", ")
    };
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let positive = match (&condition.predicate, field.column) {
        (Predicate::Labels(LabelPredicate::HasAny), _) => {
            "EXISTS (SELECT 1 FROM labels WHERE contact = c.id)".to_owned()
        }
        (Predicate::Labels(LabelPredicate::Has(key)), _) => {
            let label = pools.label_with_key(key.as_str()).map_or(EMPTY, u32::from);
            format!("EXISTS (SELECT 1 FROM labels WHERE contact = c.id AND label = {label})")
        }
        (Predicate::HasValue, Column::MultiSelect(no)) => {
            format!("EXISTS (SELECT 1 FROM options_{no} WHERE contact = c.id)")
        }
        (Predicate::ContainsAny(wanted), Column::MultiSelect(no)) => format!(
            "EXISTS (SELECT 1 FROM options_{no} WHERE contact = c.id AND option IN ({}))",
            options(wanted)
        ),
        (Predicate::ContainsAll(wanted), Column::MultiSelect(no)) => format!(
            "(SELECT count(*) FROM options_{no} WHERE contact = c.id AND option IN ({})) = {}",
            options(wanted),
            wanted.iter().count()
        ),
        (predicate, Column::Conversation(no)) => {
            let column = ["channel", "status"][no];
            let asked = match predicate {
                Predicate::OptionEquals(wanted) => format!("= {}", option(wanted)),
                _ => "IS NOT NULL".to_owned(),
            };
            format!("EXISTS (SELECT 1 FROM conversations WHERE contact = c.id AND {column} {asked})")
        }
        (Predicate::HasValue, _) => format!("{column} IS NOT NULL"),
        (Predicate::TextEquals(key), _) => format!("{column} = {}", quoted(key)),
        (Predicate::TextContains(piece), _) => dialect.contains(&column, &quoted(piece)),
        (Predicate::TextStartsWith(piece), _) => {
            format!("substr({column}, 1, {}) = {}", piece.chars().count(), quoted(piece))
        }
        (Predicate::TextEndsWith(piece), _) => {
            format!("{} = {}", dialect.last(&column, piece.chars().count()), quoted(piece))
        }
        (Predicate::Number(comparison, operand), _) => {
            format!("{column} {} {}", sign(*comparison), operand.get())
        }
        (Predicate::Day(window), _) => {
            let days = window.days(today());
            let first = days.first.map_or(i32::MIN, enlist_model::Day::number);
            let last = days.last.map_or(i32::MAX, enlist_model::Day::number);
            format!("{column} BETWEEN {first} AND {last}")
        }
        (Predicate::Boolean(wanted), _) => format!("{column} = {}", u32::from(*wanted)),
        (Predicate::OptionEquals(wanted), _) => format!("{column} = {}", option(wanted)),
        (predicate, column) => unreachable!("{column:?} has no {predicate:?}"),
    };
    if holds { format!("({positive})") } else { format!("(({positive}) IS NOT TRUE)") }
}
