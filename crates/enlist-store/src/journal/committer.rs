//! The thread that commits: everything that waits, in one commit.
//!
//! Invariant: sync, then mark, then answers. A failed write or sync is never tried again, because the system may have dropped what
//! it could not write and then report success.

use super::{Appended, Shared};
use crate::error::Error;
use crate::mark::Mark;

/// Commits until the journal closes and nothing waits.
pub(super) fn run(shared: &Shared, mut mark: Mark) {
    loop {
        let mut queue = shared.queue.lock();
        while queue.waiting.is_empty() && !queue.closes {
            shared.wake.wait(&mut queue);
        }
        if queue.waiting.is_empty() {
            return;
        }
        let appended = std::mem::take(&mut queue.waiting);
        let failure = queue.failure.clone();
        // Other appends gather while this one is synced.
        drop(queue);
        let outcome = failure.map_or_else(|| keep(shared, &mut mark, &appended), Err);
        match outcome {
            Ok(()) => {
                for each in appended {
                    each.reply.answer(Ok(each.first));
                }
            }
            Err(error) => {
                shared.fail(&error);
                for each in appended {
                    each.reply.answer(Err(error.clone()));
                }
            }
        }
    }
}

fn keep(shared: &Shared, mark: &mut Mark, appended: &[Appended]) -> Result<(), Error> {
    let Some(end) = appended.last().map(|last| last.first.plus(last.values.len())) else { return Ok(()) };
    let frames = appended.iter().flat_map(|each| {
        each.values.iter().enumerate().map(|(at, value)| (each.first.plus(at), value.as_slice()))
    });
    let bytes = appended.iter().flat_map(|each| &each.values).map(|value| value.len() as u64).sum::<u64>();
    // An append of no frames only waits for those before it.
    if appended.iter().any(|each| !each.values.is_empty()) {
        shared.table.keep(frames)?;
        mark.write(end)?;
    }
    let mut queue = shared.queue.lock();
    queue.kept = end;
    queue.bytes += bytes;
    Ok(())
}
