//! A handle of one segment: save, preview, count, page, freeze.

use std::sync::{Arc, OnceLock};

use enlist_engine::{Error as EngineError, RuleScan};
use enlist_model::{Event, SegmentId, UncheckedRule};

use crate::contact_set::ContactSet;
use crate::error::{Error, RefusedEvent};
use crate::handles::audience::Audience;
use crate::handles::page::{Page, PageRequest};
use crate::handles::subscription::{SubscribeOptions, Subscription};
use crate::handles::workspace::Workspace;
use crate::inbox::command::Expected;
use crate::revision::Revision;
use crate::sequencer::segments::SegmentCount;

/// A handle of a segment, whether or not it exists. Cheap to clone.
///
/// # Examples
///
/// ```
/// use enlist::{Enlist, PageRequest};
///
/// # let enlist = Enlist::new()?;
/// # let workspace = enlist.create_workspace("acme")?;
/// workspace.contact("ada").set("email", "ada@example.com").save()?;
/// let rule = r#"{"match": "all", "conditions": [{"field": "email", "operator": "is_not_empty"}]}"#;
///
/// let segment = workspace.segment("reachable")?;
/// assert_eq!(segment.preview(rule)?.count, 1);
/// let revision = segment.save_if(None, "Reachable", rule)?;
/// assert_eq!((segment.id().as_str(), segment.count()?), ("reachable", 1));
/// assert!(segment.contains("ada")?);
/// assert_eq!(segment.page(&PageRequest::default())?.contacts.len(), 1);
///
/// let changes = segment.subscribe();
/// let campaign = segment.freeze()?;
/// let revision = segment.save_if(Some(revision), "Reachable by e-mail", rule)?;
/// segment.delete_if(revision)?;
/// segment.delete().unwrap_err(); // there is none any more
/// assert_eq!(campaign.len(), 1);
/// # drop(changes);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Segment {
    workspace: Workspace,
    id: SegmentId,
    count: OnceLock<Arc<SegmentCount>>,
}

/// What a rule would select, before it is saved.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Preview {
    /// The state that it describes.
    pub revision: Revision,
    /// How many contacts the segment would hold.
    pub count: u64,
    /// The contacts that the segment would hold; [`View::contact_ids`](crate::View::contact_ids) names them,
    /// and [`View::page_of`](crate::View::page_of) a page of them.
    pub members: ContactSet,
    /// The members that the segment does not hold now; all of them if the segment does not exist.
    pub enters: ContactSet,
    /// The contacts that the segment holds now and would no longer hold.
    pub leaves: ContactSet,
}

impl Segment {
    pub(crate) fn new(workspace: Workspace, id: SegmentId) -> Self {
        Segment { workspace, id, count: OnceLock::new() }
    }

    /// Its id.
    ///
    /// [Example](Self#examples).
    pub fn id(&self) -> &SegmentId {
        &self.id
    }

