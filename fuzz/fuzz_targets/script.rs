//! A whole script of events, chosen by arbitrary bytes: engine and oracle agree after every one.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| enlist_sim::fuzz_targets::script(data));
