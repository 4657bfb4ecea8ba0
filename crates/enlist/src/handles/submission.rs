//! A batch that waits for room in the inbox, as a future.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::batch::Batch;
use crate::error::Error;
use crate::inbox::command::{Answer, Request};
use crate::inbox::queue::WriterId;
use crate::inbox::ticket::Ticket;
use crate::sequencer::Sequencer;

/// A batch that waits for room in the queue: a future that is ready when the batch is accepted.
///
/// Batches get room in the order in which they were first polled. Dropping the future before it is ready withdraws the batch
/// whole; see [`Workspace::submit_when_room`](crate::Workspace::submit_when_room).
#[must_use = "futures do nothing unless polled"]
pub struct Submission {
    sequencer: Arc<Sequencer>,
    pending: Option<Pending>,
    writer: Option<WriterId>,
}

/// What is submitted.
enum Pending {
    /// Refused before it was polled.
    Refused(Error),
    Batch {
        ticket: Ticket<Answer>,
        request: Option<Request>,
        events: usize,
    },
}

impl fmt::Debug for Submission {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Submission").field("workspace", &self.sequencer.id).finish_non_exhaustive()
    }
}

impl Submission {
    pub(crate) fn new(sequencer: Arc<Sequencer>, batch: Batch) -> Self {
        let pending = match sequencer.check_batch(batch) {
            Err(error) => Pending::Refused(error),
            Ok(command) => {
                let events = command.event_count();
                let (ticket, request) = sequencer.request(command);
                Pending::Batch { ticket, request: Some(request), events }
            }
        };
        Submission { sequencer, pending: Some(pending), writer: None }
    }
}

impl Future for Submission {
    type Output = Result<Ticket<Answer>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        match this.pending.take() {
            None => Poll::Pending,
            Some(Pending::Refused(error)) => Poll::Ready(Err(error)),
            Some(Pending::Batch { ticket, mut request, events }) => {
                let sequencer = &this.sequencer;
                match sequencer.queue.poll_push(&mut request, events, &mut this.writer, context) {
                    Poll::Pending => {
                        this.pending = Some(Pending::Batch { ticket, request, events });
                        Poll::Pending
                    }
                    Poll::Ready(Ok(next)) => {
                        sequencer.schedule(next);
                        Poll::Ready(Ok(ticket))
                    }
                    Poll::Ready(Err(refused)) => {
                        this.writer = None;
                        Poll::Ready(Err(sequencer.not_accepted(refused)))
                    }
                }
            }
        }
    }
}

impl Drop for Submission {
    fn drop(&mut self) {
        if let Some(writer) = self.writer.take() {
            self.sequencer.queue.forget(writer);
        }
    }
}
