//! A subscription as a stream.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use enlist::{End, Published, Subscription};
use futures_core::Stream;
use tokio::task::coop::poll_proceed;

/// What a workspace publishes, as a stream; see [`Subscription`]. It ends with the workspace, after everything that was accepted
/// has been delivered. Dropping it unsubscribes.
///
/// Taking an item uses the task's cooperative budget, so a task that only listens lets others run.
#[derive(Debug)]
#[must_use = "dropping it unsubscribes"]
pub struct SubscriptionStream {
    subscription: Subscription,
}

impl SubscriptionStream {
    /// The next item; `None` when the subscription has ended. The same as from the [`Stream`], without a dependency on stream
    /// extensions.
    ///
    /// If the future is dropped, nothing is lost: the item comes next.
    pub async fn next(&mut self) -> Option<Published> {
        poll_fn(|context| self.poll(context)).await
    }

    /// The next item, if it is there.
    pub fn try_next(&mut self) -> Option<Published> {
        self.subscription.try_next()
    }

    /// Why it ended; `None` as long as it has not.
    pub fn end(&self) -> Option<End> {
        self.subscription.end()
    }

    /// The subscription itself, for a thread to block on.
    pub fn into_inner(self) -> Subscription {
        self.subscription
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Published>> {
        within_budget(context, |context| self.subscription.poll_next(context))
    }
}

/// Polls for an item within the task's cooperative budget.
pub(crate) fn within_budget(
    context: &mut Context<'_>,
    poll_next: impl FnOnce(&mut Context<'_>) -> Poll<Option<Published>>,
) -> Poll<Option<Published>> {
    // The budget is returned on drop unless progress was made, so a poll that finds no item costs the task nothing.
    let budget = ready!(poll_proceed(context));
    let published = ready!(poll_next(context));
    budget.made_progress();
    Poll::Ready(published)
}

impl From<Subscription> for SubscriptionStream {
    fn from(subscription: Subscription) -> Self {
        SubscriptionStream { subscription }
    }
}

impl Stream for SubscriptionStream {
    type Item = Published;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Published>> {
        self.get_mut().poll(context)
    }
}
