//! A workspace whose writes and reads are awaited.
//!
//! It holds a handle and no state. Invariant: no method blocks the thread that polls it.

use enlist::{
    Batch, ConsumerOptions, ContactSet, Error, Event, ExportError, Exported, Instant, Kind, Preview, Receipt,
    Revision, Segment, SubscribeOptions, Ticket, UncheckedRule, View, WeekStart, Workspace,
};

use crate::blocking::run_blocking;
use crate::consumer_stream::ConsumerStream;
use crate::stream::SubscriptionStream;

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

    /// The workspace itself, for [counts](Workspace::count), settings, and drafts of events. Its methods that write block the
    /// thread.
    pub fn blocking(&self) -> &Workspace {
        &self.workspace
    }

    /// Applies a batch; ready when every reader sees it. By default each event stands for itself: refused ones are returned in
    /// the receipt, all others are applied; see [`Batch::on_refusal`]. Awaits room in the queue.
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    pub async fn apply(&self, batch: impl Into<Batch>) -> Result<Receipt, Error> {
        self.submit(batch).await?.await
    }

    /// Applies one event; ready when every reader sees it.
    ///
    /// # Errors
    /// [`Error::Refused`] with the event and the reason; [`Error::Closed`].
    pub async fn apply_event(&self, event: Event) -> Result<Revision, Error> {
        let mut receipt = self.apply(event).await?;
        match receipt.refused.pop() {
            Some(refused) => Err(Error::Refused(Box::new(refused))),
            None => Ok(receipt.revision),
        }
    }

    /// Submits a batch, and awaits room in the queue only: when the future is ready, the batch is accepted. The ticket answers
    /// the outcome; dropping it changes nothing. Batches get room in the order in which they asked.
    ///
    /// # Errors
    /// [`Error::Full`] with the events, if there are more than the queue ever holds; [`Error::Closed`] with the events.
    pub async fn submit(&self, batch: impl Into<Batch>) -> Result<Ticket<Result<Receipt, Error>>, Error> {
        self.workspace.submit_when_room(batch).await
    }

    /// Advances to `to`; does nothing if `to` is not after now. Ready when every reader sees what changed on the way. The clock
    /// driver does this by itself at every deadline.
    ///
    /// It continues if the future is dropped after its first poll.
    ///
    /// # Errors
    /// [`Error::Ahead`]; [`Error::Closed`].
    pub async fn advance(&self, to: Instant) -> Result<Revision, Error> {
        Ok(self.workspace.submit_advance(to)?.await?.revision)
    }

    /// Sets the time zone (an IANA name) in which days begin.
    ///
    /// # Errors
    /// As [`apply_event`](Self::apply_event).
    pub async fn set_time_zone(&self, time_zone: &str) -> Result<Revision, Error> {
        let event = Event::workspace_configured(self.workspace.clock_now());
        self.apply_event(event.time_zone(time_zone).build()?).await
    }

    /// Sets the weekday on which weeks begin.
    ///
    /// # Errors
    /// As [`apply_event`](Self::apply_event).
    pub async fn set_week_start(&self, week_start: WeekStart) -> Result<Revision, Error> {
        let event = Event::workspace_configured(self.workspace.clock_now());
        self.apply_event(event.week_start(week_start).build()?).await
    }

    /// Defines a field, without options or default. For those, apply [`Event::field_defined`].
    ///
    /// # Errors
    /// As [`apply_event`](Self::apply_event).
    pub async fn define_field(&self, field: &str, kind: Kind) -> Result<Revision, Error> {
        self.apply_event(Event::field_defined(self.workspace.clock_now(), field, kind).build()?).await
    }

    /// Deletes a field that no rule names.
    ///
    /// # Errors
    /// As [`apply_event`](Self::apply_event).
    pub async fn delete_field(&self, field: &str) -> Result<Revision, Error> {
        let event = Event::field_deleted(self.workspace.clock_now(), field);
        self.apply_event(event.build()?).await
    }

    /// Saves a segment, new or edited; ready when every reader sees it. The rule is evaluated on a thread for blocking work,
    /// in short steps, while events and reads go on.
    ///
    /// It continues if the future is dropped after its first poll.
    ///
    /// # Errors
    /// As [`Segment::save`].
    pub async fn save_segment(
        &self,
        segment: &str,
        name: &str,
        rule: impl TryInto<UncheckedRule, Error: Into<Error>>,
    ) -> Result<Revision, Error> {
        let (name, rule): (_, UncheckedRule) = (name.to_owned(), rule.try_into().map_err(Into::into)?);
        self.with_segment(segment, move |segment| segment.save(&name, rule)).await
    }

    /// Saves a segment if it was neither saved nor deleted since that revision; `None`: if it does not exist. Otherwise as
    /// [`save_segment`](Self::save_segment).
    ///
    /// # Errors
    /// As [`Segment::save_if`].
    pub async fn save_segment_if(
        &self,
        expected: Option<Revision>,
        segment: &str,
        name: &str,
        rule: impl TryInto<UncheckedRule, Error: Into<Error>>,
    ) -> Result<Revision, Error> {
        let (name, rule): (_, UncheckedRule) = (name.to_owned(), rule.try_into().map_err(Into::into)?);
        self.with_segment(segment, move |segment| segment.save_if(expected, &name, rule)).await
    }

    /// Deletes a segment; ready when no reader sees it.
    ///
    /// # Errors
    /// As [`Segment::delete`].
    pub async fn delete_segment(&self, segment: &str) -> Result<Revision, Error> {
        self.with_segment(segment, Segment::delete).await
    }

    /// Deletes a segment if it was neither saved nor deleted since that revision. Otherwise as
    /// [`delete_segment`](Self::delete_segment).
    ///
    /// # Errors
    /// As [`Segment::delete_if`].
    pub async fn delete_segment_if(&self, expected: Revision, segment: &str) -> Result<Revision, Error> {
        self.with_segment(segment, move |segment| segment.delete_if(expected)).await
    }

    /// What a rule would select if it were saved as this segment, and what would change. Evaluated as for
    /// [`save_segment`](Self::save_segment).
    ///
    /// # Errors
    /// As [`Segment::preview`].
    pub async fn preview(
        &self,
        segment: &str,
        rule: impl TryInto<UncheckedRule, Error: Into<Error>>,
    ) -> Result<Preview, Error> {
        let rule: UncheckedRule = rule.try_into().map_err(Into::into)?;
        self.with_segment(segment, move |segment| segment.preview(rule)).await
    }

    /// The contacts that a rule holds for, without a segment. Evaluated as for [`save_segment`](Self::save_segment);
    /// [`View::page_of`] gives a page of them.
    ///
    /// # Errors
    /// As [`Workspace::matching`].
    pub async fn matching(
        &self,
        rule: impl TryInto<UncheckedRule, Error: Into<Error>>,
    ) -> Result<ContactSet, Error> {
        let (workspace, rule): (_, UncheckedRule) =
            (self.workspace.clone(), rule.try_into().map_err(Into::into)?);
        run_blocking(move || workspace.matching(rule)).await.unwrap_or_else(|| Err(self.closed()))
    }

    /// The contacts whose ids begin with a text, looked for on a thread for blocking work.
    ///
    /// # Errors
    /// As [`Workspace::ids_beginning_with`].
    pub async fn ids_beginning_with(&self, prefix: &str) -> Result<ContactSet, Error> {
        let (workspace, prefix) = (self.workspace.clone(), prefix.to_owned());
        let found = run_blocking(move || workspace.ids_beginning_with(&prefix)).await;
        found.unwrap_or_else(|| Err(self.closed()))
    }

    /// Whether the workspace would take an event now, as [`Workspace::check`]. If a batch is being applied, it waits for it on a
    /// thread for blocking work.
    ///
    /// # Errors
    /// As [`apply_event`](Self::apply_event).
    pub async fn check(&self, event: &Event) -> Result<(), Error> {
        if let Ok(checked) = self.workspace.try_read(|view| view.check(event)) {
            return checked;
        }
        let event = event.clone();
        self.read_blocking(move |view| view.check(&event)).await?
    }

    /// Answers several questions at one revision, as [`Workspace::read`]. If a batch is being applied, the closure runs on a thread
    /// for blocking work, so that the task's thread never waits for a batch; otherwise it runs at once on the task's own thread.
    /// For closures that take long, such as a dump or a sorted page, use [`read_blocking`](Self::read_blocking).
    ///
    /// # Errors
    /// [`Error::Closed`] if the runtime ends before the closure runs.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(View<'_>) -> T + Send + 'static,
    ) -> Result<T, Error> {
        match self.workspace.try_read(read) {
            Ok(found) => Ok(found),
            Err(read) => self.read_blocking(read).await,
        }
    }

    /// As [`read`](Self::read), always on a thread for blocking work.
    ///
    /// # Errors
    /// [`Error::Closed`] if the runtime ends before the closure runs.
    pub async fn read_blocking<T: Send + 'static>(
        &self,
        read: impl FnOnce(View<'_>) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let workspace = self.workspace.clone();
        run_blocking(move || workspace.read(read)).await.ok_or_else(|| self.closed())
    }

    /// [Writes the workspace as events](Workspace::export) on a thread for blocking work, to which the writer moves: a file, or one half
    /// of a pipe. For memory, give it `tokio::task::spawn_blocking` and the [workspace itself](Self::blocking).
    ///
    /// It continues if the future is dropped after its first poll.
    ///
    /// # Errors
    /// As [`Workspace::export`]; [`Error::Closed`] if the runtime ends before it begins.
    pub async fn export(&self, out: impl std::io::Write + Send + 'static) -> Result<Exported, ExportError> {
        let workspace = self.workspace.clone();
        let exported = run_blocking(move || workspace.export(out)).await;
        exported.unwrap_or_else(|| Err(self.closed().into()))
    }

    /// Rebuilds a failed partition; ready when every reader sees it. See [`Workspace::rebuild_partition`].
    ///
    /// It continues if the future is dropped after its first poll.
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

    /// Reads for a consumer, by name; see [`Workspace::consumer`]. Waits until a store has kept that it begins.
    ///
    /// # Errors
    /// As [`Workspace::consumer`].
    pub async fn consumer(&self, name: &str, options: ConsumerOptions) -> Result<ConsumerStream, Error> {
        let (workspace, name) = (self.workspace.clone(), name.to_owned());
        let consumer = run_blocking(move || workspace.consumer(&name, options)).await;
        Ok(consumer.unwrap_or_else(|| Err(self.closed()))?.into())
    }

    /// Removes a consumer; see [`Workspace::remove_consumer`].
    ///
    /// # Errors
    /// As [`Workspace::remove_consumer`].
    pub async fn remove_consumer(&self, name: &str) -> Result<bool, Error> {
        let (workspace, name) = (self.workspace.clone(), name.to_owned());
        let removed = run_blocking(move || workspace.remove_consumer(&name)).await;
        removed.unwrap_or_else(|| Err(self.closed()))
    }

    async fn with_segment<T: Send + 'static>(
        &self,
        segment: &str,
        work: impl FnOnce(&Segment) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let segment = self.workspace.segment(segment)?;
        run_blocking(move || work(&segment)).await.unwrap_or_else(|| Err(self.closed()))
    }

    /// The error of a call that outlives the runtime.
    fn closed(&self) -> Error {
        Error::Closed { workspace: self.workspace.id().clone(), events: Vec::new() }
    }
}

impl From<Workspace> for AsyncWorkspace {
    fn from(workspace: Workspace) -> Self {
        AsyncWorkspace::new(workspace)
    }
}
