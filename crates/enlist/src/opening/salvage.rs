//! A store whose journal is damaged: what lies before the damage becomes a checkpoint, and a new journal begins.
//!
//! Afterwards the store opens as any other. What came after the damage was shown to somebody and is lost, so each workspace begins
//! another life: no revision, sequence or cursor of before is taken for one of afterwards. Invariant: until the new journal is in its
//! place, the damaged one is as it was.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use enlist_store::{Error as StoreError, Log, Remains};

use super::Opener;
use super::arrival::Arrivals;
use crate::error::Error;
use crate::progress::open_report::Damage;
use crate::store::Store;
use crate::store::checkpoint::{self, Occasion};

impl Store {
    /// The store of a directory whose journal is damaged, to be salvaged; `None` if the journal is whole.
    ///
    /// # Errors
    /// [`Error::Store`], also if something else than the journal is damaged.
    pub(crate) fn open_damaged(directory: &Path) -> Result<Option<(Self, Arc<Remains>, StoreError)>, Error> {
        let remains = Remains::open(directory)?;
        let Some(damage) = remains.damage().cloned() else { return Ok(None) };
        let (store, remains) = Store::of_remains(directory, remains)?;
        Ok(Some((store, remains, damage)))
    }
}

impl Opener {
    /// Makes a checkpoint of what can be read, and begins a new journal. Says how far each workspace goes.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(crate) fn salvage(&self, remains: &Remains, damage: &StoreError) -> Result<Damage, Error> {
        let store = self.store()?;
        let arrivals = Arrivals::held();
        let waiting = self.restore_all(store, &arrivals)?;
        self.replay_all(store, waiting, &arrivals)?;
        let mut revisions = BTreeMap::new();
        let mut whole = Vec::new();
        for mut reopened in arrivals.take_held().unwrap_or_default() {
            let sequencer = &mut reopened.sequencer;
            revisions.insert(sequencer.id.clone(), sequencer.read().revision);
            sequencer.skip_sequences(reopened.passed.beyond);
            sequencer.begin_another_life();
            if let Some(pipeline) = &sequencer.pipeline {
                // What may lie behind the damage is never executed.
                pipeline.pass_over(remains.end());
            }
            whole.push(Arc::new(reopened.sequencer));
        }
        checkpoint::make(store, Occasion::Running, || whole)?;
        remains.replace()?;
        Ok(Damage { what: damage.to_string(), revisions: revisions.into_iter().collect() })
    }
}
