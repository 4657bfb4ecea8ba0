//! The two tails of a journal, used in turn: how the uses are numbered, and what is read of them when the journal is opened.
//!
//! The table says which number was given last. It gives a number in a synced commit before a tail is used under it, so no number is
//! used twice, whatever a loss of power takes. The commit that moves the frames of a tail gives the next number, so the only uses
//! that may have frames that the table lacks are that of the last number and the one before. Invariant: after a commit that gives a
//! number, nothing of any use before these two is ever read.

use super::table::Table;
use crate::error::Error;
use crate::log::LogPosition;
use crate::mark::Mark;
use crate::tail::{Left, Tail};

/// Moves into the table what tails left that continues it, and empties them. Returns the number that was given last; if the journal
/// buffers, the tails may be used under it and the one before.
///
/// # Errors
/// [`Error::Store`]; [`Error::Damaged`] if the table is older than a tail; [`Error::Format`].
pub(super) fn move_left(
    table: &Table,
    mark: &mut Mark,
    tails: &mut [Tail; 2],
    buffers: bool,
) -> Result<u64, Error> {
    let given = table.tail()?;
    let mut left = Vec::new();
    let mut are_empty = true;
    for tail in tails.iter_mut() {
        let Some(found) = tail.left()? else { continue };
        are_empty = false;
        if found.number > given {
            let what = format!(
                "it is older than {}; if these are a backup's files, move the tails away",
                tail.file().display()
            );
            return Err(Error::damaged(table.path(), &what));
        }
        left.push(found);
    }
    if are_empty && !buffers {
        return Ok(given);
    }
    let frames = continuing(table.end()?, given, left);
    // Even without frames: what is left must not be read again after frames were kept at its positions.
    let given = given.saturating_add(2);
    table.keep(frames.iter().map(|(at, value)| (*at, value.as_slice())), Some(given))?;
    if let Some((last, _)) = frames.last() {
        mark.write(last.plus(1))?;
    }
    let [one, two] = tails;
    one.begin(given - 1)?;
    two.begin(given)?;
    Ok(given)
}

/// What continues a table that ends at a position, up to the first frame that is missing.
fn continuing(end: LogPosition, given: u64, mut left: Vec<Left>) -> Vec<(LogPosition, Vec<u8>)> {
    left.retain(|left| left.number + 1 >= given);
    left.sort_by_key(|left| left.number);
    let mut next = end;
    let mut frames = Vec::new();
    for (at, value) in left.into_iter().flat_map(|left| left.values) {
        // What was moved, in a tail that was not emptied before the end.
        if at < next {
            continue;
        }
        if at > next {
            break;
        }
        frames.push((at, value));
        next = next.plus(1);
    }
    frames
}
