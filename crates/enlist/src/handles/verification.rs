//! Verifying a store that nobody has open: its bytes, and that it leads to the right members.
//!
//! It writes nothing to the store. Invariant: a store that verifies opens.

use std::path::Path;

use enlist_engine::{Difference, SegmentSet};
use enlist_model::{ContactId, SegmentId};

use crate::error::Error;
use crate::handles::enlist::Enlist;
use crate::sequencer::Sequencer;
use crate::sequencer::dump::Origin;
use crate::sequencer::state::State;
use crate::store::Store;

/// Progress is reported after this many rows.
const EVERY_ROWS: u64 = 10_000;

/// What was verified; see [`Enlist::verify`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// The workspaces.
    pub workspaces: u64,
    /// Their contacts.
    pub contacts: u64,
    /// Their segments.
    pub segments: u64,
    /// The frames of the journal, which were executed again.
    pub frames: u64,
    /// The rows of both files, frames included.
    pub rows: u64,
    /// The bytes of these rows.
    pub bytes: u64,
}

/// How far a verification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifyProgress {
    /// What it is doing.
    pub phase: VerifyPhase,
    /// The rows that were read.
    pub rows: u64,
    /// The workspaces that were verified.
    pub done: u64,
    /// The workspaces that there are; 0 until that is known.
    pub of: u64,
}

/// What a verification is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyPhase {
    /// Reading rows and comparing their checksums.
    Reading,
    /// Restoring the workspaces and executing the journal again.
    Opening,
    /// Comparing memberships with the rules.
    Comparing,
}

