//! Fuzzes a script of events: engine and oracle agree after every event.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| enlist_sim::fuzz_targets::script(data));
