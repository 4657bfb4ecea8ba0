//! Fuzzes the bytes of a checkpoint's records: they are refused, or written and read again as they were.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| enlist_fuzz::bodies::checkpoint_bytes(data));
