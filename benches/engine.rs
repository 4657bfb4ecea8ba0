//! Events per second: one field of one contact changes, with ten, a hundred and a thousand segments.
//!
//! It uses the engine's public API only. `cargo bench -p enlist-bench` measures; `cargo test --benches` runs
//! each case once.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use enlist_bench::lanes::engine::EngineLane;
use enlist_bench::workload::Workload;
use enlist_bench::workload::profile::Profile;
use enlist_model::Event;

const CONTACTS: u32 = 2_000;
/// Enough changes that caches and branch predictors do not learn them. They are applied repeatedly.
const CHANGES: usize = 20_000;

fn apply(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("apply");
    group.throughput(Throughput::Elements(1));
    for segments in [10, 100, 1_000] {
        let mut workload = Workload::new(7, Profile::Crm, CONTACTS);
        let mut out = Vec::new();
        let mut engine =
            EngineLane::set_up(&workload, segments, &|_| ()).expect("the workload is accepted").engine;
        let changes: Vec<Event> = (0..CHANGES)
            .map(|_| {
                let change = workload.change();
                workload.event(&change)
            })
            .collect();
        let mut next = changes.iter().cycle();
        group.bench_function(BenchmarkId::new("one field", segments), |bencher| {
            bencher.iter(|| {
                out.clear();
                let event = next.next().expect("a cycle has no end");
                engine.apply(event, &mut out).expect("the workload is accepted");
                black_box(&out).len()
            });
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    apply(&mut criterion);
    criterion.final_summary();
}
