//! The frames of the journal, executed again in order.
//!
//! The journal is read once, for all workspaces. Invariant: a frame is executed in each workspace that lacks it, and in no other.

use std::collections::BTreeMap;

use enlist_store::{Creation, Frame, FrameBody, LogPosition, WorkspaceNumber};

use super::arrival::Arrivals;
use super::survey::Outcomes;
use super::{Opener, Reopened};
use crate::cursor::life::Life;
use crate::error::Error;
use crate::sequencer::dump::Origin;
use crate::sequencer::pipeline::Pipeline;
use crate::sequencer::state::State;
use crate::store::Store;

/// The workspaces that lack frames.
type Waiting = BTreeMap<WorkspaceNumber, Reopened>;

impl Opener {
    /// Executes the frames that the workspaces lack. Each of them arrives after its last one.
    pub(super) fn replay_all(
        &self,
        store: &Store,
        mut waiting: Waiting,
        arrivals: &Arrivals,
    ) -> Result<(), Error> {
        let mut outcomes = self.survey.outcomes.clone();
        for frame in store.log().read(LogPosition(0))? {
            let (at, bytes) = frame?;
            // What follows is of this process: workspaces that are open already are written.
            if at >= self.survey.end {
                break;
            }
            let Frame { workspace, body } = Frame::decode(&bytes).map_err(|error| store.in_journal(error))?;
            match body {
                FrameBody::Create(creation) if self.survey.created.contains_key(&workspace) => {
                    let created = self.create(store, (at, workspace), *creation)?;
                    waiting.insert(workspace, created);
                }
                // The checkpoint has the workspace, or it has ended; the survey has read what is aside.
                FrameBody::Create(_)
                | FrameBody::Drop
                | FrameBody::Outcome { .. }
                | FrameBody::Consumer { .. } => {}
                body @ (FrameBody::Events(_)
                | FrameBody::Advance { .. }
                | FrameBody::Settings { .. }
                | FrameBody::Rebuild { .. }) => {
                    if let Some(reopened) = waiting.get_mut(&workspace) {
                        self.execute(reopened, at, body, &mut outcomes)?;
                    }
                }
            }
            if let Some(reopened) = waiting.remove(&workspace) {
                if reopened.is_whole() {
                    arrivals.add(self, reopened)?;
                } else {
                    waiting.insert(workspace, reopened);
                }
            }
        }
        Ok(())
    }

    fn create(
        &self,
        store: &Store,
        (at, number): (LogPosition, WorkspaceNumber),
        creation: Creation,
    ) -> Result<Reopened, Error> {
        let life = Life::of_record(creation.incarnation, creation.cursor_key);
        let settings = self.opened_with(&creation.id, creation.settings)?;
        let state = State::begin(Origin::Nothing, life.incarnation, &settings)?;
        let pipeline = Pipeline::new(store.log(), number, at.plus(1));
        let sequencer = self.registry.begin(creation.id, life, settings, state, Some(pipeline));
        Ok(self.reopened(number, sequencer))
    }

    fn execute(
        &self,
        reopened: &mut Reopened,
        at: LogPosition,
        body: FrameBody,
        outcomes: &mut Outcomes,
    ) -> Result<(), Error> {
        // The checkpoint has it; it was not cut because the process ended before.
        let Some(revision) = body.revision().filter(|_| at >= reopened.through()) else { return Ok(()) };
        self.check_stopped(&reopened.sequencer.id)?;
        let outcome = outcomes.remove(&(reopened.number, revision));
        let fork_join = self.registry.run_queue().fork_join();
        reopened.sequencer.replay(fork_join, &mut reopened.passed, (at, body), outcome)?;
        reopened.frames = reopened.frames.saturating_sub(1);
        reopened.steps.note_one();
        Ok(())
    }
}
