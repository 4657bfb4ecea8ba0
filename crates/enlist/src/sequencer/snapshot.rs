//! What a checkpoint takes of one workspace: everything that is not derived, as of the end of a frame, and of that what changed.
//!
//! Taking it is short, under the lock. The contacts come later, in steps, while the workspace goes on. It knows no files. Invariant:
//! the rows of all snapshots that were kept, laid over each other, are the workspace as of the last of them.

use std::collections::{BTreeMap, BTreeSet};

use enlist_engine::{ContactDump, Saving};
use enlist_model::SegmentId;
use enlist_store::{
    ConsumerRecord, LogPosition, SegmentRecord, SeriesRecord, SourcePosition, WorkspaceRecord,
};

use crate::error::Error;
use crate::partition::{Partition, PartitionIdx, SegmentIdx};
use crate::sequencer::restored::Rows;
use crate::sequencer::shared::Sequencer;
use crate::sequencer::state::State;

/// Contacts that are copied under one lock. That takes less than a millisecond.
const STEP_CONTACTS: usize = 256;

/// What a checkpoint has of a workspace, to find what it lacks.
#[derive(Debug, Default)]
pub(crate) struct Saved {
    /// The position after the last frame that it includes; `None` if it has nothing of the workspace.
    pub(crate) through: Option<LogPosition>,
    segments: BTreeSet<SegmentId>,
    /// Segments that were saved later are not in it.
    revision: u64,
    pub(crate) consumers: BTreeMap<String, ConsumerRecord>,
    /// What was published before this sequence is in the outbox, as far as a consumer needs it.
    pub(crate) outbox_until: u64,
    /// The revision of the digests in it.
    pub(crate) digested: Option<u64>,
}

impl Saved {
    /// What a checkpoint has whose rows were read. If segments have other numbers since, all of them are written again: their order is
    /// that of their numbers.
    pub(crate) fn of(rows: &Rows, are_renumbered: bool) -> Self {
        Saved {
            through: Some(rows.record.through),
            segments: rows.segments.iter().map(|segment| segment.id.clone()).collect(),
            revision: if are_renumbered { 0 } else { rows.record.revision },
            consumers: rows.consumers.iter().cloned().collect(),
            outbox_until: rows.record.next_sequence,
            digested: None,
        }
    }
}

/// What a checkpoint will keep of a workspace.
pub(crate) struct Snapshot {
    pub(crate) record: WorkspaceRecord,
    /// From which position on the journal is needed, if a frame is on its way that is not in it.
    pub(crate) needed_from: Option<LogPosition>,
    pub(crate) segments: Vec<SegmentRecord>,
    pub(crate) removed_segments: Vec<SegmentId>,
    pub(crate) series: Vec<(SegmentId, SeriesRecord)>,
    /// The number of the first, and the labels.
    pub(crate) spellings: (usize, Vec<Box<str>>),
    pub(crate) sources: Vec<(String, SourcePosition)>,
    /// By partition.
    savings: Vec<Saving>,
    saved: Saved,
}

/// Why no snapshot is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unneeded {
    /// The checkpoint has everything that was executed. The journal is needed from a position on if a frame is on its way.
    Unchanged { needed_from: Option<LogPosition> },
    /// A partition has failed, so its facts are in doubt.
    Failed,
}

impl Snapshot {
    /// The creation numbers of contacts that are gone.
    pub(crate) fn deleted(&self) -> impl Iterator<Item = u64> {
        self.savings.iter().flat_map(Saving::deleted).copied()
    }
}

impl Sequencer {
    /// Takes a snapshot of what a checkpoint lacks.
    pub(crate) fn snapshot(&self, saved: &Saved) -> Result<Snapshot, Unneeded> {
        let pipeline = self.pipeline.as_ref().ok_or(Unneeded::Unchanged { needed_from: None })?;
        let mut state = self.write();
        let through = pipeline.through();
        if state.first_failure().is_some() {
            return Err(Unneeded::Failed);
        }
        if saved.through == Some(through) {
            return Err(Unneeded::Unchanged { needed_from: pipeline.needed_from() });
        }
        let (segments, kept) = state.unsaved_segments(saved);
        let removed_segments = saved.segments.difference(&kept).cloned().collect();
        let (spelling_count, spellings) = state.label_spelling.unsaved();
        let spellings = (spelling_count - spellings.len(), spellings.to_vec());
        let record = self.record(&state, through);
        let sources = state.sources.iter().map(|(name, at)| (name.to_owned(), at)).collect();
        let series = state.unsaved_series();
        let saved = Saved {
            through: Some(through),
            segments: kept,
            revision: record.revision,
            consumers: saved.consumers.clone(),
            outbox_until: record.next_sequence,
            digested: saved.digested,
        };
        let savings = state.partitions.iter_mut().map(|partition| partition.engine.begin_saving()).collect();
        let needed_from = pipeline.needed_from();
        Ok(Snapshot {
            record,
            needed_from,
            segments,
            removed_segments,
            series,
            spellings,
            sources,
            savings,
            saved,
        })
    }

