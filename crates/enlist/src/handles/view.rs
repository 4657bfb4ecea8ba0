//! Reads at one revision: several questions answered by one and the same state.

use std::sync::Arc;

use enlist_engine::{
    Difference, Dump, Engine, Explanation, Page, PageRequest, Segment as SegmentDefinition, SegmentSet,
    page_across,
};
use enlist_model::{ContactId, FieldDefinition, Instant, SegmentId, WeekStart};

use crate::error::Error;
use crate::handles::audience::{Audience, ContactSet, contact_ids};
use crate::revision::Revision;
use crate::sequencer::Sequencer;
use crate::sequencer::history::{DayCount, HourCount};
use crate::sequencer::state::State;

/// A workspace at one revision. It is given to the closure of [`Workspace::read`](crate::Workspace::read); no batch is
/// applied while it is there, so be brief.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub(crate) core: &'a Arc<Sequencer>,
    pub(crate) state: &'a State,
}

impl std::fmt::Debug for View<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("View")
            .field("workspace", &self.core.id)
            .field("revision", &self.state.revision)
            .finish_non_exhaustive()
    }
}

impl View<'_> {
    /// Which state this is.
    pub fn revision(&self) -> Revision {
        self.state.revision
    }

    /// The greatest instant seen; `None` before the first event.
    pub fn now(&self) -> Option<Instant> {
        self.state.now
    }

    /// The events applied over the workspace's whole life; the number that the latest one's transitions bear.
    pub fn event_count(&self) -> u64 {
        self.state.event_count
    }

    /// How many contacts there are.
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub fn contact_count(&self) -> Result<u64, Error> {
        Ok(self.state.engines()?.iter().map(|engine| engine.contact_count()).sum())
    }

    /// Whether there is such a contact.
    ///
    /// # Errors
    /// [`Error::PartitionFailed`] if it would be in one that failed.
    pub fn has_contact(&self, contact: &str) -> Result<bool, Error> {
        Ok(self.state.engine_of(contact)?.has_contact(contact))
    }

    /// The workspace's time zone, by its IANA name.
    pub fn time_zone(&self) -> &str {
        self.definitions().time_zone()
    }

    /// The weekday on which the workspace's weeks begin.
    pub fn week_start(&self) -> WeekStart {
        self.definitions().week_start()
    }

    /// All fields, the built-in ones first.
    pub fn fields(&self) -> impl Iterator<Item = &FieldDefinition> {
        self.definitions().fields()
    }

    /// All segments in order of creation.
    pub fn segments(&self) -> impl Iterator<Item = &SegmentDefinition> {
        self.definitions().segments()
    }

    /// The revision at which a segment was last saved; to save it again only if nobody else has.
    pub fn segment_revision(&self, segment: &str) -> Option<Revision> {
        let number = self.state.catalogue.number(segment)?;
        self.state.segments[number as usize].as_ref().map(|segment| segment.saved_at)
    }

    /// What a rule is checked against; see [`Rule::check`](enlist_model::Rule::check).
    pub fn rule_definitions(&self) -> &dyn enlist_model::Definitions {
        self.definitions().definitions()
    }

    /// How many contacts a segment holds.
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment; [`Error::PartitionFailed`].
    pub fn count(&self, segment: &str) -> Result<u64, Error> {
        self.sum(|engine| engine.count(segment))
    }

    /// A page of a segment's members.
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment, a field that does not sort, a cursor of another order;
    /// [`Error::PartitionFailed`].
    pub fn page(&self, segment: &str, request: &PageRequest) -> Result<Page, Error> {
        Ok(page_across(&self.state.engines()?, segment, request)?)
    }

    /// Whether a contact is a member of a segment.
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment or contact; [`Error::PartitionFailed`].
    pub fn contains(&self, segment: &str, contact: &str) -> Result<bool, Error> {
        Ok(self.state.engine_of(contact)?.contains(segment, contact)?)
    }

    /// The segments that hold a contact, in order of creation.
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown contact; [`Error::PartitionFailed`].
    pub fn segments_of(&self, contact: &str) -> Result<Vec<&SegmentId>, Error> {
        Ok(self.state.engine_of(contact)?.segments_of(contact)?)
    }

    /// Why a contact is a member of a segment, or is not.
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment or contact; [`Error::PartitionFailed`].
    pub fn explain(&self, segment: &str, contact: &str) -> Result<Explanation, Error> {
        Ok(self.state.engine_of(contact)?.explain(segment, contact)?)
    }

    /// How many contacts two segments share.
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment; [`Error::PartitionFailed`].
    pub fn overlap(&self, one: &str, other: &str) -> Result<u64, Error> {
        self.sum(|engine| engine.overlap(one, other))
    }

    /// How many contacts a combination of segments has.
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment; [`Error::PartitionFailed`].
    pub fn select_count(&self, set: &SegmentSet) -> Result<u64, Error> {
        self.sum(|engine| engine.select_count(set))
    }

    /// The contacts of a combination of segments, fixed.
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment; [`Error::PartitionFailed`].
    pub fn freeze(&self, set: impl Into<SegmentSet>) -> Result<Audience, Error> {
        let set = set.into();
        let parts =
            self.state.engines()?.iter().map(|engine| engine.select(&set)).collect::<Result<_, _>>()?;
        Ok(Audience::new(Arc::clone(self.core), self.state, parts))
    }

    /// The contacts of a set by their ids, by partition and arrival; those deleted since are passed over. The set is to be of
    /// this workspace: of another's, its numbers mean nothing here.
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub fn contact_ids(&self, set: &ContactSet) -> Result<Vec<ContactId>, Error> {
        Ok(contact_ids(&self.state.engines()?, set).into_iter().cloned().collect())
    }

    /// The counts of a segment at every full hour of UTC, as far back as they are kept: each as of the instant before
    /// anything of that hour happened.
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment; [`Error::PartitionFailed`].
    pub fn counts_by_hour(&self, segment: &str) -> Result<Vec<HourCount>, Error> {
        let (number, count) = (self.number(segment)?, self.count(segment)?);
        Ok(self.state.history.hours(number, self.state.now.unwrap_or(Instant::MIN), count))
    }

    /// The counts of a segment as each local day began, and how many entered and left on it, as far back as they are
    /// kept. Saving the segment's rule changes the count, and is neither entering nor leaving.
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment; [`Error::PartitionFailed`].
    pub fn counts_by_day(&self, segment: &str) -> Result<Vec<DayCount>, Error> {
        let (number, count) = (self.number(segment)?, self.count(segment)?);
        Ok(self.state.history.days(number, self.state.today, count))
    }

    /// Everything that is not derived, as one dump however many partitions there are.
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub fn dump(&self) -> Result<Dump, Error> {
        Sequencer::dump(self.state)
    }

    /// Computes everything derived again from the facts and compares; the first difference of each partition, if any.
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub fn verify(&self) -> Result<Vec<Difference>, Error> {
        Ok(self.state.engines()?.iter().filter_map(|engine| engine.verify().err()).collect())
    }

    fn sum(&self, of: impl Fn(&Engine) -> Result<u64, enlist_engine::Error>) -> Result<u64, Error> {
        let mut sum = 0;
        for engine in self.state.engines()? {
            sum += of(engine)?;
        }
        Ok(sum)
    }

    fn number(&self, segment: &str) -> Result<u32, Error> {
        let unknown = || enlist_engine::Error::UnknownSegment { segment: segment.to_owned() };
        self.state.catalogue.number(segment).ok_or_else(|| unknown().into())
    }

    /// All partitions have the same definitions, but for what a failed one may lack.
    fn definitions(&self) -> &Engine {
        self.state.leading_engine()
    }
}
