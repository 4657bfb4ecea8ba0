//! A whole workspace handed out and taken in: one dump, however many partitions there were or will be.

use enlist_engine::{Dump, Engine, HashSeed};
use enlist_model::SegmentId;

use crate::error::Error;
use crate::revision::Revision;
use crate::sequencer::Sequencer;
use crate::sequencer::label_spelling::show_alike;
use crate::sequencer::limits::leaves;
use crate::sequencer::state::{State, partition_of};

/// PROVISIONAL: must be drawn for each workspace. Until then tenants can make keys that collide.
pub(crate) const PROVISIONAL_HASH_SEED: HashSeed = HashSeed::new(0);

/// What a workspace is made of.
pub(crate) enum Origin {
    Nothing,
    Dump(Dump),
    /// An engine that holds all contacts.
    Engine(Box<Engine>),
}

impl Origin {
    /// The events accepted, and as which the next contact arrives.
    pub(crate) fn position(&self) -> (u64, u64) {
        match self {
            Origin::Nothing => (0, 0),
            Origin::Dump(dump) => (dump.event_count, dump.next_creation),
            Origin::Engine(engine) => (engine.event_count(), engine.next_creation()),
        }
    }

    /// Engines over so many partitions.
    pub(crate) fn into_engines(self, partitions: usize) -> Result<Vec<Engine>, Error> {
        let dump = match self {
            Origin::Nothing => {
                return Ok(std::iter::repeat_with(|| Engine::new(PROVISIONAL_HASH_SEED))
                    .take(partitions)
                    .collect());
            }
            Origin::Engine(engine) if partitions == 1 => return Ok(vec![*engine]),
            Origin::Engine(engine) => engine.dump(),
            Origin::Dump(dump) => dump,
        };
        let Dump { mut contacts, .. } = dump;
        if partitions > 1 {
            show_alike(&mut contacts);
        }
        let empty = Dump { contacts: Vec::new(), ..dump };
        let mut dumps = vec![empty; partitions];
        for contact in contacts {
            dumps[partition_of(contact.id.as_str(), partitions)].contacts.push(contact);
        }
        Ok(dumps
            .into_iter()
            .map(|dump| Engine::restore(dump, PROVISIONAL_HASH_SEED))
            .collect::<Result<_, _>>()?)
    }
}

impl Sequencer {
    /// Everything that is not derived, of all partitions, as one.
    pub(crate) fn dump(state: &State) -> Result<Dump, Error> {
        let mut dumps = state.engines()?.into_iter().map(Engine::dump);
        let mut whole = dumps.next().unwrap_or_else(|| Engine::new(PROVISIONAL_HASH_SEED).dump());
        whole.contacts.extend(dumps.flat_map(|dump| dump.contacts));
        whole.contacts.sort_by_key(|contact| contact.creation);
        whole.now = state.now;
        whole.event_count = state.event_count;
        whole.next_creation = state.arrivals;
        Ok(whole)
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
        let has_segments = !segments.is_empty();
        for (id, conditions) in segments {
            self.note_saved(&mut state, &id, conditions);
        }
        if has_segments {
            // The one at which they are noted as saved.
            state.revision = Revision(state.revision.0 + 1);
        }
        drop(state);
        self.recount();
        self.note_date_change(date_changes_at);
    }
}
