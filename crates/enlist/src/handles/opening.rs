//! A store that is being opened, as the host sees it.
//!
//! It reads nothing itself. Invariant: an Enlist that [`Opening::wait`] returns has all workspaces of its store.

use std::path::Path;
use std::sync::Arc;

use enlist_store::Error as StoreError;
#[cfg(doc)]
use enlist_store::Versions;

use crate::error::Error;
use crate::handles::enlist::{Enlist, EnlistBuilder};
use crate::handles::workspace::Workspace;
use crate::open_report::OpenReport;
use crate::opening::Opener;
use crate::opening::survey::Survey;
use crate::opening::thread::OpeningThread;
use crate::progress::{OpeningProgress, Progress};
use crate::sequencer::replay::Divergence;
use crate::store::Store;

/// A store that is being opened, on a thread of its own. See [`EnlistBuilder::open`].
///
/// Dropping it before the store is open stops that, shuts down an Enlist that it [gave](Self::enlist), and releases the files. What is
/// in them stays as it is.
#[derive(Debug)]
#[must_use = "dropping it stops opening; `wait` returns the Enlist"]
pub struct Opening {
    enlist: Enlist,
}

impl Opening {
    /// Waits until all workspaces are open.
    ///
    /// [Example](EnlistBuilder::open).
    ///
    /// # Errors
    /// [`Error::Store`] if a file is damaged or cannot be read or written; [`Error::Diverged`]; [`Error::Closed`] if the Enlist was
    /// shut down meanwhile. The files are released, and nothing is lost.
    pub fn wait(self) -> Result<Enlist, Error> {
        // If it fails, dropping `self` shuts down what is open.
        self.enlist.handle.registry.progress().wait()?;
        Ok(self.enlist.clone())
    }

    /// How far it is.
    ///
    /// ```
    /// use enlist::Enlist;
    ///
    /// # let directory = std::env::temp_dir().join(format!("enlist-progress-{}", std::process::id()));
    /// let opening = Enlist::builder().open(&directory)?;
    /// let progress = opening.progress();
    /// println!("{} of {} workspaces are open", progress.done, progress.of);
    /// for each in progress.workspaces {
    ///     println!("{}: {:?}, {} of {}", each.workspace, each.stage, each.done, each.of);
    /// }
    /// let enlist = opening.wait()?;
    /// # drop(enlist);
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn progress(&self) -> OpeningProgress {
        self.enlist.handle.registry.progress().shown()
    }

    /// The Enlist at once, for hosts that serve some workspaces while others are opened. Ask it for a workspace with
    /// [`Enlist::find_workspace`]. Until all are open, no workspace is created, imported, restored or dropped, and no checkpoint is
    /// made ([`Error::Opening`]).
    ///
    /// ```
    /// use enlist::{Enlist, Error};
    ///
    /// # let directory = std::env::temp_dir().join(format!("enlist-early-{}", std::process::id()));
    /// # Enlist::builder().open(&directory)?.wait()?.create_workspace("crm")?;
    /// let opening = Enlist::builder().open(&directory)?;
    /// let enlist = opening.enlist();
    /// match enlist.find_workspace("crm") {
    ///     Ok(Some(crm)) => println!("{} contacts", crm.read(|view| view.contact_count())?),
    ///     Ok(None) => println!("there is none"),
    ///     Err(Error::Opening { done, of }) => println!("not yet: {done} of {of} workspaces are open"),
    ///     Err(error) => return Err(error.into()),
    /// }
    /// // Kept until it is done: dropping it stops opening.
    /// let _ = opening.wait()?;
    /// # drop(enlist);
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn enlist(&self) -> Enlist {
        self.enlist.clone()
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if self.enlist.handle.registry.progress().check().is_err() {
            self.enlist.shutdown();
        }
    }
}

