//! The CRM itself: a database, and the workspace that is loaded from it.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};

use enlist::{
    ContactId, Enlist, Event, Instant, Kind, Revision, UncheckedRule, Workspace, WorkspaceSettings,
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use crate::api::Problem;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS contact (id TEXT PRIMARY KEY, name TEXT, email TEXT, plan TEXT, labels TEXT NOT NULL,
        created_at TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS segment (id TEXT PRIMARY KEY, name TEXT NOT NULL, rule TEXT NOT NULL) STRICT;";

/// A contact, as the database and the forms have it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub struct Contact {
    #[serde(default)]
    pub id: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub plan: Option<String>,
    #[serde(default)]
    pub labels: Vec<String>,
}

impl Contact {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let labels: String = row.get("labels")?;
        let labels = labels.lines().map(str::to_owned).collect();
        let (name, email, plan) = (row.get("name")?, row.get("email")?, row.get("plan")?);
        Ok(Contact { id: row.get("id")?, name, email, plan, labels })
    }

    /// The event that makes Enlist's contact equal to this row. A row has its labels as a whole, and an event adds and removes
    /// them one by one.
    fn event(&self, at: Instant, before: Option<&Contact>) -> Result<Event, enlist::model::Error> {
        let mut event = Event::contact_saved(at, &self.id)
            .set("name", self.name.as_deref())
            .set("email", self.email.as_deref())
            .set("plan", self.plan.as_deref());
        for gone in before.iter().flat_map(|row| &row.labels).filter(|label| !self.labels.contains(label)) {
            event = event.remove_label(gone);
        }
        self.labels.iter().fold(event, |event, label| event.add_label(label)).build()
    }
}

/// Contacts and segments.
pub struct Crm {
    database: Mutex<Connection>,
    pub(crate) workspace: Workspace,
}

impl Crm {
    /// Opens a database, in memory without a path, and loads Enlist from it.
    ///
    /// # Errors
    /// If the database cannot be read, or no thread can be started.
    pub fn open(path: Option<&str>) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let database = path.map_or_else(Connection::open_in_memory, Connection::open)?;
        database.execute_batch(SCHEMA)?;
        let enlist = Enlist::new()?;
        let workspace = {
            let now = enlist.tick();
            let plan = Event::field_defined(now, "plan", Kind::Select).options(["free", "pro"]).build()?;
            let mut segments = database.prepare("SELECT id, name, rule FROM segment")?;
            let segments = segments.query_map([], |row| {
                let (id, name, rule): (String, String, String) = row.try_into()?;
                Ok(Event::segment_saved(now, &id, &name, rule).build())
            })?;
            let mut contacts = database.prepare("SELECT * FROM contact")?;
            let contacts = contacts.query_map([], |row| {
                let created_at: String = row.get("created_at")?;
                Ok(Contact::read(row)?.event(Instant::parse(&created_at).unwrap_or(now), None))
            })?;
            let events = std::iter::once(Ok(Ok(plan))).chain(segments).chain(contacts);
            let events = events.map(|row| Ok::<_, Box<dyn Error + Send + Sync>>(row??));
            let imported = enlist.import_workspace("crm", WorkspaceSettings::default(), events);
            let imported = imported.map_err(|error| error.to_string())?;
            // A row that does not fit is no reason not to start; somebody must correct it.
            #[expect(clippy::print_stderr, reason = "a service reports there")]
            imported.refused.iter().for_each(|refused| eprintln!("{refused}"));
            imported.workspace
        };
        Ok(Crm { database: Mutex::new(database), workspace })
    }

    /// The contacts with these ids, in the order of the ids.
    pub(crate) fn rows(&self, ids: &[ContactId]) -> Result<Vec<Contact>, Problem> {
        let database = self.database();
        let query = "SELECT * FROM contact WHERE id IN (SELECT value FROM json_each(?1))";
        let mut query = database.prepare_cached(query)?;
        let rows = query.query_map([serde_json::json!(ids).to_string()], Contact::read)?;
        let mut rows: BTreeMap<_, _> =
            rows.map(|row| row.map(|row| (row.id.clone(), row))).collect::<Result<_, _>>()?;
        Ok(ids.iter().filter_map(|id| rows.remove(id.as_str())).collect())
    }

    /// Creates or changes a contact in both stores. Enlist is asked first, so that nothing is written that it would refuse.
    pub(crate) fn save_contact(&self, contact: &Contact) -> Result<Revision, Problem> {
        // One writer at a time, from the row that is read to the event that is applied.
        let database = self.database();
        let query = "SELECT * FROM contact WHERE id = ?1";
        let before = database.query_row(query, [&contact.id], Contact::read).optional()?;
        let now = self.workspace.clock_now();
        let event = contact.event(now, before.as_ref())?;
        self.workspace.check(&event)?;
        let Contact { id, name, email, plan, labels } = contact;
        database.execute(
            "INSERT INTO contact VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET (name, email, plan, labels) = (?2, ?3, ?4, ?5)",
            params![id, name, email, plan, labels.join("\n"), now.to_string()],
        )?;
        Ok(self.workspace.apply_event(event)?)
    }

    /// Deletes a contact in both stores.
    pub(crate) fn delete_contact(&self, id: &str) -> Result<Revision, Problem> {
        let database = self.database();
        let event = Event::contact_deleted(self.workspace.clock_now(), id).build()?;
        self.workspace.check(&event)?;
        database.execute("DELETE FROM contact WHERE id = ?1", [id])?;
        Ok(self.workspace.apply_event(event)?)
    }

    /// Creates a segment, or edits it if it is still at the expected revision. Only Enlist knows whether the rule is valid, so
    /// it comes first here.
    pub(crate) fn save_segment(
        &self,
        id: &str,
        name: &str,
        rule: &UncheckedRule,
        expected: Option<Revision>,
    ) -> Result<Revision, Problem> {
        let database = self.database();
        let revision = self.workspace.segment(id)?.save_if(expected, name, rule)?;
        database.execute("REPLACE INTO segment VALUES (?1, ?2, ?3)", params![id, name, rule.to_string()])?;
        Ok(revision)
    }

    /// Deletes a segment.
    pub(crate) fn delete_segment(&self, id: &str) -> Result<Revision, Problem> {
        let database = self.database();
        let revision = self.workspace.segment(id)?.delete()?;
        database.execute("DELETE FROM segment WHERE id = ?1", [id])?;
        Ok(revision)
    }

    fn database(&self) -> MutexGuard<'_, Connection> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
