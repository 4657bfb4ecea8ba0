//! A whole workspace as one dump, and the initial state of a workspace: empty, from a dump, or from an import.
//!
//! A dump does not depend on the number of partitions. Invariant: a workspace restored from a dump, over any number of
//! partitions, has the members of the dumped one.

use std::sync::Arc;

use enlist_engine::{Dump, Engine, HashSeed};
use enlist_model::SegmentId;
use parking_lot::RwLockWriteGuard;

use crate::error::Error;
use crate::partition::{Partition, PartitionIdx};
use crate::randomness;
use crate::revision::{Incarnation, Revision, Sequence};
use crate::sequencer::history::History;
use crate::sequencer::label_spelling::LabelSpelling;
use crate::sequencer::segments::Segments;
use crate::sequencer::shared::Sequencer;
use crate::sequencer::sources::Sources;
use crate::sequencer::state::{Placement, State};
use crate::settings::WorkspaceSettings;

/// Where a new workspace's contacts and definitions come from.
pub(crate) enum Origin {
    Nothing,
    Dump(Dump),
    /// An engine that holds all contacts.
    Engine(Box<Engine>),
}

impl State {
    /// The state of a workspace that begins.
    ///
    /// # Errors
    /// [`Error::Engine`] if a dump does not fit together.
    pub(crate) fn begin(
        origin: Origin,
        incarnation: Incarnation,
        settings: &WorkspaceSettings,
    ) -> Result<State, Error> {
        let (event_count, next_creation) = origin.position();
        // Two independent draws: contacts that one hash places together must not also collide in the engine's tables.
        let seed = HashSeed::new(randomness::draw());
        let placement = Placement::new(randomness::draw(), settings.partitions);
        let engines: Vec<Engine> = origin
            .into_engines(seed, &placement, settings.partitions)?
            .into_iter()
            .map(|engine| engine.with_content_limits(settings.limits.content))
            .collect();
        let now = engines.iter().filter_map(Engine::now).max();
        let mut state = State::of_engines(engines, placement, incarnation, settings);
        for Partition { engine, .. } in &state.partitions {
            engine.labels().for_each(|label| state.label_spelling.learn_label(&label.key, &label.shown));
        }
        (state.now, state.event_count, state.next_creation) = (now, event_count, next_creation);
        Ok(state)
    }

    /// A state that has nothing but its partitions.
    pub(super) fn of_engines(
        engines: Vec<Engine>,
        placement: Placement,
        incarnation: Incarnation,
        settings: &WorkspaceSettings,
    ) -> State {
        let partition = |(position, engine)| Partition::new(PartitionIdx::new(position), engine);
        State {
            partitions: engines.into_iter().enumerate().map(partition).collect(),
            placement,
            segments: Segments::default(),
            label_spelling: LabelSpelling::default(),
            now: None,
            revision: Revision::new(incarnation, 0),
            next_sequence: Sequence::new(incarnation, 1),
            event_count: 0,
            next_creation: 0,
            history: History::new(settings.history),
            sources: Sources::default(),
            is_paused: false,
        }
    }

    /// Everything that is not derived, of all partitions, as one dump.
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub(crate) fn dump(&self) -> Result<Dump, Error> {
        let mut whole = self.partitions[0].serving()?.dump();
        for partition in &self.partitions[1..] {
            whole.contacts.extend(partition.serving()?.dump().contacts);
        }
        // By creation, as one engine would list them: a restore takes this order as the order of arrival.
        whole.contacts.sort_by_key(|contact| contact.creation);
        // The workspace's, because a partition counts only its own events and may lag behind in time.
        whole.now = self.now;
        whole.event_count = self.event_count;
        whole.next_creation = self.next_creation;
        Ok(whole)
    }
}

impl Origin {
    /// The events accepted so far, and the creation number of the next contact.
    fn position(&self) -> (u64, u64) {
        match self {
            Origin::Nothing => (0, 0),
            Origin::Dump(dump) => (dump.event_count, dump.next_creation),
            Origin::Engine(engine) => (engine.event_count(), engine.next_creation()),
        }
    }

    /// An engine for each partition.
    fn into_engines(
        self,
        seed: HashSeed,
        placement: &Placement,
        partitions: usize,
    ) -> Result<Vec<Engine>, Error> {
        let mut dump = match self {
            Origin::Nothing => {
                return Ok(std::iter::repeat_with(|| Engine::new(seed)).take(partitions).collect());
            }
            // An import into one partition is not dumped and derived a second time.
            Origin::Engine(engine) if partitions == 1 => return Ok(vec![*engine]),
            Origin::Engine(engine) => engine.dump(),
            Origin::Dump(dump) => dump,
        };
        let mut contacts = std::mem::take(&mut dump.contacts);
        // A single engine unifies by itself; several would each keep the first spelling that they see.
        if partitions > 1 {
            LabelSpelling::unify(&mut contacts);
        }
        let mut dumps = vec![dump; partitions];
        for contact in contacts {
            dumps[placement.of(contact.id.as_str()).position()].contacts.push(contact);
        }
        Ok(dumps.into_iter().map(|dump| Engine::restore(dump, seed)).collect::<Result<_, _>>()?)
    }
}

impl Sequencer {
    /// Takes over the segments that the workspace begins with. They count as saved at a revision of their own, so that
    /// `save_if` can tell them from absent ones.
    pub(crate) fn adopt_segments(&self) {
        let mut state = self.write();
        let segments: Vec<(SegmentId, usize)> = state.partitions[0]
            .engine
            .segments()
            .map(|segment| (segment.id().clone(), segment.rule().leaf_count()))
            .collect();
        if !segments.is_empty() {
            let revision = state.revision.plus(1);
            state.revision = revision;
            let mut counts = self.counts.write();
            for (segment, condition_count) in segments {
                if let Some(count) = state.note_saved(&segment, revision, condition_count) {
                    counts.insert(segment, count);
                }
            }
        }
        // Last: it shows readers the counts of the rows above.
        state.recount();
        let deadline = state.deadline();
        RwLockWriteGuard::unlock_fair(state);
        self.note_deadline(deadline);
    }
}

impl State {
    /// Sets all counts from the engines, and shows them to readers.
    pub(crate) fn recount(&mut self) {
        let State { partitions, segments, .. } = self;
        for row in segments.iter_mut() {
            let id = row.published.id.as_str();
            let counts = partitions.iter().filter_map(|partition| partition.engine.count(id).ok());
            row.recount(counts.sum());
        }
    }

    /// Takes over the engines' numbers of conditions after a rebuild, which numbers them again.
    pub(crate) fn renumber_conditions(&mut self) {
        let segments: Vec<SegmentId> = self.segments.iter_mut().map(|row| row.published.id.clone()).collect();
        for segment in segments {
            let conditions = self.conditions_of(&segment);
            if let Some(row) = self.segments.find_mut(segment.as_str()) {
                // A new value: retained deliveries keep the old one, whose numbers fit their flips.
                row.published = Arc::new(row.published.with_conditions(conditions));
            }
        }
    }
}
