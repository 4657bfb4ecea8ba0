//! The lane of PostgreSQL: a private server on a Unix socket. Facts and memberships are in tables, as in SQLite's lane.
//!
//! One statement does what an event needs: it updates the row, evaluates the segments that read the field on the new
//! row, compares them with the stored members, and stores and returns those that flipped. Where the value is in a
//! table of its own (labels, options, conversations), it is written by a statement before. Statements are prepared and
//! planned once. Invariant: the table `members` equals the engine's members.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

use enlist_model::Rule;
use postgres::types::ToSql;
use postgres::{Client, Config, NoTls, Statement};
use roaring::RoaringBitmap;

use crate::comparison::cluster::Cluster;
use crate::comparison::queries;
use crate::comparison::sql::{self, Dialect, Said};
use crate::digest::{Digest, Flip};
use crate::failure::Failure;
use crate::lanes::{Lane, Lap, Part, Queries};
use crate::stopwatch::timed;
use crate::workload::columns::{Cell, Change, Columns, EMPTY, EMPTY_DAY};
use crate::workload::field::{Column, FIELDS, Field, LABELS, MULTI_SELECTS};
use crate::workload::pools::Pools;

/// Events in one transaction, as in SQLite's lane.
const EVENTS_A_TRANSACTION: usize = 1_000;
/// Views created by one request. The server has locks for some thousand.
const VIEWS_A_REQUEST: usize = 500;

/// The database. The connection is closed before the server stops.
pub struct Postgres {
    client: Client,
    pools: Arc<Pools>,
    segments: u32,
    /// The statements of each field, in the order of the table.
    fields: Vec<Statements>,
    add_label: Statement,
    remove_label: Statement,
    /// The statements that store known flips of a contact: into segments, out of segments.
    keep: [Statement; 2],
    _cluster: Cluster,
}

/// The statements of a field.
struct Statements {
    /// Writes a value; of labels, nothing.
    write: Option<Statement>,
    /// Writes a value, if it is in the contact's row, and evaluates.
    take: Statement,
}

/// A value as PostgreSQL has it.
enum Value {
    Text(Option<String>),
    Number(Option<f64>),
    Integer(Option<i32>),
    Options(Vec<i32>),
}

impl Postgres {
    /// A database of these facts and rules. `members` are the members of each rule.
    ///
    /// # Errors
    /// [`Failure::Postgres`].
    pub fn new<'r>(
        facts: &Columns,
        pools: Arc<Pools>,
        rules: impl Iterator<Item = &'r Rule>,
        members: &[RoaringBitmap],
    ) -> Result<Self, Failure> {
        let cluster = Cluster::start()?;
        let mut client = Config::new().host_path(&cluster.socket).user("postgres").connect(NoTls)?;
        client.batch_execute(&sql::schema(Dialect::Postgres))?;
        load(&mut client, &pools, facts, members)?;
        client.batch_execute(&sql::indexes())?;
        client.batch_execute("VACUUM ANALYZE")?;
        let rules = sql::rules(Dialect::Postgres, &pools, rules);
        for (chunk, rules) in rules.chunks(VIEWS_A_REQUEST).enumerate() {
            let mut views = String::new();
            for (no, rule) in rules.iter().enumerate() {
                let (segment, said) = (chunk * VIEWS_A_REQUEST + no, &rule.condition);
                let _ = write!(
                    views,
                    "CREATE VIEW segment_{segment} AS SELECT c.id FROM contacts c WHERE {said};"
                );
            }
            client.batch_execute(&views)?;
        }
        let mut fields = Vec::new();
        for (field, readers) in FIELDS.iter().zip(sql::readers(&rules)) {
            fields.push(Statements {
                write: write_of(*field).map(|query| client.prepare(&query)).transpose()?,
                take: client.prepare(&take_of(*field, &readers, &rules))?,
            });
        }
        Ok(Postgres {
            add_label: client.prepare("INSERT INTO labels VALUES ($1, $2) ON CONFLICT DO NOTHING")?,
            remove_label: client.prepare("DELETE FROM labels WHERE contact = $1 AND label = $2")?,
            keep: [
                client.prepare("INSERT INTO members SELECT unnest($2::integer[]), $1")?,
                client.prepare("DELETE FROM members WHERE contact = $1 AND segment = ANY ($2)")?,
            ],
            segments: members.len() as u32,
            client,
            pools,
            fields,
            _cluster: cluster,
        })
    }

    /// Writes a changed fact.
    fn write(&mut self, change: &Change) -> Result<(), Failure> {
        let Change { contact, conversation, column, cell } = *change;
        let row =
            if matches!(column, Column::Conversation(_)) { conversation } else { contact }.cast_signed();
        let label = match cell {
            Cell::Add(label) => Some((&self.add_label, label)),
            Cell::Remove(label) => Some((&self.remove_label, label)),
            Cell::Code(_) | Cell::Number(_) | Cell::Day(_) | Cell::Options(_) => None,
        };
        if let Some((statement, label)) = label {
            self.client.execute(statement, &[&row, &i32::from(label)])?;
        } else if let Some(statement) = &self.fields[place(column)].write {
            let value = value(&self.pools, column, cell);
            self.client.execute(statement, &[&row, value.parameter()])?;
        }
        Ok(())
    }

    /// Writes a change, evaluates the segments that read its field, and stores the flips.
    fn take(&mut self, event: u32, change: &Change, flips: &mut Vec<Flip>) -> Result<(), Failure> {
        let contact = change.contact.cast_signed();
        let is_column = sql::is_column(&Field::of(change.column));
        if !is_column {
            self.write(change)?;
        }
        let take = &self.fields[place(change.column)].take;
        let rows = if is_column {
            let value = value(&self.pools, change.column, change.cell);
            self.client.query(take, &[&contact, value.parameter()])?
        } else {
            self.client.query(take, &[&contact])?
        };
        flips.extend(rows.iter().map(|row| Flip {
            event,
            segment: row.get::<_, i32>(0).cast_unsigned(),
            contact: change.contact,
            entered: row.get(1),
        }));
        Ok(())
    }

    /// Writes a change whose flips are known.
    fn follow(&mut self, event: usize, change: &Change, part: &Part) -> Result<(), Failure> {
        self.write(change)?;
        for (statement, is_entry) in self.keep.iter().zip([true, false]) {
            let flips = part.answer.of(event).filter(|(_, entered)| *entered == is_entry);
            let segments: Vec<i32> = flips.map(|(segment, _)| segment as u32).map(u32::cast_signed).collect();
            if !segments.is_empty() {
                self.client.execute(statement, &[&change.contact.cast_signed(), &segments])?;
            }
        }
        Ok(())
    }
}

