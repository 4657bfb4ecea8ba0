//! A handle of one workspace: what a host does with it.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use enlist_engine::{Explanation, Page, PageRequest};
use enlist_model::{Event, Instant, Kind, SegmentId, WorkspaceId};
use parking_lot::RwLockReadGuard;

use crate::error::Error;
use crate::handles::contact::{ContactDraft, ConversationDraft};
use crate::handles::enlist::Handle;
use crate::handles::published::{Published, PublishedTransition};
use crate::handles::segment::Segment;
use crate::handles::subscription::{SubscribeOptions, Subscription};
use crate::handles::view::View;
use crate::inbox::ticket::Ticket;
use crate::revision::Revision;
use crate::sequencer::state::State;
use crate::sequencer::stats::Stats;
use crate::sequencer::{Receipt, Sequencer};
use crate::settings::WorkspaceSettings;

/// A handle of one workspace. Cheap to clone, and to share between threads; all clones are one workspace.
///
/// Writing goes through the workspace's queue: [`apply`](Self::apply) and its kin return when the change is visible to every
/// reader. Reading goes on beside it: every answer is of the state after whole batches.
#[derive(Clone)]
pub struct Workspace {
    pub(crate) core: Arc<Sequencer>,
    /// Keeps the threads running.
    #[expect(dead_code, reason = "it is held, not read")]
    handle: Arc<Handle>,
}

impl fmt::Debug for Workspace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Workspace").field("id", &self.core.id).finish_non_exhaustive()
    }
}

impl Workspace {
    pub(crate) fn new(core: Arc<Sequencer>, handle: Arc<Handle>) -> Self {
        Workspace { core, handle }
    }

    /// Its id.
    pub fn id(&self) -> &WorkspaceId {
        &self.core.id
    }

    /// How it was made.
    pub fn settings(&self) -> &WorkspaceSettings {
        &self.core.settings
    }

    // Writing.

    /// Applies one event; waits for room in the queue, and until every reader sees the change.
    ///
    /// # Errors
    /// [`Error::Refused`] with the event and the reason; [`Error::Closed`].
    pub fn apply(&self, event: Event) -> Result<Revision, Error> {
        self.apply_batch(vec![event])?.into_single()
    }

    /// Applies events in order, each for itself: those that are refused are handed back in the receipt, all others are
    /// applied. Readers see all of them at once. Waits for room in the queue, and until it is done.
    ///
    /// # Errors
    /// [`Error::Full`] if there are more than the queue ever holds; [`Error::Closed`].
    pub fn apply_batch(&self, events: Vec<Event>) -> Result<Receipt, Error> {
        self.core.submit_and_wait(events, false)
    }

    /// Applies events in order, up to the first that is refused; it and those after it are handed back in the receipt.
    ///
    /// # Errors
    /// As [`apply_batch`](Self::apply_batch).
    pub fn apply_until_refused(&self, events: Vec<Event>) -> Result<Receipt, Error> {
        self.core.submit_and_wait(events, true)
    }

    /// ForkJoin events in as [`apply_batch`](Self::apply_batch) does, but does not wait for what becomes of them: the ticket
    /// does, on a thread or as a future. Waits for room in the queue.
    ///
    /// # Errors
    /// As [`apply_batch`](Self::apply_batch).
    pub fn submit(&self, events: Vec<Event>) -> Result<Ticket<Result<Receipt, Error>>, Error> {
        self.core.submit(events, false, true)
    }

    /// ForkJoin events in as [`submit`](Self::submit) does, to be applied up to the first that is refused; as
    /// [`apply_until_refused`](Self::apply_until_refused).
    ///
    /// # Errors
    /// As [`apply_batch`](Self::apply_batch).
    pub fn submit_until_refused(&self, events: Vec<Event>) -> Result<Ticket<Result<Receipt, Error>>, Error> {
        self.core.submit(events, true, true)
    }

    /// ForkJoin events in if there is room for them in the queue, and waits for nothing.
    ///
    /// # Errors
    /// [`Error::Full`] with the events; [`Error::Closed`].
    pub fn try_apply(&self, events: Vec<Event>) -> Result<Ticket<Result<Receipt, Error>>, Error> {
        self.core.submit(events, false, false)
    }

    /// The same, to be applied up to the first that is refused; as [`apply_until_refused`](Self::apply_until_refused).
    ///
    /// # Errors
    /// As [`try_apply`](Self::try_apply).
    pub fn try_apply_until_refused(
        &self,
        events: Vec<Event>,
    ) -> Result<Ticket<Result<Receipt, Error>>, Error> {
        self.core.submit(events, true, false)
    }

