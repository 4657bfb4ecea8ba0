//! Reading from a workspace: several questions at one revision, or one.

use enlist_engine::{Explanation, PageOrder};
use enlist_model::{Event, Instant, SegmentId};

use crate::error::Error;
use crate::handles::page::{Page, PageRequest};
use crate::handles::view::View;
use crate::handles::workspace::Workspace;
use crate::revision::Revision;
use crate::sequencer::stats::Stats;

impl Workspace {
    /// Whether the workspace would take an event now: `Ok`, or the error that [`apply_event`](Self::apply_event) would return. It
    /// is for hosts that write a row of their own first, and want no row for an event that is refused.
    ///
    /// It decides as applying does, and changes nothing. It is a read, so it waits for the batch that is being applied at
    /// most, and works within a [`read`](Self::read) too ([`View::check`]).
    ///
    /// The answer is of this moment. Another writer, or the clock, may come between the check and the event, so `apply` can
    /// still refuse it; if that must not happen, let one writer at a time check, write and apply. Events of a batch that depend
    /// on earlier ones of the same batch (a conversation of a new contact) are checked without them, and so refused: check
    /// the first, or apply the batch and read its receipt.
    ///
    /// ```
    /// use enlist::{Enlist, Event};
    ///
    /// let enlist = Enlist::new()?;
    /// let workspace = enlist.create_workspace("acme")?;
    /// let event = Event::contact_saved(workspace.clock_now(), "ada").set("plan", "pro").build()?;
    /// let error = workspace.check(&event).unwrap_err();
    /// assert_eq!((error.code(), error.value_problems()[0].code.as_str()), ("wrong_values", "unknown_field"));
    ///
    /// workspace.define_field("plan", enlist::Kind::Select)?;
    /// workspace.check(&event)?;
    /// // Here the host writes its own row.
    /// workspace.apply_event(event)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`] with the event and the reason; [`Error::Closed`].
    pub fn check(&self, event: &Event) -> Result<(), Error> {
        self.read(|view| view.check(event))
    }

    /// Answers several questions at one revision. No batch is applied while the closure runs, so keep it short. Other reads are
    /// possible within it; a call that waits for a batch returns [`Error::InsideRead`].
    ///
    /// Do not wait within the closure for anything that waits for a batch, such as a [`Ticket`](crate::Ticket) or another thread's write.
    ///
    /// [Example](Self#examples).
    pub fn read<T>(&self, read: impl FnOnce(View<'_>) -> T) -> T {
        let state = self.sequencer.read();
        self.sequencer.enter_read(&state, |state| read(View { sequencer: &self.sequencer, state }))
    }

    /// As [`read`](Self::read), if no batch is being applied; otherwise returns the closure at once.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// The closure, not called.
    pub fn try_read<T, F: FnOnce(View<'_>) -> T>(&self, read: F) -> Result<T, F> {
        let Some(state) = self.sequencer.try_read() else { return Err(read) };
        Ok(self.sequencer.enter_read(&state, |state| read(View { sequencer: &self.sequencer, state })))
    }

    /// As [`read`](Self::read), at a revision or later. A revision is returned only when readers can see it, so a caller that
    /// holds one never waits for it.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::UnknownRevision`] for a revision that was never returned, or is of another incarnation.
    pub fn read_at<T>(&self, revision: Revision, read: impl FnOnce(View<'_>) -> T) -> Result<T, Error> {
        self.read(|view| {
            let current = view.revision();
            if current >= revision {
                Ok(read(view))
            } else {
                Err(Error::UnknownRevision { asked: revision, current })
            }
        })
    }

    /// How many contacts a segment holds as of the last whole batch. It reads an atomic and never waits. The contacts of a
    /// failed partition count as before the failure.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment.
    pub fn count(&self, segment: &str) -> Result<u64, Error> {
        let count = self.sequencer.counts.read().get(segment).and_then(|count| count.get());
        let unknown = || enlist_engine::Error::UnknownSegment { segment: segment.to_owned() };
        count.ok_or_else(|| unknown().into())
    }

    /// A page of a segment's members. In order of arrival it waits for a small part of a batch only, and may then be of the state amid
    /// the batch; a page of a [`View`] never is.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// As [`View::page`].
    pub fn page(&self, segment: &str, request: &PageRequest) -> Result<Page, Error> {
        let read = |view: View<'_>| view.page(segment, request);
        // Any other order reads facts, and its readers see them after whole batches.
        if matches!(request.order, PageOrder::Arrival { .. }) {
            self.read_members(read)
        } else {
            self.read(read)
        }
    }

    /// Whether a contact is a member of a segment. As a [page](Self::page), it may be of the state amid a batch.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// As [`View::contains`].
    pub fn contains(&self, segment: &str, contact: &str) -> Result<bool, Error> {
        self.read_members(|view| view.contains(segment, contact))
    }

    fn read_members<T>(&self, read: impl FnOnce(View<'_>) -> T) -> T {
        let state = self.sequencer.read_members();
        read(View { sequencer: &self.sequencer, state: &state })
    }

    /// The segments that hold a contact, in order of creation.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// As [`View::segments_of`].
    pub fn segments_of(&self, contact: &str) -> Result<Vec<SegmentId>, Error> {
        self.read(|view| Ok(view.segments_of(contact)?.into_iter().cloned().collect()))
    }

    /// Why a contact is a member of a segment, or is not.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// As [`View::explain`].
    pub fn explain(&self, segment: &str, contact: &str) -> Result<Explanation, Error> {
        self.read(|view| view.explain(segment, contact))
    }

    /// When memberships may next change by themselves; `None` if none will without an event.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub fn next_deadline(&self) -> Result<Option<Instant>, Error> {
        let state = self.sequencer.read();
        Ok(state.engines()?.iter().filter_map(|engine| engine.next_deadline()).min())
    }

    /// Statistics of the workspace.
    ///
    /// [Example](Self#examples).
    pub fn stats(&self) -> Stats {
        self.sequencer.stats()
    }
}
