//! What a host does with a store beside using it: copies of it.
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
    /// let enlist = Enlist::builder().open(&directory)?;
    /// enlist.create_workspace("crm")?.contact("ada").save()?;
    /// enlist.backup(&backup)?;
    /// assert_eq!(enlist.backup(&backup).unwrap_err().code(), "not_empty");
    ///
    /// let copy = Enlist::builder().open(&backup)?;
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
}

fn store_of(registry: &Registry) -> Result<&Store, Error> {
    registry.store().ok_or(Error::NoStore)
}
