//! The gate of instructions: what passes, what it prints, and when it does not apply.

use enlist_bench::gate::baseline::{Baseline, Verdict};
use enlist_bench::gate::callgrind::Count;
use enlist_bench::gate::operations::{self, Operation};

const COMMITTED: &str = include_str!("../../instructions.txt");

fn count(name: &str, instructions: u64) -> Count {
    Count { operation: Operation { name: name.to_owned(), times: 100 }, instructions }
}

fn baseline() -> Baseline {
    let settings = vec![("rustc".to_owned(), "rustc 1.95.0".to_owned())];
    Baseline { settings, counts: vec![count("a count", 10_000), count("contains", 20_000)] }
}

#[test]
fn a_baseline_reads_back_as_written() {
    let written = baseline().to_text();
    assert_eq!(Baseline::parse(&written, "here").expect("it is a baseline"), baseline());
}

#[test]
fn the_committed_baseline_has_every_operation() {
    let committed = Baseline::parse(COMMITTED, "instructions.txt").expect("it is a baseline");
    let known: Vec<Operation> = committed.counts.into_iter().map(|count| count.operation).collect();
    assert_eq!(known, operations::run().expect("the workload is accepted"));
    let named: Vec<&str> = committed.settings.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(named, ["rustc", "target", "rustflags", "valgrind", "libc", "cpu"]);
}

#[test]
fn three_percent_more_is_allowed_and_no_more() {
    let baseline = baseline();
    let counted = |instructions| [count("a count", instructions), count("contains", 20_000)];
    assert!(baseline.lets_through(&counted(10_300)));
    assert!(!baseline.lets_through(&counted(10_301)));
    let report = baseline.report(&counted(10_500), "`this`");
    let sentence =
        "a count: 105.0 instructions, 100.0 in the baseline, 5.00 % more; at most 3 % more is allowed";
    assert!(report.contains(sentence), "{report}");
}

#[test]
fn a_cheaper_operation_is_reported_and_passes() {
    let counted = [count("a count", 9_000), count("contains", 19_400)];
    assert_eq!(baseline().verdict(&counted[0]), Verdict::Cheaper);
    assert_eq!(baseline().verdict(&counted[1]), Verdict::Same);
    assert!(baseline().lets_through(&counted));
    let report = baseline().report(&counted, "`this`");
    let sentence = "a count: 90.0 instructions, 100.0 in the baseline, 10.00 % less\n";
    assert!(
        report.contains(sentence) && report.contains("If that is intended: `this` makes it the baseline."),
        "{report}"
    );
}

#[test]
fn an_operation_without_a_baseline_or_a_count_fails() {
    let too_few = [count("a count", 10_000)];
    let other = [count("a count", 10_000), count("explain", 20_000)];
    for counted in [&too_few[..], &other] {
        assert!(!baseline().lets_through(counted));
        let report = baseline().report(counted, "`this`");
        assert!(report.contains("contains, 100 times: in the baseline, but not counted"), "{report}");
    }
}

#[test]
fn a_baseline_of_another_compiler_says_so() {
    let here = |version: &str| vec![("rustc".to_owned(), version.to_owned())];
    assert!(baseline().differences(&here("rustc 1.95.0")).is_empty());
    let differences = baseline().differences(&here("rustc 1.96.0"));
    assert_eq!(differences, ["rustc: the baseline holds for rustc 1.95.0; here it is rustc 1.96.0"]);
}

#[test]
fn a_line_of_another_form_is_refused() {
    let refused = Baseline::parse("a count | many | 3", "here").expect_err("`many` is no number");
    assert!(refused.to_string().starts_with("here: `a count | many | 3` is neither"), "{refused}");
}
