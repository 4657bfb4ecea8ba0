//! The lane of SQLite, in memory. Facts are in tables. An event updates a row, and the segments that read the changed
//! field are evaluated again for that contact. Memberships are in a table of their own.
//!
//! It is a fast way to do so: one statement evaluates all segments that read a field, with a thousand columns at
//! most, instead of one statement for each segment. Nothing is journalled. Options, labels and days are numbers.
//! Invariant: the table `members` equals the engine's members.

use std::sync::Arc;

use enlist_model::Rule;
use roaring::RoaringBitmap;
use rusqlite::types::Value;
use rusqlite::{Connection, params};

use crate::comparison::queries;
use crate::comparison::sql::{self, Dialect};
use crate::digest::{Digest, Flip};
use crate::failure::Failure;
use crate::lanes::{Lane, Lap, Part, Queries};
use crate::stopwatch::timed;
use crate::workload::columns::{Cell, Change, Columns, EMPTY, EMPTY_DAY};
use crate::workload::field::{Column, FIELDS, LABELS};
use crate::workload::pools::Pools;

/// Maximum segments that one statement evaluates; SQLite allows two thousand columns.
const SEGMENTS_A_CHECK: usize = 1_000;
/// Events in one transaction.
const EVENTS_A_TRANSACTION: usize = 1_000;

/// The database.
pub struct Sqlite {
    connection: Connection,
    pools: Arc<Pools>,
    /// The statements that write a value of each field, in the order of the table.
    updates: Vec<String>,
    /// The statements that evaluate the segments that read each field.
    checks: Vec<Vec<Check>>,
    /// Whether each segment holds the changed contact.
    held: Vec<bool>,
}

/// A statement that evaluates some segments for a contact, one column for each.
struct Check {
    query: String,
    segments: Vec<u32>,
}

impl Sqlite {
    /// A database of these facts and rules. `members` are the members of each rule.
    ///
    /// # Errors
    /// [`Failure::Sqlite`].
    pub fn new<'r>(
        facts: &Columns,
        pools: Arc<Pools>,
        rules: impl Iterator<Item = &'r Rule>,
        members: &[RoaringBitmap],
    ) -> Result<Self, Failure> {
        let connection = Connection::open_in_memory()?;
        connection.set_prepared_statement_cache_capacity(1_000);
        connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
        connection.execute_batch(&sql::schema(Dialect::Sqlite))?;
        let updates = FIELDS.iter().map(|field| sql::update(Dialect::Sqlite, *field)).collect();
        let mut sqlite = Sqlite { connection, pools, updates, checks: Vec::new(), held: Vec::new() };
        sqlite.held.resize(members.len(), false);
        sqlite.connection.execute_batch("BEGIN")?;
        sqlite.load(facts)?;
        sqlite.load_members(members)?;
        sqlite.connection.execute_batch("COMMIT")?;
        sqlite.connection.execute_batch(&sql::indexes())?;
        sqlite.save(rules)?;
        Ok(sqlite)
    }

    fn load(&self, facts: &Columns) -> Result<(), Failure> {
        let mut contact = self.connection.prepare("INSERT INTO contacts (id) VALUES (?1)")?;
        let mut conversation =
            self.connection.prepare("INSERT INTO conversations (id, contact) VALUES (?1, ?2)")?;
        for no in 0..facts.contacts() {
            contact.execute([no as u32])?;
            for id in facts.conversations_of(no) {
                conversation.execute([id as u32, no as u32])?;
            }
            for field in FIELDS {
                let change = |row: usize, cell| Change {
                    contact: no as u32,
                    conversation: row as u32,
                    column: field.column,
                    cell,
                };
                let labels = (0..LABELS).filter(|label| facts.has_label(no, *label));
                match field.column {
                    Column::Labels => {
                        labels.map(Cell::Add).try_for_each(|cell| self.write(&change(0, cell)))?;
                    }
                    Column::Conversation(_) => facts
                        .conversations_of(no)
                        .try_for_each(|row| self.write(&change(row, facts.read(field.column, row))))?,
                    _ => self.write(&change(0, facts.read(field.column, no)))?,
                }
            }
        }
        Ok(())
    }

    fn load_members(&self, members: &[RoaringBitmap]) -> Result<(), Failure> {
        let mut insert = self.connection.prepare("INSERT INTO members VALUES (?1, ?2)")?;
        for (segment, members) in (0_u32..).zip(members) {
            for contact in members {
                insert.execute([segment, contact])?;
            }
        }
        Ok(())
    }

    /// Creates a view for each rule, and the checks of each field.
    fn save<'r>(&mut self, rules: impl Iterator<Item = &'r Rule>) -> Result<(), Failure> {
        let rules = sql::rules(Dialect::Sqlite, &self.pools, rules);
        for (segment, rule) in rules.iter().enumerate() {
            let said = &rule.condition;
            let view = format!("CREATE VIEW segment_{segment} AS SELECT c.id FROM contacts c WHERE {said}");
            self.connection.execute_batch(&view)?;
        }
        for (field, readers) in sql::readers(&rules).iter().enumerate() {
            let mut checks = Vec::new();
            for (chunk, segments) in readers.chunks(SEGMENTS_A_CHECK).enumerate() {
                let named = segments.iter().map(|segment| {
                    format!("iif({}, 1, 0) AS s{segment}", rules[*segment as usize].condition)
                });
                let columns = named.collect::<Vec<_>>().join(", ");
                // A view, so that the prepared statement is found by a short text.
                self.connection.execute_batch(&format!(
                    "CREATE VIEW check_{field}_{chunk} AS SELECT {columns}, c.id FROM contacts c"
                ))?;
                let query = format!("SELECT * FROM check_{field}_{chunk} WHERE id = ?1");
                checks.push(Check { query, segments: segments.to_vec() });
            }
            self.checks.push(checks);
        }
        Ok(())
    }

    /// Writes a changed fact.
    fn write(&self, change: &Change) -> Result<(), Failure> {
        let Change { contact, conversation, column, cell } = *change;
        let statement = |query: &str| self.connection.prepare_cached(query);
        match (column, cell) {
            (Column::Labels, Cell::Add(label)) => {
                statement("INSERT OR IGNORE INTO labels VALUES (?1, ?2)")?
                    .execute(params![contact, label])?;
            }
            (Column::Labels, Cell::Remove(label)) => {
                statement("DELETE FROM labels WHERE contact = ?1 AND label = ?2")?
                    .execute(params![contact, label])?;
            }
            (Column::MultiSelect(no), Cell::Options(bits)) => {
                statement(&format!("DELETE FROM options_{no} WHERE contact = ?1"))?.execute([contact])?;
                let mut insert = statement(&format!("INSERT INTO options_{no} VALUES (?1, ?2)"))?;
                for option in (0..u32::BITS).filter(|option| bits & 1 << option != 0) {
                    insert.execute([contact, option])?;
                }
            }
            _ => {
                let row = if matches!(column, Column::Conversation(_)) { conversation } else { contact };
                statement(&self.updates[place(column)])?.execute(params![row, self.value(column, cell)])?;
            }
        }
        Ok(())
    }

    fn value(&self, column: Column, cell: Cell) -> Value {
        match (column, cell) {
            (_, Cell::Code(EMPTY) | Cell::Day(EMPTY_DAY)) => Value::Null,
            (Column::Text(no), Cell::Code(code)) => Value::Text(self.pools.texts[no].key(code).to_owned()),
            (_, Cell::Number(number)) if number.is_nan() => Value::Null,
            (_, Cell::Number(number)) => Value::Real(number),
            (_, Cell::Day(day)) => Value::Integer(i64::from(day)),
            (_, Cell::Code(code)) => Value::Integer(i64::from(code)),
            (column, cell) => unreachable!("{column:?} holds no {cell:?} in one value"),
        }
    }

    /// Writes a change, evaluates the segments that read its field, and stores the flips.
    fn take(&mut self, event: u32, change: &Change, flips: &mut Vec<Flip>) -> Result<(), Failure> {
        let contact = change.contact;
        self.write(change)?;
        self.held.fill(false);
        let mut holding = self.connection.prepare_cached("SELECT segment FROM members WHERE contact = ?1")?;
        let mut rows = holding.query([contact])?;
        while let Some(row) = rows.next()? {
            self.held[row.get::<_, u32>(0)? as usize] = true;
        }
        let before = flips.len();
        for check in &self.checks[place(change.column)] {
            let mut statement = self.connection.prepare_cached(&check.query)?;
            let mut rows = statement.query([contact])?;
            let Some(row) = rows.next()? else { continue };
            for (column, segment) in check.segments.iter().enumerate() {
                let entered = row.get_ref(column)? == rusqlite::types::ValueRef::Integer(1);
                if entered != self.held[*segment as usize] {
                    flips.push(Flip { event, segment: *segment, contact, entered });
                }
            }
        }
        flips[before..].iter().try_for_each(|flip| self.keep(*flip))
    }

    /// Writes a flip into the table of members.
    fn keep(&self, flip: Flip) -> Result<(), Failure> {
        let query = if flip.entered {
            "INSERT INTO members VALUES (?1, ?2)"
        } else {
            "DELETE FROM members WHERE segment = ?1 AND contact = ?2"
        };
        self.connection.prepare_cached(query)?.execute([flip.segment, flip.contact])?;
        Ok(())
    }
}

