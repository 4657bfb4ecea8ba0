//! The hand-written locking of the queue, the tickets and the mailboxes, under every interleaving of threads.
//!
//! Run with `RUSTFLAGS="--cfg loom" cargo test -p enlist --lib --release loom`.

use std::future::Future;
use std::sync::Arc as PlainArc;
use std::sync::atomic::{AtomicBool as PlainBool, Ordering as PlainOrdering};
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;

use crate::inbox::queue::{Next, NotAccepted, Queue};
use crate::inbox::ticket::ticket;
use crate::partition::output::ChangeLog;
use crate::publish::delivery::Delivery;
use crate::publish::mailbox::{End, Mailbox, Overflow, Taken};
use crate::publish::tally::Tallies;
use crate::revision::{Incarnation, Revision, Sequence};

/// A queue and its workers: a thread that must schedule the workspace serves it at once.
struct Served {
    queue: Queue<u32>,
    done: AtomicUsize,
    is_served: AtomicBool,
    is_blocked: AtomicBool,
}

impl Served {
    fn new(most_events: usize, is_blocked: bool) -> Arc<Self> {
        let (done, is_served) = (AtomicUsize::new(0), AtomicBool::new(false));
        let is_blocked = AtomicBool::new(is_blocked);
        Arc::new(Served { queue: Queue::new(most_events), done, is_served, is_blocked })
    }

    /// Serves as a worker does, one request per turn.
    fn follow(&self, mut next: Next) {
        while next == Next::Schedule {
            assert!(!self.is_served.swap(true, Ordering::SeqCst), "two workers serve at once");
            if self.is_blocked.load(Ordering::SeqCst) && !self.queue.is_closed() {
                self.is_served.store(false, Ordering::SeqCst);
                next = self.queue.stall(|| self.is_blocked.load(Ordering::SeqCst));
                continue;
            }
            if self.queue.pop().is_some() {
                self.done.fetch_add(1, Ordering::SeqCst);
            }
            self.is_served.store(false, Ordering::SeqCst);
            next = self.queue.end_turn();
        }
    }

    fn push(&self, request: u32) {
        match self.queue.push(request, 1) {
            Ok(next) => self.follow(next),
            Err(NotAccepted::Full(..) | NotAccepted::Closed(_)) => panic!("{request} must be accepted"),
        }
    }

    fn assert_done(&self, requests: usize) {
        assert_eq!((self.done.load(Ordering::SeqCst), self.queue.depth()), (requests, (0, 0)));
    }
}

#[test]
fn loom_a_push_during_the_end_of_a_turn_loses_no_request() {
    loom::model(|| {
        let served = Served::new(10, false);
        let other = {
            let served = Arc::clone(&served);
            thread::spawn(move || served.push(1))
        };
        served.push(2);
        served.push(3);
        other.join().unwrap();
        served.assert_done(3);
    });
}

#[test]
fn loom_a_writer_that_waits_for_room_gets_it() {
    loom::model(|| {
        let served = Served::new(1, false);
        let other = {
            let served = Arc::clone(&served);
            thread::spawn(move || served.push(1))
        };
        served.push(2);
        other.join().unwrap();
        served.assert_done(2);
    });
}

#[test]
fn loom_a_task_and_a_thread_that_wait_for_room_both_get_it() {
    loom::model(|| {
        let served = Served::new(1, true);
        served.push(0);
        let thread = {
            let served = Arc::clone(&served);
            thread::spawn(move || served.push(1))
        };
        let task = {
            let served = Arc::clone(&served);
            thread::spawn(move || {
                let (mut request, mut writer) = (Some(2), None);
                loom::future::block_on(std::future::poll_fn(|context| {
                    let pushed = served.queue.poll_push(&mut request, 1, &mut writer, context);
                    pushed.map(|pushed| served.follow(pushed.unwrap()))
                }));
            })
        };
        served.is_blocked.store(false, Ordering::SeqCst);
        served.follow(served.queue.resume());
        thread.join().unwrap();
        task.join().unwrap();
        served.assert_done(3);
    });
}

