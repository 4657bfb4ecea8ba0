//! Events per second: one field of one contact changed, beside ten, a hundred and a thousand segments.
//!
//! The engine's public API and nothing below it. `cargo bench -p enlist-bench` measures; `cargo test --benches` runs
//! each case once.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use enlist_bench::Crm;
use enlist_engine::Engine;
use enlist_model::Event;

const CONTACTS: u32 = 2_000;
/// So many that the engine does not come to know them; they are applied over and over.
const CHANGES: usize = 20_000;

fn apply(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("apply");
    group.throughput(Throughput::Elements(1));
    for segments in [10, 100, 1_000] {
        let mut crm = Crm::new(7, CONTACTS);
        let mut engine = Engine::new();
        let mut out = Vec::new();
        engine.apply_batch(&crm.setting_up(segments), &mut out).expect("the workload is accepted");
        let changes: Vec<Event> = (0..CHANGES).map(|_| crm.change()).collect();
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
