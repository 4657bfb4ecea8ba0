//! What handles, workers and the clock driver share of one workspace: the inbox, the state behind its lock, the subscribers.
//!
//! It executes nothing. Invariant: only the thread that serves the workspace executes frames; others take the write lock only for what
//! no read can see.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

use enlist_model::{Event, Instant, WorkspaceId};
use parking_lot::{Mutex, RwLock};

use crate::cursor::life::Life;
use crate::error::Error;
use crate::inbox::coalesce::CoalesceLimit;
use crate::inbox::command::Request;
use crate::inbox::queue::Queue;
use crate::partition::execute::Task;
use crate::publish::broadcast::Broadcast;
use crate::sequencer::counters::Counters;
use crate::sequencer::pipeline::Pipeline;
use crate::sequencer::segments::Counts;
use crate::sequencer::state::State;
use crate::settings::WorkspaceSettings;
use crate::threads::clock::{Alarm, Clock};
use crate::threads::pauses::Pauses;
use crate::threads::pool::RunQueue;

/// The deadline of a workspace in which nothing is due.
const NO_DEADLINE: i64 = i64::MAX;

/// What the front door gives to every workspace.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) clock: Arc<dyn Clock>,
    /// Wakes the clock driver.
    pub(crate) alarm: Alarm,
    pub(crate) run_queue: RunQueue<Task>,
    pub(crate) time: TimeSource,
}

/// Who makes time pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeSource {
    /// The clock driver follows the clock.
    Clock,
    /// The host advances time, so its events may have any instant.
    Manual,
}

/// One workspace.
pub(crate) struct Sequencer {
    pub(crate) id: WorkspaceId,
    /// The id again, for deliveries to share.
    pub(crate) shared_id: Arc<WorkspaceId>,
    pub(crate) life: Life,
    pub(crate) settings: WorkspaceSettings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) time: TimeSource,
    pub(crate) queue: Queue<Request>,
    /// The way to the journal; `None` for a workspace that is in memory only.
    pub(crate) pipeline: Option<Pipeline>,
    /// Held while a frame about a consumer is appended, so that such frames are in order.
    pub(super) consumer_order: Mutex<()>,
    pub(super) run_queue: RunQueue<Task>,
    /// Shared with the tasks that prepare a frame.
    pub(super) state: Arc<RwLock<State>>,
    pub(super) coalesce_limit: CoalesceLimit,
    /// Shared with the runs that may pause.
    pub(super) pauses: Arc<Pauses>,
    pub(crate) counts: RwLock<Counts>,
    pub(crate) broadcast: Broadcast,
    pub(crate) counters: Counters,
    /// The latest estimate of the workspace's memory; 0 without a limit of bytes.
    pub(super) bytes: AtomicUsize,
    /// The next instant at which something changes without an event, in milliseconds, for the clock driver.
    deadline: AtomicI64,
    /// Whether an advance by the clock driver is queued. One at a time suffices.
    pub(crate) is_advance_queued: AtomicBool,
    alarm: Alarm,
}

impl Sequencer {
    pub(crate) fn new(
        id: WorkspaceId,
        life: Life,
        settings: WorkspaceSettings,
        surroundings: Surroundings,
        state: State,
        pipeline: Option<Pipeline>,
    ) -> Self {
        let Surroundings { clock, alarm, run_queue, time } = surroundings;
        Sequencer {
            shared_id: Arc::new(id.clone()),
            id,
            settings,
            clock,
            time,
            pipeline,
            // At least one event, or no batch would ever be accepted.
            queue: Queue::new(settings.limits.queued_events.max(1)),
            consumer_order: Mutex::new(()),
            run_queue,
            state: Arc::new(RwLock::new(state)),
            coalesce_limit: CoalesceLimit::new(settings.partitions),
            pauses: Arc::default(),
            counts: RwLock::new(Counts::default()),
            broadcast: Broadcast::new(settings.retained, life.incarnation),
            counters: Counters::default(),
            bytes: AtomicUsize::new(0),
            life,
            deadline: AtomicI64::new(NO_DEADLINE),
            is_advance_queued: AtomicBool::new(false),
            alarm,
        }
    }

    /// The error of a closed workspace, with the events that it does not accept.
    pub(crate) fn closed(&self, events: Vec<Event>) -> Error {
        Error::Closed { workspace: self.id.clone(), events }
    }

    /// When the clock driver must advance the workspace next.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        match self.deadline.load(Ordering::Acquire) {
            NO_DEADLINE => None,
            at => Instant::from_milliseconds(at),
        }
    }

    pub(crate) fn note_deadline(&self, at: Option<Instant>) {
        let at = at.map_or(NO_DEADLINE, Instant::milliseconds);
        // Only a change rings: most frames change no deadline, and waking the driver costs a system call.
        if self.deadline.swap(at, Ordering::AcqRel) != at {
            self.alarm.ring();
        }
    }
}
