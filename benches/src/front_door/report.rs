//! The results of a run through the front door, as tables for people and as one JSON object for programs.

use comfy_table::Table;
use serde_json::{Value, json};

use super::crowd::{Crowd, DRAINS, OF_ALL, SUBSCRIBERS};

use super::Outcome;
use super::import::Import;
use super::reading::Reading;
use super::throughput::{Compared, Cost, Scaling};
use super::visibility::Visibility;
use crate::latency::Spread;
use crate::report::{shown, table};

impl Outcome {
    /// One object with every figure; times in microseconds, costs in nanoseconds an event.
    pub fn to_json(&self) -> Value {
        json!({
            "cores": self.cores,
            "partitions": self.plan.partitions,
            "readers": self.plan.readers,
            "events_per_part": self.plan.events_of_part(),
            "parts": self.plan.parts,
            "probe_bytes": self.probe_bytes,
            "digests_agree": self.digests_agree,
            "scaling": self.scaling.iter().map(|found| found.to_json()).collect::<Vec<_>>(),
            "cost": self.cost.to_json(),
            "reading": self.reading.iter().map(|found| found.to_json()).collect::<Vec<_>>(),
            "visibility": self.visibility.iter().map(|found| found.to_json()).collect::<Vec<_>>(),
            "crowd": self.crowd.to_json(),
            "import": self.import.to_json(),
        })
    }

    /// The tables for people.
    pub fn to_text(&self) -> String {
        let agreement = if self.digests_agree {
            "subscribers received exactly the engine's flips"
        } else {
            "SUBSCRIBERS RECEIVED OTHER FLIPS, OR A COUNT DIFFERS FROM THE ENGINE'S"
        };
        format!(
            "front door: {} cores, a worker each; {} events a part, {} parts; {agreement}\n\n{}\n\n{}\n\n{}\n\n{}\n",
            self.cores,
            self.plan.events_of_part(),
            self.plan.parts,
            self.throughput_table(),
            self.wait_table(),
            self.crowd_table(),
            self.import_table(),
        )
    }

    fn throughput_table(&self) -> Table {
        let several = format!("{} partitions", self.plan.partitions);
        let mut table =
            table(["front door", "1 partition", &several, "scaling", "of the probe", "share reached"]);
        for found in &self.scaling {
            table.add_row([
                format!("events/s, batches of {}", found.batch),
                format!("{:.0}", found.one),
                format!("{:.0}", found.several),
                format!("{:.2}×", found.scaling),
                format!("{:.2}×", found.probe),
                format!("{:.2}", found.of_probe),
            ]);
        }
        let Cost { engine, unheard, heard, several_heard } = self.cost;
        let cost = |compared: Compared| format!("{:.0} ({:.2}×)", compared.time, compared.ratio);
        table.add_row([format!("ns/event, bare engine, batches of {}", Cost::BATCH), format!("{engine:.0}")]);
        table.add_row(["ns/event (relative to the engine), no subscriber".to_owned(), cost(unheard)]);
        table.add_row([
            "ns/event (relative to the engine), one subscriber to all".to_owned(),
            cost(heard),
            cost(several_heard),
        ]);
        table
    }

    fn wait_table(&self) -> Table {
        let mut table = table(["front door", "partitions", "p50", "p99", "longest", "samples"]);
        let mut row = |title: String, partitions: usize, spread: Spread| {
            table.add_row([
                title,
                partitions.to_string(),
                shown(spread.p50),
                shown(spread.p99),
                shown(spread.longest),
                spread.count.to_string(),
            ]);
        };
        for found in self.reading {
            let beside = format!(
                "{} readers, writer at {:.0} events/s in batches of {}",
                found.readers, found.events_per_second, found.batch
            );
            row(format!("count by id; {beside}"), found.partitions, found.count);
            row("count by handle".to_owned(), found.partitions, found.handle_count);
            let page =
                format!("page of 50 at a random offset; p99 {:.2} of a batch", found.page_p99_over_batch());
            row(page, found.partitions, found.page);
        }
        for (found, reading) in self.visibility.into_iter().zip(self.reading) {
            row("one event until `apply_event` returns".to_owned(), reading.partitions, found.applied);
            row("one event until another thread sees it".to_owned(), reading.partitions, found.seen);
            row("one event until a subscriber receives it".to_owned(), reading.partitions, found.heard);
        }
        table
    }

    fn import_table(&self) -> Table {
        let several = format!("{} partitions", self.plan.partitions);
        let mut table =
            table([&format!("import of {} contacts", self.import.contacts), "1 partition", &several]);
        for (title, times) in
            [("imported", self.import.loaded), ("applied in batches of 1000", self.import.applied)]
        {
            table.add_row([title.to_owned(), shown(times[0]), shown(times[1])]);
        }
        table
    }

    fn crowd_table(&self) -> Table {
        let title = format!("{SUBSCRIBERS} subscribers ({OF_ALL} to all), {DRAINS} threads read for them");
        let mut table = table([&title, ""]);
        let rows = [
            ("events/s, none stuck", format!("{:.0}", self.crowd.none_stuck)),
            ("events/s, one stuck", format!("{:.0}", self.crowd.one_stuck)),
            ("one stuck / none stuck", format!("{:.3}", self.crowd.ratio)),
            ("items read", format!("{:.0} %", self.crowd.read_of_hundred)),
        ];
        for (title, value) in rows {
            table.add_row([title.to_owned(), value]);
        }
        table
    }
}

impl Scaling {
    fn to_json(self) -> Value {
        json!({
            "batch": self.batch,
            "one_events_per_s": self.one,
            "several_events_per_s": self.several,
            "scaling": self.scaling,
            "probe_scaling": self.probe,
            "scaling_over_probe_scaling": self.of_probe,
        })
    }
}

impl Cost {
    fn to_json(self) -> Value {
        let compared =
            |compared: Compared| json!({ "ns_per_event": compared.time, "over_engine": compared.ratio });
        json!({
            "batch": Cost::BATCH,
            "engine_ns_per_event": self.engine,
            "unheard": compared(self.unheard),
            "heard": compared(self.heard),
            "several_heard": compared(self.several_heard),
        })
    }
}

impl Reading {
    fn to_json(self) -> Value {
        json!({
            "partitions": self.partitions,
            "events_per_s": self.events_per_second,
            "count": self.count.to_json(),
            "handle_count": self.handle_count.to_json(),
            "page": self.page.to_json(),
            "batch": self.batch,
            "page_p99_over_batch": self.page_p99_over_batch(),
        })
    }
}

impl Visibility {
    fn to_json(self) -> Value {
        json!({
            "applied": self.applied.to_json(),
            "seen": self.seen.to_json(),
            "heard": self.heard.to_json(),
        })
    }
}

impl Crowd {
    fn to_json(self) -> Value {
        json!({
            "subscribers": SUBSCRIBERS,
            "of_all": OF_ALL,
            "none_stuck_events_per_s": self.none_stuck,
            "one_stuck_events_per_s": self.one_stuck,
            "one_over_none": self.ratio,
            "read_of_hundred": self.read_of_hundred,
        })
    }
}

impl Import {
    fn to_json(self) -> Value {
        json!({
            "contacts": self.contacts,
            "events": self.events,
            "loaded_s": self.loaded.map(|time| time.as_secs_f64()),
            "applied_s": self.applied.map(|time| time.as_secs_f64()),
        })
    }
}
