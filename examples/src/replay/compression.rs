//! Which compression a log has, and its bytes without it. The first bytes decide, or else the name.
//!
//! It knows nothing of lines. Invariant: everything that was decoded before a damaged place is returned
//! before the error is.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use super::gzip_members::GzipMembers;

/// Bytes of one read.
const BUFFER_BYTES: usize = 128 * 1_024;

/// How a log is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    /// Not compressed.
    None,
    /// gzip, in one member or several.
    Gzip,
    /// zstd, in one frame or several.
    Zstd,
}

impl Compression {
    /// The compression of a log with this name and these first bytes: four, or fewer if the log is shorter.
    pub(super) fn of(start: &[u8], name: Option<&Path>) -> Self {
        let extension = name.and_then(Path::extension).map(OsStr::to_ascii_lowercase);
        match start {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            // A frame, or a skippable frame, with which some compressors begin.
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Compression::Zstd,
            _ if extension.as_deref().is_some_and(|extension| extension == "gz") => Compression::Gzip,
            _ if extension.as_deref().is_some_and(|extension| extension == "zst") => Compression::Zstd,
            _ => Compression::None,
        }
    }
}

/// The bytes of a log without its compression, and the compression.
///
/// # Errors
/// Those of reading the first bytes.
pub(super) fn decoded<'a>(
    mut source: impl Read + 'a,
    name: Option<&Path>,
) -> io::Result<(Compression, Box<dyn BufRead + 'a>)> {
    let mut start = Vec::new();
    source.by_ref().take(4).read_to_end(&mut start)?;
    let compression = Compression::of(&start, name);
    let whole = BufReader::with_capacity(BUFFER_BYTES, Cursor::new(start).chain(source));
    Ok((
        compression,
        match compression {
            Compression::None => Box::new(whole),
            Compression::Gzip => Box::new(BufReader::with_capacity(BUFFER_BYTES, GzipMembers::new(whole))),
            Compression::Zstd => {
                let decoder = zstd::stream::read::Decoder::with_buffer(whole)?;
                Box::new(BufReader::with_capacity(BUFFER_BYTES, decoder))
            }
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_decide_and_then_the_name() {
        let of = |start: &[u8], name: &str| Compression::of(start, Some(Path::new(name)));
        assert_eq!(of(b"\x1f\x8b\x08\x00", "log.zst"), Compression::Gzip);
        assert_eq!(of(b"\x28\xb5\x2f\xfd", "log.gz"), Compression::Zstd);
        assert_eq!(of(b"{\"at", "log.GZ"), Compression::Gzip);
        assert_eq!(of(b"", "log.jsonl.zst"), Compression::Zstd);
        assert_eq!(of(b"{\"at", "log.jsonl"), Compression::None);
        assert_eq!(Compression::of(b"\x1f", None), Compression::None);
    }
}
