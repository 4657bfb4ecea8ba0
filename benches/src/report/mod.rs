//! The results of a run, as tables for people and as one JSON object for programs.

pub mod plot;
pub mod runs;

use std::time::Duration;

use comfy_table::{CellAlignment, Table};
use serde_json::{Value, json};

use crate::latency::Spread;
use crate::pauses::Paused;
use crate::run::{LaneOutcome, Outcome};

/// The lanes, by their names in the JSON.
pub const LANES: [&str; 11] = [
    "engine",
    "engine_handles",
    "brute",
    "dependent",
    "bits",
    "bits_dependent",
    "floor_roaring",
    "floor_flat",
    "sqlite",
    "a_tree",
    "postgres",
];

impl Outcome {
    /// One object with every figure. A lane that did not run and its ratios are `null`.
    pub fn to_json(&self) -> Value {
        let mut object = json!({
            "profile": self.plan.profile.name(),
            "contacts": self.plan.contacts,
            "segments": self.plan.segments,
            "events": self.plan.events,
            "seed": self.plan.seed,
            "batch": self.plan.batch,
            "parts": self.plan.parts,
            "flips_per_event": self.flips_per_event,
            "digests_agree": self.digests_agree,
            "ratio": {
                "brute_over_engine": self.ratio("brute", "engine"),
                "dependent_over_engine": self.ratio("dependent", "engine"),
                "bits_over_engine": self.ratio("bits", "engine"),
                "bits_dependent_over_engine": self.ratio("bits_dependent", "engine"),
                "engine_over_floor_roaring": self.ratio("engine", "floor_roaring"),
                "engine_over_floor_flat": self.ratio("engine", "floor_flat"),
                "brute_over_engine_handles": self.ratio("brute", "engine_handles"),
                "engine_handles_over_bits_dependent": self.ratio("engine_handles", "bits_dependent"),
                "engine_handles_over_floor_roaring": self.ratio("engine_handles", "floor_roaring"),
                "engine_handles_over_engine": self.ratio("engine_handles", "engine"),
                "sqlite_over_engine": self.ratio("sqlite", "engine"),
                "a_tree_over_engine": self.ratio("a_tree", "engine"),
                "postgres_over_engine": self.ratio("postgres", "engine"),
            },
            "work": {
                "conditions_flipped_per_event": self.per_event(self.work.conditions_flipped),
                "segments_evaluated_per_event": self.per_event(self.work.segments_evaluated),
            },
            "memory": {
                "bytes_per_contact": self.bytes_per_contact(),
                "fact_bytes_per_contact": self.setup.contact_bytes / u64::from(self.plan.contacts),
                "conversation_bytes": self.setup.conversation_bytes,
                "derived_bytes": self.setup.derived_bytes,
                "bitmap_bytes": self.bitmap_bytes,
            },
            "one_event": self.paused_to_json(),
            "reads": self.reads_to_json(),
        });
        for name in LANES {
            object[name] = self.lane(name).map_or(Value::Null, |lane| lane.to_json());
        }
        object
    }

    fn paused_to_json(&self) -> Value {
        let named = |paused: &Paused| match paused.pause.as_millis() {
            0 => ("back_to_back".to_owned(), paused.spread.to_json()),
            pause => (format!("after_{pause}_ms"), paused.spread.to_json()),
        };
        self.paused.iter().map(named).collect()
    }

    fn reads_to_json(&self) -> Value {
        let reads = &self.reads;
        json!({
            "count_ns": nanoseconds(reads.count),
            "page_ns": nanoseconds(reads.page),
            "sorted_page_ns": nanoseconds(reads.sorted_page),
            "contains_ns": nanoseconds(reads.contains),
            "segments_of_ns": nanoseconds(reads.segments_of),
            "explain_ns": nanoseconds(reads.explain),
            "segment_creation_ms": milliseconds(reads.creation),
            "segment_creation_longest_step_ms": milliseconds(reads.creation_longest_step),
            "segment_creation_longest_end_ms": milliseconds(reads.creation_longest_end),
            "segment_creation_p999_read_ms": milliseconds(reads.creation_reads.p999),
            "segment_creation_longest_read_ms": milliseconds(reads.creation_reads.longest),
            "preview_ms": milliseconds(reads.preview),
            "preview_longest_event_ms": milliseconds(reads.preview_longest_event),
            "preview_longest_read_ms": milliseconds(reads.preview_longest_read),
            "load_ms": milliseconds(self.setup.build),
            "load_facts_ms": milliseconds(self.setup.facts),
            "midnight_ms": milliseconds(reads.midnight),
            "midnight_flips": reads.midnight_flips,
            "midnight_over_load": reads.midnight.as_secs_f64() / self.setup.build.as_secs_f64(),
            "midnight_longest_swap_ms": milliseconds(reads.midnight_longest_swap),
            "midnight_read_p99_9_ms": milliseconds(reads.midnight_reads.p999),
            "midnight_longest_read_ms": milliseconds(reads.midnight_reads.longest),
            "busy_read_p99_9_ms": milliseconds(reads.busy_reads.p999),
            "busy_longest_read_ms": milliseconds(reads.busy_reads.longest),
        })
    }