#[test]
fn loom_a_writer_that_gives_up_lets_the_next_one_in() {
    loom::model(|| {
        let served = Served::new(1, true);
        served.push(0);
        let (mut request, mut writer) = (Some(1), None);
        let noted = Waker::from(PlainArc::new(Noted(PlainBool::new(false))));
        let pushed = served.queue.poll_push(&mut request, 1, &mut writer, &Context::from_waker(&noted));
        assert!(pushed.is_pending());
        let behind = {
            let served = Arc::clone(&served);
            thread::spawn(move || served.push(2))
        };
        served.is_blocked.store(false, Ordering::SeqCst);
        served.follow(served.queue.resume());
        served.queue.forget(writer.unwrap());
        behind.join().unwrap();
        served.assert_done(2);
    });
}

#[test]
fn loom_a_stall_during_a_resume_leaves_no_workspace_unscheduled() {
    loom::model(|| {
        let served = Served::new(10, true);
        let subscriber = {
            let served = Arc::clone(&served);
            thread::spawn(move || {
                served.is_blocked.store(false, Ordering::SeqCst);
                served.follow(served.queue.resume());
            })
        };
        served.push(1);
        served.push(2);
        subscriber.join().unwrap();
        served.assert_done(2);
    });
}

/// A queue whose requests are done only after another thread has kept them, as the frames of a durable workspace.
struct Durable {
    served: Arc<Served>,
    /// Requests that are kept and not done.
    kept: AtomicUsize,
    /// Requests that were taken and are not kept.
    appended: AtomicUsize,
}

impl Durable {
    fn new() -> Arc<Self> {
        let (kept, appended) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Durable { served: Served::new(10, false), kept, appended })
    }

    /// Serves as a worker does: at most one step a turn, and no more than one request on its way.
    fn follow(&self, mut next: Next) {
        let Served { queue, done, is_served, .. } = &*self.served;
        while next == Next::Schedule {
            assert!(!is_served.swap(true, Ordering::SeqCst), "two workers serve at once");
            queue.begin_turn();
            let mut waits = false;
            if self.kept.load(Ordering::SeqCst) > 0 {
                self.kept.fetch_sub(1, Ordering::SeqCst);
                self.appended.fetch_sub(1, Ordering::SeqCst);
                done.fetch_add(1, Ordering::SeqCst);
            } else if self.appended.load(Ordering::SeqCst) > 0 {
                waits = true;
            } else if queue.pop().is_some() {
                self.appended.fetch_add(1, Ordering::SeqCst);
            }
            is_served.store(false, Ordering::SeqCst);
            next = if waits {
                queue.await_rouse()
            } else if self.kept.load(Ordering::SeqCst) > 0 {
                Next::Schedule
            } else {
                queue.end_turn()
            };
        }
    }

    /// What the journal's thread does.
    fn keep(&self) {
        while self.appended.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        self.kept.fetch_add(1, Ordering::SeqCst);
        self.follow(self.served.queue.rouse());
    }
}

#[test]
fn loom_what_is_kept_while_a_worker_leaves_is_done() {
    loom::model(|| {
        let durable = Durable::new();
        let journal = {
            let durable = Arc::clone(&durable);
            thread::spawn(move || durable.keep())
        };
        let next = durable.served.queue.push(1, 1);
        durable.follow(next.unwrap_or(Next::Nothing));
        journal.join().unwrap();
        durable.served.assert_done(1);
    });
}

#[test]
fn loom_a_workspace_closed_while_it_stalls_executes_what_it_accepted() {
    loom::model(|| {
        let served = Served::new(10, true);
        let closer = {
            let served = Arc::clone(&served);
            thread::spawn(move || {
                // The subscriber still blocks: closing alone must be enough.
                served.follow(served.queue.close(9).unwrap());
            })
        };
        let taken = match served.queue.push(1, 1) {
            Ok(next) => {
                served.follow(next);
                1
            }
            Err(NotAccepted::Closed(1)) => 0,
            Err(other) => panic!("{other:?}"),
        };
        closer.join().unwrap();
        assert!(served.queue.close(9).is_none());
        served.assert_done(taken + 1);
    });
}

