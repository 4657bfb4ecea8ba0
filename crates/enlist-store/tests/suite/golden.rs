//! The bytes of one frame of each type in each version of the format, so that a change of the format is seen.

use enlist_store::Frame;

use crate::samples::one_of_each;

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn the_bytes_of_format_1_are_as_they_were_and_read_as_they_did() {
    let golden = include_str!("../golden/frames_1.txt");
    let expected: Vec<(&str, &str)> = golden.lines().map(|line| line.split_once(' ').unwrap()).collect();
    let written: Vec<(&str, String)> =
        one_of_each().into_iter().map(|(name, frame)| (name, hex(&frame.encode().unwrap()))).collect();
    let shown: Vec<String> = written.iter().map(|(name, bytes)| format!("{name} {bytes}")).collect();
    assert!(shown.iter().map(String::as_str).eq(golden.lines()), "the format is now\n{}", shown.join("\n"));
    for ((name, frame), (_, kept)) in one_of_each().into_iter().zip(expected) {
        assert_eq!(Frame::decode(&bytes(kept)), Ok(frame), "{name}");
    }
}
