//! The cost of reads, and how long readers and writers wait during long operations.
//!
//! The engine is behind a plain read-write lock, as in a host. Two readers count and page while the writer works, and
//! their waits are recorded. Quick reads are timed by the hundred, slow ones one by one, until a time budget is
//! used up. Invariant: the reads follow from the workload's seed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use enlist_engine::{Engine, Output, PageOrder, PageRequest, PageStart, RuleScan};
use enlist_model::{Instant, Json};
use fastrand::Rng;
use parking_lot::{RwLock, RwLockWriteGuard};

use crate::failure::Failure;
use crate::latency::{Latencies, Spread};
use crate::stopwatch::{median, timed};
use crate::workload::{Workload, contact_id, segment_id, segment_saved};

/// The pause of readers and writer between two calls, so that they do not occupy the cores that they wait for.
pub(crate) const BREATH: Duration = Duration::from_micros(200);
/// The time budget of one kind of slow read.
const BUDGET: Duration = Duration::from_secs(4);

/// The costs of reads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reads {
    /// A count.
    pub count: Duration,
    /// A page of fifty at a random offset, in order of arrival.
    pub page: Duration,
    /// A page of fifty at a random offset, sorted by a field.
    pub sorted_page: Duration,
    /// Whether a contact is a member, by ids.
    pub contains: Duration,
    /// The segments of a contact.
    pub segments_of: Duration,
    /// Why a contact is a member or not.
    pub explain: Duration,
    /// A preview of a rule, while events are applied.
    pub preview: Duration,
    /// The longest wait of an event during previews.
    pub preview_longest_event: Duration,
    /// The longest wait of a read during previews.
    pub preview_longest_read: Duration,
    /// A new segment.
    pub creation: Duration,
    /// The longest time for which nobody could read meanwhile, except at the end.
    pub creation_longest_step: Duration,
    /// The longest time of saving what was evaluated and filled, for which nobody can read either.
    pub creation_longest_end: Duration,
    /// The reads during the creation of segments.
    pub creation_reads: Spread,
    /// A midnight, from its preparation until it is in force.
    pub midnight: Duration,
    /// The flips of a midnight.
    pub midnight_flips: usize,
    /// The longest time under the lock that keeps readers out, of all midnights.
    pub midnight_longest_swap: Duration,
    /// The reads during midnights.
    pub midnight_reads: Spread,
    /// The same reads beside a thread that computes as long and takes no lock: what the scheduler makes them wait.
    pub busy_reads: Spread,
}

/// Draws the reads.
#[derive(Clone)]
pub(crate) struct Questions {
    random: Rng,
    contacts: u32,
    segments: Vec<String>,
    /// Segments with more members than a page holds, with their count; all segments if there is none.
    large: Vec<(String, u64)>,
}

impl Questions {
    pub(crate) fn of(engine: &Engine, seed: u64, contacts: u32, segments: u32) -> Result<Self, Failure> {
        let segments: Vec<String> = (0..segments).map(segment_id).collect();
        let mut counted = Vec::new();
        for segment in &segments {
            counted.push((segment.clone(), engine.count(segment)?));
        }
        let large: Vec<_> = counted.iter().filter(|(_, count)| *count > 50).cloned().collect();
        let large = if large.is_empty() { counted } else { large };
        Ok(Questions { random: Rng::with_seed(seed), contacts, segments, large })
    }

    pub(crate) fn segment(&mut self) -> String {
        self.segments[self.random.usize(0..self.segments.len())].clone()
    }

    /// The same with other draws.
    pub(crate) fn reseeded(&self, seed: u64) -> Self {
        Questions { random: Rng::with_seed(seed), ..self.clone() }
    }

    fn contact(&mut self) -> String {
        contact_id(self.random.u32(0..self.contacts)).as_str().to_owned()
    }

    pub(crate) fn page<P>(&mut self, order: PageOrder) -> (String, PageRequest<P>) {
        let (segment, count) = self.large[self.random.usize(0..self.large.len())].clone();
        let start = PageStart::Offset(self.random.u64(0..count.saturating_sub(50).max(1)));
        (segment, PageRequest::default().with_order(order).with_start(start).with_size(50))
    }
}

