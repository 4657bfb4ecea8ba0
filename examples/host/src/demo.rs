//! The demo: the workspace `cdnow`, from the log that is bundled with the examples.

use std::io::{self, BufRead, BufReader};

use enlist::{Enlist, Event};
use flate2::read::GzDecoder;

use crate::server::Failure;

const LOG: &[u8] = include_bytes!("../../data/cdnow.jsonl.gz");
const WORKSPACE: &str = "cdnow";
/// How many events are applied at once.
const BATCH: usize = 1_000;

/// Makes the workspace, unless a store has it already.
pub(crate) fn load(enlist: &Enlist) -> Result<(), Failure> {
    if enlist.find_workspace(WORKSPACE)?.is_some() {
        return Ok(());
    }
    let workspace = enlist.create_workspace(WORKSPACE)?;
    let mut batch = Vec::with_capacity(BATCH);
    for line in BufReader::new(GzDecoder::new(LOG)).lines() {
        let event =
            Event::parse(&line?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        batch.push(event);
        if batch.len() == BATCH {
            let _ = workspace.apply(std::mem::take(&mut batch))?;
        }
    }
    // A test holds that the log has no event that is refused.
    let _ = workspace.apply(batch)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_is_the_bundled_log_and_no_event_is_refused() {
        let enlist = Enlist::builder().workers(1).manual_time().build().expect("threads");
        load(&enlist).expect("the bundled log");
        let workspace = enlist.workspace(WORKSPACE).expect("the demo");
        assert_eq!(workspace.count("high-value").ok(), Some(280));
        assert_eq!((workspace.stats().events, workspace.stats().refused), (13_860, 0));
        load(&enlist).expect("it is there already");
    }
}