    /// Saves the segment, new or edited. The rule is JSON text, [`Json`](crate::Json), a `serde_json::Value`, a
    /// [`Rule`](crate::Rule) or an [`UncheckedRule`]. It is evaluated on the calling thread, in short steps between events and
    /// reads; only then it replaces the old one.
    ///
    /// # Errors
    /// [`Error::Refused`] with [all problems of the rule](Error::rule_problems), or for a limit; [`Error::Engine`] for a blank
    /// name, or for text that is no JSON; [`Error::PartitionFailed`]; [`Error::InsideRead`].
    ///
    /// ```
    /// # let enlist = enlist::Enlist::new()?;
    /// # let workspace = enlist.create_workspace("acme")?;
    /// let reachable = workspace.segment("reachable")?;
    /// reachable.save(
    ///     "Reachable",
    ///     r#"{"match": "all", "conditions": [{"field": "email", "operator": "is_not_empty"}]}"#,
    /// )?;
    /// assert_eq!(reachable.save("Reachable", "has an e-mail").unwrap_err().code(), "invalid_json");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn save(
        &self,
        name: &str,
        rule: impl TryInto<UncheckedRule, Error: Into<Error>>,
    ) -> Result<Revision, Error> {
        self.save_expecting(name, &rule.try_into().map_err(Into::into)?, Expected::Anything)
    }

    /// Saves the segment if nobody has saved or deleted it since that [revision](crate::View::segment_revision); `None`: if it
    /// does not exist.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::SegmentChanged`], also for a revision of another incarnation; otherwise as [`save`](Self::save).
    pub fn save_if(
        &self,
        expected: Option<Revision>,
        name: &str,
        rule: impl TryInto<UncheckedRule, Error: Into<Error>>,
    ) -> Result<Revision, Error> {
        self.save_expecting(name, &rule.try_into().map_err(Into::into)?, Expected::SavedAt(expected))
    }

    /// Deletes the segment. No contact is deleted.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Refused`] if it does not exist, or other segments refer to it; [`Error::InsideRead`].
    pub fn delete(&self) -> Result<Revision, Error> {
        self.delete_expecting(Expected::Anything)
    }

    /// Deletes the segment if nobody has saved or deleted it since that [revision](crate::View::segment_revision).
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::SegmentChanged`], also for a revision of another incarnation; otherwise as [`delete`](Self::delete).
    pub fn delete_if(&self, expected: Revision) -> Result<Revision, Error> {
        self.delete_expecting(Expected::SavedAt(Some(expected)))
    }

    /// What a rule would select if it were saved as this segment, and what would change. Evaluated as for [`save`](Self::save).
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Engine`] with all problems of the rule; [`Error::PartitionFailed`].
    pub fn preview(&self, rule: impl TryInto<UncheckedRule, Error: Into<Error>>) -> Result<Preview, Error> {
        let sequencer = &self.workspace.sequencer;
        let scans = sequencer.scan(rule.try_into().map_err(Into::into)?.json(), Some(self.id.as_str()))?;
        let state = sequencer.read();
        let (mut members, mut enters, mut leaves) = (Vec::new(), Vec::new(), Vec::new());
        // A scan finishes against the current state: it evaluates the contacts again that changed since its steps.
        for (engine, scan) in state.engines()?.iter().zip(scans.into_iter().flatten()) {
            let preview = engine.preview_scan(scan)?;
            members.push(preview.members);
            enters.push(preview.enters);
            leaves.push(preview.leaves);
        }
        let names = state.retain_ids();
        let set = |parts| ContactSet::new(sequencer.life.incarnation, parts, Arc::clone(&names));
        let (members, enters, leaves) = (set(members), set(enters), set(leaves));
        Ok(Preview { revision: state.revision, count: members.len(), members, enters, leaves })
    }

    /// How many contacts it holds as of the last whole batch. It reads one atomic and never waits. The contacts of a failed
    /// partition count as before the failure.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Engine`] if it does not exist.
    pub fn count(&self) -> Result<u64, Error> {
        if let Some(count) = self.count.get().and_then(|count| count.get()) {
            return Ok(count);
        }
        // Not known yet, or deleted; a segment that was saved again has another count.
        if let Some(shared) = self.workspace.sequencer.counts.read().get(&self.id) {
            let _ = self.count.set(Arc::clone(shared));
            if let Some(count) = shared.get() {
                return Ok(count);
            }
        }
        Err(EngineError::UnknownSegment { segment: self.id.as_str().to_owned() }.into())
    }

    /// A page of its members.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// As [`View::page`](crate::View::page).
    pub fn page(&self, request: &PageRequest) -> Result<Page, Error> {
        self.workspace.page(self.id.as_str(), request)
    }

    /// Whether a contact is a member.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment or contact; [`Error::PartitionFailed`].
    pub fn contains(&self, contact: &str) -> Result<bool, Error> {
        self.workspace.contains(self.id.as_str(), contact)
    }

    /// Its members now, fixed.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// As [`View::freeze`](crate::View::freeze).
    pub fn freeze(&self) -> Result<Audience, Error> {
        self.workspace.read(|view| view.freeze(self.id.as_str()))
    }

    /// Subscribes to it.
    ///
    /// [Example](Self#examples).
    pub fn subscribe(&self) -> Subscription {
        self.workspace.subscribe(SubscribeOptions::segments([self.id.clone()]))
    }

    fn save_expecting(
        &self,
        name: &str,
        rule: &UncheckedRule,
        expected: Expected,
    ) -> Result<Revision, Error> {
        // Before the scan, which is long and would be in vain.
        self.workspace.sequencer.check_outside_read()?;
        // Evaluated before the event is made: its instant is that at which the evaluation ends.
        let sequencer = &self.workspace.sequencer;
        let scanned = sequencer.scan(rule.json(), Some(self.id.as_str()));
        let scanned = scanned.and_then(|scans| sequencer.fill(scans));
        let at = self.workspace.clock_now();
        let event = Event::segment_saved(at, self.id.as_str(), name, rule).build()?;
        match scanned {
            Ok(scans) => self.define(event, scans, expected),
            // The same refusal has the same shape whether the evaluation or the sequencer finds it.
            Err(reason @ Error::Engine(_)) => {
                Err(Error::Refused(Box::new(RefusedEvent { index: 0, event, reason })))
            }
            Err(other) => Err(other),
        }
    }

    fn delete_expecting(&self, expected: Expected) -> Result<Revision, Error> {
        let event = Event::segment_deleted(self.workspace.clock_now(), self.id.as_str()).build()?;
        self.define(event, Vec::new(), expected)
    }

    fn define(
        &self,
        event: Event,
        scans: Vec<Option<RuleScan>>,
        expected: Expected,
    ) -> Result<Revision, Error> {
        self.workspace.sequencer.submit_segment(event, scans, expected)?.wait()?.into_single()
    }
}