/// Measures all reads. It also saves segments and lets days begin.
///
/// # Errors
/// [`Failure`] if the engine refuses something.
pub fn measure(engine: Engine, workload: &mut Workload, segments: u32) -> Result<Reads, Failure> {
    let contacts = workload.facts().contacts() as u32;
    let mut questions = Questions::of(&engine, 11, contacts, segments)?;
    let mut reads = Reads::default();
    measure_quick(&engine, &mut questions, &mut reads)?;
    reads.sorted_page = measure_sorted(&engine, &mut questions)?;
    let engine = RwLock::new(engine);
    measure_previews(&engine, workload, &questions, &mut reads)?;
    measure_creation(&engine, workload, &questions, &mut reads)?;
    measure_midnights(&engine, &questions, &mut reads)?;
    Ok(reads)
}

fn measure_quick(engine: &Engine, questions: &mut Questions, reads: &mut Reads) -> Result<(), Failure> {
    reads.count = by_the_hundred(questions, Questions::segment, |segment| engine.count(segment).map(drop))?;
    let arrival = |questions: &mut Questions| questions.page(PageOrder::Arrival { descending: false });
    reads.page =
        by_the_hundred(questions, arrival, |(segment, request)| engine.page(segment, request).map(drop))?;
    let pair = |questions: &mut Questions| (questions.segment(), questions.contact());
    reads.contains =
        by_the_hundred(questions, pair, |(segment, contact)| engine.contains(segment, contact).map(drop))?;
    reads.explain =
        by_the_hundred(questions, pair, |(segment, contact)| engine.explain(segment, contact).map(drop))?;
    reads.segments_of =
        by_the_hundred(questions, Questions::contact, |contact| engine.segments_of(contact).map(drop))?;
    Ok(())
}

/// The median time of one read, measured by the hundred.
fn by_the_hundred<Q>(
    questions: &mut Questions,
    ask: impl Fn(&mut Questions) -> Q,
    answer: impl Fn(&Q) -> Result<(), enlist_engine::Error>,
) -> Result<Duration, Failure> {
    const HUNDREDS: usize = 41;
    let (mut times, mut spent) = (Vec::new(), Duration::ZERO);
    while times.len() < HUNDREDS && spent < BUDGET {
        let asked: Vec<Q> = (0..100).map(|_| ask(questions)).collect();
        let (answered, time) = timed(|| asked.iter().try_for_each(&answer));
        answered?;
        spent += time;
        times.push(time / asked.len() as u32);
    }
    Ok(median(times))
}

fn measure_sorted(engine: &Engine, questions: &mut Questions) -> Result<Duration, Failure> {
    const FIELDS: [&str; 4] = ["revenue", "name", "created_at", "score"];
    let ask = |questions: &mut Questions, no: usize| {
        let field = FIELDS[no % FIELDS.len()].to_owned();
        questions.page(PageOrder::Field { field, descending: no / FIELDS.len() % 2 == 1 })
    };
    for no in 0..FIELDS.len() {
        // What the first use of an order builds is not part of a page.
        let (segment, request) = ask(questions, no);
        engine.page(&segment, &request)?;
    }
    let (mut times, mut spent) = (Vec::new(), Duration::ZERO);
    for no in 0..400 {
        let (segment, request) = ask(questions, no);
        let (page, time) = timed(|| engine.page(&segment, &request));
        page?;
        times.push(time);
        spent += time;
        if spent > BUDGET && times.len() > FIELDS.len() {
            break;
        }
    }
    Ok(median(times))
}

