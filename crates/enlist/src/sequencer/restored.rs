//! A workspace from the rows of a checkpoint.
//!
//! Everything derived is computed again and never read from a store. It knows no files. Invariant: the workspace is as it was when
//! the checkpoint's snapshot of it was taken, over any number of partitions.

use enlist_engine::{ContactDump, Dump, Engine, HashSeed, Restore, SegmentDump, Unsaved};
use enlist_model::{Label, Rule, SegmentId};
use enlist_store::{
    ConsumerRecord, OutboxRecord, SegmentRecord, SeriesRecord, SourcePosition, WorkspaceRecord,
};

use crate::error::Error;
use crate::progress::{OpeningStage, Steps};
use crate::randomness;
use crate::reference_order::{in_order_of_reference, references_of};
use crate::revision::{Incarnation, Revision, Sequence};
use crate::sequencer::shared::Sequencer;
use crate::sequencer::snapshot::Saved;
use crate::sequencer::state::{Placement, State};
use crate::settings::WorkspaceSettings;

/// What a checkpoint has of a workspace, without its contacts.
pub(crate) struct Rows {
    pub(crate) record: WorkspaceRecord,
    pub(crate) segments: Vec<SegmentRecord>,
    pub(crate) series: Vec<(SegmentId, SeriesRecord)>,
    pub(crate) spellings: Vec<String>,
    pub(crate) sources: Vec<(String, SourcePosition)>,
    pub(crate) consumers: Vec<(String, ConsumerRecord)>,
    pub(crate) outbox: Vec<OutboxRecord>,
}

impl State {
    /// The state of a workspace from its rows.
    ///
    /// # Errors
    /// [`Error::Engine`] if they do not fit together; the error of a contact that cannot be read.
    pub(crate) fn restore(
        rows: &Rows,
        contacts: impl Iterator<Item = Result<ContactDump, Error>>,
        settings: &WorkspaceSettings,
        steps: &Steps,
    ) -> Result<State, Error> {
        let Rows { record, spellings, sources, .. } = rows;
        let incarnation = Incarnation::from_bits(record.incarnation);
        let seed = HashSeed::new(randomness::draw());
        let placement = Placement::new(randomness::draw(), settings.partitions);
        let definitions = rows.definitions(seed);
        let mut restores = (0..settings.partitions)
            .map(|_| Engine::begin_restore(definitions.clone(), seed))
            .collect::<Result<Vec<_>, _>>()?;
        for contact in contacts {
            let contact = contact?;
            restores[placement.of(contact.id.as_str()).position()].add(contact)?;
        }
        steps.begin(OpeningStage::Restoring, settings.partitions as u64);
        let finish = |restore: Restore| {
            let engine = restore.finish().with_content_limits(settings.limits.content);
            steps.note_one();
            engine
        };
        let engines = restores.into_iter().map(finish).collect();
        let mut state = State::of_engines(engines, placement, incarnation, settings);
        for shown in spellings {
            let label = Label::new(shown).map_err(enlist_engine::Error::from)?;
            state.label_spelling.learn_label(&label.key, shown);
        }
        state.now = record.now;
        state.revision = Revision::new(incarnation, record.revision);
        state.next_sequence = Sequence::new(incarnation, record.next_sequence);
        (state.event_count, state.next_creation) = (record.event_count, record.next_creation);
        state.sources = sources.iter().cloned().collect();
        state.note_changes(Unsaved::Nothing, spellings.len());
        Ok(state)
    }
}

impl Rows {
    /// The definitions, as an engine restores them.
    fn definitions(&self, seed: HashSeed) -> Dump {
        let WorkspaceRecord { now, event_count, next_creation, .. } = self.record;
        let segments = self.segments.iter().collect();
        let in_order = in_order_of_reference(segments, |segment: &&SegmentRecord| {
            Some((&segment.id, references_of(&segment.rule)))
        });
        let dumped = |segment: &SegmentRecord| {
            let SegmentRecord { id, name, rule, creation, .. } = segment.clone();
            SegmentDump::new(id, name, rule, creation)
        };
        let mut definitions = Engine::new(seed).dump_definitions();
        definitions.time_zone.clone_from(&self.record.time_zone);
        definitions.week_start = self.record.week_start;
        definitions.now = now;
        definitions.event_count = event_count;
        definitions.next_creation = next_creation;
        definitions.fields.clone_from(&self.record.fields);
        definitions.segments = in_order.into_iter().map(dumped).collect();
        definitions
    }
}

impl Sequencer {
    /// Takes over what is not in the state's engines: the table of segments, history, totals, consumers, and where sequences go on.
    /// Returns what the store has.
    ///
    /// # Errors
    /// [`Error::Store`] if the rows of the outbox cannot be read.
    pub(crate) fn adopt_rows(&self, rows: &Rows) -> Result<Saved, Error> {
        let incarnation = self.life.incarnation;
        let revision = |number| Revision::new(incarnation, number);
        let mut state = self.write();
        let mut counts = self.counts.write();
        let mut are_renumbered = false;
        for segment in &rows.segments {
            let leaves = Rule::leaf_count_of(&segment.rule);
            if let Some(count) = state.note_saved(&segment.id, revision(segment.saved_at), leaves) {
                counts.insert(segment.id.clone(), count);
            }
            are_renumbered |=
                state.segments.index(segment.id.as_str()).is_none_or(|index| index.0 != segment.creation);
        }
        for (segment, series) in &rows.series {
            if let Some(index) = state.segments.index(segment.as_str()) {
                state.history.restore(index, series.clone());
            }
        }
        // Last: it shows readers the counts of the rows above.
        state.recount();
        self.counters.begin_at(rows.record.totals);
        let kept = self.incoming(&state, &rows.outbox)?;
        self.broadcast.begin_at(kept, state.next_sequence, revision(rows.record.forgotten));
        self.broadcast.restore_consumers(rows.consumers.iter().cloned());
        let deadline = state.deadline();
        drop((counts, state));
        self.note_deadline(deadline);
        Ok(Saved::of(rows, are_renumbered))
    }
}
