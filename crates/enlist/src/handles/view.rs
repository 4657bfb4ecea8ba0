//! A view of a workspace at one revision, for several questions about the same state.

use std::sync::Arc;

use enlist_engine::{
    Difference, Dump, Engine, Explanation, Segment as SegmentDefinition, SegmentSet, page_across,
};
use enlist_model::{ContactId, Day, Event, FieldDefinition, Instant, SegmentId, WeekStart};

use crate::contact_set::ContactSet;
use crate::error::Error;
use crate::handles::audience::Audience;
use crate::handles::page::{Page, PageRequest};
use crate::partition::SegmentIdx;
use crate::revision::Revision;
use crate::sequencer::Sequencer;
use crate::sequencer::history::{DayCount, HourCount};
use crate::sequencer::state::State;

/// A workspace at one revision, given to the closure of [`Workspace::read`](crate::Workspace::read). No batch is applied while
/// the closure runs.
///
/// # Examples
///
/// ```
/// use enlist::{Enlist, Kind, PageOrder, PageRequest, SegmentSet, UncheckedRule};
///
/// # let enlist = Enlist::new()?;
/// # let workspace = enlist.create_workspace("acme")?;
/// workspace.define_field("plan", Kind::Select)?;
/// workspace.contact("ada").set("name", "Ada").set("plan", "pro").save()?;
/// let rule = r#"{"match": "all", "conditions": [{"field": "plan", "operator": "equals", "value": "pro"}]}"#;
/// workspace.segment("pro")?.save("Pro", rule)?;
///
/// workspace.read(|view| {
///     // One revision for all of these.
///     assert_eq!((view.contact_count()?, view.count("pro")?), (1, 1));
///     assert!(view.has_contact("ada")? && view.contains("pro", "ada")?);
///     let by_name = PageOrder::Field { field: "name".into(), descending: false };
///     let page = view.page("pro", &PageRequest::default().with_order(by_name))?;
///     assert_eq!((page.contacts[0].as_str(), page.total), ("ada", 1));
///
///     for segment in view.segments() {
///         let revision = view.segment_revision(segment.id().as_str());
///         println!("{} {}: {} ({revision:?})", segment.id(), segment.name(), segment.rule());
///     }
///     let fields: Vec<_> = view.fields().map(|field| field.key.as_str()).collect();
///     assert!(fields.contains(&"plan"));
///     assert_eq!((view.time_zone(), view.event_count()), ("UTC", 3));
///     assert!(view.now().is_some());
///
///     assert_eq!(view.segments_of("ada")?[0].as_str(), "pro");
///     assert!(view.explain("pro", "ada")?.is_member);
///     assert_eq!((view.overlap("pro", "pro")?, view.select_count(&SegmentSet::from("pro"))?), (1, 1));
///     let audience = view.freeze("pro")?;
///     assert_eq!(audience.revision(), view.revision());
///     assert_eq!(view.counts_by_day("pro")?.len(), 1);
///     assert!(view.counts_by_hour("pro")?.len() <= 1);
///
///     // What a form checks before it saves.
///     let checked = UncheckedRule::try_from(rule)?.check(None, view.rule_definitions())?;
///     assert_eq!(checked.leaf_count(), 1);
///
///     assert_eq!(view.dump()?.contacts.len(), 1);
///     assert!(view.verify()?.is_empty());
///     # let _ = view.week_start();
///     Ok::<_, enlist::Error>(())
/// })?;
///
/// let preview = workspace.segment("free")?.preview(rule)?;
/// let names = workspace.read(|view| view.contact_ids(&preview.members))?;
/// assert_eq!(names[0].as_str(), "ada");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub(crate) sequencer: &'a Arc<Sequencer>,
    pub(crate) state: &'a State,
}

impl std::fmt::Debug for View<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("View")
            .field("workspace", &self.sequencer.id)
            .field("revision", &self.state.revision)
            .finish_non_exhaustive()
    }
}

