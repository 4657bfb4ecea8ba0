//! A workspace whose writes are awaited.
//!
//! It holds a handle and no state. What always holds: no method blocks the thread that polls it for longer than a read takes.

use std::future::poll_fn;

use enlist::{
    Error, Event, Instant, Json, Kind, Preview, Receipt, Revision, Segment, SubscribeOptions, Ticket, View,
    WeekStart, Workspace,
};

use crate::aside::aside;
use crate::stream::SubscriptionStream;

/// What handing events in comes to.
type Submitted = Result<Ticket<Result<Receipt, Error>>, Error>;

/// A handle of one workspace, for tasks. Cheap to clone; all clones are one workspace.
///
/// See [the crate's page](crate) for what a dropped future means.
#[derive(Clone, Debug)]
pub struct AsyncWorkspace {
    workspace: Workspace,
}

impl AsyncWorkspace {
    /// A handle for tasks of a workspace.
    pub fn new(workspace: Workspace) -> Self {
        AsyncWorkspace { workspace }
    }

    /// The workspace itself: for its [reads](Workspace::count), its settings, and the drafts of events. Those of its
    /// methods that write block the thread.
    pub fn blocking(&self) -> &Workspace {
        &self.workspace
    }

    /// Applies one event; ready when every reader sees the change.
    ///
    /// # Errors
    /// [`Error::Refused`] with the event and the reason; [`Error::Closed`].
    pub async fn apply(&self, event: Event) -> Result<Revision, Error> {
        let mut receipt = self.apply_batch(vec![event]).await?;
        match receipt.refused.pop() {
            Some(refused) => Err(Error::Refused(Box::new(refused))),
            None => Ok(receipt.revision),
        }
    }

    /// Applies events in order, each for itself: those that are refused are handed back in the receipt, all others are
    /// applied. Awaits room in the queue, and that every reader sees all of them.
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    pub async fn apply_batch(&self, events: Vec<Event>) -> Result<Receipt, Error> {
        self.submit(events).await?.await
    }

    /// Applies events in order, up to the first that is refused; it and those after it are handed back in the receipt.
    /// Otherwise as [`apply_batch`](Self::apply_batch).
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    pub async fn apply_until_refused(&self, events: Vec<Event>) -> Result<Receipt, Error> {
        self.submit_until_refused(events).await?.await
    }

    /// Hands events in as [`apply_batch`](Self::apply_batch) does, and awaits room in the queue alone: when it is ready,
    /// they are accepted. The ticket is to be awaited for what becomes of them; dropping it changes nothing.
    ///
    /// Whoever awaits room is served as room comes, not in turn: a large batch may wait behind many small ones.
    ///
    /// # Errors
    /// [`Error::Full`] with the events, if there are more than the queue ever holds; [`Error::Closed`] with the events.
    pub async fn submit(&self, events: Vec<Event>) -> Result<Ticket<Result<Receipt, Error>>, Error> {
        self.submit_when_room(events, Workspace::try_apply).await
    }

    /// Hands events in as [`submit`](Self::submit) does, to be applied up to the first that is refused; as
    /// [`apply_until_refused`](Self::apply_until_refused).
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    pub async fn submit_until_refused(
        &self,
        events: Vec<Event>,
    ) -> Result<Ticket<Result<Receipt, Error>>, Error> {
        self.submit_when_room(events, Workspace::try_apply_until_refused).await
    }

