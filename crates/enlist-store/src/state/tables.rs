//! The tables of a checkpoint's file, and their keys.

use std::ops::Bound;

use redb::{ReadTransaction, ReadableDatabase, TableDefinition, TableError};

use crate::codec;
use crate::error::Error;
use crate::frame::WorkspaceNumber;
use crate::storage::{StoredFile, content, with_checksum};

pub(super) type Table = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// Numbers by name.
pub(super) const META: Table = TableDefinition::new("meta");
pub(super) const WORKSPACES: Table = TableDefinition::new("workspaces");
/// The names of the fields of a workspace, by number.
pub(super) const FIELDS: Table = TableDefinition::new("fields");
pub(super) const SEGMENTS: Table = TableDefinition::new("segments");
/// Contacts by creation number.
pub(super) const CONTACTS: Table = TableDefinition::new("contacts");
/// The history of a segment, by its id.
pub(super) const HISTORY: Table = TableDefinition::new("history");
/// How labels are shown, by index.
pub(super) const SPELLINGS: Table = TableDefinition::new("spellings");
pub(super) const SOURCES: Table = TableDefinition::new("sources");
pub(super) const CONSUMERS: Table = TableDefinition::new("consumers");
/// The digests of a workspace's segments. Files of earlier versions do not have the table before the first of them.
pub(super) const DIGESTS: Table = TableDefinition::new("digests");

/// All tables whose keys begin with a workspace.
pub(super) const OF_WORKSPACES: [Table; 9] =
    [WORKSPACES, FIELDS, SEGMENTS, CONTACTS, HISTORY, SPELLINGS, SOURCES, CONSUMERS, DIGESTS];

/// A number about the whole checkpoint.
#[derive(Clone, Copy)]
pub(super) enum Meta {
    /// The format of the tables.
    Format,
    /// The position after the last frame that is included.
    Position,
    /// The number of the next workspace.
    NextWorkspace,
    /// The number of the engine's semantics.
    Engine,
    /// The version of the time-zone data, a text.
    TimeZones,
    /// The digest of how texts are compared.
    Unicode,
}

const FORMAT: u64 = 1;

impl Meta {
    const fn name(self) -> &'static str {
        match self {
            Meta::Format => "format",
            Meta::Position => "position",
            Meta::NextWorkspace => "next_workspace",
            Meta::Engine => "engine",
            Meta::TimeZones => "time_zones",
            Meta::Unicode => "unicode",
        }
    }

    /// Its table, key and stored value.
    pub(super) fn row(self, value: impl codec::Encode) -> Result<(Table, &'static [u8], Vec<u8>), Error> {
        let key = self.name().as_bytes();
        Ok((META, key, with_checksum(key, &codec::encode(&value)?)))
    }

    /// The number; `None` if it was never set.
    pub(super) fn read(self, file: &StoredFile, transaction: &ReadTransaction) -> Result<Option<u64>, Error> {
        read_row(file, transaction, META, self.name().as_bytes(), |content| codec::decode(content))
    }

    /// The text; `None` if it was never set.
    pub(super) fn read_text(
        self,
        file: &StoredFile,
        transaction: &ReadTransaction,
    ) -> Result<Option<String>, Error> {
        let read = |content: &[u8]| codec::decode::<&str>(content).map(str::to_owned);
        read_row(file, transaction, META, self.name().as_bytes(), read)
    }
}

/// What a row holds; `None` without the row or its table.
pub(super) fn read_row<T>(
    file: &StoredFile,
    transaction: &ReadTransaction,
    table: Table,
    key: &[u8],
    read: impl FnOnce(&[u8]) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    file.guarded(|| {
        let open = match transaction.open_table(table) {
            Ok(open) => open,
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            Err(error) => return Err(file.shown(error)),
        };
        let Some(row) = open.get(key).map_err(|error| file.shown(error))? else { return Ok(None) };
        let content = content(key, row.value()).map_err(|what| damaged(file, table, what))?;
        read(content).map(Some).map_err(|error| error.in_file(file.path()))
    })
}

/// Creates all tables, empty.
pub(super) fn create(file: &StoredFile) -> Result<(), Error> {
    let (meta, key, format) = Meta::Format.row(FORMAT)?;
    file.write(|database| {
        let transaction = database.begin_write()?;
        for table in OF_WORKSPACES {
            transaction.open_table(table)?;
        }
        transaction.open_table(meta)?.insert(key, format.as_slice())?;
        Ok(transaction.commit()?)
    })
}

/// Whether the file has a format that is known; not if it is new.
pub(super) fn is_known(file: &StoredFile) -> Result<bool, Error> {
    let transaction = file.run(|database| Ok(database.begin_read()?))?;
    match Meta::Format.read(file, &transaction)? {
        Some(FORMAT) => Ok(true),
        Some(found) => {
            Err(Error::Format { found: found.try_into().unwrap_or(u32::MAX), known: FORMAT as u32 })
        }
        None => Ok(false),
    }
}

/// The key of a row of a workspace.
pub(super) fn key(number: WorkspaceNumber, row: &[u8]) -> Vec<u8> {
    // The greatest byte first, so that keys are in the order of the numbers.
    [&number.0.to_be_bytes()[..], row].concat()
}

/// The keys of all rows of a workspace.
pub(super) fn keys(number: WorkspaceNumber) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
    let next = number.0.checked_add(1).map(|next| Bound::Excluded(key(WorkspaceNumber(next), &[])));
    (Bound::Included(key(number, &[])), next.unwrap_or(Bound::Unbounded))
}

/// A row of a table is not what was written.
pub(super) fn damaged(file: &StoredFile, table: Table, what: &str) -> Error {
    use redb::TableHandle;
    file.damaged(&format!("a row of the table `{}` {what}", table.name()))
}
