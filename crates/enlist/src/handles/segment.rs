//! A handle of one segment: saved, previewed, counted, paged, frozen.

use std::sync::{Arc, OnceLock};

use enlist_engine::{Error as EngineError, Page, PageRequest, RuleScan};
use enlist_model::{Event, Json, SegmentId};

use crate::error::Error;
use crate::handles::audience::{Audience, ContactSet};
use crate::handles::subscription::{SubscribeOptions, Subscription};
use crate::handles::workspace::Workspace;
use crate::revision::Revision;
use crate::sequencer::Expected;
use crate::sequencer::state::SegmentCount;

/// A handle of a segment, whether or not it is there. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Segment {
    workspace: Workspace,
    id: SegmentId,
    cell: OnceLock<Arc<SegmentCount>>,
}

/// What a rule would select, before it is saved.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The state as of which it is.
    pub revision: Revision,
    /// How many contacts it would hold.
    pub count: u64,
    /// The contacts it would hold; [`View::contact_ids`](crate::View::contact_ids) names them.
    pub members: ContactSet,
    /// Those that the segment does not hold now; all of them if it is not there.
    pub enters: ContactSet,
    /// Those that the segment holds now and would not.
    pub leaves: ContactSet,
}

impl Segment {
    pub(crate) fn new(workspace: Workspace, id: SegmentId) -> Self {
        Segment { workspace, id, cell: OnceLock::new() }
    }

    /// Its id.
    pub fn id(&self) -> &SegmentId {
        &self.id
    }

    /// Saves the segment, new or edited. The rule is evaluated on the calling thread, in short steps, while events and
    /// reads go on; only then is it put in place.
    ///
    /// # Errors
    /// [`Error::Engine`] with everything that is wrong with the rule; [`Error::Refused`] for a limit, or where a partition
    /// failed over it (with [`Error::HalfDefined`] it is saved all the same); [`Error::PartitionFailed`].
    pub fn save(&self, name: &str, rule: impl Into<Json>) -> Result<Revision, Error> {
        self.save_expecting(name, rule.into(), Expected::Anything)
    }

    /// Saves the segment if nobody has saved or deleted it since that [revision](crate::View::segment_revision); `None`:
    /// if it is not there.
    ///
    /// # Errors
    /// [`Error::SegmentChanged`]; otherwise as [`save`](Self::save).
    pub fn save_if(
        &self,
        expected: Option<Revision>,
        name: &str,
        rule: impl Into<Json>,
    ) -> Result<Revision, Error> {
        self.save_expecting(name, rule.into(), Expected::As(expected))
    }

    /// Deletes the segment. No contact is deleted.
    ///
    /// # Errors
    /// [`Error::Refused`] if there is no such segment, or others refer to it, or where a partition failed over it (with
    /// [`Error::HalfDefined`] it is deleted all the same).
    pub fn delete(&self) -> Result<Revision, Error> {
        let event = Event::segment_deleted(self.workspace.clock_now(), self.id.as_str()).build()?;
        self.workspace.core.submit_segment(event, Vec::new(), Expected::Anything)?.wait()?.into_single()
    }

    /// What a rule would select if it were saved as this segment, and what would change. Evaluated on the calling thread,
    /// in short steps, while events and reads go on.
    ///
    /// # Errors
    /// [`Error::Engine`] with everything that is wrong with the rule; [`Error::PartitionFailed`].
    pub fn preview(&self, rule: impl Into<Json>) -> Result<Preview, Error> {
        let surveys = self.survey(&rule.into())?;
        let state = self.workspace.state();
        let engines = state.engines()?;
        let (mut members, mut enters, mut leaves) = (Vec::new(), Vec::new(), Vec::new());
        for (engine, survey) in engines.iter().zip(surveys) {
            let preview = engine.preview_scan(survey)?;
            members.push(preview.members);
            enters.push(preview.enters);
            leaves.push(preview.leaves);
        }
        let members = ContactSet::of(&members);
        let (enters, leaves) = (ContactSet::of(&enters), ContactSet::of(&leaves));
        Ok(Preview { revision: state.revision, count: members.len(), members, enters, leaves })
    }

    /// How many contacts it holds as of the last whole batch: one atomic, read without waiting for anything. While a
    /// partition is failed, its contacts count as they last did.
    ///
    /// # Errors
    /// [`Error::Engine`] if it is not there.
    pub fn count(&self) -> Result<u64, Error> {
        if let Some(count) = self.cell.get().and_then(|cell| cell.count()) {
            return Ok(count);
        }
        if let Some(cell) = self.workspace.core.counts.read().get(&self.id) {
            let _ = self.cell.set(Arc::clone(cell));
            if let Some(count) = cell.count() {
                return Ok(count);
            }
        }
        Err(EngineError::UnknownSegment { segment: self.id.as_str().to_owned() }.into())
    }

    /// A page of its members.
    ///
    /// # Errors
    /// As [`View::page`](crate::View::page).
    pub fn page(&self, request: &PageRequest) -> Result<Page, Error> {
        self.workspace.page(self.id.as_str(), request)
    }

    /// Whether a contact is a member.
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment or contact; [`Error::PartitionFailed`].
    pub fn contains(&self, contact: &str) -> Result<bool, Error> {
        self.workspace.contains(self.id.as_str(), contact)
    }

    /// Its members now, fixed.
    ///
    /// # Errors
    /// As [`View::freeze`](crate::View::freeze).
    pub fn freeze(&self) -> Result<Audience, Error> {
        self.workspace.read(|view| view.freeze(self.id.as_str()))
    }

    /// Subscribes to it.
    pub fn subscribe(&self) -> Subscription {
        self.workspace.subscribe(SubscribeOptions::segments([self.id.clone()]))
    }

    fn save_expecting(&self, name: &str, rule: Json, expected: Expected) -> Result<Revision, Error> {
        let surveys = self.survey(&rule)?.into_iter().map(Some).collect();
        let at = self.workspace.clock_now();
        let event = Event::segment_saved(at, self.id.as_str(), name, rule).build()?;
        self.workspace.core.submit_segment(event, surveys, expected)?.wait()?.into_single()
    }

    /// Evaluates a rule for all contacts, letting go of the state between steps.
    fn survey(&self, rule: &Json) -> Result<Vec<RuleScan>, Error> {
        let partitions = self.workspace.settings().partitions;
        let mut surveys = Vec::with_capacity(partitions);
        for partition in 0..partitions {
            let mut survey = {
                let state = self.workspace.state();
                let is_there = state.catalogue.number(self.id.as_str()).is_some();
                let against = is_there.then_some(self.id.as_str());
                state.engines()?[partition].start_scan(rule, against)?
            };
            loop {
                let state = self.workspace.state();
                if state.engines()?[partition].step_scan(&mut survey)? {
                    break;
                }
            }
            surveys.push(survey);
        }
        Ok(surveys)
    }
}