    /// Lets time pass until an instant; an earlier one than now changes nothing. Ready when every reader sees what the days
    /// that began on the way have brought. The clock driver does this by itself at every change of the local date.
    ///
    /// It goes on if the future is dropped, once that has been polled.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn advance(&self, to: Instant) -> Result<Revision, Error> {
        Ok(self.workspace.submit_advance(to)?.await?.revision)
    }

    /// Sets the time zone (an IANA name) in which days begin.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub async fn set_time_zone(&self, time_zone: &str) -> Result<Revision, Error> {
        let event = Event::workspace_configured(self.workspace.clock_now());
        self.apply(event.time_zone(time_zone).build()?).await
    }

    /// Sets the weekday on which weeks begin.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub async fn set_week_start(&self, week_start: WeekStart) -> Result<Revision, Error> {
        let event = Event::workspace_configured(self.workspace.clock_now());
        self.apply(event.week_start(week_start).build()?).await
    }

    /// Defines a field, without options or default; for those, [`apply`](Self::apply) a `field_defined` event.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub async fn define_field(&self, field: &str, kind: Kind) -> Result<Revision, Error> {
        self.apply(Event::field_defined(self.workspace.clock_now(), field, kind).build()?).await
    }

    /// Deletes a field that no rule names.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub async fn delete_field(&self, field: &str) -> Result<Revision, Error> {
        let event = Event::field_deleted(self.workspace.clock_now(), field);
        self.apply(event.build()?).await
    }

    /// Saves a segment, new or edited; ready when every reader sees it. The rule is evaluated on a thread for blocking work,
    /// in short steps, while events and reads go on.
    ///
    /// It goes on if the future is dropped, once that has been polled.
    ///
    /// # Errors
    /// As [`Segment::save`].
    pub async fn save_segment(
        &self,
        segment: &str,
        name: &str,
        rule: impl Into<Json>,
    ) -> Result<Revision, Error> {
        let (name, rule) = (name.to_owned(), rule.into());
        self.with_segment(segment, move |segment| segment.save(&name, rule)).await
    }

    /// Saves a segment if nobody has saved or deleted it since that revision; `None`: if it is not there. Otherwise as
    /// [`save_segment`](Self::save_segment).
    ///
    /// # Errors
    /// As [`Segment::save_if`].
    pub async fn save_segment_if(
        &self,
        expected: Option<Revision>,
        segment: &str,
        name: &str,
        rule: impl Into<Json>,
    ) -> Result<Revision, Error> {
        let (name, rule) = (name.to_owned(), rule.into());
        self.with_segment(segment, move |segment| segment.save_if(expected, &name, rule)).await
    }

    /// Deletes a segment; ready when no reader sees it.
    ///
    /// # Errors
    /// As [`Segment::delete`].
    pub async fn delete_segment(&self, segment: &str) -> Result<Revision, Error> {
        self.with_segment(segment, Segment::delete).await
    }

    /// What a rule would select if it were saved as this segment, and what would change. Evaluated as for
    /// [`save_segment`](Self::save_segment).
    ///
    /// # Errors
    /// As [`Segment::preview`].
    pub async fn preview(&self, segment: &str, rule: impl Into<Json>) -> Result<Preview, Error> {
        let rule = rule.into();
        self.with_segment(segment, move |segment| segment.preview(rule)).await
    }

    /// Answers several questions at one revision, on the task's own thread: a read waits for no more than the batch that is
    /// being applied, and counts and pages take microseconds. As with [`Workspace::read`], do not write to the workspace or
    /// read it in another way within the closure.
    pub fn read<T>(&self, read: impl FnOnce(View<'_>) -> T) -> T {
        self.workspace.read(read)
    }

    /// The same on a thread for blocking work: for what takes longer, a dump or pages sorted by a field, and where one batch
    /// takes long, as when a day begins for many contacts.
    ///
    /// # Errors
    /// [`Error::Closed`] if the runtime ends before it begins.
    pub async fn read_aside<T: Send + 'static>(
        &self,
        read: impl FnOnce(View<'_>) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let workspace = self.workspace.clone();
        aside(move || workspace.read(read)).await.ok_or_else(|| self.closed())
    }

    /// Computes a partition that failed anew from its facts; ready when every reader sees it. See
    /// [`Workspace::rebuild_partition`].
    ///
    /// It goes on if the future is dropped, once that has been polled.
    ///
    /// # Errors
    /// As [`Workspace::rebuild_partition`]; [`Error::Closed`].
    pub async fn rebuild_partition(&self, partition: usize) -> Result<Revision, Error> {
        Ok(self.workspace.submit_rebuild(partition)?.await?.revision)
    }

    /// Subscribes to all that is published from now on, or as the options say.
    pub fn subscribe(&self, options: SubscribeOptions) -> SubscriptionStream {
        self.workspace.subscribe(options).into()
    }

    /// Hands events in, as `hand_in` does where there is room; awaits that.
    async fn submit_when_room(
        &self,
        mut events: Vec<Event>,
        hand_in: fn(&Workspace, Vec<Event>) -> Submitted,
    ) -> Submitted {
        loop {
            match hand_in(&self.workspace, events) {
                Err(Error::Full { limit, events: back, .. }) if !limit.is_exceeded_by(back.len()) => {
                    events = back;
                }
                submitted => return submitted,
            }
            poll_fn(|context| self.workspace.poll_room(events.len(), context)).await;
        }
    }

    async fn with_segment<T: Send + 'static>(
        &self,
        segment: &str,
        work: impl FnOnce(&Segment) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let segment = self.workspace.segment(segment)?;
        aside(move || work(&segment)).await.unwrap_or_else(|| Err(self.closed()))
    }

    /// What whoever outlives the runtime is told.
    fn closed(&self) -> Error {
        Error::Closed { workspace: self.workspace.id().clone(), events: Vec::new() }
    }
}

impl From<Workspace> for AsyncWorkspace {
    fn from(workspace: Workspace) -> Self {
        AsyncWorkspace::new(workspace)
    }
}
