//! A handle of one workspace: write, read, subscribe, recover.

mod reading;

use std::fmt;
use std::sync::Arc;

use enlist_model::{Event, Instant, Kind, SegmentId, WeekStart, WorkspaceId};
use enlist_store::{ConsumerRecord, SourcePosition};

use crate::batch::{Batch, Receipt};
use crate::error::Error;
use crate::handles::consumer::{Consumer, ConsumerOptions, ConsumerStatus};
use crate::handles::contact::{ContactDraft, ConversationDraft};
use crate::handles::enlist::Handle;
use crate::handles::published::{Published, PublishedTransition};
use crate::handles::segment::Segment;
use crate::handles::submission::Submission;
use crate::handles::subscription::{SubscribeOptions, Subscription};
use crate::inbox::ticket::Ticket;
use crate::revision::{Incarnation, Revision, Sequence};
use crate::sequencer::Sequencer;
use crate::settings::WorkspaceSettings;

/// A handle of one workspace. Cheap to clone, and to share between threads; all clones are one workspace.
///
/// Writes go through the workspace's queue: [`apply`](Self::apply) returns when the change is visible to every reader. Reads go
/// on meanwhile. Every answer is of the state after whole batches; only a page in order of arrival, and whether a contact is a member,
/// may be answered amid a batch instead of after it.
///
/// # Examples
///
/// ```
/// use enlist::{Batch, Enlist, Event, Kind, OnRefusal, PageRequest, SubscribeOptions, WeekStart};
///
/// let enlist = Enlist::new()?;
/// let workspace = enlist.create_workspace("acme")?;
///
/// // Definitions.
/// workspace.set_time_zone("Europe/Lisbon")?;
/// workspace.set_week_start(WeekStart::Sunday)?;
/// workspace.define_field("plan", Kind::Select)?;
/// let rule = r#"{"match": "all", "conditions": [{"field": "plan", "operator": "equals", "value": "pro"}]}"#;
/// workspace.segment("pro")?.save("Pro", rule)?;
/// let mut subscription = workspace.subscribe(SubscribeOptions::all());
///
/// // Contacts and conversations, one by one.
/// let revision = workspace.contact("ada").set("plan", "pro").save()?;
/// workspace.conversation("v1").set("conversation.status", "open").save_for("ada")?;
///
/// // Events, together. What is refused changes nothing, and the others are applied.
/// let at = workspace.clock_now();
/// let bob = Event::contact_saved(at, "bob").set("plan", "free").build()?;
/// workspace.check(&bob)?;
/// let wrong = Event::contact_saved(at, "cem").set("plam", "pro").build()?;
/// let receipt = workspace.apply(vec![bob.clone(), wrong])?;
/// assert_eq!((receipt.applied, receipt.refused[0].reason.code()), (1, "wrong_values"));
/// workspace.apply_event(bob.clone())?;
///
/// // Without waiting for the outcome.
/// let batch: Batch = [bob.clone()].into_iter().collect();
/// let ticket = workspace.submit(batch.on_refusal(OnRefusal::Stop))?;
/// assert_eq!(ticket.wait()?.applied, 1);
/// assert!(workspace.try_submit(bob.clone()).is_ok());
/// drop(workspace.submit_when_room(bob)); // a future
/// workspace.submit_advance(at)?.wait()?;
/// workspace.advance(at)?;
///
/// // Answers.
/// assert_eq!(workspace.count("pro")?, 1);
/// assert_eq!(workspace.page("pro", &PageRequest::default())?.contacts[0].as_str(), "ada");
/// assert!(workspace.contains("pro", "ada")? && workspace.explain("pro", "ada")?.is_member);
/// assert_eq!(workspace.segments_of("ada")?[0].as_str(), "pro");
/// let (count, total) = workspace.read(|view| Ok::<_, enlist::Error>((view.count("pro")?, view.contact_count()?)))?;
/// assert_eq!((count, total), (1, 2));
/// assert_eq!(workspace.read_at(revision, |view| view.count("pro"))??, 1);
/// let _ = workspace.try_read(|view| view.revision());
/// assert!(workspace.next_deadline()?.is_none());
///
/// // What changed.
/// assert!(subscription.next().is_some());
/// assert_eq!(workspace.recent_transitions("ada", 10).len(), 1);
/// assert!(!workspace.recently_published(1).is_empty());
///
/// // Operation.
/// assert_eq!((workspace.id().as_str(), workspace.settings().partitions), ("acme", 1));
/// println!("{} {:?}", workspace.incarnation(), workspace.stats());
/// for failed in workspace.failed_partitions() {
///     workspace.rebuild_partition(failed)?;
/// }
/// workspace.submit_rebuild(0)?.wait()?;
/// workspace.delete_field("plan").unwrap_err(); // a rule names it
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Workspace {
    pub(crate) sequencer: Arc<Sequencer>,
    /// Keeps the threads running.
    handle: Arc<Handle>,
}