impl Lane for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn run(&mut self, part: &Part) -> Result<Lap, Failure> {
        let mut flips = Vec::new();
        let (taken, time) = timed(|| {
            let mut event = 0;
            for changes in part.changes[..part.prefix].chunks(EVENTS_A_TRANSACTION) {
                self.client.batch_execute("BEGIN")?;
                for change in changes {
                    self.take(event, change, &mut flips)?;
                    event += 1;
                }
                self.client.batch_execute("COMMIT")?;
            }
            Ok::<_, Failure>(())
        });
        taken?;
        self.client.batch_execute("BEGIN")?;
        for (event, change) in part.changes.iter().enumerate().skip(part.prefix) {
            self.follow(event, change, part)?;
        }
        self.client.batch_execute("COMMIT")?;
        let agrees = flips.into_iter().collect::<Digest>() == part.beginning;
        Ok(Lap { time, events: part.prefix, agrees })
    }

    fn queries(&mut self) -> Result<Option<Queries>, Failure> {
        // Autovacuum would do it within a minute.
        self.client.batch_execute("VACUUM ANALYZE")?;
        let sizes =
            self.client.query("SELECT segment, count(*)::integer FROM members GROUP BY segment", &[])?;
        let integer = |row: &postgres::Row, no: usize| row.get::<_, i32>(no).cast_unsigned();
        let sizes: Vec<(u32, u32)> = sizes.iter().map(|row| (integer(row, 0), integer(row, 1))).collect();
        queries::measure(self.segments, &sizes, |query| {
            let statement = self.client.prepare(&format!("SELECT n::bigint FROM ({query}) AS of (n)"))?;
            let (rows, time) = timed(|| self.client.query(&statement, &[]));
            Ok((rows?.iter().map(|row| row.get::<_, i64>(0).cast_unsigned()).sum(), time))
        })
    }
}

impl Value {
    fn parameter(&self) -> &(dyn ToSql + Sync) {
        match self {
            Value::Text(text) => text,
            Value::Number(number) => number,
            Value::Integer(integer) => integer,
            Value::Options(options) => options,
        }
    }

    /// As `COPY` reads it.
    fn copied(&self) -> String {
        let found = match self {
            Value::Text(text) => text.as_ref().map(|text| text.replace('\\', "\\\\")),
            Value::Number(number) => number.map(|number| number.to_string()),
            Value::Integer(integer) => integer.map(|integer| integer.to_string()),
            Value::Options(_) => unreachable!("options have a table of their own"),
        };
        found.unwrap_or_else(|| "\\N".to_owned())
    }
}

fn value(pools: &Pools, column: Column, cell: Cell) -> Value {
    match (column, cell) {
        (Column::Text(no), Cell::Code(code)) => {
            Value::Text((code != EMPTY).then(|| pools.texts[no].key(code).to_owned()))
        }
        (_, Cell::Code(code)) => Value::Integer((code != EMPTY).then_some(code.cast_signed())),
        (_, Cell::Day(day)) => Value::Integer((day != EMPTY_DAY).then_some(day)),
        (_, Cell::Number(number)) => Value::Number((!number.is_nan()).then_some(number)),
        (_, Cell::Options(bits)) => Value::Options(options_of(bits).collect()),
        (column, Cell::Add(_) | Cell::Remove(_)) => unreachable!("{column:?} has values"),
    }
}