    /// The tables for people.
    pub fn to_text(&self) -> String {
        let plan = &self.plan;
        let others = self.lanes.iter().filter(|lane| !lane.agrees).map(|lane| lane.name);
        let others = others.collect::<Vec<_>>().join(", ");
        let agreement = match (self.digests_agree, others.as_str()) {
            (true, _) => "all digests agree".to_owned(),
            (false, "") => "THE FINAL MEMBERS DISAGREE".to_owned(),
            (false, others) => format!("THE DIGESTS OF {others} DISAGREE"),
        };
        format!(
            "{}: {} contacts, {} segments, {} events in {} parts, batches of {}, seed {}\n\
             {:.2} flips an event; {agreement}\n\n{}\n\n{}\n\n{}\n\n{}\n",
            plan.profile.name(),
            plan.contacts,
            plan.segments,
            plan.events,
            plan.parts,
            plan.batch,
            plan.seed,
            self.flips_per_event,
            self.lane_table(),
            self.paused_table(),
            self.memory_table(),
            self.read_table(),
        )
    }

    fn lane_table(&self) -> Table {
        let mut table = table(["lane", "events/s", "ns/event", "/ brute", "/ engine", "events", "segments"]);
        for lane in &self.lanes {
            let share =
                |other| self.ratio(lane.name, other).map_or("-".to_owned(), |ratio| format!("{ratio:.3}"));
            table.add_row([
                lane.name.to_owned(),
                format!("{:.0}", lane.events_per_second()),
                format!("{:.0}", lane.ns_per_event),
                share("brute"),
                share("engine"),
                lane.events.to_string(),
                lane.segments.to_string(),
            ]);
        }
        for (title, one, other) in [
            ("brute/engine", "brute", "engine"),
            ("dependent/engine", "dependent", "engine"),
            ("bits/engine", "bits", "engine"),
            ("bits_dependent/engine", "bits_dependent", "engine"),
            ("engine/floor_roaring", "engine", "floor_roaring"),
            ("engine/floor_flat", "engine", "floor_flat"),
            ("brute/engine_handles", "brute", "engine_handles"),
            ("bits_dependent/engine_handles", "bits_dependent", "engine_handles"),
            ("engine_handles/floor_roaring", "engine_handles", "floor_roaring"),
            ("sqlite/engine", "sqlite", "engine"),
            ("a_tree/engine", "a_tree", "engine"),
            ("postgres/engine", "postgres", "engine"),
        ] {
            if let Some(ratio) = self.ratio(one, other) {
                table.add_row([title.to_owned(), String::new(), format!("{ratio:.2}×")]);
            }
        }
        table
    }

    fn paused_table(&self) -> Table {
        let mut table = table(["one event", "p50", "p99", "longest", "samples"]);
        for Paused { pause, spread } in self.paused {
            let title = if pause.is_zero() {
                "back to back".to_owned()
            } else {
                format!("each after a pause of {} ms", pause.as_millis())
            };
            let times = [spread.p50, spread.p99, spread.longest].map(shown);
            table.add_row([title].into_iter().chain(times).chain([spread.count.to_string()]));
        }
        table
    }

