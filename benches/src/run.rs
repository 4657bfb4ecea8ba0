//! A run: the same events through every lane, part by part, then single events, then the reads.
//!
//! Lanes alternate within each part, so that other load on the machine affects all of them. The figure of a lane is
//! the median of its parts. Invariant: a lane whose flips differ from the engine's makes the digests disagree.

use enlist_engine::Work;
use indicatif::ProgressBar;
use roaring::RoaringBitmap;

use crate::comparison::{self, Others};
use crate::failure::Failure;
use crate::lanes::bits::{Asks, Bits, MAXIMUM_MEMBERS};
use crate::lanes::brute::Brute;
use crate::lanes::closure::{Closure, Compiler};
use crate::lanes::dependent::Dependent;
use crate::lanes::engine::{EngineLane, Setup};
use crate::lanes::engine_handles::{self, EngineHandlesLane};
use crate::lanes::floor_flat::FloorFlat;
use crate::lanes::floor_roaring::FloorRoaring;
use crate::lanes::{Lane, Lap, Part, Queries};
use crate::pauses::{self, PAUSES, Paused};
use crate::reads::{self, Reads};
use crate::stopwatch::nanoseconds_each;
use crate::workload::profile::Profile;
use crate::workload::{Workload, segment_id, today};

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many contacts.
    pub contacts: u32,
    /// How many segments.
    pub segments: u32,
    /// How many events.
    pub events: usize,
    /// The seed of facts, rules and events.
    pub seed: u64,
    /// How many events the engine gets in one batch.
    pub batch: usize,
    /// What kind of segments and events.
    pub profile: Profile,
    /// In how many parts the lanes alternate.
    pub parts: usize,
    /// Whether only the engine's lane runs.
    pub is_engine_alone: bool,
    /// Which other programs run too.
    pub others: Others,
}

/// The results of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The plan.
    pub plan: Plan,
    /// Flips for each event.
    pub flips_per_event: f64,
    /// Whether all lanes found the same flips and ended with the same members.
    pub digests_agree: bool,
    /// The lanes, the engine first.
    pub lanes: Vec<LaneOutcome>,
    /// The engine's work on the events.
    pub work: Work,
    /// The cost of the engine's setup.
    pub setup: Setup,
    /// The bytes of all segments' members.
    pub bitmap_bytes: u64,
    /// The engine's time for one event, after each pause.
    pub paused: [Paused; PAUSES.len()],
    /// The reads.
    pub reads: Reads,
}

/// The results of a lane.
#[derive(Clone, Copy, Debug)]
pub struct LaneOutcome {
    /// The lane.
    pub name: &'static str,
    /// Nanoseconds an event, the median of the parts.
    pub ns_per_event: f64,
    /// How many events it applied, over all parts.
    pub events: usize,
    /// How many segments' rules it can express.
    pub segments: usize,
    /// Whether it found the flips that the engine reported.
    pub agrees: bool,
    /// The costs of its reads, if they were measured.
    pub queries: Option<Queries>,
}

/// The results of a lane so far.
struct Track {
    name: &'static str,
    segments: usize,
    laps: Vec<Lap>,
    queries: Option<Queries>,
}

/// The lanes that the engine is compared with.
struct Baselines<'a> {
    /// The engine with handles.
    handles: EngineHandlesLane,
    brute: Brute<'a>,
    dependent: Dependent<'a>,
    /// The lanes of truth bits, if the bits are not too many.
    bits: Vec<Bits>,
    floor_roaring: FloorRoaring,
    floor_flat: FloorFlat,
    /// Other programs.
    others: Vec<Box<dyn Lane>>,
}