/// A waker that records that it was woken. It need not be loom's, because the test polls after the join.
struct Noted(PlainBool);

impl Wake for Noted {
    fn wake(self: PlainArc<Self>) {
        self.0.store(true, PlainOrdering::SeqCst);
    }
}

#[test]
fn loom_an_answer_is_never_lost() {
    for is_answered in [true, false] {
        loom::model(move || {
            let (ticket, reply) = ticket("unanswered");
            let answering = thread::spawn(move || {
                if is_answered {
                    reply.send("answer");
                }
            });
            assert_eq!(ticket.wait(), if is_answered { "answer" } else { "unanswered" });
            answering.join().unwrap();
        });
    }
}

#[test]
fn loom_a_task_that_awaits_an_answer_finds_it_or_is_woken() {
    loom::model(|| {
        let (mut ticket, reply) = ticket("unanswered");
        let answering = thread::spawn(move || reply.send("answer"));
        let noted = PlainArc::new(Noted(PlainBool::new(false)));
        let waker = Waker::from(PlainArc::clone(&noted));
        let mut poll = || {
            let mut context = Context::from_waker(&waker);
            std::pin::Pin::new(&mut ticket).poll(&mut context)
        };
        let first = poll();
        answering.join().unwrap();
        if first.is_pending() {
            assert!(noted.0.load(PlainOrdering::SeqCst));
            assert_eq!(poll(), Poll::Ready("answer"));
        }
    });
}

const INCARNATION: Incarnation = Incarnation::from_bits(1);

/// A delivery without items, with this number as its revision and sequence.
fn delivery(number: u64) -> PlainArc<Delivery> {
    PlainArc::new(Delivery {
        workspace: PlainArc::new(enlist_model::WorkspaceId::new("w").unwrap()),
        revision: Revision::new(INCARNATION, number),
        first: Sequence::new(INCARNATION, number),
        changes: ChangeLog::default(),
        tallies: Tallies::default(),
        names: PlainArc::default(),
        source: None,
    })
}

/// A delivery's number, or 0 for the end.
fn shown(taken: &Taken) -> u64 {
    match taken {
        Taken::Delivery(delivery) => delivery.revision.number(),
        Taken::Gap(gap) => panic!("{gap:?}"),
        Taken::End(end) => {
            assert_eq!(*end, End::Closed);
            0
        }
    }
}

fn publishing(subscriber: &Arc<Mailbox>, deliveries: u64) -> thread::JoinHandle<()> {
    let subscriber = Arc::clone(subscriber);
    thread::spawn(move || {
        for number in 1..=deliveries {
            let (is_open, waker) = subscriber.enqueue(&delivery(number), 1);
            assert!(is_open);
            waker.into_iter().for_each(Waker::wake);
        }
        subscriber.end(End::Closed).into_iter().for_each(Waker::wake);
    })
}

#[test]
fn loom_a_blocked_subscriber_receives_every_delivery_and_the_end() {
    loom::model(|| {
        let subscriber = Arc::new(Mailbox::new(Overflow::Block, 1, None));
        let publishing = publishing(&subscriber, 2);
        let mut found = Vec::new();
        while found.last() != Some(&0) {
            found.push(shown(&subscriber.take(None).unwrap().0));
        }
        assert_eq!(found, [1, 2, 0]);
        publishing.join().unwrap();
    });
}

#[test]
fn loom_a_polling_task_receives_every_delivery_and_the_end() {
    loom::model(|| {
        let subscriber = Arc::new(Mailbox::new(Overflow::Block, 1, None));
        let publishing = publishing(&subscriber, 2);
        let mut found = Vec::new();
        loom::future::block_on(async {
            while found.last() != Some(&0) {
                let taken = std::future::poll_fn(|context| subscriber.poll_take(context)).await;
                found.push(shown(&taken.0));
            }
        });
        assert_eq!(found, [1, 2, 0]);
        publishing.join().unwrap();
    });
}