    fn memory_table(&self) -> Table {
        let mut table = table(["memory", ""]);
        let contacts = u64::from(self.plan.contacts);
        let rows = [
            ("bytes a contact, without conversations and members", self.bytes_per_contact().to_string()),
            ("of these facts", (self.setup.contact_bytes / contacts).to_string()),
            ("conversations, MB", megabytes(self.setup.conversation_bytes)),
            ("derived, members included, MB", megabytes(self.setup.derived_bytes)),
            ("bitmaps, MB", megabytes(self.bitmap_bytes)),
            ("conditions flipped an event", format!("{:.1}", self.per_event(self.work.conditions_flipped))),
            ("segments evaluated an event", format!("{:.1}", self.per_event(self.work.segments_evaluated))),
        ];
        for (title, value) in rows {
            table.add_row([title.to_owned(), value]);
        }
        table
    }

    fn read_table(&self) -> Table {
        let reads = &self.reads;
        let waits = |reads: Spread| format!("read {}, p99.9 {}", shown(reads.longest), shown(reads.p999));
        let mut table = table(["read", "median", "longest wait meanwhile"]);
        let none = String::new;
        let rows = [
            ("count", reads.count, none()),
            ("page of 50 at a random offset", reads.page, none()),
            ("page of 50, sorted by a field", reads.sorted_page, none()),
            ("contains", reads.contains, none()),
            ("segments of a contact", reads.segments_of, none()),
            ("explain", reads.explain, none()),
            (
                "preview",
                reads.preview,
                format!(
                    "event {}, read {}",
                    shown(reads.preview_longest_event),
                    shown(reads.preview_longest_read)
                ),
            ),
            ("new segment", reads.creation, waits(reads.creation_reads)),
            ("of which nobody can read, at most, a step", reads.creation_longest_step, none()),
            ("and the last one", reads.creation_longest_end, none()),
            ("facts loaded", self.setup.facts, none()),
            ("all segments from scratch", self.setup.build, none()),
            ("midnight", reads.midnight, waits(reads.midnight_reads)),
            ("of which nobody can read, at most", reads.midnight_longest_swap, none()),
            ("as long beside a thread that takes no lock", reads.midnight, waits(reads.busy_reads)),
        ];
        for (title, time, wait) in rows {
            table.add_row([title.to_owned(), shown(time), wait]);
        }
        table.add_row(["flips at midnight".to_owned(), reads.midnight_flips.to_string()]);
        for lane in &self.lanes {
            let Some(queries) = lane.queries else { continue };
            for (title, time) in [
                ("count of the rule's contacts", queries.count),
                ("page of 50 of them", queries.page),
                ("count of the stored members", queries.kept_count),
                ("page of 50 of them", queries.kept_page),
                ("every segment counted by its rule", queries.every_count),
            ] {
                table.add_row([format!("{}: {title}", lane.name), shown(time), none()]);
            }
        }
        table
    }

    /// The resident bytes of a contact with everything derived, without conversations and members.
    fn bytes_per_contact(&self) -> u64 {
        let derived = self.setup.derived_bytes.saturating_sub(self.bitmap_bytes);
        (self.setup.contact_bytes + derived) / u64::from(self.plan.contacts)
    }

    fn per_event(&self, count: u64) -> f64 {
        count as f64 / self.plan.events as f64
    }
}

impl LaneOutcome {
    /// Events a second.
    pub fn events_per_second(self) -> f64 {
        1e9 / self.ns_per_event
    }

    fn to_json(self) -> Value {
        let mut object = json!({
            "ns_per_event": self.ns_per_event,
            "events_per_s": self.events_per_second(),
            "events": self.events,
            "segments": self.segments,
            "agrees": self.agrees,
        });
        if let Some(queries) = self.queries {
            object["count_ns"] = nanoseconds(queries.count).into();
            object["page_ns"] = nanoseconds(queries.page).into();
            object["kept_count_ns"] = nanoseconds(queries.kept_count).into();
            object["kept_page_ns"] = nanoseconds(queries.kept_page).into();
            object["every_count_ms"] = milliseconds(queries.every_count).into();
        }
        object
    }
}

pub(crate) fn table<const COLUMNS: usize>(header: [&str; COLUMNS]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN).set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn nanoseconds(time: Duration) -> u64 {
    time.as_nanos() as u64
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

/// A duration in the unit that suits it.
pub(crate) fn shown(time: Duration) -> String {
    match time.as_nanos() {
        0..10_000 => format!("{} ns", time.as_nanos()),
        10_000..10_000_000 => format!("{:.1} µs", time.as_secs_f64() * 1e6),
        _ => format!("{:.1} ms", milliseconds(time)),
    }
}
