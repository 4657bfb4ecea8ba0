//! A run through the front door: the same workload through workspaces of one and of several partitions, with readers
//! and subscribers.
//!
//! | | |
//! |---|---|
//! | [`door`] | one workspace: submitting events, receiving changes |
//! | [`throughput`] | events a second, compared with the probe and with the bare engine |
//! | [`reading`] | how long readers wait |
//! | [`visibility`] | how soon an event is seen and received |
//! | [`import`] | the cost of an import |
//! | [`crowd`] | the cost of one stuck subscriber among a thousand |
//! | [`report`] | the report |
//!
//! Invariant: the workspaces begin with the engine's own dump and apply the same events.

pub mod crowd;
pub mod door;
pub mod import;
pub mod reading;
pub mod report;
pub mod throughput;
pub mod visibility;

use std::thread::ScopedJoinHandle;

use indicatif::ProgressBar;

use crate::failure::Failure;
use crate::lanes::engine::EngineLane;
use crate::probe::Probe;
use crate::reads::Questions;
use crate::workload::profile::Profile;
use crate::workload::{Workload, segment_id};

use crowd::Crowd;
use door::Door;
use import::Import;
use reading::Reading;
use throughput::{Cost, Scaling};
use visibility::Visibility;

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many contacts.
    pub contacts: u32,
    /// How many segments.
    pub segments: u32,
    /// How many events each measurement takes, over all its parts.
    pub events: usize,
    /// The seed of facts, rules and events.
    pub seed: u64,
    /// What kind of segments and events.
    pub profile: Profile,
    /// In how many parts the contenders alternate.
    pub parts: usize,
    /// The size of the larger batches; the smaller ones have a hundred events.
    pub batch: usize,
    /// How many partitions the second workspace has.
    pub partitions: usize,
    /// How many threads read.
    pub readers: usize,
}

/// The results of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The plan.
    pub plan: Plan,
    /// The cores of the machine, which is also the number of workers of each workspace.
    pub cores: usize,
    /// The bytes that the probe walks over: as many as the engine holds.
    pub probe_bytes: u64,
    /// The gain of more partitions, by batch size.
    pub scaling: Vec<Scaling>,
    /// The cost of the front door.
    pub cost: Cost,
    /// How long readers wait, with one partition and with several.
    pub reading: [Reading; 2],
    /// How soon single events take effect, with one partition and with several.
    pub visibility: [Visibility; 2],
    /// The cost of a stuck subscriber.
    pub crowd: Crowd,
    /// The cost of an import.
    pub import: Import,
    /// Whether subscribers received exactly the flips that the engine reported, and all counts equal the engine's.
    pub digests_agree: bool,
}

/// The bare engine, and the workspaces.
pub struct Doors {
    /// The engine.
    pub engine: EngineLane,
    /// A workspace of one partition.
    pub one: Door,
    /// A workspace of several.
    pub several: Door,
}

/// A thread that measures.
type Reader<'a, T> = ScopedJoinHandle<'a, Result<T, Failure>>;

/// Runs a plan. The bar, which may be hidden, shows what is being measured.
///
/// # Errors
/// [`Failure`] if a number of the plan is 0, anything is refused, or memory cannot be measured.
pub fn run(plan: Plan, bar: &ProgressBar) -> Result<Outcome, Failure> {
    let counts =
        [(plan.partitions, "--partitions"), (plan.readers, "--readers"), (plan.events_of_part(), "--events")];
    if let Some((_, what)) = counts.into_iter().find(|(count, _)| *count == 0) {
        return Err(Failure::Nothing { what });
    }
    bar.set_length(10);
    let step = |what: &'static str| {
        bar.inc(1);
        bar.set_message(what);
    };
    step("facts");
    let mut workload = Workload::new(plan.seed, plan.profile, plan.contacts);
    let engine = EngineLane::set_up(&workload, plan.segments, &|_| ())?;
    step("import");
    let import = import::measure(&plan, &workload)?;
    let held = engine.setup.contact_bytes + engine.setup.conversation_bytes + engine.setup.derived_bytes;
    step("workspaces");
    let one = Door::open(&engine.engine, 1)?;
    let several = Door::open(&engine.engine, plan.partitions)?;
    let mut doors = Doors { engine, one, several };
    step("partitions");
    let mut probe = Probe::new(held, plan.partitions, plan.seed);
    let mut sizes = vec![plan.batch, Cost::BATCH];
    sizes.dedup();
    let scaling = sizes
        .into_iter()
        .map(|batch| throughput::scaling(&plan, &mut workload, &mut doors, &mut probe, batch))
        .collect::<Result<_, _>>()?;
    let probe_bytes = probe.bytes();
    drop(probe);
    step("cost");
    let (cost, digests_agree) = throughput::cost(&plan, &mut workload, &mut doors)?;
    let digests_agree = digests_agree && import.counts_agree && counts_agree(&doors, plan.segments)?;
    let Doors { engine, one, several } = doors;
    let questions = Questions::of(&engine.engine, 11, plan.contacts, plan.segments)?;
    drop(engine);
    step("readers");
    let reading = [
        reading::measure(&plan, &mut workload, &one, 1, &questions)?,
        reading::measure(&plan, &mut workload, &several, plan.partitions, &questions)?,
    ];
    step("one event");
    let visibility = [
        visibility::measure(&plan, &mut workload, &one)?,
        visibility::measure(&plan, &mut workload, &several)?,
    ];
    step("subscribers");
    let crowd = crowd::measure(&plan, &mut workload, &one)?;
    bar.finish_and_clear();
    let cores = cores();
    Ok(Outcome { plan, cores, probe_bytes, scaling, cost, reading, visibility, crowd, import, digests_agree })
}

impl Plan {
    /// The number of events of a part.
    pub fn events_of_part(&self) -> usize {
        self.events / self.parts.max(1)
    }
}

/// The cores that this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Whether every segment holds as many contacts in both workspaces as in the engine.
fn counts_agree(doors: &Doors, segments: u32) -> Result<bool, Failure> {
    for no in 0..segments {
        let segment = segment_id(no);
        let count = doors.engine.engine.count(&segment)?;
        for door in [&doors.one, &doors.several] {
            if door.workspace.count(&segment)? != count {
                return Ok(false);
            }
        }
    }
    Ok(true)
}