impl Lane for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn run(&mut self, part: &Part) -> Result<Lap, Failure> {
        let mut flips = Vec::new();
        let (taken, time) = timed(|| {
            let mut event = 0;
            for changes in part.changes[..part.prefix].chunks(EVENTS_A_TRANSACTION) {
                self.connection.execute_batch("BEGIN")?;
                for change in changes {
                    self.take(event, change, &mut flips)?;
                    event += 1;
                }
                self.connection.execute_batch("COMMIT")?;
            }
            Ok::<_, Failure>(())
        });
        taken?;
        self.connection.execute_batch("BEGIN")?;
        for (event, change) in (0_u32..).zip(&part.changes).skip(part.prefix) {
            self.write(change)?;
            for (segment, entered) in part.answer.of(event as usize) {
                self.keep(Flip { event, segment: segment as u32, contact: change.contact, entered })?;
            }
        }
        self.connection.execute_batch("COMMIT")?;
        let agrees = flips.into_iter().collect::<Digest>() == part.beginning;
        Ok(Lap { time, events: part.prefix, agrees })
    }

    fn queries(&mut self) -> Result<Option<Queries>, Failure> {
        let mut sizes = self.connection.prepare("SELECT segment, count(*) FROM members GROUP BY segment")?;
        let sizes = sizes.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let sizes: Vec<(u32, u32)> = sizes.collect::<Result<_, _>>()?;
        queries::measure(self.held.len() as u32, &sizes, |query| {
            let mut statement = self.connection.prepare(query)?;
            let (sum, time) = timed(|| {
                let mut rows = statement.raw_query();
                let mut sum = 0;
                while let Some(row) = rows.next()? {
                    sum += u64::from(row.get::<_, u32>(0)?);
                }
                Ok::<_, Failure>(sum)
            });
            Ok((sum?, time))
        })
    }
}

fn place(column: Column) -> usize {
    let place = FIELDS.iter().position(|field| field.column == column);
    place.unwrap_or_else(|| unreachable!("{column:?} is of the table"))
}