impl Enlist {
    /// Verifies a store that nobody has open, and changes no byte of it:
    ///
    /// 1. *Its bytes.* Both files as a whole, and each row of them, against their checksums; the journal's end against the mark; and the
    ///    rows against the journal's start.
    /// 2. *That it opens.* The workspaces are restored, and the journal is executed again, with its anchors compared.
    /// 3. *Its members.* For each workspace, each truth and each membership is compared with the plain evaluation of the rules, contact
    ///    by contact, without indexes. And its [dump](crate::View::dump), restored afresh, must have the same members.
    ///
    /// So what it proves is that the files are what was written, that this version of Enlist comes to the states that the journal
    /// remembers, and that its members are those that the rules give for its facts. It cannot prove that the facts are what the host
    /// meant to write, nor what consumers were told.
    ///
    /// It takes the memory of an open store and two more copies of the facts of one workspace, and far longer than opening:
    /// the plain evaluation is of every condition for every contact. Time does not pass: days that began since the store was closed
    /// are not applied. `progress` is called every 10,000 rows, before the workspaces are opened, and after each of them.
    ///
    /// ```
    /// use enlist::Enlist;
    ///
    /// # let directory = std::env::temp_dir().join(format!("enlist-verify-{}", std::process::id()));
    /// let enlist = Enlist::builder().open(&directory)?.wait()?;
    /// enlist.create_workspace("crm")?.contact("ada").save()?;
    /// assert_eq!(Enlist::verify(&directory, |_| ()).unwrap_err().code(), "locked");
    /// drop(enlist);
    ///
    /// let verified = Enlist::verify(&directory, |progress| println!("{} of {}", progress.done, progress.of))?;
    /// assert_eq!((verified.workspaces, verified.contacts), (1, 1));
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Store`] with what is wrong: the store is open elsewhere, damaged, of a newer format, or there is none;
    /// [`Error::Diverged`]; [`Error::Differs`] with the first member that is wrong; [`Error::PartitionFailed`] if executing the journal
    /// again panics.
    pub fn verify(
        path: impl AsRef<Path>,
        mut progress: impl FnMut(VerifyProgress),
    ) -> Result<Verified, Error> {
        let path = path.as_ref();
        let store = Store::open_unwritten(path)?;
        let mut so_far = VerifyProgress { phase: VerifyPhase::Reading, rows: 0, done: 0, of: 0 };
        let rows = store.check_rows(|checked| {
            if checked.rows.is_multiple_of(EVERY_ROWS) {
                so_far.rows = checked.rows;
                progress(so_far);
            }
        })?;
        (so_far.phase, so_far.rows) = (VerifyPhase::Opening, rows.rows);
        progress(so_far);
        let mut verified =
            Verified { frames: rows.frames, rows: rows.rows, bytes: rows.bytes, ..Verified::default() };
        Enlist::builder().visit_unwritten(store, |registry| {
            let sequencers = registry.sequencers();
            (so_far.phase, so_far.of) = (VerifyPhase::Comparing, sequencers.len() as u64);
            for sequencer in &sequencers {
                let state = sequencer.read();
                verify_members(sequencer, &state)?;
                verified.workspaces += 1;
                verified.contacts += state.contact_count();
                verified.segments += state.leading_engine().segments().count() as u64;
                so_far.done += 1;
                progress(so_far);
            }
            Ok(verified)
        })
    }
}

/// Compares the members of a workspace with its rules, and with those of a workspace restored from its dump.
fn verify_members(sequencer: &Sequencer, state: &State) -> Result<(), Error> {
    let differs = |difference| Error::Differs { workspace: sequencer.id.clone(), difference };
    for engine in state.engines()? {
        engine.verify().map_err(differs)?;
    }
    let restored = State::begin(
        Origin::Dump(state.dump()?),
        sequencer.life.incarnation,
        &sequencer.settings.with_partitions(1),
    )?;
    for segment in state.leading_engine().segments() {
        let (found, expected) = (members(state, segment.id())?, members(&restored, segment.id())?);
        if let Some((contact, should_be)) = first_difference(&found, &expected) {
            let (segment, contact) = (segment.id().clone(), contact.clone());
            return Err(differs(Difference::Membership { segment, contact, should_be }));
        }
    }
    Ok(())
}

/// The members of a segment, in order of creation.
fn members(state: &State, segment: &SegmentId) -> Result<Vec<(u64, ContactId)>, Error> {
    let set = SegmentSet::from(segment.as_str());
    let mut members = Vec::new();
    for engine in state.engines()? {
        let selected = engine.select(&set)?;
        members.extend(engine.contacts_by_creation(&selected).map(|(creation, id)| (creation, id.clone())));
    }
    members.sort_unstable();
    Ok(members)
}

/// The first contact that is in one of two sorted lists only, and whether it is in the other one.
fn first_difference<'a>(
    found: &'a [(u64, ContactId)],
    expected: &'a [(u64, ContactId)],
) -> Option<(&'a ContactId, bool)> {
    let at = (0..found.len().max(expected.len())).find(|at| found.get(*at) != expected.get(*at))?;
    match (found.get(at), expected.get(at)) {
        (Some(found), Some(expected)) if found < expected => Some((&found.1, false)),
        (_, Some(expected)) => Some((&expected.1, true)),
        (Some(found), None) => Some((&found.1, false)),
        (None, None) => None,
    }
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_is_in_one_list_only_is_the_first_difference() {
        let list = |numbers: &[u64]| -> Vec<(u64, ContactId)> {
            numbers.iter().map(|number| (*number, ContactId::new(&format!("c{number}")).unwrap())).collect()
        };
        let of = |found: &[u64], expected: &[u64]| {
            let (found, expected) = (list(found), list(expected));
            first_difference(&found, &expected).map(|(contact, should_be)| (contact.to_string(), should_be))
        };
        assert_eq!(of(&[1, 2], &[1, 2]), None);
        assert_eq!(of(&[1, 2, 3], &[1, 3]), Some(("c2".to_owned(), false)));
        assert_eq!(of(&[1, 3], &[1, 2, 3]), Some(("c2".to_owned(), true)));
        assert_eq!(of(&[1], &[1, 2]), Some(("c2".to_owned(), true)));
        assert_eq!(of(&[1, 2], &[1]), Some(("c2".to_owned(), false)));
    }
}