impl EnlistBuilder {
    /// Opens the workspaces of a store, a directory that is created if there is none. They survive the end of the process, and a
    /// loss of power: what a call of this Enlist has answered is kept. At most one process has a store open.
    ///
    /// Checks the files, finds out which workspaces there are, and returns; the workspaces themselves are opened on another thread.
    /// [`Opening::wait`] waits for them. What time changed meanwhile is published before a workspace can be found, unless the host
    /// drives time.
    ///
    /// ```
    /// use enlist::{Enlist, Event, Instant};
    ///
    /// # let directory = std::env::temp_dir().join(format!("enlist-open-{}", std::process::id()));
    /// let enlist = Enlist::builder().open(&directory)?.wait()?;
    /// let crm = enlist.create_workspace("crm")?;
    /// let revision = crm.contact("ada").save()?;
    /// enlist.checkpoint()?;
    /// drop((crm, enlist));
    ///
    /// let enlist = Enlist::builder().open(&directory)?.wait()?;
    /// let crm = enlist.workspace("crm").ok_or("it was kept")?;
    /// assert_eq!(crm.read(|view| view.revision()), revision);
    /// assert_eq!(crm.read(|view| view.contact_count())?, 1);
    /// # drop((crm, enlist));
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Store`] with what the store cannot do: it is open elsewhere, damaged, or of a newer format, or a file cannot be read;
    /// [`Error::OtherVersions`].
    pub fn open(self, directory: impl AsRef<Path>) -> Result<Opening, Error> {
        let directory = directory.as_ref();
        let store = Store::open(directory)?;
        let survey = Survey::of(&store)?;
        survey.check_versions(self.divergence)?;
        let no_thread = |error: std::io::Error| {
            let what = format!("no thread can be started: {error}");
            Error::Store(StoreError::Store { file: directory.to_owned(), what })
        };
        let registry = self.registry(Some(store), Progress::of(survey.ids())).map_err(no_thread)?;
        let (threads, divergence) = (self.workers, self.divergence);
        let opener =
            |partitions_of, registry| Opener { registry, partitions_of, survey, divergence, threads };
        let shared = Arc::clone(&registry);
        let open =
            |builder: EnlistBuilder| OpeningThread::start(opener(builder.partitions_of, registry)).map(Some);
        Ok(Opening { enlist: self.start(shared, open).map_err(no_thread)? })
    }
}

impl EnlistBuilder {
    /// Opens a store even if what its process left in the journal leads to other results in this one, because that process was not
    /// shut down and had other [versions](Versions) of what results depend on. Without this, such a store is refused
    /// ([`Error::OtherVersions`], [`Error::Diverged`]).
    ///
    /// The frames are executed by this process. Subscribers of each workspace concerned get a [`Gap`](crate::Gap), because what they
    /// heard before may differ; sequences go on behind all that were given. [`Enlist::open_report`] names the workspaces.
    pub fn accept_gap(mut self) -> Self {
        self.divergence = Divergence::Accepted;
        self
    }
}

impl Enlist {
    /// What was found when the store was opened. Complete when [`Opening::wait`] has returned; empty without a store.
    ///
    /// After a clean shutdown a store opens whatever the [versions](Versions) are, and segments that hold others than before are named
    /// here:
    ///
    /// ```
    /// use enlist::Enlist;
    ///
    /// # let directory = std::env::temp_dir().join(format!("enlist-report-{}", std::process::id()));
    /// let enlist = Enlist::builder().open(&directory)?.wait()?;
    /// for changed in enlist.open_report().changed {
    ///     println!("{}: read {:?} again", changed.workspace, changed.segments);
    /// }
    /// # drop(enlist);
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_report(&self) -> OpenReport {
        self.handle.registry.progress().report(|report| report.clone())
    }

    /// A workspace, or `None` if there is no such workspace. Differs from [`workspace`](Self::workspace) only while a store is being
    /// [opened](Opening::enlist).
    ///
    /// [Example](Opening::enlist).
    ///
    /// # Errors
    /// [`Error::Opening`] if the workspace exists and is not open yet; what opening failed with, if it has failed before that.
    pub fn find_workspace(&self, workspace: &str) -> Result<Option<Workspace>, Error> {
        let sequencer = self.handle.registry.find_or_opening(workspace)?;
        Ok(sequencer.map(|sequencer| Workspace::new(sequencer, Arc::clone(&self.handle))))
    }
}