impl View<'_> {
    /// The state that it shows.
    ///
    /// [Example](Self#examples).
    pub fn revision(&self) -> Revision {
        self.state.revision
    }

    /// The greatest instant seen; `None` before the first event.
    ///
    /// [Example](Self#examples).
    pub fn now(&self) -> Option<Instant> {
        self.state.now
    }

    /// The local date of now, which conditions on dates compare with; `None` before the first event.
    ///
    /// [Example](Self::day_of).
    pub fn today(&self) -> Option<Day> {
        Some(self.day_of(self.now()?))
    }

    /// The local date of an instant in the workspace's time zone.
    ///
    /// ```
    /// # let enlist = enlist::Enlist::builder().manual_time().build()?;
    /// # let workspace = enlist.create_workspace("acme")?;
    /// let late = enlist::Instant::parse("2026-11-23T23:30:00Z").ok_or("an instant")?;
    /// workspace.advance(late)?;
    /// workspace.set_time_zone("Europe/Berlin")?;
    /// workspace.read(|view| {
    ///     assert_eq!(view.day_of(late).to_string(), "2026-11-24");
    ///     assert_eq!(view.today(), view.now().map(|now| view.day_of(now)));
    /// });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn day_of(&self, at: Instant) -> Day {
        self.definitions().local_day(at)
    }

    /// The events applied over the workspace's whole life. Transitions of the latest one bear this number as their cause.
    ///
    /// [Example](Self#examples).
    pub fn event_count(&self) -> u64 {
        self.state.event_count
    }

    /// How many contacts the workspace has.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub fn contact_count(&self) -> Result<u64, Error> {
        Ok(self.state.engines()?.iter().map(|engine| engine.contact_count()).sum())
    }

    /// Whether a contact exists.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::PartitionFailed`] if its partition failed.
    pub fn has_contact(&self, contact: &str) -> Result<bool, Error> {
        Ok(self.state.engine_of(contact)?.has_contact(contact))
    }

    /// The workspace's time zone, by its IANA name.
    ///
    /// [Example](Self#examples).
    pub fn time_zone(&self) -> &str {
        self.definitions().time_zone()
    }

    /// The weekday on which the workspace's weeks begin.
    ///
    /// [Example](Self#examples).
    pub fn week_start(&self) -> WeekStart {
        self.definitions().week_start()
    }

    /// All fields, built-in ones first.
    ///
    /// [Example](Self#examples).
    pub fn fields(&self) -> impl Iterator<Item = &FieldDefinition> {
        self.definitions().fields()
    }

    /// All segments in order of creation.
    ///
    /// [Example](Self#examples).
    pub fn segments(&self) -> impl Iterator<Item = &SegmentDefinition> {
        self.definitions().segments()
    }

    /// The revision at which a segment was last saved, for [`Segment::save_if`](crate::Segment::save_if). `None` if it does not exist.
    ///
    /// [Example](Self#examples).
    pub fn segment_revision(&self, segment: &str) -> Option<Revision> {
        self.state.segments.find(segment).map(|row| row.saved_at)
    }

    /// The definitions that a rule is checked against; see [`Rule::check`](enlist_model::Rule::check).
    ///
    /// [Example](Self#examples).
    pub fn rule_definitions(&self) -> &dyn enlist_model::Definitions {
        self.definitions().definitions()
    }

    /// How many contacts a segment holds.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment; [`Error::PartitionFailed`].
    pub fn count(&self, segment: &str) -> Result<u64, Error> {
        self.sum(|engine| engine.count(segment))
    }

    /// A page of a segment's members.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment, a field that cannot be sorted by, or a [cursor](crate::Cursor) that is
    /// damaged, of another order, another workspace or another incarnation; [`Error::PartitionFailed`].
    pub fn page(&self, segment: &str, request: &PageRequest) -> Result<Page, Error> {
        let key = &self.sequencer.life.cursor_key;
        let request = request.try_map_position(|cursor| key.open(cursor))?;
        let page = page_across(&self.state.engines()?, segment, &request)?;
        Ok(page.map_position(|position| key.seal(&position)))
    }

    /// Whether a contact is a member of a segment.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment or contact; [`Error::PartitionFailed`].
    pub fn contains(&self, segment: &str, contact: &str) -> Result<bool, Error> {
        Ok(self.state.engine_of(contact)?.contains(segment, contact)?)
    }

    /// The segments that hold a contact, in order of creation.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown contact; [`Error::PartitionFailed`].
    pub fn segments_of(&self, contact: &str) -> Result<Vec<&SegmentId>, Error> {
        Ok(self.state.engine_of(contact)?.segments_of(contact)?)
    }

    /// Why a contact is a member of a segment, or is not.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment or contact; [`Error::PartitionFailed`].
    pub fn explain(&self, segment: &str, contact: &str) -> Result<Explanation, Error> {
        Ok(self.state.engine_of(contact)?.explain(segment, contact)?)
    }

    /// How many contacts two segments share.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment; [`Error::PartitionFailed`].
    pub fn overlap(&self, one: &str, other: &str) -> Result<u64, Error> {
        self.sum(|engine| engine.overlap(one, other))
    }

    /// How many contacts a combination of segments holds.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment; [`Error::PartitionFailed`].
    pub fn select_count(&self, set: &SegmentSet) -> Result<u64, Error> {
        self.sum(|engine| engine.select_count(set))
    }

    /// The contacts of a combination of segments, fixed.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment; [`Error::PartitionFailed`].
    pub fn freeze(&self, set: impl Into<SegmentSet>) -> Result<Audience, Error> {
        Ok(Audience::new(Arc::clone(self.sequencer), self.select(set)?, self.state.revision))
    }

    /// The ids of the contacts of a set in order of creation, those deleted since included. All at once: of a large set,
    /// [`page_of`](Self::page_of) gives a page.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::OtherWorkspace`] if the set is of another workspace, or of an earlier incarnation of this one;
    /// [`Error::PartitionFailed`].
    pub fn contact_ids(&self, set: &ContactSet) -> Result<Vec<ContactId>, Error> {
        self.check_own(set)?;
        let engines = self.state.engines()?;
        let parts = engines.iter().zip(set.parts.iter());
        let mut contacts: Vec<(u64, &ContactId)> =
            parts.flat_map(|(engine, part)| engine.contacts_by_creation(part)).collect();
        contacts.extend(set.unnumbered.iter().map(|(creation, id)| (*creation, id)));
        contacts.sort_unstable_by_key(|(creation, _)| *creation);
        Ok(contacts.into_iter().map(|(_, id)| id.clone()).collect())
    }

    /// The counts of a segment at every full hour (UTC), as far back as they are kept: each as of before anything in that hour
    /// happened.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment; [`Error::PartitionFailed`].
    pub fn counts_by_hour(&self, segment: &str) -> Result<Vec<HourCount>, Error> {
        let (index, count) = (self.index(segment)?, self.count(segment)?);
        Ok(self.state.history.hours(index, self.state.now.unwrap_or(Instant::MIN), count))
    }

    /// The counts of a segment as each local day began, with its entries and exits, as far back as they are kept. A saved rule
    /// changes the count without entries or exits.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment; [`Error::PartitionFailed`].
    pub fn counts_by_day(&self, segment: &str) -> Result<Vec<DayCount>, Error> {
        let (index, count) = (self.index(segment)?, self.count(segment)?);
        Ok(self.state.history.days(index, self.state.today(), count))
    }

    /// Whether the workspace would take an event now; see [`Workspace::check`](crate::Workspace::check).
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// As [`Workspace::apply_event`](crate::Workspace::apply_event), except that it waits for no batch and so is never
    /// refused as [`Error::InsideRead`].
    pub fn check(&self, event: &Event) -> Result<(), Error> {
        self.sequencer.check(self.state, event)
    }

    /// Everything that is not derived, as one dump, regardless of the number of partitions.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub fn dump(&self) -> Result<Dump, Error> {
        self.state.dump()
    }

    /// Computes everything derived again from the facts and compares; returns the first difference of each partition.
    ///
    /// [Example](Self#examples).
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

    fn index(&self, segment: &str) -> Result<SegmentIdx, Error> {
        let unknown = || enlist_engine::Error::UnknownSegment { segment: segment.to_owned() };
        self.state.segments.index(segment).ok_or_else(|| unknown().into())
    }

    /// An engine with the definitions in force. All partitions have the same ones, except failed partitions.
    fn definitions(&self) -> &Engine {
        self.state.leading_engine()
    }
}
