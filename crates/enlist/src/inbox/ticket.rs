//! The answer to a submitted request. A thread can wait for it, and a task can await it.
//!
//! Invariant: every ticket is answered, because a reply that is dropped sends its fallback.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::threads::sync::{Condvar, Mutex};

/// A request that was accepted. It is a future too. Dropping it does not cancel the request.
#[derive(Debug)]
#[must_use = "only its answer says whether the request was carried out"]
pub struct Ticket<T> {
    slot: Arc<Slot<T>>,
}

/// The sending end of a ticket.
#[derive(Debug)]
pub(crate) struct Reply<T> {
    slot: Option<Arc<Slot<T>>>,
    /// The answer if the reply is dropped.
    unanswered: Option<T>,
}

#[derive(Debug)]
struct Slot<T> {
    answer: Mutex<SlotState<T>>,
    ready: Condvar,
}

#[derive(Debug)]
struct SlotState<T> {
    value: Option<T>,
    waker: Option<Waker>,
}

/// A ticket and its reply; `unanswered` is the answer if the reply is dropped.
pub(crate) fn ticket<T>(unanswered: T) -> (Ticket<T>, Reply<T>) {
    let answer = Mutex::new(SlotState { value: None, waker: None });
    let slot = Arc::new(Slot { answer, ready: Condvar::new() });
    (Ticket { slot: Arc::clone(&slot) }, Reply { slot: Some(slot), unanswered: Some(unanswered) })
}

impl<T> Ticket<T> {
    /// Blocks until the answer arrives.
    pub fn wait(self) -> T {
        let mut answer = self.slot.answer.lock();
        loop {
            if let Some(value) = answer.value.take() {
                return value;
            }
            answer = self.slot.ready.wait(answer);
        }
    }
}

impl<T> Future for Ticket<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut answer = self.slot.answer.lock();
        if let Some(value) = answer.value.take() {
            return Poll::Ready(value);
        }
        let replaced = answer.waker.replace(context.waker().clone());
        // Dropping a waker runs foreign code, which may poll this ticket again.
        drop(answer);
        drop(replaced);
        Poll::Pending
    }
}

impl<T> Reply<T> {
    /// Sends the answer.
    pub(crate) fn send(mut self, value: T) {
        self.unanswered = None;
        self.answer(value);
    }

    fn answer(&mut self, value: T) {
        let Some(slot) = self.slot.take() else { return };
        let mut answer = slot.answer.lock();
        answer.value = Some(value);
        let waker = answer.waker.take();
        // Released first: the waker runs foreign code, which may poll this ticket.
        drop(answer);
        slot.ready.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if let Some(unanswered) = self.unanswered.take() {
            self.answer(unanswered);
        }
    }
}
