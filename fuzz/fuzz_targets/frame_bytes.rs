//! Fuzzes the bytes of a frame: they are refused, or the frame is written and read again as it was.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| enlist_fuzz::bodies::frame_bytes(data));
