//! The execution of a frame's events in the partitions: fork, join, and merge what they did.
//!
//! Invariant: every partition is back in its place before anything else reads the state.

use std::sync::Arc;

use enlist_model::{Event, Instant};
use parking_lot::RwLockWriteGuard;
use smallvec::{SmallVec, smallvec};

use crate::error::Error;
use crate::partition::execute::{Accepted, Assignment, EventRun, PAUSE_EVENTS_LEAST, Share, Task, Work};
use crate::partition::output::{Trigger, TriggerCause};
use crate::partition::{EventIdx, Partition, PartitionIdx};
use crate::publish::merge::EventReader;
use crate::sequencer::frame::{Frame, Run};
use crate::threads::pool::Helpers;

/// From this many events on, waking another worker pays for a run.
const HELPED_EVENTS: usize = 32;
/// From this many contacts on, waking another worker pays for work on all contacts.
const HELPED_CONTACTS: u64 = 2_000;

impl Frame<'_> {
    /// Executes the run, all partitions in parallel, and merges their outputs.
    pub(super) fn execute_run(&mut self) {
        let Run { events, respelled, .. } = std::mem::take(&mut self.run);
        if events.is_empty() {
            return;
        }
        let count = self.state.partitions.len();
        let mut indices: SmallVec<[SmallVec<[EventIdx; 1]>; 1]> = smallvec![SmallVec::new(); count];
        for (index, partition) in &events {
            indices[partition.position()].push(*index);
        }
        let (frame_events, first_creation) = (Arc::clone(&self.events), self.formed.first_creation);
        let (on_refusal, pauses) = (self.on_refusal(), self.pauses.clone());
        let assign = |partition: PartitionIdx| {
            let indices = std::mem::take(&mut indices[partition.position()]);
            // The indices ascend, because events enter the run in order.
            let is_mine = |(index, _): &&(EventIdx, Event)| indices.binary_search(index).is_ok();
            let respelled = respelled.iter().filter(is_mine).cloned().collect();
            let run = EventRun {
                events: Arc::clone(&frame_events),
                respelled,
                first_creation,
                on_refusal,
                pauses: pauses.clone(),
                indices,
            };
            (!run.indices.is_empty()).then_some(Assignment::Events(run))
        };
        let shares = self.shares(assign);
        let helpers = if events.len() >= HELPED_EVENTS { Helpers::Invite } else { Helpers::None };
        let mut shares = if events.len() < PAUSE_EVENTS_LEAST {
            self.execute_shares(shares, helpers)
        } else {
            self.execute_with_pauses(shares, helpers)
        };
        self.merge_run(&events, &mut shares);
        self.put_back(shares);
    }

    /// Merges what the partitions did, in the order of the events, and notes which events were refused.
    fn merge_run(&mut self, events: &[(EventIdx, PartitionIdx)], shares: &mut [Share]) {
        self.changes.reserve_for(shares.iter().map(|share| &share.partition.output.changes));
        let mut readers: SmallVec<[Option<RunReader<'_>>; 1]> = SmallVec::new();
        readers.resize_with(self.sequencer.settings.partitions, || None);
        for Share { partition, work: Work { outcomes, .. } } in shares {
            let Partition { index, output, failure, .. } = partition;
            readers[index.position()] = Some(RunReader {
                events: EventReader::new(&mut output.changes, &mut self.changes),
                outcomes: std::mem::take(outcomes).into_iter(),
                failure: failure.as_deref(),
            });
        }
        let frame_events = Arc::clone(&self.events);
        for (index, partition) in events {
            let Some(reader) = &mut readers[partition.position()] else { continue };
            match reader.outcomes.next() {
                // Numbers and instants follow from which events were accepted, and only this loop sees that in order. So the
                // triggers of a partition's own output are replaced here.
                Some(Ok(accepted)) => {
                    let at = self.accept(&frame_events[index.position()]);
                    let trigger = Trigger { at, cause: TriggerCause::Event(self.state.event_count) };
                    let triggers = self.changes.triggers.len();
                    self.changes.append_event(&mut reader.events, accepted, trigger);
                    if self.changes.triggers.len() > triggers {
                        self.note_origin(triggers, *index);
                    }
                }
                Some(Err(error)) => self.refuse(*index, error.into()),
                None => {
                    // The partition panicked at this event or before: nothing of the event counts. Or it stopped at a refusal:
                    // then the event was not executed, and the caller gets it back in the rest.
                    if let Some(reason) = reader.failure {
                        let (partition, reason) = (partition.position(), reason.to_owned());
                        self.refuse(*index, Error::PartitionFailed { partition, reason });
                    }
                }
            }
        }
    }

    /// Takes the partitions that serve and have an assignment out of the state.
    pub(super) fn shares(
        &mut self,
        mut assign: impl FnMut(PartitionIdx) -> Option<Assignment>,
    ) -> Vec<Share> {
        let now = self.state.now;
        self.take_out(|partition| {
            let assignment = if partition.failure.is_none() { assign(partition.index) } else { None };
            assignment.map(|assignment| Work::begin(partition, now, assignment))
        })
    }

    /// Takes the partitions that have work out of the state, as shares.
    fn take_out(&mut self, mut work_of: impl FnMut(&mut Partition) -> Option<Work>) -> Vec<Share> {
        let mut shares = Vec::with_capacity(self.state.partitions.len());
        let mut idle = Vec::new();
        // The list keeps its memory, for when they are back.
        for mut partition in self.state.partitions.drain(..) {
            match work_of(&mut partition) {
                Some(work) => shares.push(Share { partition, work }),
                None => idle.push(partition),
            }
        }
        self.state.partitions.extend(idle);
        shares
    }

    /// Executes shares side by side. They return in any order.
    pub(super) fn execute_shares(&self, shares: Vec<Share>, helpers: Helpers) -> Vec<Share> {
        let tasks = self.fork_join.run(shares.into_iter().map(Task::Share).collect(), helpers);
        let share = |task| match task {
            Task::Share(share) => Some(share),
            Task::Preparation(_) => None,
        };
        tasks.into_iter().filter_map(share).collect()
    }

    /// As [`execute_shares`](Self::execute_shares). Before it, after it, and whenever shares pause, readers of members are let in.
    fn execute_with_pauses(&mut self, shares: Vec<Share>, helpers: Helpers) -> Vec<Share> {
        let shares = self.pause_where_wanted(shares);
        let mut shares = self.execute_shares(shares, helpers);
        while shares.iter().any(Share::is_paused) {
            let (paused, ended): (Vec<_>, Vec<_>) =
                self.pause(shares).into_iter().partition(Share::is_paused);
            shares = self.execute_shares(paused, helpers);
            shares.extend(ended);
        }
        self.pause_where_wanted(shares)
    }

    fn pause_where_wanted(&mut self, shares: Vec<Share>) -> Vec<Share> {
        let is_wanted = self.pauses.as_ref().is_some_and(|pauses| pauses.are_wanted());
        if is_wanted { self.pause(shares) } else { shares }
    }

    /// Lets readers of members in, while every partition is in its place.
    fn pause(&mut self, shares: Vec<Share>) -> Vec<Share> {
        let (mut works, mut partitions) = (Vec::new(), Vec::new());
        for Share { partition, work } in shares {
            works.push((partition.index, work));
            partitions.push(partition);
        }
        self.place(partitions);
        let sequencer = self.sequencer;
        self.paused.get_or_insert_with(|| sequencer.pauses.begin());
        self.state.is_paused = true;
        RwLockWriteGuard::bump(&mut self.state);
        self.state.is_paused = false;
        self.take_out(|partition| {
            let place = works.iter().position(|(of, _)| *of == partition.index)?;
            Some(works.swap_remove(place).1)
        })
    }

    fn put_back(&mut self, shares: Vec<Share>) {
        let failures = shares.iter().filter(|share| share.partition.failure.is_some()).count();
        (0..failures).for_each(|_| self.sequencer.counters.note_failure());
        self.place(shares.into_iter().map(|share| share.partition));
    }

    /// Puts partitions in their places.
    fn place(&mut self, partitions: impl IntoIterator<Item = Partition>) {
        // They return in any order, and an index must be the partition's position.
        self.state.partitions.extend(partitions);
        self.state.partitions.sort_unstable_by_key(|partition| partition.index);
    }

    /// Appends what the partitions did for one reason, and puts them back.
    pub(super) fn append_and_put_back(&mut self, mut shares: Vec<Share>, now: Instant, cause: TriggerCause) {
        let logs =
            shares.iter_mut().map(|share| std::mem::take(&mut share.partition.output.changes)).collect();
        self.changes.append_together(logs, now, cause);
        self.put_back(shares);
    }
}

/// Whether work on this many contacts is worth waking other workers.
pub(super) fn helpers_for(contacts: u64) -> Helpers {
    if contacts >= HELPED_CONTACTS { Helpers::Invite } else { Helpers::None }
}

/// One partition's output of a run, and the outcomes of its events.
struct RunReader<'a> {
    events: EventReader<'a>,
    outcomes: std::vec::IntoIter<Result<Accepted, enlist_engine::Error>>,
    failure: Option<&'a str>,
}
