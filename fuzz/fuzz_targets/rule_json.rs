//! A rule from arbitrary JSON: it is refused, or it reads back and does to the engine what it does to the oracle.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| enlist_sim::fuzz_targets::rule_json(data));