    fn record(&self, state: &State, through: LogPosition) -> WorkspaceRecord {
        let engine = state.leading_engine();
        WorkspaceRecord {
            id: self.id.clone(),
            incarnation: self.life.incarnation.bits(),
            cursor_key: self.life.cursor_key.to_bytes(),
            settings: self.settings.to_record(),
            through,
            revision: state.revision.number(),
            next_sequence: state.next_sequence.number(),
            forgotten: state.revision.number(),
            now: state.now,
            event_count: state.event_count,
            next_creation: state.next_creation,
            time_zone: engine.time_zone().to_owned(),
            week_start: engine.week_start(),
            fields: engine.fields().filter(|field| !field.built_in).cloned().collect(),
            totals: self.counters.totals(),
        }
    }

    /// The next contacts of a snapshot, as they were when it was taken; empty when all were given.
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub(crate) fn step_snapshot(&self, snapshot: &mut Snapshot) -> Result<Vec<ContactDump>, Error> {
        for (position, saving) in snapshot.savings.iter_mut().enumerate() {
            if saving.remaining() == 0 {
                continue;
            }
            let state = self.read();
            return Ok(state
                .partition(PartitionIdx::new(position))
                .serving()?
                .step_saving(saving, STEP_CONTACTS));
        }
        Ok(Vec::new())
    }

    /// Ends a snapshot that was kept; returns what the store has now.
    pub(crate) fn end_snapshot(&self, snapshot: Snapshot) -> Saved {
        let mut state = self.write();
        for (partition, saving) in state.partitions.iter_mut().zip(snapshot.savings) {
            partition.engine.end_saving(saving);
        }
        state.label_spelling.note_saved(snapshot.spellings.1.len());
        snapshot.saved
    }

    /// Cancels a snapshot that was not kept. The next one has all that it had.
    pub(crate) fn cancel_snapshot(&self, snapshot: Snapshot) {
        let mut state = self.write();
        for (partition, saving) in state.partitions.iter_mut().zip(snapshot.savings) {
            partition.engine.cancel_saving(saving);
        }
        state.history.note_unsaved();
    }
}

impl State {
    /// The segments that a checkpoint lacks, and the ids of all.
    fn unsaved_segments(&self, saved: &Saved) -> (Vec<SegmentRecord>, BTreeSet<SegmentId>) {
        let mut unsaved = Vec::new();
        let mut ids = BTreeSet::new();
        for segment in self.leading_engine().segments() {
            let id = segment.id();
            ids.insert(id.clone());
            let Some(row) = self.segments.find(id.as_str()) else { continue };
            let saved_at = row.saved_at.number();
            // A segment that was deleted and saved again was saved later, too.
            if saved_at <= saved.revision && saved.segments.contains(id) {
                continue;
            }
            let Some(index) = self.segments.index(id.as_str()) else { continue };
            unsaved.push(SegmentRecord {
                id: id.clone(),
                name: segment.name().to_owned(),
                rule: segment.rule().to_json(),
                creation: index.0,
                saved_at,
            });
        }
        (unsaved, ids)
    }

    fn unsaved_series(&mut self) -> Vec<(SegmentId, SeriesRecord)> {
        let State { segments, history, .. } = self;
        let indices: Vec<(SegmentId, SegmentIdx)> =
            segments.iter().map(|(index, row)| (row.published.id.clone(), index)).collect();
        indices.into_iter().filter_map(|(id, index)| Some((id, history.take_unsaved(index)?))).collect()
    }

    /// Begins to note what changes, after all contacts are as a checkpoint has them, or before it has any.
    pub(crate) fn note_changes(&mut self, unsaved: enlist_engine::Unsaved, spellings: usize) {
        for Partition { engine, .. } in &mut self.partitions {
            engine.note_changes(unsaved);
        }
        self.label_spelling.note_unsaved(spellings);
    }
}