impl fmt::Debug for Workspace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Workspace").field("id", &self.sequencer.id).finish_non_exhaustive()
    }
}

impl Workspace {
    pub(crate) fn new(sequencer: Arc<Sequencer>, handle: Arc<Handle>) -> Self {
        Workspace { sequencer, handle }
    }

    /// Its id.
    ///
    /// [Example](Self#examples).
    pub fn id(&self) -> &WorkspaceId {
        &self.sequencer.id
    }

    /// The life of the workspace that this handle belongs to. Revisions and sequences carry it, so that a tag from before a
    /// restart is recognized.
    ///
    /// [Example](Self#examples).
    pub fn incarnation(&self) -> Incarnation {
        self.sequencer.life.incarnation
    }

    /// Its settings.
    ///
    /// [Example](Self#examples).
    pub fn settings(&self) -> &WorkspaceSettings {
        &self.sequencer.settings
    }

    // Writing.

    /// Applies a batch and waits until every reader sees it. By default each event stands for itself: refused ones are returned
    /// in the receipt, all others are applied; see [`Batch::on_refusal`]. Readers see the whole batch at once.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Full`] if the batch has more events than the queue ever holds; [`Error::Closed`]; [`Error::InsideRead`].
    pub fn apply(&self, batch: impl Into<Batch>) -> Result<Receipt, Error> {
        self.sequencer.submit_and_wait(batch.into())
    }

    /// Applies one event and waits until every reader sees it.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Refused`] with the event and the reason; [`Error::Closed`]; [`Error::InsideRead`].
    pub fn apply_event(&self, event: Event) -> Result<Revision, Error> {
        self.apply(event)?.into_single()
    }

    /// Submits a batch without waiting for the outcome. The ticket answers it, to a thread or as a future. Blocks until the
    /// queue has room; within a read of the workspace, it returns [`Error::Full`] instead.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Full`] if the batch has more events than the queue ever holds; [`Error::Closed`].
    pub fn submit(&self, batch: impl Into<Batch>) -> Result<Ticket<Result<Receipt, Error>>, Error> {
        self.sequencer.submit(batch.into())
    }

    /// Submits a batch if the queue has room for it now. Waits for nothing.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Full`] with the events; [`Error::Closed`].
    pub fn try_submit(&self, batch: impl Into<Batch>) -> Result<Ticket<Result<Receipt, Error>>, Error> {
        self.sequencer.try_submit(batch.into())
    }

    /// Submits a batch as a future that is ready when the queue has room. Batches get room in the order in which they asked,
    /// on threads and in tasks alike. Dropping the future before it is ready withdraws the batch.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// The future's output is that of [`submit`](Self::submit).
    pub fn submit_when_room(&self, batch: impl Into<Batch>) -> Submission {
        Submission::new(Arc::clone(&self.sequencer), batch.into())
    }

