//! A store that is being opened, as the host sees it.
//!
//! It reads nothing itself. Invariant: an Enlist that [`Opening::wait`] returns has all workspaces of its store.

use std::path::Path;
use std::sync::Arc;

use enlist_store::Error as StoreError;
#[cfg(doc)]
use enlist_store::Versions;

use crate::error::Error;
use crate::handles::enlist::Enlist;
use crate::handles::enlist_builder::EnlistBuilder;
use crate::handles::workspace::Workspace;
use crate::opening::survey::Survey;
use crate::opening::thread::OpeningThread;
use crate::opening::{Gaps, Opener};
use crate::progress::open_report::OpenReport;
use crate::progress::{OpeningProgress, Progress};
use crate::registry::Registry;
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
        let store = Store::open(directory, self.durability)?;
        self.open_store(store, Gaps::OfChanged)
    }

    /// As [`open`](Self::open), for a store whose journal is damaged: a frame in it is not what was written, or it ends before it was
    /// synced. What lies before the damage is opened, and the rest is given up. With a journal that is whole, it does the same as
    /// `open`.
    ///
    /// [`Enlist::open_report`] says what was wrong and up to which revision each workspace is kept. Each of them begins another life: its
    /// [incarnation](crate::Incarnation) is another one, so that a revision, a sequence or a cursor that was given for what is lost
    /// is refused or answered with a [`Gap`](crate::Gap).
    ///
    /// ```
    /// use enlist::Enlist;
    ///
    /// # let directory = std::env::temp_dir().join(format!("enlist-damage-{}", std::process::id()));
    /// let enlist = Enlist::builder().open_up_to_damage(&directory)?.wait()?;
    /// if let Some(damage) = enlist.open_report().damage {
    ///     println!("{}", damage.what);
    ///     for (workspace, revision) in damage.revisions {
    ///         println!("{workspace} is as of {revision}");
    ///     }
    /// }
    /// # drop(enlist);
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// What can be read is executed before this returns, and not in the background. Copy the directory first: a backup that is whole may
    /// have more.
    ///
    /// # Errors
    /// As [`open`](Self::open). Damage in `state.redb` is one of them: restore a backup.
    pub fn open_up_to_damage(self, directory: impl AsRef<Path>) -> Result<Opening, Error> {
        let directory = directory.as_ref();
        let Some((store, remains, error)) = Store::open_damaged(directory)? else {
            return self.open(directory);
        };
        let (opener, builder) = self.opener(store, Gaps::OfAll)?;
        let damage = opener.salvage(&remains, &error);
        opener.registry.close();
        // The directory must not be locked any more.
        let partitions_of = opener.partitions_of;
        drop((opener.registry, opener.survey, remains));
        let damage = damage?;
        let builder = builder.partitions_of(partitions_of);
        let store = Store::open(directory, builder.durability)?;
        let opening = builder.open_store(store, Gaps::OfAll)?;
        opening.enlist.handle.registry.progress().report(|report| report.damage = Some(damage));
        Ok(opening)
    }

    fn open_store(self, store: Store, gaps: Gaps) -> Result<Opening, Error> {
        let no_thread = no_thread_in(store.directory());
        let (opener, builder) = self.opener(store, gaps)?;
        let registry = Arc::clone(&opener.registry);
        let open = || OpeningThread::start(opener).map(Some);
        Ok(Opening { enlist: builder.start(registry, open).map_err(no_thread)? })
    }

    /// Makes the workspaces of a store that is not changed, and lets `visit` see them. No time passes in them.
    pub(crate) fn visit_unwritten<T>(
        self,
        store: Store,
        visit: impl FnOnce(&Registry) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let (opener, _) = self.manual_time().opener(store, Gaps::OfChanged)?;
        let visited = opener.run().and_then(|()| visit(&opener.registry));
        opener.registry.release();
        visited
    }

    /// What opens a store, and the builder without what that takes.
    fn opener(mut self, store: Store, gaps: Gaps) -> Result<(Opener, Self), Error> {
        let no_thread = no_thread_in(store.directory());
        let survey = Survey::of(&store)?;
        survey.check_versions(self.divergence)?;
        let registry = self.registry(Some(store), Progress::of(survey.ids())).map_err(no_thread)?;
        let (threads, divergence) = (self.workers, self.divergence);
        let partitions_of =
            std::mem::replace(&mut self.partitions_of, Box::new(|_, stored| stored.partitions));
        Ok((Opener { registry, partitions_of, survey, divergence, gaps, threads }, self))
    }
}

fn no_thread_in(directory: &Path) -> impl FnOnce(std::io::Error) -> Error + use<> {
    let file = directory.to_owned();
    move |error| {
        let what = format!("no thread can be started: {error}");
        StoreError::Store { file, what }.into()
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

    /// Whether it can be used whole: everything that a store has is open. In memory it always can.
    ///
    /// ```
    /// assert!(enlist::Enlist::new()?.check_open().is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Opening`] while a store is being opened; what opening failed with, if it has failed.
    pub fn check_open(&self) -> Result<(), Error> {
        self.handle.registry.progress().check()
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
