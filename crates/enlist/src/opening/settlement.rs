//! Workspaces whose results may differ from those of the process that wrote the store: everybody who follows them gets a gap.
//!
//! The semantics of the engine, the time-zone data and Unicode have versions, and a store says with which it was written. If they
//! differ, all workspaces are held back until a checkpoint with the versions of this process is made, so that no frame of this
//! process lies behind rows of another one. Invariant: a workspace of which a subscriber may have heard something else publishes a gap
//! before it is found.

use std::sync::Arc;

use enlist_model::SegmentId;
use enlist_store::{CheckpointReader, WorkspaceNumber};

use super::arrival::Arrivals;
use super::{Gaps, Opener, Reopened};
use crate::error::Error;
use crate::inbox::command::Answer;
use crate::inbox::ticket::Ticket;
use crate::sequencer::Sequencer;
use crate::sequencer::replay::Divergence;
use crate::store::Store;
use crate::store::checkpoint::{self, Occasion};

impl Opener {
    /// Whether no workspace may be found before all are there.
    pub(super) fn holds_arrivals(&self) -> bool {
        self.survey.has_other_versions()
            || (self.divergence == Divergence::Accepted && self.survey.executes())
    }

    /// The segments of a restored workspace that hold others than when the store was closed.
    pub(super) fn changed_segments(
        &self,
        checkpoint: &dyn CheckpointReader,
        number: WorkspaceNumber,
        sequencer: &Sequencer,
    ) -> Result<Compared, Error> {
        let revision = sequencer.read().revision.number();
        match checkpoint.digests(number)?.filter(|digests| digests.revision == revision) {
            Some(digests) => {
                Ok(Compared { digested: Some(revision), changed: sequencer.segments_unlike(&digests)? })
            }
            // The process ended after a checkpoint, so nobody can tell.
            None if self.survey.has_other_versions() => {
                Ok(Compared { digested: None, changed: sequencer.segment_ids() })
            }
            None => Ok(Compared::default()),
        }
    }

    /// A workspace that is whole, and the gap that it publishes, if it must.
    pub(super) fn with_gap(
        &self,
        reopened: Reopened,
    ) -> Result<(Arc<Sequencer>, Option<Ticket<Answer>>), Error> {
        let Reopened { number, sequencer, passed, mut changed, .. } = reopened;
        sequencer.end_replay(self.registry.run_queue().fork_join(), &passed)?;
        let was_unclean = self.survey.has_other_versions() && self.survey.executes_in(number);
        let is_unclear = was_unclean || passed.has_diverged;
        if is_unclear {
            changed = sequencer.segment_ids();
            // The process before may have given more sequences than this execution.
            sequencer.skip_sequences(passed.beyond);
        }
        let sequencer = Arc::new(sequencer);
        let has_changed = is_unclear || !changed.is_empty();
        if !has_changed && self.gaps == Gaps::OfChanged {
            return Ok((sequencer, None));
        }
        if has_changed {
            self.progress().report(|report| report.add_changed(sequencer.id.clone(), changed));
        }
        let gap = sequencer.submit_gap()?;
        Ok((sequencer, Some(gap)))
    }

    /// Lets in the workspaces that were held back, after their gaps and a checkpoint.
    pub(super) fn settle(&self, store: &Store, arrivals: &Arrivals) -> Result<(), Error> {
        let Some(held) = arrivals.take_held() else { return Ok(()) };
        let settled: Vec<_> =
            held.into_iter().map(|reopened| self.with_gap(reopened)).collect::<Result<_, _>>()?;
        let mut whole = Vec::new();
        for (sequencer, gap) in settled {
            if let Some(gap) = gap {
                let _ = gap.wait()?;
            }
            whole.push(sequencer);
        }
        checkpoint::make(store, Occasion::Running, || whole.clone())?;
        whole.into_iter().try_for_each(|sequencer| arrivals.let_arrive(sequencer, Vec::new()))
    }
}

/// What comparing a workspace with its digests says.
#[derive(Default)]
pub(super) struct Compared {
    /// The revision of the digests that there are.
    pub(super) digested: Option<u64>,
    pub(super) changed: Vec<SegmentId>,
}
