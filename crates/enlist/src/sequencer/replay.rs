//! Executing kept frames again, when a store is opened.
//!
//! A frame says which state it was formed on. A state that is reached again must have the same revision and the same next sequence,
//! or the process that opens the store evaluates otherwise than the one that wrote it. Nobody else has the workspace yet. Invariant:
//! a frame is executed in the state in which it was executed first, or not at all.

use std::collections::VecDeque;

use enlist_store::{Anchor, FrameBody, LogPosition};

use crate::error::Error;
use crate::partition::execute::Task;
use crate::sequencer::formed::FormedFrame;
use crate::sequencer::pipeline::FRAMES_MOST;
use crate::sequencer::recorded;
use crate::sequencer::shared::Sequencer;
use crate::threads::pool::ForkJoin;

/// The states that a workspace has passed through last, as far back as a frame can be formed ahead.
#[derive(Default)]
pub(crate) struct Passed(VecDeque<Anchor>);

impl Passed {
    fn note(&mut self, anchor: Anchor) {
        if self.0.len() > FRAMES_MOST {
            self.0.pop_front();
        }
        self.0.push_back(anchor);
    }

    /// Whether an anchor is a state that was passed, or one from before those that are known.
    fn has(&self, anchor: Anchor) -> bool {
        let known = self.0.iter().find(|passed| passed.revision == anchor.revision);
        known.map_or(anchor.revision < self.0.front().map_or(0, |first| first.revision), |passed| {
            *passed == anchor
        })
    }
}

impl Sequencer {
    /// Executes a kept frame; `panicked` are the events that a panic refused when it was executed first.
    ///
    /// # Errors
    /// [`Error::Diverged`].
    pub(crate) fn replay(
        &self,
        fork_join: &ForkJoin<Task>,
        passed: &mut Passed,
        (at, body): (LogPosition, FrameBody),
        panicked: Vec<u32>,
    ) -> Result<(), Error> {
        let next_creation = self.read().next_creation;
        if let Some(formed) = recorded::formed(body, self.life.incarnation, next_creation, panicked) {
            self.check_anchor(passed, &formed)?;
            // The answer was given when the frame was executed first.
            let _ = self.execute_frame(fork_join, &formed, Vec::new(), Some(at));
        }
        Ok(())
    }

    fn check_anchor(&self, passed: &mut Passed, formed: &FormedFrame) -> Result<(), Error> {
        let (revision, reached) = (formed.revision.number(), self.read().anchor());
        passed.note(reached);
        if revision == reached.revision + 1 && formed.anchor.is_none_or(|anchor| passed.has(anchor)) {
            return Ok(());
        }
        Err(Error::Diverged { workspace: self.id.clone(), revision })
    }
}