/// Runs a plan. The bar, which may be hidden, counts contacts and then events.
///
/// # Errors
/// [`Failure`] if a number of the plan is 0, the engine refuses something, or memory cannot be measured.
pub fn run(plan: Plan, bar: &ProgressBar) -> Result<Outcome, Failure> {
    let counts = [
        (plan.contacts as usize, "--contacts"),
        (plan.segments as usize, "--segments"),
        (plan.events, "--events"),
        (plan.batch, "--batch"),
        (plan.parts, "--parts"),
    ];
    if let Some((_, what)) = counts.into_iter().find(|(count, _)| *count == 0) {
        return Err(Failure::Nothing { what });
    }
    if !plan.others.is_empty() && !comparison::is_built_in() {
        return Err(Failure::NotBuilt);
    }
    bar.set_length(u64::from(plan.contacts) + plan.events as u64);
    bar.set_message("facts");
    let mut workload = Workload::new(plan.seed, plan.profile, plan.contacts);
    let mut engine = EngineLane::set_up(&workload, plan.segments, &|contacts| bar.inc(contacts))?;
    let bitmap_bytes =
        members(&engine, plan.segments)?.iter().map(|members| members.serialized_size() as u64).sum();

    let work = engine.engine.work();
    let (laps, flips, digests_agree) = if plan.is_engine_alone {
        take_turns(plan, &mut workload, &mut engine, None, bar)?
    } else {
        let compiler = Compiler::new(workload.pools().clone(), today());
        let rules: Vec<Closure> =
            engine.engine.segments().map(|segment| compiler.rule(segment.rule())).collect();
        bar.set_message("lanes");
        let baselines = baselines(plan, &workload, &engine, &compiler, &rules)?;
        take_turns(plan, &mut workload, &mut engine, Some(baselines), bar)?
    };
    let work = engine.engine.work() - work;

    bar.set_message("single events");
    let paused = pauses::measure(&mut engine.engine, &mut workload, plan.events)?;
    bar.set_message("reads");
    let setup = engine.setup;
    let reads = reads::measure(engine.engine, &mut workload, plan.segments)?;
    bar.finish_and_clear();
    Ok(Outcome {
        plan,
        flips_per_event: flips as f64 / plan.events as f64,
        digests_agree,
        lanes: laps.iter().map(Track::outcome).collect(),
        work,
        setup,
        bitmap_bytes,
        paused,
        reads,
    })
}

/// Runs the parts, and in each all lanes; returns their laps, the number of flips, and whether all agree.
fn take_turns(
    plan: Plan,
    workload: &mut Workload,
    engine: &mut EngineLane,
    mut baselines: Option<Baselines<'_>>,
    bar: &ProgressBar,
) -> Result<(Vec<Track>, u64, bool), Failure> {
    let mut all = vec![Track::of("engine", plan.segments as usize)];
    let mut flips = 0;
    for no in 0..plan.parts {
        let (start, end) = (plan.events * no / plan.parts, plan.events * (no + 1) / plan.parts);
        let changes: Vec<_> = (start..end).map(|_| workload.change()).collect();
        let prefix = prefix(plan.segments, changes.len());
        let mut part = Part { changes, prefix, ..Part::default() };
        bar.set_message("engine");
        all[0].laps.push(engine.run(workload, plan.batch, &mut part)?);
        flips += part.whole.count();
        if let Some(baselines) = &mut baselines {
            bar.set_message(engine_handles::NAME);
            if no == 0 {
                all.push(Track::of(engine_handles::NAME, plan.segments as usize));
            }
            all[1].laps.push(baselines.handles.run(workload, plan.batch, &part)?);
            for (place, lane) in (2..).zip(baselines.lanes()) {
                bar.set_message(lane.name());
                if no == 0 {
                    all.push(Track::of(lane.name(), lane.segments().unwrap_or(plan.segments as usize)));
                }
                all[place].laps.push(lane.run(&part)?);
            }
        }
        bar.inc((end - start) as u64);
    }
    let mut agree = all.iter().flat_map(|lane| &lane.laps).all(|lap| lap.agrees);
    if let Some(baselines) = &mut baselines {
        for (laps, lane) in all[2..].iter_mut().zip(baselines.lanes()) {
            bar.set_message(lane.name());
            laps.queries = lane.queries()?;
            agree &= laps.counts_agree();
        }
        agree &= members(engine, plan.segments)? == baselines.floor_roaring.members();
    }
    Ok((all, flips, agree))
}

