//! The contacts of an audience: those of segments, without those of others and without some contacts.
//!
//! It does not know where audiences are kept. Invariant: a frozen audience is exact as of the one revision that it names.

use enlist::{Audience, EngineError, Error, Revision, SegmentSet, Workspace};

use crate::audience::kept::Kept;

/// How many ids are looked up in one read.
const PIECE: usize = 500;

/// The contacts of the segments `include`, without those of the segments `exclude` and the contacts `suppress`.
///
/// ```
/// use enlist::{Enlist, Kind};
/// use enlist_http::Selection;
///
/// let workspace = Enlist::new()?.create_workspace("acme")?;
/// workspace.define_field("plan", Kind::Select)?;
/// let rule = r#"{"match": "all", "conditions": [{"field": "plan", "operator": "equals", "value": "pro"}]}"#;
/// workspace.segment("pro")?.save("Pro", rule)?;
/// for contact in ["ada", "bob"] {
///     workspace.contact(contact).set("plan", "pro").save()?;
/// }
/// let selection = Selection::of(["pro"]).suppressing(["bob"]);
/// assert_eq!(selection.audience(&workspace)?.len(), 1);
/// let kept = selection.freeze(&workspace)?;
/// workspace.contact("ada").delete()?;
/// assert_eq!(kept.contacts, ["ada"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Selection {
    /// Segments whose contacts are selected.
    pub include: Vec<String>,
    /// Segments whose contacts are not.
    pub exclude: Vec<String>,
    /// Ids of contacts that are not. Other ids are ignored.
    pub suppress: Vec<String>,
}

fn texts(ids: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    ids.into_iter().map(Into::into).collect()
}

impl Selection {
    /// The contacts that are in at least one of these segments.
    ///
    /// [Example](Self).
    pub fn of(include: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Selection { include: texts(include), ..Selection::default() }
    }

    /// Without the contacts of these segments.
    #[must_use]
    pub fn minus(mut self, exclude: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.exclude = texts(exclude);
        self
    }

    /// Without these contacts.
    ///
    /// [Example](Self).
    #[must_use]
    pub fn suppressing(mut self, suppress: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.suppress = texts(suppress);
        self
    }

    /// Its contacts as they are now.
    ///
    /// [Example](Self).
    ///
    /// # Errors
    /// [`Error::Engine`] if it includes no segment, or names an unknown one; [`Error::PartitionFailed`].
    pub fn audience(&self, workspace: &Workspace) -> Result<Audience, Error> {
        let union = |ids: &[String]| ids.iter().map(|id| SegmentSet::of(id)).reduce(SegmentSet::or);
        let Some(included) = union(&self.include) else {
            return Err(EngineError::UnknownSegment { segment: String::new() }.into());
        };
        let set = match union(&self.exclude) {
            Some(excluded) => included.minus(excluded),
            None => included,
        };
        workspace.read(|view| view.freeze(set))?.without(self.suppress.iter().map(String::as_str))
    }

    /// Freezes its contacts as they are now, by their ids, with the revision and the instant.
    ///
    /// [Example](Self).
    ///
    /// # Errors
    /// As [`audience`](Self::audience).
    pub fn freeze(&self, workspace: &Workspace) -> Result<Kept, Error> {
        Ok(self.freeze_at(workspace)?.1)
    }

    /// Freezes, and returns the revision.
    pub(crate) fn freeze_at(&self, workspace: &Workspace) -> Result<(Revision, Kept), Error> {
        let frozen = self.audience(workspace)?;
        let contacts = frozen.batches(PIECE).flatten().map(|id| id.as_str().to_owned()).collect();
        let (revision, at) = (frozen.revision(), workspace.clock_now().to_string());
        Ok((revision, Kept { revision: revision.to_string(), at, contacts }))
    }
}