fn measure_previews(
    engine: &RwLock<Engine>,
    workload: &mut Workload,
    questions: &Questions,
    reads: &mut Reads,
) -> Result<(), Failure> {
    let mut rules = workload.rules(1);
    let is_done = AtomicBool::new(false);
    let (result, reading) = beside_readers(engine, questions, || {
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| longest_event(engine, workload, &is_done));
            let times = repeated(|| {
                let rule = rules.draw();
                let (preview, time) = timed(|| {
                    let survey = surveyed(engine, &rule)?;
                    engine.read().preview_scan(survey).map(drop)
                });
                preview?;
                Ok(time)
            });
            is_done.store(true, Ordering::Relaxed);
            let longest = writer.join().map_err(|_| Failure::Reader)??;
            Ok::<_, Failure>((times?, longest))
        })
    })?;
    let (times, longest_event) = result?;
    reads.preview = median(times);
    reads.preview_longest_event = longest_event;
    reads.preview_longest_read = reading.longest;
    Ok(())
}

/// Evaluates a rule for every contact in steps, and releases the lock between them.
fn surveyed(engine: &RwLock<Engine>, rule: &Json) -> Result<RuleScan, enlist_engine::Error> {
    let mut survey = engine.read().start_scan(rule, None)?;
    while !engine.read().step_scan(&mut survey)? {
        std::thread::yield_now();
    }
    Ok(survey)
}

/// The same, and writes what was found where saving it will need it, with pauses too. `longest` becomes the time of the longest step for
/// which nobody can read, if that is longer.
fn filled(
    engine: &RwLock<Engine>,
    rule: &Json,
    longest: &mut Duration,
) -> Result<RuleScan, enlist_engine::Error> {
    let mut survey = surveyed(engine, rule)?;
    let mut fill = |survey: &mut RuleScan| {
        let mut engine = engine.write();
        let (is_filled, time) = timed(|| engine.fill_scan(survey));
        *longest = time.max(*longest);
        // Fair, as the front door does it: the next step takes the lock again before a reader that was woken could.
        RwLockWriteGuard::unlock_fair(engine);
        is_filled
    };
    while !fill(&mut survey) {
        std::thread::yield_now();
        while !engine.read().step_scan(&mut survey)? {
            std::thread::yield_now();
        }
    }
    Ok(survey)
}

/// Applies one event after the other; returns the longest time of one, including its wait for the lock.
fn longest_event(
    engine: &RwLock<Engine>,
    workload: &mut Workload,
    is_done: &AtomicBool,
) -> Result<Duration, Failure> {
    let mut longest = Duration::ZERO;
    let mut outputs = Vec::new();
    while !is_done.load(Ordering::Relaxed) {
        let change = workload.change();
        let event = workload.event(&change);
        let (applied, time) = timed(|| engine.write().apply(&event, &mut outputs));
        applied?;
        outputs.clear();
        longest = longest.max(time);
        std::thread::sleep(BREATH);
    }
    Ok(longest)
}

fn measure_creation(
    engine: &RwLock<Engine>,
    workload: &Workload,
    questions: &Questions,
    reads: &mut Reads,
) -> Result<(), Failure> {
    let mut rules = workload.rules(2);
    let (mut no, mut longest_step, mut longest_end) = (0, Duration::ZERO, Duration::ZERO);
    let (times, reading) = beside_readers(engine, questions, || {
        repeated(|| {
            no += 1;
            let rule = rules.draw();
            let event = segment_saved(&format!("created-{no}"), rule.clone());
            let mut outputs = Vec::new();
            let (applied, time) = timed(|| {
                let survey = filled(engine, &rule, &mut longest_step)?;
                let mut engine = engine.write();
                let (applied, time) = timed(|| engine.apply_with_scan(&event, survey, &mut outputs));
                longest_end = time.max(longest_end);
                applied
            });
            applied?;
            Ok(time)
        })
    })?;
    reads.creation = median(times?);
    reads.creation_reads = reading;
    (reads.creation_longest_step, reads.creation_longest_end) = (longest_step, longest_end);
    Ok(())
}

