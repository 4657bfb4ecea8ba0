//! Fuzzes frames, chosen by the bytes: each is read as it was written.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| enlist_fuzz::bodies::frame_round_trip(data));
