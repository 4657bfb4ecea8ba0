//! What a host does with a store beside using it: copies of it, and erasing what was deleted.
//!
//! It knows no files. Invariant: workspaces go on meanwhile.

use std::path::Path;

use crate::error::Error;
use crate::handles::enlist::Enlist;
use crate::registry::Registry;
use crate::store::Store;

impl Enlist {
    /// Copies the store into a new directory, which [opens](crate::EnlistBuilder::open) like the store: all workspaces as of one
    /// moment, with everything that was answered before this call. An empty directory may be there.
    ///
    /// Workspaces go on meanwhile. If a checkpoint is being made, the copy begins when it is done; the next one may be made while
    /// it is written. Each row is checked as it is copied. Until it is whole, the directory is called `….unfinished`; a crash
    /// leaves that behind, and the next backup to the same place removes it. While it is copied, the store's files grow by what
    /// changes meanwhile.
    ///
    /// ```
    /// use enlist::Enlist;
    ///
    /// # let directory = std::env::temp_dir().join(format!("enlist-backup-{}", std::process::id()));
    /// # let backup = directory.with_extension("copy");
    /// let enlist = Enlist::builder().open(&directory)?.wait()?;
    /// enlist.create_workspace("crm")?.contact("ada").save()?;
    /// enlist.backup(&backup)?;
    /// assert_eq!(enlist.backup(&backup).unwrap_err().code(), "not_empty");
    ///
    /// let copy = Enlist::builder().open(&backup)?.wait()?;
    /// let crm = copy.workspace("crm").ok_or("it is in the copy")?;
    /// assert!(crm.read(|view| view.has_contact("ada"))?);
    /// # drop((crm, copy, enlist));
    /// # std::fs::remove_dir_all(&directory)?;
    /// # std::fs::remove_dir_all(&backup)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoStore`]; [`Error::Store`] if the directory is there and not empty, if a file cannot be read or written, or if a row
    /// is damaged. Then no backup is left.
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<(), Error> {
        store_of(&self.handle.registry)?.backup(to.as_ref())
    }

    /// Erases what was deleted: when this returns, values of contacts that were deleted, and of workspaces that were dropped, before
    /// the call are in no file of the store. The same is true of values that were replaced and of fields and segments that were
    /// deleted. Without it they go as pages of the files are reused, and nothing says when.
    ///
    /// It makes a checkpoint and copies what is left into new files, which take the places of the old ones, so it needs that much space.
    /// Reads go on, and so do writes, except while the journal, which is short then, is copied. Does nothing without a store.
    ///
    /// It erases from files, not from the disk: a file system may keep blocks of a removed file until it uses them again, and
    /// snapshots and [backups](Self::backup) keep what they have. Names of labels and fields, and the rules and counts of segments,
    /// belong to the workspace and stay.
    ///
    /// ```
    /// use enlist::Enlist;
    ///
    /// # let directory = std::env::temp_dir().join(format!("enlist-erase-{}", std::process::id()));
    /// let enlist = Enlist::builder().open(&directory)?.wait()?;
    /// let crm = enlist.create_workspace("crm")?;
    /// crm.contact("ada").set("email", "ada@example.com").save()?;
    /// crm.contact("ada").delete()?;
    /// enlist.erase()?;
    /// for file in ["journal.redb", "state.redb"] {
    ///     let bytes = std::fs::read(directory.join(file))?;
    ///     assert!(!bytes.windows(15).any(|window| window == b"ada@example.com"));
    /// }
    /// # drop((crm, enlist));
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::PartitionFailed`] if a partition of a workspace has failed; rebuild it first. [`Error::Store`] if a file cannot be read or
    /// written. Then perhaps nothing is erased, and the store goes on as it was.
    pub fn erase(&self) -> Result<(), Error> {
        self.handle.registry.erase()
    }
}

fn store_of(registry: &Registry) -> Result<&Store, Error> {
    registry.store().ok_or(Error::NoStore)
}
