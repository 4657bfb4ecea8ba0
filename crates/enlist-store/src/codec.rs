//! Stored types as bytes, and back, within bounds. The only file that knows the library behind it.
//!
//! The first byte is the version of the format. It does not know what the types mean. Invariant: decoding allocates in proportion
//! to the bytes that are there, recurses at most [`MOST_DEPTH`] levels, accepts nothing that is left over, and never panics.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use bincode::de::BorrowDecoder;
use bincode::de::read::Reader;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};

pub(crate) use bincode::{BorrowDecode, Encode};

use crate::error::Error;

/// The version of the format that is written, and the newest that is read.
pub const FORMAT: u8 = 1;
/// Maximum bytes of one stored value.
pub const MOST_BYTES: usize = 64 << 20;
/// Maximum levels of lists in each other.
pub const MOST_DEPTH: u32 = 160;

/// The library counts eight bytes for an integer that takes one.
const MOST_COUNTED: usize = 8 * MOST_BYTES;

type Config = Configuration<LittleEndian, Varint, Limit<MOST_COUNTED>>;
const CONFIG: Config = bincode::config::standard().with_limit::<MOST_COUNTED>();

/// How deep in lists the decoder is.
pub(crate) struct Depth(u32);

/// A list. Its members take at least one byte each, so it cannot have more of them than there are bytes.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(crate) struct List<T>(pub(crate) Vec<T>);

/// The bytes of a value, the version of the format first.
///
/// # Errors
/// [`Error::TooLarge`] if there are more than [`MOST_BYTES`].
pub(crate) fn encode(value: &impl Encode) -> Result<Vec<u8>, Error> {
    let bytes = bincode::encode_to_vec((FORMAT, value), CONFIG)
        .map_err(|error| Error::Unwritable { what: error.to_string() })?;
    if bytes.len() > MOST_BYTES {
        return Err(Error::TooLarge { bytes: bytes.len(), most: MOST_BYTES });
    }
    Ok(bytes)
}

/// The value of some bytes; it borrows its strings from them.
///
/// # Errors
/// [`Error::Format`] if the version is unknown, otherwise [`Error::Malformed`].
pub(crate) fn decode<'a, T: BorrowDecode<'a, Depth>>(bytes: &'a [u8]) -> Result<T, Error> {
    if bytes.len() > MOST_BYTES {
        return Err(Error::malformed(format!("{} bytes, of at most {MOST_BYTES}", bytes.len())));
    }
    let value = checked_format(bytes)?;
    let read = bincode::borrow_decode_from_slice_with_context(value, CONFIG, Depth(0));
    let (decoded, used) = read.map_err(|error| Error::malformed(shown(&error)))?;
    match value.len() - used {
        0 => Ok(decoded),
        rest => Err(Error::malformed(format!("{rest} bytes after the end"))),
    }
}

/// The beginning of a value, whatever follows it.
///
/// # Errors
/// As [`decode`].
pub(crate) fn decode_beginning<'a, T: BorrowDecode<'a, Depth>>(bytes: &'a [u8]) -> Result<T, Error> {
    let value = checked_format(bytes)?;
    let read = bincode::borrow_decode_from_slice_with_context(value, CONFIG, Depth(0));
    read.map(|(decoded, _)| decoded).map_err(|error| Error::malformed(shown(&error)))
}

/// The bytes after a known version of the format.
fn checked_format(bytes: &[u8]) -> Result<&[u8], Error> {
    let (format, value) = bytes.split_first().ok_or_else(|| Error::malformed("no bytes"))?;
    match *format {
        FORMAT => Ok(value),
        0 => Err(Error::malformed("the format 0, which there never was")),
        newer => Err(Error::Format { found: newer.into(), known: FORMAT.into() }),
    }
}

/// What is wrong, in words of our own where it can be anything that a damaged file can have.
fn shown(error: &DecodeError) -> String {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the library's enum, which may grow")]
    match error {
        DecodeError::UnexpectedEnd { .. } => "it ends too early".to_owned(),
        DecodeError::LimitExceeded => "a length over the limit".to_owned(),
        DecodeError::Utf8 { .. } => "a text that is not UTF-8".to_owned(),
        DecodeError::UnexpectedVariant { found, .. } => format!("the unknown variant {found}"),
        DecodeError::Other(what) => (*what).to_owned(),
        other => other.to_string(),
    }
}

impl<T: Encode> Encode for List<T> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.encode(encoder)
    }
}

impl<'de, T: BorrowDecode<'de, Depth>> BorrowDecode<'de, Depth> for List<T> {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Depth>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let length = u64::borrow_decode(decoder)?;
        let length = usize::try_from(length).map_err(|_| DecodeError::LimitExceeded)?;
        // Before anything is allocated: a length can claim anything.
        if decoder.reader().peek_read(length).is_none() {
            return Err(DecodeError::UnexpectedEnd { additional: length });
        }
        decoder.context().0 += 1;
        if decoder.context().0 > MOST_DEPTH {
            return Err(DecodeError::Other("lists nested too deep"));
        }
        // The members may be larger than their bytes, so that a list grows as they are read.
        let mut members = Vec::with_capacity(length.min(1_024));
        for _ in 0..length {
            members.push(T::borrow_decode(decoder)?);
        }
        decoder.context().0 -= 1;
        Ok(List(members))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    //! Another library, wincode, reads and writes the same bytes, so a store does not depend on one library's upkeep.
    //!
    //! It is derived for the flat types of a checkpoint, which have every form that the others have, too. For JSON it cannot be
    //! derived: the bounds of its traits go in a circle where a type holds a list of itself, and an implementation by hand would be
    //! unsafe code.

    use wincode::config::{Config, Configuration, deserialize_exact, serialize};
    use wincode::{SchemaRead, SchemaWrite};

    use super::{BorrowDecode, Depth, Encode, decode, encode};

    pub(crate) const VARINT: wincode::config::Configuration<
        true,
        { wincode::config::DEFAULT_PREALLOCATION_SIZE_LIMIT },
        wincode::len::BincodeLen,
        wincode::int_encoding::LittleEndian,
        wincode::int_encoding::VarInt,
    > = Configuration::default().with_varint_encoding();

    /// The contents of the rows of a table in a stored checkpoint, one of each form.
    pub(crate) fn golden(table: &str) -> Vec<Vec<u8>> {
        let rows = include_str!("../tests/golden/state_1.txt")
            .lines()
            .map(|line| line.split(' ').collect::<Vec<_>>());
        let of_table = rows.filter(|row| row[0] == table);
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        // A checksum comes first.
        of_table.map(|row| row[2].as_bytes()[8..].chunks(2).map(byte).collect()).collect()
    }

    pub(crate) fn is_the_same_with_another_library<'a, T, C>(bytes: &'a [u8], config: C)
    where
        C: Config + Copy,
        T: Encode + BorrowDecode<'a, Depth> + SchemaWrite<C, Src = T> + SchemaRead<'a, C, Dst = T>,
    {
        let ours: T = decode(bytes).unwrap();
        let theirs: T = deserialize_exact(&bytes[1..], config).unwrap();
        assert_eq!(serialize(&ours, config).unwrap(), bytes[1..]);
        assert_eq!(encode(&theirs).unwrap(), bytes);
    }
}
