//! The index: one field of one contact changes, with ten, a hundred and a thousand conditions on that field, one or
//! two of which flip. Flat lines are the goal; a time that grows here grows with the number of conditions.

use criterion::{BenchmarkId, Criterion, Throughput};
use enlist_bench::workload::Workload;
use enlist_bench::workspace::{Workspace, built};
use enlist_model::draft::ContactSaved;
use enlist_model::{Day, Event, EventBuilder, Json, Kind};

/// Conditions of one kind, and values. Each value meets the condition with its number and not the next one.
struct Family {
    name: &'static str,
    kind: Kind,
    /// Operator and operand.
    condition: fn(i32) -> (&'static str, String),
    value: fn(i32) -> Json,
}

const FAMILIES: [Family; 8] = [
    Family {
        name: "select equals",
        kind: Kind::Select,
        condition: |no| ("equals", format!("\"option-{no}\"")),
        value: |no| Json::from(format!("option-{no}")),
    },
    Family {
        name: "multi-select contains any",
        kind: Kind::MultiSelect,
        condition: |no| ("contains_any", format!("[\"option-{no}\", \"option-{}\"]", no + 1)),
        value: |no| Json::List(vec![Json::from(format!("option-{no}"))]),
    },
    Family {
        name: "number greater than",
        kind: Kind::Number,
        condition: |no| ("greater_than", no.to_string()),
        value: |no| Json::from(f64::from(no) + 0.5),
    },
    Family {
        name: "date after",
        kind: Kind::Date,
        condition: |no| ("is_after", format!("\"{}\"", day(no))),
        value: |no| Json::from(day(no + 1)),
    },
    Family {
        name: "date in last n days",
        kind: Kind::Date,
        condition: |no| ("is_in_last_n_days", (no + 1).to_string()),
        value: |no| Json::from(day(1_000 - no)),
    },
    Family {
        name: "text equals",
        kind: Kind::Text,
        condition: |no| ("equals", format!("\"Name {no:04}\"")),
        value: |no| Json::from(format!("Name {no:04}")),
    },
    Family {
        name: "text contains",
        kind: Kind::Text,
        condition: |no| ("contains", format!("\"piece {no:04}\"")),
        value: |no| Json::from(format!("A text of some length with piece {no:04} in its middle")),
    },
    Family {
        name: "text starts with",
        kind: Kind::Text,
        condition: |no| ("starts_with", format!("\"Start {no:04}\"")),
        value: |no| Json::from(format!("Start {no:04} of a text of some length")),
    },
];

fn day(no: i32) -> String {
    Day::from_number(20_780 - 1_000 + no).to_string()
}

/// The values rise one by one and fall again, so that no step crosses many conditions.
fn wave(conditions: i32) -> impl Iterator<Item = i32> + Clone {
    (0..conditions).chain((1..conditions - 1).rev())
}

fn fields(criterion: &mut Criterion) {
    for family in &FAMILIES {
        measure(criterion, family.name, |count| {
            let mut workspace = Workspace::new(&[("value", family.kind)]);
            for no in 0..count {
                let (operator, operand) = (family.condition)(no);
                let condition =
                    format!(r#"{{"field": "value", "operator": "{operator}", "value": {operand}}}"#);
                workspace.segment(&format!("segment-{no}"), &condition);
            }
            let changes = wave(count).map(|no| saved().set("value", (family.value)(no))).map(built);
            (workspace, changes.collect())
        });
    }
}

/// The contact always has one of the labels that the conditions name.
fn labels(criterion: &mut Criterion) {
    measure(criterion, "has label", |count| {
        let mut workspace = Workspace::new(&[]);
        for no in 0..count {
            let condition =
                format!(r#"{{"field": "labels", "operator": "has_label", "value": "Label {no}"}}"#);
            workspace.segment(&format!("segment-{no}"), &condition);
        }
        let label = |no: i32| format!("Label {no}");
        let steps = wave(count).zip(wave(count).cycle().skip(1));
        let changes = steps.map(|(no, next)| saved().remove_label(&label(no)).add_label(&label(next)));
        (workspace, changes.map(built).collect())
    });
}

fn saved() -> EventBuilder<ContactSaved> {
    Event::contact_saved(Workload::now(), "contact")
}

fn measure(criterion: &mut Criterion, name: &str, set_up: impl Fn(i32) -> (Workspace, Vec<Event>)) {
    let mut group = criterion.benchmark_group(format!("index/{name}"));
    group.throughput(Throughput::Elements(1));
    for count in [10, 100, 1_000] {
        let (mut workspace, changes) = set_up(count);
        let flips: usize = changes.iter().map(|change| workspace.apply(change)).sum();
        assert!(flips + 2 >= changes.len(), "{name}: every change flips something, but there were {flips}");
        let mut next = changes.iter().cycle();
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| workspace.apply(next.next().expect("a cycle has no end")));
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    fields(&mut criterion);
    labels(&mut criterion);
    criterion.final_summary();
}
