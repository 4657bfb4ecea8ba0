//! Several runs: each figure is the median of the runs'.

use std::path::Path;

use enlist_bench::report::runs::Runs;
use serde_json::{Value, json};

fn run(engine: f64, brute: f64) -> Value {
    json!({
        "contacts": 10, "segments": 2, "profile": "crm", "digests_agree": true,
        "engine": { "ns_per_event": engine }, "brute": { "ns_per_event": brute }, "sqlite": null,
        "ratio": { "brute_over_engine": brute / engine, "sqlite_over_engine": null },
    })
}

#[test]
fn a_ratio_is_the_median_of_the_ratios_within_each_run() {
    let runs = Runs::of(vec![run(1.0, 4.0), run(2.0, 5.0), run(4.0, 6.0)]).expect("three runs");
    let json = runs.to_json();
    assert_eq!(json["engine"]["ns_per_event"], 2.0);
    assert_eq!(json["brute"]["ns_per_event"], 5.0);
    assert_eq!(json["ratio"]["brute_over_engine"], 2.5);
    let runs = Runs::of(vec![run(1.0, 4.0), run(2.0, 40.0), run(4.0, 6.0)]).expect("three runs");
    let json = runs.to_json();
    assert_eq!(json["ratio"]["brute_over_engine"], 4.0, "the ratio of the medians is 3");
    assert_eq!(json["ratio"]["sqlite_over_engine"], Value::Null);
    assert_eq!((&json["runs"], &json["contacts"], &json["profile"]), (&json!(3), &json!(10), &json!("crm")));
    assert_eq!(json["each_run"][1]["brute"]["ns_per_event"], 40.0);
    let text = runs.to_text();
    assert!(text.contains("ratio brute_over_engine") && text.contains("20.0"), "{text}");
}

#[test]
fn no_runs_are_refused() {
    let refused = Runs::of(Vec::new()).err().expect("there is nothing to report");
    assert_eq!(refused.to_string(), "--runs must be at least 1");
}

#[test]
fn a_run_that_fails_ends_all() {
    let program = Path::new(env!("CARGO_BIN_EXE_throughput"));
    let arguments = ["--contacts=0".to_owned(), "--json".to_owned()];
    let refused = Runs::of_program(program, &arguments, 3, &|_| ()).err().expect("a run of nothing");
    assert!(refused.to_string().starts_with("run 1 of 3: "), "{refused}");
}

#[test]
fn one_command_runs_a_plan_several_times() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_throughput"))
        .args(["--contacts", "300", "--segments", "20", "--events", "500", "--seed", "9", "--parts", "2"])
        .args(["--runs", "3", "--json"])
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let each = json["each_run"].as_array().expect("the runs");
    assert_eq!((each.len(), &json["runs"], &json["seed"]), (3, &json!(3), &json!(9)));
    for path in ["/engine/ns_per_event", "/ratio/brute_over_engine", "/one_event/after_1_ms/p50_us"] {
        let figure = |run: &Value| run.pointer(path).and_then(Value::as_f64).expect(path);
        let mut figures: Vec<f64> = each.iter().map(figure).collect();
        figures.sort_unstable_by(f64::total_cmp);
        assert_eq!(figure(&json).to_bits(), figures[1].to_bits(), "{path}");
    }
    assert!(each.iter().all(|run| run["flips_per_event"] == json["flips_per_event"]), "one seed");
}