    /// Advances to `to`; does nothing if `to` is not after now. The clock driver does this by itself at every deadline.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Ahead`]; [`Error::Closed`]; [`Error::InsideRead`].
    pub fn advance(&self, to: Instant) -> Result<Revision, Error> {
        self.sequencer.check_outside_read()?;
        Ok(self.submit_advance(to)?.wait()?.revision)
    }

    /// Submits an [advance](Self::advance) without waiting for it.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Closed`]. The ticket may answer [`Error::Ahead`].
    pub fn submit_advance(&self, to: Instant) -> Result<Ticket<Result<Receipt, Error>>, Error> {
        self.sequencer.submit_advance(to)
    }

    /// Sets the time zone (an IANA name) in which days begin.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// As [`apply_event`](Self::apply_event).
    pub fn set_time_zone(&self, time_zone: &str) -> Result<Revision, Error> {
        self.apply_event(Event::workspace_configured(self.clock_now()).time_zone(time_zone).build()?)
    }

    /// Sets the weekday on which weeks begin.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// As [`apply_event`](Self::apply_event).
    pub fn set_week_start(&self, week_start: WeekStart) -> Result<Revision, Error> {
        self.apply_event(Event::workspace_configured(self.clock_now()).week_start(week_start).build()?)
    }

    /// Defines a field without options or default. For those, apply [`Event::field_defined`].
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// As [`apply_event`](Self::apply_event).
    pub fn define_field(&self, field: &str, kind: Kind) -> Result<Revision, Error> {
        self.apply_event(Event::field_defined(self.clock_now(), field, kind).build()?)
    }

    /// Deletes a field that no rule names, and its values.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// As [`apply_event`](Self::apply_event).
    pub fn delete_field(&self, field: &str) -> Result<Revision, Error> {
        self.apply_event(Event::field_deleted(self.clock_now(), field).build()?)
    }

    /// A contact, to be saved, deleted or merged.
    ///
    /// [Example](Self#examples).
    pub fn contact<'a>(&'a self, contact: &'a str) -> ContactDraft<'a> {
        ContactDraft::new(self, contact)
    }

    /// A conversation, to be saved or deleted.
    ///
    /// [Example](Self#examples).
    pub fn conversation<'a>(&'a self, conversation: &'a str) -> ConversationDraft<'a> {
        ConversationDraft::new(self, conversation)
    }

    /// A handle of a segment, whether or not it exists.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Engine`] if the id is empty or longer than 256 bytes.
    pub fn segment(&self, segment: &str) -> Result<Segment, Error> {
        Ok(Segment::new(self.clone(), SegmentId::new(segment)?))
    }

    // Subscribing.

    /// Subscribes to everything that is published from now on, or as the options say.
    ///
    /// [Example](Self#examples).
    pub fn subscribe(&self, options: SubscribeOptions) -> Subscription {
        Subscription::new(Arc::clone(&self.sequencer), options)
    }

    /// Reads for a consumer, by its name of 1 to 256 bytes: what it has not acknowledged and then what is new, or from now on if the
    /// name is new. An earlier reader of it gets the end [`End::TakenOver`](crate::End::TakenOver). The options replace those
    /// of earlier calls.
    ///
    /// [Example](Consumer#examples).
    ///
    /// # Errors
    /// [`Error::ConsumerName`]; [`Error::Limit`] if there are 256 others; [`Error::Store`].
    pub fn consumer(&self, name: &str, options: ConsumerOptions) -> Result<Consumer, Error> {
        Consumer::begin(Arc::clone(&self.sequencer), name, options)
    }

    /// Removes a consumer: nothing is kept for it any more. Returns whether there was one.
    ///
    /// [Example](Consumer#examples).
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn remove_consumer(&self, name: &str) -> Result<bool, Error> {
        self.sequencer.remove_consumer(name)
    }