    /// Ready when there is room for so many events in the queue; otherwise the task is woken when to look again.
    pub fn poll_room(&self, events: usize, context: &mut Context<'_>) -> Poll<()> {
        self.core.queue.poll_room(events, context)
    }

    /// Lets time pass until an instant; an earlier one than now changes nothing. The clock driver does this by itself at
    /// every change of the local date.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub fn advance(&self, to: Instant) -> Result<Revision, Error> {
        Ok(self.submit_advance(to)?.wait()?.revision)
    }

    /// ForkJoin in that time passes, as [`advance`](Self::advance) does, and waits for nothing: the ticket does.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub fn submit_advance(&self, to: Instant) -> Result<Ticket<Result<Receipt, Error>>, Error> {
        self.core.submit_advance(to)
    }

    /// Sets the time zone (an IANA name) in which days begin.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn set_time_zone(&self, time_zone: &str) -> Result<Revision, Error> {
        let event = Event::workspace_configured(self.clock_now());
        self.apply(event.time_zone(time_zone).build()?)
    }

    /// Sets the weekday on which weeks begin.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn set_week_start(&self, week_start: enlist_model::WeekStart) -> Result<Revision, Error> {
        let event = Event::workspace_configured(self.clock_now());
        self.apply(event.week_start(week_start).build()?)
    }

    /// Defines a field, without options or default; for those, [`apply`](Self::apply) a `field_defined` event.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn define_field(&self, field: &str, kind: Kind) -> Result<Revision, Error> {
        self.apply(Event::field_defined(self.clock_now(), field, kind).build()?)
    }

    /// Deletes a field that no rule names.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn delete_field(&self, field: &str) -> Result<Revision, Error> {
        self.apply(Event::field_deleted(self.clock_now(), field).build()?)
    }

    /// A contact, to be saved, deleted or merged.
    pub fn contact<'a>(&'a self, contact: &'a str) -> ContactDraft<'a> {
        ContactDraft::new(self, contact)
    }

    /// A conversation, to be saved or deleted.
    pub fn conversation<'a>(&'a self, conversation: &'a str) -> ConversationDraft<'a> {
        ConversationDraft::new(self, conversation)
    }

    /// A handle of a segment, whether or not it is there.
    ///
    /// # Errors
    /// [`Error::Engine`] if the id is empty or longer than 256 bytes.
    pub fn segment(&self, segment: &str) -> Result<Segment, Error> {
        Ok(Segment::new(self.clone(), SegmentId::new(segment)?))
    }

    // Reading.

    /// Answers several questions at one revision. Do not write to the workspace, or read it in another way, within the
    /// closure: a batch that waits for it to end would wait for ever, and it for the batch.
    pub fn read<T>(&self, read: impl FnOnce(View<'_>) -> T) -> T {
        let state = self.core.state();
        read(View { core: &self.core, state: &state })
    }

    /// The same at a revision or later. Whoever was given a revision can be sure that it is there: revisions are given
    /// out when readers see them.
    ///
    /// # Errors
    /// [`Error::UnknownRevision`] for one that nobody was given.
    pub fn read_at<T>(&self, revision: Revision, read: impl FnOnce(View<'_>) -> T) -> Result<T, Error> {
        let state = self.core.state();
        if state.revision < revision {
            return Err(Error::UnknownRevision { asked: revision, current: state.revision });
        }
        Ok(read(View { core: &self.core, state: &state }))
    }

    /// How many contacts a segment holds as of the last whole batch: an atomic that is read without waiting for anything. While a
    /// partition is failed, its contacts count as they last did.
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment.
    pub fn count(&self, segment: &str) -> Result<u64, Error> {
        let count = self.core.counts.read().get(segment).and_then(|cell| cell.count());
        let unknown = || enlist_engine::Error::UnknownSegment { segment: segment.to_owned() };
        count.ok_or_else(|| unknown().into())
    }

    /// A page of a segment's members.
    ///
    /// # Errors
    /// As [`View::page`].
    pub fn page(&self, segment: &str, request: &PageRequest) -> Result<Page, Error> {
        self.read(|view| view.page(segment, request))
    }

    /// Whether a contact is a member of a segment.
    ///
    /// # Errors
    /// As [`View::contains`].
    pub fn contains(&self, segment: &str, contact: &str) -> Result<bool, Error> {
        self.read(|view| view.contains(segment, contact))
    }

    /// The segments that hold a contact, in order of creation.
    ///
    /// # Errors
    /// As [`View::segments_of`].
    pub fn segments_of(&self, contact: &str) -> Result<Vec<SegmentId>, Error> {
        self.read(|view| Ok(view.segments_of(contact)?.into_iter().cloned().collect()))
    }

    /// Why a contact is a member of a segment, or is not.
    ///
    /// # Errors
    /// As [`View::explain`].
    pub fn explain(&self, segment: &str, contact: &str) -> Result<Explanation, Error> {
        self.read(|view| view.explain(segment, contact))
    }

    /// When memberships may next change by themselves; `None` if none will without an event.
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub fn next_deadline(&self) -> Result<Option<Instant>, Error> {
        let state = self.core.state();
        Ok(state.engines()?.iter().filter_map(|engine| engine.next_deadline()).min())
    }

    /// The workspace in numbers.
    pub fn stats(&self) -> Stats {
        let locked = self.core.state();
        let mut stats = self.core.counters.read(&locked);
        drop(locked);
        let (batches, events) = self.core.queue.depth();
        let (subscribers, longest) = self.core.broadcast.depth();
        (stats.queued_batches, stats.queued_events) = (batches as u64, events as u64);
        (stats.subscribers, stats.longest_subscriber) = (subscribers as u64, longest as u64);
        stats.bytes.retained = self.core.broadcast.bytes() as u64;
        stats
    }

    // Listening.

    /// Subscribes to all that is published from now on, or as the options say.
    pub fn subscribe(&self, options: SubscribeOptions) -> Subscription {
        Subscription::new(Arc::clone(&self.core), options)
    }

    /// What is retained of the transitions and notices published lately, the oldest first.
    pub fn recently_published(&self) -> Vec<Published> {
        let deliveries = self.core.broadcast.retained();
        let items = deliveries
            .iter()
            .flat_map(|delivery| (0..delivery.told.items.len()).map(|index| Published::at(delivery, index)));
        items.collect()
    }

    /// The latest entries and exits of a contact, the newest first, as far as they are retained (see
    /// [`WorkspaceSettings::retained`](crate::WorkspaceSettings::retained)); found by looking through what is retained. Who was
    /// a member at some time in the past is not promised: members that come and go with a rule are not among these.
    pub fn recent_transitions(&self, contact: &str) -> Vec<PublishedTransition> {
        let deliveries = self.core.broadcast.retained();
        let items = deliveries.iter().rev().flat_map(|delivery| {
            let indices = (0..delivery.told.items.len()).rev();
            indices.filter(|index| delivery.told.is_of(*index, contact)).map(move |index| (delivery, index))
        });
        let transition = |published: Published| match published {
            Published::Transition(transition) => Some(transition),
            Published::Notice(_) | Published::Gap(_) => None,
        };
        items.filter_map(|(delivery, index)| transition(Published::at(delivery, index))).collect()
    }

    // Mending.

    /// Computes a partition that failed anew from its facts. Subscribers get a `rebuilt` notice for each segment whose
    /// members differ from those before, and, if it had failed, a gap: what it did just before may not have been told. What
    /// the event that it failed at had changed of its facts stays changed. A definition that it failed over
    /// ([`Error::HalfDefined`]) takes effect in it.
    ///
    /// # Errors
    /// [`Error::PartitionFailed`] if it fails again; [`Error::Partitions`] if there is no such partition.
    pub fn rebuild_partition(&self, partition: usize) -> Result<Revision, Error> {
        Ok(self.submit_rebuild(partition)?.wait()?.revision)
    }

    /// ForkJoin in that a partition is to be computed anew, as [`rebuild_partition`](Self::rebuild_partition) does, and waits
    /// for nothing: the ticket does, and answers with the same errors.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub fn submit_rebuild(&self, partition: usize) -> Result<Ticket<Result<Receipt, Error>>, Error> {
        self.core.submit_rebuild(partition)
    }

    /// The partitions that failed.
    pub fn failed_partitions(&self) -> Vec<usize> {
        let state = self.core.state();
        let partitions = state.partitions.iter().enumerate();
        partitions.filter(|(_, partition)| partition.failure.is_some()).map(|(number, _)| number).collect()
    }

    /// What the clock says.
    pub fn clock_now(&self) -> Instant {
        self.core.clock.now()
    }

    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.core.state()
    }
}

impl Receipt {
    /// The revision, if nothing was refused.
    pub(crate) fn into_single(mut self) -> Result<Revision, Error> {
        match self.refused.pop() {
            Some(refused) => Err(Error::Refused(Box::new(refused))),
            None => Ok(self.revision),
        }
    }
}
