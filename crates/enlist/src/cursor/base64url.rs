//! Bytes as text that is safe in a URL: Base64 with `-` and `_`, without padding (RFC 4648, section 5).
//!
//! It is our own because it is short, and a crate for it would be one more in every host's tree. Invariant: bytes
//! have exactly one text; any other is refused.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The length of the text for a number of bytes.
pub(crate) const fn text_length(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

/// The text of bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(text_length(bytes.len()));
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        // One digit more than the group has bytes.
        text.extend(
            (0..=group.len())
                .map(|digit| char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize % DIGITS.len()])),
        );
    }
    text
}

/// The bytes of a text; `None` if it is the text of none.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.as_bytes().chunks(4) {
        let count = group.len() - 1;
        let bits = group.iter().try_fold(0, |bits, digit| Some(bits << 6 | value(*digit)?))?;
        let [_, group @ ..] = (bits << (6 * (3 - count))).to_be_bytes();
        let (held, unused) = group.split_at(count);
        // A last digit alone holds no byte, and bits of it that are not used would be a second text.
        if count == 0 || unused.iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend(held);
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_standard_hold_without_padding() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()));
            assert_eq!(text_length(bytes.len()), text.len());
        }
        assert_eq!(encode(&[0xfb, 0xff, 0xbf]), "-_-_");
    }

    #[test]
    fn every_text_that_is_read_is_the_text_of_its_bytes() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut read = 0;
        for _ in 0..20_000 {
            let text: String = (0..random.usize(0..7))
                .map(|_| char::from(*random.choice(b"AQgw9_-=+/ Z\xc3").unwrap_or(&b'A')))
                .collect();
            if let Some(bytes) = decode(&text) {
                assert_eq!(encode(&bytes), text);
                read += 1;
            }
        }
        assert!(read > 1_000, "{read}");
        for text in ["A", "Zh", "Zm9", "Zg==", "Zm9v\n", "Zm+v", "Zm/v", "äää"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
