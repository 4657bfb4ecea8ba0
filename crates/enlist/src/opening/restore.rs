//! The workspaces of the latest checkpoint, as of then, several at once.
//!
//! Invariant: each workspace is restored by one thread.

use std::collections::BTreeMap;
use std::thread;

use enlist_model::WorkspaceId;
use enlist_store::{CheckpointReader, WorkspaceNumber, WorkspaceRecord};
use parking_lot::Mutex;

use super::arrival::Arrivals;
use super::{Opener, Reopened, no_thread};
use crate::cursor::life::Life;
use crate::error::Error;
use crate::progress::OpeningStage;
use crate::sequencer::pipeline::Pipeline;
use crate::sequencer::restored::Rows;
use crate::sequencer::state::State;
use crate::store::Store;

/// How many contacts are read between two looks at whether opening was stopped.
const CONTACTS_BETWEEN_LOOKS: usize = 1_024;

impl Opener {
    /// Restores all workspaces of the checkpoint. Returns those that lack frames; the others arrive.
    pub(super) fn restore_all(
        &self,
        store: &Store,
        arrivals: &Arrivals,
    ) -> Result<BTreeMap<WorkspaceNumber, Reopened>, Error> {
        let checkpoint = store.read_checkpoint()?;
        let records = Mutex::new(self.survey.restored.iter());
        let waiting = Mutex::new(BTreeMap::new());
        let work = || -> Result<(), Error> {
            loop {
                let next = records.lock().next();
                let Some((number, record)) = next else { return Ok(()) };
                let reopened = self
                    .restore(store, &*checkpoint, *number, record)
                    // The other threads end after the workspace that each of them is at.
                    .inspect_err(|_| *records.lock() = [].iter())?;
                if reopened.is_whole() {
                    arrivals.add(self, reopened)?;
                } else {
                    waiting.lock().insert(*number, reopened);
                }
            }
        };
        thread::scope(|scope| {
            let threads = self.threads.min(self.survey.restored.len());
            let start = |number| {
                let name = format!("enlist-restore-{number}");
                thread::Builder::new().name(name).spawn_scoped(scope, work)
            };
            let threads = (1..threads).map(start).collect::<Result<Vec<_>, _>>();
            // This thread works, too.
            let mut outcome = work();
            for thread in threads.map_err(|error| no_thread(store, &error))? {
                let ended = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                outcome = outcome.and(ended);
            }
            outcome
        })?;
        Ok(waiting.into_inner())
    }

    fn restore(
        &self,
        store: &Store,
        checkpoint: &dyn CheckpointReader,
        number: WorkspaceNumber,
        record: &WorkspaceRecord,
    ) -> Result<Reopened, Error> {
        self.check_stopped(&record.id)?;
        let steps = self.progress().steps(&record.id);
        steps.begin(OpeningStage::Reading, record.next_creation);
        let settings = self.opened_with(&record.id, record.settings)?;
        let rows = Rows {
            segments: checkpoint.segments(number)?,
            series: checkpoint.series(number)?,
            spellings: checkpoint.spellings(number)?.into_iter().map(|(_, label)| label).collect(),
            sources: checkpoint.sources(number)?,
            consumers: checkpoint.consumers(number)?,
            outbox: store.outbox(number)?,
            record: record.clone(),
        };
        let contacts = checkpoint.contacts(number)?.enumerate().map(|(index, contact)| {
            let contact = contact?;
            if index % CONTACTS_BETWEEN_LOOKS == 0 {
                self.check_stopped(&record.id)?;
                steps.note(contact.creation);
            }
            Ok(contact)
        });
        let state = State::restore(&rows, contacts, &settings, &steps)?;
        let life = Life::of_record(record.incarnation, record.cursor_key);
        let pipeline = Pipeline::new(store.log(), number, record.through);
        let sequencer = self.registry.reopen(record.id.clone(), life, settings, state, pipeline);
        let mut saved = sequencer.adopt_rows(&rows)?;
        let compared = self.changed_segments(checkpoint, number, &sequencer)?;
        saved.digested = compared.digested;
        store.saved().insert(number, saved);
        Ok(Reopened { changed: compared.changed, ..self.reopened(number, sequencer) })
    }

    pub(super) fn check_stopped(&self, workspace: &WorkspaceId) -> Result<(), Error> {
        self.progress().check_stopped(workspace)
    }
}