fn measure_midnights(
    engine: &RwLock<Engine>,
    questions: &Questions,
    reads: &mut Reads,
) -> Result<(), Failure> {
    const MIDNIGHTS: i64 = 5;
    let (passed, reading) = beside_readers(engine, questions, || {
        (1..=MIDNIGHTS).map(|day| pass(engine, Workload::midnight(day))).collect::<Result<Vec<_>, _>>()
    })?;
    let passed = passed?;
    let mut flips: Vec<usize> = passed.iter().map(|midnight| midnight.flips).collect();
    flips.sort_unstable();
    reads.midnight = median(passed.iter().map(|midnight| midnight.time).collect());
    reads.midnight_flips = flips[flips.len() / 2];
    reads.midnight_longest_swap = passed.iter().map(|midnight| midnight.swap).max().unwrap_or_default();
    reads.midnight_reads = reading;
    let whole = passed.iter().map(|midnight| midnight.time).sum();
    let ((), reading) = beside_readers(engine, questions, || compute_for(whole))?;
    reads.busy_reads = reading;
    Ok(())
}

/// A midnight that has passed.
struct Midnight {
    time: Duration,
    /// How long readers were kept out.
    swap: Duration,
    flips: usize,
}

/// Passes a midnight: prepares it beside the readers, and takes it when no reader reads.
fn pass(engine: &RwLock<Engine>, to: Instant) -> Result<Midnight, Failure> {
    let mut outputs: Vec<Output> = Vec::new();
    let (prepared, preparation) = timed(|| engine.read().prepare_turn(to, &mut outputs));
    let mut turn = prepared.ok_or(Failure::Midnight)?;
    let ((taken, swap), taking) = timed(|| {
        let mut engine = engine.write();
        timed(|| engine.take_turn(&mut turn))
    });
    taken.map_err(|_| Failure::Midnight)?;
    Ok(Midnight { time: preparation + taking, swap, flips: outputs.len() })
}

/// Computes something for a while.
fn compute_for(whole: Duration) {
    let mut random = Rng::with_seed(1);
    let mut spent = Duration::ZERO;
    while spent < whole {
        let (sum, time) = timed(|| (0..10_000).map(|_| random.u64(..)).fold(0, u64::wrapping_add));
        std::hint::black_box(sum);
        spent += time;
    }
}

/// Does something fifteen times, or as often as the budget allows, but at least three times.
fn repeated(mut once: impl FnMut() -> Result<Duration, Failure>) -> Result<Vec<Duration>, Failure> {
    let (mut times, mut spent) = (Vec::new(), Duration::ZERO);
    while times.len() < 3 || (times.len() < 15 && spent < BUDGET) {
        let time = once()?;
        times.push(time);
        spent += time;
        std::thread::sleep(BREATH);
    }
    Ok(times)
}

/// Does something while two readers count and page; returns the times of the reads, including their waits for the lock.
fn beside_readers<T>(
    engine: &RwLock<Engine>,
    questions: &Questions,
    work: impl FnOnce() -> T,
) -> Result<(T, Spread), Failure> {
    let is_done = AtomicBool::new(false);
    let reader = |seed: u64| -> Result<Latencies, Failure> {
        let mut latencies = Latencies::default();
        let mut random = Rng::with_seed(seed);
        while !is_done.load(Ordering::Relaxed) {
            let (segment, count) = &questions.large[random.usize(0..questions.large.len())];
            let start = PageStart::Offset(random.u64(0..(*count).max(1)));
            let request = PageRequest::default().with_start(start);
            let (counted, counting) = timed(|| engine.read().count(segment));
            let (paged, paging) = timed(|| engine.read().page(segment, &request).map(drop));
            counted?;
            paged?;
            latencies.add(counting);
            latencies.add(paging);
            std::thread::sleep(BREATH);
        }
        Ok(latencies)
    };
    std::thread::scope(|scope| {
        let readers = [1, 2].map(|seed| scope.spawn(move || reader(seed)));
        let result = work();
        is_done.store(true, Ordering::Relaxed);
        let mut all = Latencies::default();
        for reader in readers {
            all.join(reader.join().map_err(|_| Failure::Reader)??);
        }
        Ok((result, all.spread()))
    })
}
