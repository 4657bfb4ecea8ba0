//! A consumer as a stream.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use enlist::{Consumer, End, Published, Sequence};
use futures_core::Stream;

use crate::stream::within_budget;

/// What a workspace publishes for a consumer, as a stream; see [`Consumer`]. It ends with the workspace, or when another reads for the
/// consumer. Dropping it ends the reading and not the consumer.
///
/// Taking an item uses the task's cooperative budget, so a task that only listens lets others run.
#[derive(Debug)]
#[must_use = "dropping it ends the reading"]
pub struct ConsumerStream {
    consumer: Consumer,
}

impl ConsumerStream {
    /// The next item; `None` when the reading has ended. If the future is dropped, nothing is lost: the item comes next.
    pub async fn next(&mut self) -> Option<Published> {
        poll_fn(|context| self.poll(context)).await
    }

    /// The next item, if it is there.
    pub fn try_next(&mut self) -> Option<Published> {
        self.consumer.try_next()
    }

    /// Says that it needs nothing up to this sequence any more; see [`Consumer::acknowledge`]. It does not wait.
    pub fn acknowledge(&self, sequence: Sequence) {
        self.consumer.acknowledge(sequence);
    }

    /// Why the reading ended; `None` as long as it has not.
    pub fn end(&self) -> Option<End> {
        self.consumer.end()
    }

    /// The consumer itself, for a thread to block on.
    pub fn into_inner(self) -> Consumer {
        self.consumer
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Published>> {
        within_budget(context, |context| self.consumer.poll_next(context))
    }
}

impl From<Consumer> for ConsumerStream {
    fn from(consumer: Consumer) -> Self {
        ConsumerStream { consumer }
    }
}

impl Stream for ConsumerStream {
    type Item = Published;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Published>> {
        self.get_mut().poll(context)
    }
}
