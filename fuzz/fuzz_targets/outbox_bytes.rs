//! Fuzzes the bytes of an outbox record: they are refused, or the record is written and read again as it was.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| enlist_fuzz::bodies::outbox_bytes(data));
