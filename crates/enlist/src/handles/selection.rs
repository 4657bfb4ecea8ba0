//! Sets of contacts, and pages of them: everyone, a combination of segments, or the contacts whose ids begin with a text.
//!
//! It does not know how a page is made. Invariant: a set is exact as of one revision over all
//! partitions.

use enlist_engine::{Engine, IdSearch, SegmentSet, page_of_across};
use roaring::RoaringBitmap;

use crate::contact_set::ContactSet;
use crate::error::Error;
use crate::handles::page::{Page, PageRequest};
use crate::handles::view::View;
use crate::handles::workspace::Workspace;
use crate::partition::PartitionIdx;

impl View<'_> {
    /// All contacts.
    ///
    /// ```
    /// # let enlist = enlist::Enlist::new()?;
    /// # let workspace = enlist.create_workspace("acme")?;
    /// use enlist::{PageOrder, PageRequest};
    ///
    /// for (contact, name) in [("a", "Zoe"), ("b", "Ada")] {
    ///     workspace.contact(contact).set("name", name).save()?;
    /// }
    /// let by_name = PageOrder::Field { field: "name".into(), descending: false };
    /// let page = workspace.read(|view| {
    ///     view.page_of(&view.everyone()?, &PageRequest::default().with_order(by_name))
    /// })?;
    /// assert_eq!((page.contacts[0].as_str(), page.total), ("b", 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub fn everyone(&self) -> Result<ContactSet, Error> {
        Ok(self.set(self.state.engines()?.into_iter().map(Engine::everyone).collect()))
    }

    /// The contacts of a combination of segments. For a campaign, [`freeze`](Self::freeze) them.
    ///
    /// ```
    /// # let enlist = enlist::Enlist::new()?;
    /// # let workspace = enlist.create_workspace("acme")?;
    /// # workspace.contact("ada").set("name", "Ada").save()?;
    /// # workspace.contact("bob").save()?;
    /// # let rule = r#"{"match": "all", "conditions": [{"field": "name", "operator": "is_not_empty"}]}"#;
    /// # workspace.segment("named")?.save("Named", rule)?;
    /// let unnamed = workspace.read(|view| {
    ///     let unnamed = view.everyone()?.minus(&view.select("named")?);
    ///     view.contact_ids(&unnamed)
    /// })?;
    /// assert_eq!(unnamed[0].as_str(), "bob");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown segment; [`Error::PartitionFailed`].
    pub fn select(&self, set: impl Into<SegmentSet>) -> Result<ContactSet, Error> {
        let set = set.into();
        let parts: Result<Vec<_>, _> =
            self.state.engines()?.into_iter().map(|engine| engine.select(&set)).collect();
        Ok(self.set(parts?))
    }

    /// A page of the contacts of a set, as [`page`](Self::page) makes one of a segment. Contacts that were deleted since the set
    /// was made are not on it, and `total` does not count them.
    ///
    /// Cursors are of the order alone, and lead on in any set: so a set can be made again for each page.
    ///
    /// [Example](Self::everyone).
    ///
    /// # Errors
    /// [`Error::OtherWorkspace`] if the set is of another workspace, or of an earlier incarnation of this one; otherwise as
    /// [`page`](Self::page).
    pub fn page_of(&self, set: &ContactSet, request: &PageRequest) -> Result<Page, Error> {
        self.check_own(set)?;
        let key = &self.sequencer.life.cursor_key;
        let request = request.try_map_position(|cursor| key.open(cursor))?;
        let none = RoaringBitmap::new();
        let engines = self.state.engines()?.into_iter().enumerate();
        let parts: Vec<(&Engine, &RoaringBitmap)> =
            engines.map(|(index, engine)| (engine, set.parts.get(index).unwrap_or(&none))).collect();
        let page = page_of_across(&parts, &request)?;
        Ok(page.map_position(|position| key.seal(&position)))
    }

    /// Refuses a set whose numbers name other contacts here.
    pub(crate) fn check_own(&self, set: &ContactSet) -> Result<(), Error> {
        if set.incarnation != self.sequencer.life.incarnation {
            return Err(Error::OtherWorkspace { workspace: self.sequencer.id.clone() });
        }
        Ok(())
    }

    /// A set of this state.
    pub(crate) fn set(&self, parts: Vec<RoaringBitmap>) -> ContactSet {
        ContactSet::new(self.sequencer.life.incarnation, parts, self.state.retain_ids())
    }
}

impl Workspace {
    /// The contacts whose ids begin with a text, letter by letter: for a search, because no rule can ask for an id. All ids are
    /// looked at on the calling thread, in short steps between events and reads.
    ///
    /// ```
    /// # let enlist = enlist::Enlist::new()?;
    /// # let workspace = enlist.create_workspace("acme")?;
    /// for contact in ["lead-1", "lead-2", "ada"] {
    ///     workspace.contact(contact).save()?;
    /// }
    /// assert_eq!(workspace.ids_beginning_with("lead-")?.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub fn ids_beginning_with(&self, prefix: &str) -> Result<ContactSet, Error> {
        let mut searches = Vec::new();
        for partition in (0..self.settings().partitions).map(PartitionIdx::new) {
            let mut search = IdSearch::new(prefix);
            // A step is a read of its own, so that writers come in between.
            while !self.read(|view| {
                let engine = view.state.partition(partition).serving()?;
                Ok::<_, Error>(engine.step_id_search(&mut search))
            })? {}
            searches.push(search);
        }
        self.read(|view| {
            let engines = view.state.engines()?.into_iter().zip(searches);
            Ok(view.set(engines.map(|(engine, search)| engine.select_ids(search)).collect()))
        })
    }
}
