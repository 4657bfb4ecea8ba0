//! Fuzzes one line of a log: it is refused, or it reads back and has the same effect on the engine as on the oracle.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| enlist_sim::fuzz_targets::log_line(data));
