//! A small run through the front door: subscribers receive what the engine reports, and the report is complete.

use enlist_bench::front_door::{Outcome, Plan, run};
use enlist_bench::latency::Latencies;
use enlist_bench::probe::Probe;
use enlist_bench::workload::profile::Profile;
use indicatif::ProgressBar;
use std::time::Duration;

fn small(seed: u64, partitions: usize) -> Outcome {
    let plan = Plan {
        contacts: 3_000,
        segments: 60,
        events: 4_000,
        seed,
        profile: Profile::Crm,
        parts: 2,
        batch: 300,
        partitions,
        readers: 1,
    };
    run(plan, &ProgressBar::hidden()).expect("the workload is accepted")
}

#[test]
fn subscribers_receive_exactly_the_flips_of_the_engine_over_any_number_of_partitions() {
    for (seed, partitions) in [(1, 2), (2, 3)] {
        assert!(small(seed, partitions).digests_agree, "{partitions} partitions");
    }
}

#[test]
fn the_front_doors_json_has_every_member() {
    let json = small(3, 2).to_json();
    let spreads = |place: &str| ["count", "p50_us", "p99_us", "longest_us"].map(|of| format!("{place}/{of}"));
    let mut numbers: Vec<String> = Vec::new();
    for place in [0, 1] {
        let figures = [
            "one_events_per_s",
            "several_events_per_s",
            "scaling",
            "probe_scaling",
            "scaling_over_probe_scaling",
        ];
        numbers.extend(figures.map(|of| format!("/scaling/{place}/{of}")));
        numbers.extend([0, 1].map(|no| format!("/reading/{no}/events_per_s")));
        for of in ["count", "handle_count", "page"] {
            numbers.extend(spreads(&format!("/reading/{place}/{of}")));
        }
        for of in ["applied", "seen", "heard"] {
            numbers.extend(spreads(&format!("/visibility/{place}/{of}")));
        }
    }
    for of in ["unheard", "heard", "several_heard"] {
        numbers.push(format!("/cost/{of}/ns_per_event"));
        numbers.push(format!("/cost/{of}/over_engine"));
    }
    numbers.extend(
        ["none_stuck_events_per_s", "one_stuck_events_per_s", "one_over_none"]
            .map(|of| format!("/crowd/{of}")),
    );
    for path in numbers {
        let value = json.pointer(&path).and_then(serde_json::Value::as_f64);
        assert!(value.is_some_and(|value| value > 0.0), "{path}: {value:?}");
    }
    assert_eq!((&json["scaling"][0]["batch"], &json["scaling"][1]["batch"]), (&300.into(), &100.into()));
    assert_eq!(json["digests_agree"], true);
}

#[test]
fn a_spread_is_computed_from_sorted_times() {
    let mut latencies = Latencies::default();
    assert_eq!(latencies.clone().spread().longest, Duration::ZERO);
    (1..=200).rev().for_each(|time| latencies.add(Duration::from_micros(time)));
    let spread = latencies.spread();
    let found = [spread.p50, spread.p99, spread.longest].map(|time| time.as_micros());
    assert_eq!((found, spread.count), ([101, 199, 200], 200));
}

#[test]
fn every_thread_of_the_probe_does_the_same_steps() {
    let mut probe = Probe::new(8 * 1_000, 2, 1);
    let walk = probe.walk(2, 5_000).expect("both come back");
    assert_eq!((walk.threads, walk.steps, probe.bytes()), (2, 5_000, 8_000));
    assert!(walk.rate() > 0.0);
}
