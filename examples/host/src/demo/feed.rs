//! The feed: what goes on happening in `crm` while the host runs, without an end.
//!
//! Invariant: the same seed gives the same sequence, whatever the rate; instants aside. Of as many events as come in a minute at
//! the usual rate, at least one signs somebody up, who enters a segment of the board.

use std::time::Duration;

use enlist::model::Error;
use enlist::{Enlist, Event, Instant};
use enlist_tokio::AsyncWorkspace;
use tokio::sync::watch;
use tokio::time::{self, sleep_until};

use crate::demo::changes::{Changes, Step};

/// How many of a hundred events are sign-ups.
const SIGN_UPS: u32 = 6;
/// After this many events without a sign-up, one is due: within half a minute at 2 events a second.
const QUIET: u32 = 59;
/// How often events are applied at a high rate.
const EVERY: f64 = 0.02;
/// The most events that are applied at once.
const AT_ONCE: u32 = 2_000;
/// How far the feed may fall behind before it gives up catching up.
const BEHIND: Duration = Duration::from_secs(1);

/// The sequence.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    changes: Changes,
    /// How many events since the last sign-up.
    quiet: u32,
}

impl Feed {
    pub(crate) fn new(changes: Changes) -> Self {
        Feed { changes, quiet: 0 }
    }

    /// The next event, which happens at an instant.
    pub(crate) fn next_event(&mut self, at: Instant) -> Result<Event, Error> {
        let signs_up = self.changes.draws().happens(SIGN_UPS);
        if signs_up || self.quiet >= QUIET {
            self.quiet = 0;
            return self.changes.step(Step::SignedUp, at);
        }
        self.quiet += 1;
        let step = self.changes.draw_step();
        self.changes.step(step, at)
    }

    /// Applies events at a rate until it is stopped, or the workspace takes none any more.
    pub(crate) async fn run(
        mut self,
        enlist: Enlist,
        workspace: AsyncWorkspace,
        rate: f64,
        mut stopped: watch::Receiver<bool>,
    ) {
        let at_once = (1..=AT_ONCE).find(|count| f64::from(*count) >= rate * EVERY).unwrap_or(AT_ONCE);
        // There is no such pause for a rate of 0, or of so little that nothing would ever come.
        let Ok(pause) = Duration::try_from_secs_f64(f64::from(at_once) / rate) else { return };
        let mut due = time::Instant::now();
        loop {
            // From when it was due, not from now: the rate does not depend on how long events take.
            let Some(next) = due.checked_add(pause) else { return };
            due = next.max(time::Instant::now().checked_sub(BEHIND).unwrap_or(next));
            tokio::select! {
                () = sleep_until(due) => {}
                _ = stopped.changed() => return,
            }
            let at = enlist.clock_now();
            let events = (0..at_once).map(|_| self.next_event(at)).collect::<Result<Vec<_>, _>>();
            // What is refused is passed over: somebody else deleted the contact.
            let Ok(events) = events else { return };
            if workspace.apply(events).await.is_err() {
                return;
            }
        }
    }
}