    /// All consumers, by name, and how far each is.
    ///
    /// [Example](Consumer#examples).
    pub fn consumers(&self) -> Vec<ConsumerStatus> {
        let incarnation = self.sequencer.life.incarnation;
        let status = |(name, record, unacknowledged, reader): (String, ConsumerRecord, u64, Option<_>)| {
            let acknowledged = Sequence::new(incarnation, record.acknowledged);
            ConsumerStatus { name, acknowledged, unacknowledged, is_read: reader.is_some() }
        };
        self.sequencer.broadcast.consumers().into_iter().map(status).collect()
    }

    /// The latest transitions and notices, the newest first and at most `limit`, as far as they are
    /// [retained](WorkspaceSettings::retained). Nothing beyond the limit is looked at.
    ///
    /// [Example](Self#examples).
    pub fn recently_published(&self, limit: usize) -> Vec<Published> {
        let items = self.sequencer.broadcast.newest_items().take(limit);
        items.map(|(delivery, item)| Published::at(&delivery, item)).collect()
    }

    /// The latest entries and exits of a contact, the newest first and at most `limit`, as far as they are
    /// [retained](WorkspaceSettings::retained). It searches back until it has found that number, in the worst case everything that is
    /// retained, and no writer waits for it. Changes by a saved rule are notices and not among them.
    ///
    /// [Example](Self#examples).
    pub fn recent_transitions(&self, contact: &str, limit: usize) -> Vec<PublishedTransition> {
        let items = self.sequencer.broadcast.newest_items();
        let of_contact = items.filter(|(delivery, item)| delivery.changes.is_of(*item, contact));
        let transitions =
            of_contact.filter_map(|(delivery, item)| Published::at(&delivery, item).into_transition());
        transitions.take(limit).collect()
    }

    // Recovering.

    /// The position of the last event of a source that was applied, as of the state that a reader sees; see
    /// [`Batch::from_source`]. `None` if nothing of it was.
    ///
    /// [Example](crate::Batch::from_source).
    pub fn source(&self, source: &str) -> Option<SourcePosition> {
        self.sequencer.read().sources.position(source)
    }

    /// Rebuilds a failed partition: it keeps its facts, takes the definitions in force, and computes everything derived again.
    /// Every subscriber gets a gap, because what the partition did just before it failed may not have been published. Facts that
    /// the event had changed when the partition failed stay changed.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::PartitionFailed`] if it fails again; [`Error::UnknownPartition`]; [`Error::Closed`]; [`Error::InsideRead`];
    /// [`Error::Store`] if what it recovered is not kept.
    pub fn rebuild_partition(&self, partition: usize) -> Result<Revision, Error> {
        self.sequencer.check_outside_read()?;
        let revision = self.submit_rebuild(partition)?.wait()?.revision;
        // The event that failed may have changed facts in part. The journal does not have that, so the rows must.
        self.handle.registry.make_checkpoint()?;
        Ok(revision)
    }

    /// Submits a [rebuild](Self::rebuild_partition) without waiting for it. In a store, make a [checkpoint](crate::Enlist::checkpoint)
    /// after it: until then, the store opens with what the partition had before it failed.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::UnknownPartition`]; [`Error::Closed`].
    pub fn submit_rebuild(&self, partition: usize) -> Result<Ticket<Result<Receipt, Error>>, Error> {
        self.sequencer.submit_rebuild(partition)
    }

    /// The partitions that failed and were not rebuilt, numbered from 0.
    ///
    /// [Example](Self#examples).
    pub fn failed_partitions(&self) -> Vec<usize> {
        let state = self.sequencer.read();
        let failed = state.partitions.iter().filter(|partition| partition.failure.is_some());
        failed.map(|partition| partition.index.position()).collect()
    }

    /// What the clock reads.
    ///
    /// [Example](Self#examples).
    pub fn clock_now(&self) -> Instant {
        self.sequencer.clock.now()
    }
}