fn options_of(bits: u32) -> impl Iterator<Item = i32> {
    (0..u32::BITS).filter(move |option| bits & 1 << option != 0).map(u32::cast_signed)
}

/// The statement that writes a value of a field; its parameters are the row and the value.
fn write_of(field: Field) -> Option<String> {
    match field.column {
        Column::Labels => None,
        // Both halves see the table as it was, so only what differs is deleted and inserted.
        Column::MultiSelect(no) => Some(format!(
            "WITH gone AS (DELETE FROM options_{no} WHERE contact = $1 AND option <> ALL ($2::integer[]))
             INSERT INTO options_{no} SELECT $1, unnest($2) ON CONFLICT DO NOTHING"
        )),
        Column::Text(_)
        | Column::Number(_)
        | Column::Date(_)
        | Column::Boolean(_)
        | Column::Select(_)
        | Column::Conversation(_) => Some(sql::update(Dialect::Postgres, field)),
    }
}

/// The statement that evaluates the segments that read a field, for one contact, and stores and returns the flips.
fn take_of(field: Field, readers: &[u32], rules: &[Said]) -> String {
    let contact = if sql::is_column(&field) {
        format!("{} RETURNING *", sql::update(Dialect::Postgres, field))
    } else {
        "SELECT * FROM contacts WHERE id = $1".to_owned()
    };
    let segments = readers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    let holds = readers.iter().map(|segment| format!("{} IS TRUE", rules[*segment as usize].condition));
    let holds = holds.collect::<Vec<_>>().join(", ");
    // The conditions are evaluated in a step that has one row. In the step that makes a row of each, the planner would
    // expect hundreds of evaluations, and read whole tables of labels for them.
    format!(
        "WITH c AS ({contact}),
         evaluated AS MATERIALIZED (SELECT ARRAY[{holds}]::boolean[] AS holds FROM c),
         found AS (SELECT unnest(ARRAY[{segments}]::integer[]) AS segment, unnest(holds) AS holds FROM evaluated),
         flips AS (SELECT segment, holds FROM found LEFT JOIN
                          (SELECT segment, true AS held FROM members WHERE contact = $1) AS before USING (segment)
                   WHERE holds <> (held IS TRUE)),
         entered AS (INSERT INTO members SELECT segment, $1 FROM flips WHERE holds),
         gone AS (DELETE FROM members WHERE contact = $1 AND segment IN (SELECT segment FROM flips WHERE NOT holds))
         SELECT segment, holds FROM flips"
    )
}

/// Fills the tables.
fn load(
    client: &mut Client,
    pools: &Pools,
    facts: &Columns,
    members: &[RoaringBitmap],
) -> Result<(), Failure> {
    let cell = |column: Column, row: usize| value(pools, column, facts.read(column, row)).copied();
    let contacts = || 0..facts.contacts();
    let columns: Vec<Column> =
        FIELDS.iter().filter(|field| sql::is_column(field)).map(|field| field.column).collect();
    copy(
        client,
        "contacts",
        contacts().map(|no| {
            let cells = columns.iter().map(|column| cell(*column, no));
            std::iter::once(no.to_string()).chain(cells).collect::<Vec<_>>().join("\t")
        }),
    )?;
    copy(
        client,
        "conversations",
        contacts().flat_map(|no| {
            facts.conversations_of(no).map(move |row| {
                let [channel, status] = [0, 1].map(|field| cell(Column::Conversation(field), row));
                format!("{row}\t{no}\t{channel}\t{status}")
            })
        }),
    )?;
    copy(
        client,
        "labels",
        contacts().flat_map(|no| {
            let held = (0..LABELS).filter(move |label| facts.has_label(no, *label));
            held.map(move |label| format!("{no}\t{label}"))
        }),
    )?;
    for list in 0..MULTI_SELECTS {
        copy(
            client,
            &format!("options_{list}"),
            contacts().flat_map(|no| {
                options_of(facts.multi_selects[list][no]).map(move |option| format!("{no}\t{option}"))
            }),
        )?;
    }
    let members = (0..).zip(members).flat_map(|(segment, members): (u32, _)| {
        members.iter().map(move |contact| format!("{segment}\t{contact}"))
    });
    copy(client, "members", members)
}

/// Writes rows into a table.
fn copy(client: &mut Client, table: &str, rows: impl Iterator<Item = String>) -> Result<(), Failure> {
    let mut writer = client.copy_in(&format!("COPY {table} FROM STDIN"))?;
    for row in rows {
        let failed = |error: std::io::Error| Failure::Postgres { problem: error.to_string() };
        writer.write_all(row.as_bytes()).and_then(|()| writer.write_all(b"\n")).map_err(failed)?;
    }
    writer.finish()?;
    Ok(())
}

fn place(column: Column) -> usize {
    let place = FIELDS.iter().position(|field| field.column == column);
    place.unwrap_or_else(|| unreachable!("{column:?} is of the table"))
}
