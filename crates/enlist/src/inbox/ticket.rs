//! The answer to what was handed in: to be waited for, or awaited.
//!
//! What always holds: whoever waits gets an answer, because a reply that is dropped unanswered says so.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::threads::sync::{Condvar, Mutex};

/// What was handed in and is being done. A future as well; dropping it changes nothing of what is being done.
#[derive(Debug)]
pub struct Ticket<T> {
    slot: Arc<Slot<T>>,
}

/// The other end of a ticket.
#[derive(Debug)]
pub(crate) struct Reply<T> {
    slot: Option<Arc<Slot<T>>>,
    /// The answer if no other is given.
    unanswered: Option<T>,
}

#[derive(Debug)]
struct Slot<T> {
    answer: Mutex<Answer<T>>,
    ready: Condvar,
}

#[derive(Debug)]
struct Answer<T> {
    value: Option<T>,
    waker: Option<Waker>,
}

/// A ticket and its reply; `unanswered` is the answer if none is given.
pub(crate) fn ticket<T>(unanswered: T) -> (Ticket<T>, Reply<T>) {
    let answer = Mutex::new(Answer { value: None, waker: None });
    let slot = Arc::new(Slot { answer, ready: Condvar::new() });
    (Ticket { slot: Arc::clone(&slot) }, Reply { slot: Some(slot), unanswered: Some(unanswered) })
}

impl<T> Ticket<T> {
    /// Waits for the answer.
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
        // Letting go of a waker may lead back here.
        drop(answer);
        drop(replaced);
        Poll::Pending
    }
}

impl<T> Reply<T> {
    /// Answers.
    pub(crate) fn send(mut self, value: T) {
        self.unanswered = None;
        self.answer(value);
    }

    fn answer(&mut self, value: T) {
        let Some(slot) = self.slot.take() else { return };
        let mut answer = slot.answer.lock();
        answer.value = Some(value);
        let waker = answer.waker.take();
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
