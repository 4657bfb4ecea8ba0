//! The last step of a workspace that is whole: what time changed meanwhile is reported, and then it is found.
//!
//! A thread of its own waits for that, so that the advances of many workspaces are kept in one commit. Where results may differ from
//! those of the process before, nobody arrives before that is [settled](super::settlement). Invariant: nobody finds a workspace that
//! is behind the clock.

use std::sync::Arc;
use std::thread::{Builder, Scope, ScopedJoinHandle};

use crossbeam_channel::{Sender, unbounded};
use parking_lot::Mutex;

use super::{Opener, Reopened};
use crate::error::Error;
use crate::inbox::command::Answer;
use crate::inbox::ticket::Ticket;
use crate::sequencer::{Sequencer, TimeSource};

/// Where workspaces go that are whole.
pub(super) struct Arrivals {
    arriving: Sender<Arriving>,
    /// Those that wait until all are there; `None` if they need not.
    held: Option<Mutex<Vec<Reopened>>>,
}

/// A workspace, and what it waits for.
struct Arriving {
    sequencer: Arc<Sequencer>,
    before: Vec<Ticket<Answer>>,
}

impl Arrivals {
    /// Starts the thread. It ends after the arrivals are dropped.
    pub(super) fn begin<'scope>(
        scope: &'scope Scope<'scope, '_>,
        opener: &'scope Opener,
    ) -> std::io::Result<(Self, ScopedJoinHandle<'scope, Result<(), Error>>)> {
        let (arriving, arrived) = unbounded();
        let let_in = move || arrived.into_iter().try_for_each(|arriving| opener.let_in(arriving));
        let thread = Builder::new().name("enlist-arrivals".to_owned()).spawn_scoped(scope, let_in)?;
        let held = opener.holds_arrivals().then(Mutex::default);
        Ok((Arrivals { arriving, held }, thread))
    }

    /// All are held back, and nobody lets them in.
    pub(super) fn held() -> Self {
        let (arriving, _) = unbounded();
        Arrivals { arriving, held: Some(Mutex::default()) }
    }

    /// Adds a workspace that is whole.
    pub(super) fn add(&self, opener: &Opener, reopened: Reopened) -> Result<(), Error> {
        if let Some(held) = &self.held {
            held.lock().push(reopened);
            return Ok(());
        }
        let (sequencer, gap) = opener.with_gap(reopened)?;
        self.let_arrive(sequencer, gap.into_iter().collect())
    }

    /// The workspaces that are held back, if they are.
    pub(super) fn take_held(&self) -> Option<Vec<Reopened>> {
        self.held.as_ref().map(|held| std::mem::take(&mut *held.lock()))
    }

    /// Lets a workspace in after the clock's now, and after the answers that it waits for.
    pub(super) fn let_arrive(
        &self,
        sequencer: Arc<Sequencer>,
        mut before: Vec<Ticket<Answer>>,
    ) -> Result<(), Error> {
        let id = sequencer.id.clone();
        before.extend(advance(&sequencer)?);
        // The other thread has ended early: it has failed, and its error is the one that is returned.
        let closed = |_| Error::Closed { workspace: id, events: Vec::new() };
        self.arriving.send(Arriving { sequencer, before }).map_err(closed)
    }
}

/// Submits an advance to the clock if something is due.
fn advance(sequencer: &Arc<Sequencer>) -> Result<Option<Ticket<Answer>>, Error> {
    match sequencer.time {
        TimeSource::Manual => Ok(None),
        TimeSource::Clock => {
            let now = sequencer.clock.now();
            let is_due = sequencer.next_deadline().is_some_and(|at| at <= now);
            is_due.then(|| sequencer.submit_advance(now)).transpose()
        }
    }
}

impl Opener {
    fn let_in(&self, Arriving { sequencer, before }: Arriving) -> Result<(), Error> {
        for answer in before {
            let _ = answer.wait()?;
        }
        self.check_stopped(&sequencer.id)?;
        let sequencer = self.registry.insert(sequencer)?;
        // Afterwards: what is not pending can be found.
        self.progress().note_open(&sequencer.id);
        Ok(())
    }
}
