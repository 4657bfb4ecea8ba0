//! The table of the outbox in the journal's file: what a frame published, by workspace and first sequence.
//!
//! It lies in the journal's file, because rows come and go in the commit that cuts the frames. Invariant: rows of a workspace are
//! read in the order of their sequences.

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableError, WriteTransaction};

use crate::error::Error;
use crate::frame::WorkspaceNumber;
use crate::outbox::OutboxRecord;
use crate::storage::{StoredFile, content, with_checksum};

pub(super) const OUTBOX: TableDefinition<'_, (u64, u64), &[u8]> = TableDefinition::new("outbox");

/// A row before it is kept: its key and its value.
pub(super) type Row = ((u64, u64), Vec<u8>);

/// What a checksum covers of a key.
fn key_bytes((workspace, first): (u64, u64)) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&workspace.to_le_bytes());
    bytes[8..].copy_from_slice(&first.to_le_bytes());
    bytes
}

fn row((workspace, record): &(WorkspaceNumber, OutboxRecord)) -> Result<Row, Error> {
    let key = (workspace.0, record.first);
    Ok((key, with_checksum(&key_bytes(key), &record.encode()?)))
}

pub(super) fn read(file: &StoredFile, key: (u64, u64), row: &[u8]) -> Result<OutboxRecord, Error> {
    let damaged =
        |what: &str| file.damaged(&format!("the outbox row at {} of workspace {} {what}", key.1, key.0));
    let content = content(&key_bytes(key), row).map_err(damaged)?;
    OutboxRecord::decode(content).map_err(|error| error.in_file(file.path()))
}

/// Keeps records, synced, in the place of those with the same first sequences.
pub(super) fn keep(file: &StoredFile, records: &[(WorkspaceNumber, OutboxRecord)]) -> Result<(), Error> {
    let rows = records.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    file.write(|database| {
        let transaction = database.begin_write()?;
        let mut table = transaction.open_table(OUTBOX)?;
        for (key, row) in &rows {
            table.insert(*key, row.as_slice())?;
        }
        drop(table);
        Ok(transaction.commit()?)
    })
}

/// The records of a workspace.
pub(super) fn records(file: &StoredFile, number: WorkspaceNumber) -> Result<Vec<OutboxRecord>, Error> {
    records_up_to(file, number, u64::MAX)
}

/// The records of a workspace whose first items have at most a sequence.
fn records_up_to(
    file: &StoredFile,
    number: WorkspaceNumber,
    sequence: u64,
) -> Result<Vec<OutboxRecord>, Error> {
    let rows = file.run(|database| rows(database, number, sequence))?;
    rows.into_iter().map(|(key, row)| read(file, key, &row)).collect()
}

fn rows(database: &Database, number: WorkspaceNumber, sequence: u64) -> Result<Vec<Row>, redb::Error> {
    let table = match database.begin_read()?.open_table(OUTBOX) {
        Ok(table) => table,
        // A journal that never had an outbox.
        Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let rows = table.range((number.0, 0)..=(number.0, sequence))?;
    rows.map(|row| row.map(|(key, row)| (key.value(), row.value().to_vec())).map_err(Into::into)).collect()
}

/// The rows that can be read, as they are stored.
pub(super) fn readable(file: &StoredFile) -> Vec<Row> {
    let mut readable = Vec::new();
    let read = file.run(|database| {
        let table = database.begin_read()?.open_table(OUTBOX)?;
        for row in table.iter()? {
            let (key, row) = row?;
            if content(&key_bytes(key.value()), row.value()).is_ok() {
                readable.push((key.value(), row.value().to_vec()));
            }
        }
        Ok(())
    });
    // What comes after the damage cannot be read.
    let _ = read;
    readable
}

/// The first sequences of the records of which every item is acknowledged, with their workspaces.
pub(super) fn acknowledged(
    file: &StoredFile,
    through: &[(WorkspaceNumber, u64)],
) -> Result<Vec<(u64, u64)>, Error> {
    let mut keys = Vec::new();
    for (number, through) in through {
        for record in records_up_to(file, *number, *through)? {
            // The end is the sequence after the last item.
            if record.end() <= through.saturating_add(1) {
                keys.push((number.0, record.first));
            }
        }
    }
    Ok(keys)
}

/// Deletes rows, and all rows of dropped workspaces.
pub(super) fn delete(
    transaction: &WriteTransaction,
    acknowledged: &[(u64, u64)],
    dropped: &[WorkspaceNumber],
) -> Result<(), redb::Error> {
    if acknowledged.is_empty() && dropped.is_empty() {
        return Ok(());
    }
    let mut table = transaction.open_table(OUTBOX)?;
    for key in acknowledged {
        table.remove(*key)?;
    }
    for number in dropped {
        table.retain_in((number.0, 0)..=(number.0, u64::MAX), |_, _| false)?;
    }
    Ok(())
}
