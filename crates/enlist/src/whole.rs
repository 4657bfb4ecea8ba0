//! A whole workspace handed out and taken in: one dump, however many partitions there were or will be.

use enlist_engine::{Dump, Engine};
use enlist_model::SegmentId;

use crate::core::WorkspaceCore;
use crate::error::Error;
use crate::ledger::leaves;
use crate::state::{State, partition_of};

impl WorkspaceCore {
    /// Everything that is not derived, of all partitions, as one.
    pub(crate) fn dump(state: &State) -> Result<Dump, Error> {
        let mut dumps = state.engines()?.into_iter().map(Engine::dump);
        let mut whole = dumps.next().unwrap_or_else(|| Engine::new().dump());
        whole.contacts.extend(dumps.flat_map(|dump| dump.contacts));
        whole.contacts.sort_by_key(|contact| contact.creation);
        whole.now = state.now;
        whole.event_count = state.event_count;
        whole.next_creation = state.arrivals;
        Ok(whole)
    }

    /// Engines made of a dump, over so many partitions.
    pub(crate) fn engines_of(dump: Dump, partitions: usize) -> Result<Vec<Engine>, Error> {
        let Dump { contacts, .. } = dump;
        let empty = Dump { contacts: Vec::new(), ..dump };
        let mut dumps = vec![empty; partitions];
        for contact in contacts {
            dumps[partition_of(contact.id.as_str(), partitions)].contacts.push(contact);
        }
        Ok(dumps.into_iter().map(Engine::restore).collect::<Result<_, _>>()?)
    }

    /// Takes over what restored engines hold.
    pub(crate) fn note_restored(&self, event_count: u64, arrivals: u64) {
        let mut state = self.state_mut();
        let engine = state.partitions[0].engine();
        let (now, today, date_changes_at) = (engine.now(), engine.today(), engine.next_date_change());
        let segments: Vec<(SegmentId, usize)> = engine
            .segments()
            .map(|segment| (segment.id().clone(), leaves(&segment.rule().to_json())))
            .collect();
        state.now = now;
        state.today = today;
        state.date_changes_at = date_changes_at;
        state.event_count = event_count;
        state.arrivals = arrivals;
        for (id, conditions) in segments {
            self.note_saved(&mut state, &id, conditions);
        }
        drop(state);
        self.recount();
        self.note_date_change(date_changes_at);
    }
}
