//! A bulk load of contacts, compared with applying the same events in batches.
//!
//! Invariant: both begin empty and end with the same counts; making the events is timed for both.

use std::convert::Infallible;
use std::time::Duration;

use enlist::{Batch, Enlist, Event, WorkspaceSettings};

use super::Plan;
use super::door::accepted;
use crate::failure::Failure;
use crate::stopwatch::timed;
use crate::workload::{Workload, segment_id};

/// Maximum contacts imported; applying them takes tens of microseconds each.
pub const CONTACTS_MOST: u32 = 100_000;
/// Events in a batch.
const BATCH: usize = 1_000;

/// The cost of an import.
#[derive(Clone, Copy, Debug, Default)]
pub struct Import {
    /// How many contacts.
    pub contacts: u32,
    /// How many events, definitions included.
    pub events: u64,
    /// The time to import them into one partition, and into several.
    pub loaded: [Duration; 2],
    /// The time to apply them in batches, to one partition and to several.
    pub applied: [Duration; 2],
    /// Whether all four workspaces hold the same counts.
    pub counts_agree: bool,
}

/// Measures an import of the workload's facts.
///
/// # Errors
/// [`Failure`] if anything is refused.
pub fn measure(plan: &Plan, workload: &Workload) -> Result<Import, Failure> {
    let mut import = Import { contacts: plan.contacts.min(CONTACTS_MOST), ..Import::default() };
    let enlist = Enlist::builder().manual_time().build().map_err(Failure::Threads)?;
    let mut counts = Vec::new();
    for (place, partitions) in [1, plan.partitions].into_iter().enumerate() {
        let settings = WorkspaceSettings::default().with_partitions(partitions);
        let (loaded, time) = timed(|| {
            let events = events(workload, plan.segments, import.contacts).map(Ok::<_, Infallible>);
            enlist.import_workspace("loaded", settings, events)
        });
        let loaded = loaded.map_err(enlist::Error::from)?;
        if let Some(refused) = loaded.refused.into_iter().next() {
            return Err(enlist::Error::Refused(Box::new(refused)).into());
        }
        import.events = loaded.applied;
        import.loaded[place] = time;
        counts.push(counts_of(&loaded.workspace, plan.segments)?);
        let _ = enlist.drop_workspace("loaded");
        drop(loaded.workspace);

        let applied = enlist.create_workspace_with("applied", settings)?;
        let (taken, time) = timed(|| -> Result<(), Failure> {
            let mut events = events(workload, plan.segments, import.contacts).peekable();
            while events.peek().is_some() {
                accepted(applied.apply(events.by_ref().take(BATCH).collect::<Batch>())?)?;
            }
            Ok(())
        });
        taken?;
        import.applied[place] = time;
        counts.push(counts_of(&applied, plan.segments)?);
        let _ = enlist.drop_workspace("applied");
    }
    import.counts_agree = counts.windows(2).all(|pair| pair[0] == pair[1]);
    Ok(import)
}

fn events(workload: &Workload, segments: u32, contacts: u32) -> impl Iterator<Item = Event> {
    let definitions = workload.fields().into_iter().chain(workload.segments(segments));
    definitions.chain((0..contacts).map(|no| workload.contact(no)))
}

fn counts_of(workspace: &enlist::Workspace, segments: u32) -> Result<Vec<u64>, Failure> {
    (0..segments).map(|no| Ok(workspace.count(&segment_id(no))?)).collect()
}