/// How many events of a part a lane whose cost grows with the segments applies in about a second.
fn prefix(segments: u32, events: usize) -> usize {
    (20_000_000 / segments as usize).clamp(200, 100_000).min(events)
}

fn baselines<'a>(
    plan: Plan,
    workload: &Workload,
    engine: &EngineLane,
    compiler: &Compiler,
    rules: &'a [Closure],
) -> Result<Baselines<'a>, Failure> {
    let facts = workload.facts();
    let members = members(engine, plan.segments)?;
    let others = if plan.others.is_empty() {
        Vec::new()
    } else {
        comparison::lanes(plan.others, facts, workload.pools(), &engine.engine, &members)?
    };
    let fields: Vec<_> =
        engine.engine.segments().map(|segment| Compiler::fields_of(segment.rule())).collect();
    let bits = |asks| {
        Bits::new(
            asks,
            facts.clone(),
            engine.engine.segments().map(enlist_engine::Segment::rule),
            compiler,
            &members,
        )
    };
    let are_few = u64::from(plan.contacts) * u64::from(plan.segments) <= MAXIMUM_MEMBERS;
    Ok(Baselines {
        handles: EngineHandlesLane::set_up(workload, plan.segments)?,
        bits: if are_few { [Asks::Every, Asks::Dependent].map(bits).into() } else { Vec::new() },
        brute: Brute::new(facts.clone(), rules),
        dependent: Dependent::new(facts.clone(), rules, &fields),
        floor_flat: FloorFlat::new(facts.clone(), members.iter()),
        floor_roaring: FloorRoaring::new(facts.clone(), members),
        others,
    })
}

/// The members of each of the workload's segments.
fn members(engine: &EngineLane, segments: u32) -> Result<Vec<RoaringBitmap>, Failure> {
    (0..segments).map(|no| Ok(engine.engine.bitmap(&segment_id(no))?)).collect()
}

impl Baselines<'_> {
    fn lanes(&mut self) -> Vec<&mut dyn Lane> {
        let Baselines { brute, dependent, bits, floor_roaring, floor_flat, others, .. } = self;
        let mut lanes: Vec<&mut dyn Lane> = vec![brute, dependent, floor_roaring, floor_flat];
        lanes.extend(bits.iter_mut().map(|lane| lane as &mut dyn Lane));
        lanes.extend(others.iter_mut().map(|lane| &mut **lane as &mut dyn Lane));
        lanes
    }
}

impl Track {
    fn of(name: &'static str, segments: usize) -> Self {
        Track { name, segments, laps: Vec::new(), queries: None }
    }

    /// Whether counts by the rules are those of the stored members, if they were asked for.
    fn counts_agree(&self) -> bool {
        self.queries.is_none_or(|queries| queries.counts_agree)
    }

    fn outcome(&self) -> LaneOutcome {
        let mut each: Vec<f64> = self.laps.iter().map(|lap| nanoseconds_each(lap.time, lap.events)).collect();
        each.sort_unstable_by(f64::total_cmp);
        LaneOutcome {
            name: self.name,
            ns_per_event: each[each.len() / 2],
            events: self.laps.iter().map(|lap| lap.events).sum(),
            segments: self.segments,
            agrees: self.laps.iter().all(|lap| lap.agrees) && self.counts_agree(),
            queries: self.queries,
        }
    }
}

impl Outcome {
    /// The lane with this name.
    pub fn lane(&self, name: &str) -> Option<&LaneOutcome> {
        self.lanes.iter().find(|lane| lane.name == name)
    }

    /// The time of one lane over that of another.
    pub fn ratio(&self, one: &str, other: &str) -> Option<f64> {
        Some(self.lane(one)?.ns_per_event / self.lane(other)?.ns_per_event)
    }
}
