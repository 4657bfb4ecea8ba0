//! What a view shows of the facts themselves: a contact's values, and what is in use over all contacts.
//!
//! It does not know how facts are stored. Invariant: an answer is that of one engine with all contacts, whatever the number of
//! partitions.

use enlist_engine::StoredContact;

use crate::error::Error;
use crate::handles::view::View;

impl<'a> View<'a> {
    /// A contact's facts: its values, labels, and conversations with theirs.
    ///
    /// ```
    /// # let enlist = enlist::Enlist::new()?;
    /// # let workspace = enlist.create_workspace("acme")?;
    /// workspace.contact("ada").set("name", "Ada").add_label("VIP").save()?;
    /// workspace.conversation("v1").set("conversation.status", "open").save_for("ada")?;
    ///
    /// workspace.read(|view| {
    ///     let ada = view.contact("ada")?;
    ///     assert_eq!(ada.value("name").map(|name| name.to_json()), Some("Ada".into()));
    ///     assert!(ada.values().any(|(field, _)| field.as_str() == "created_at"));
    ///     assert_eq!(ada.labels().collect::<Vec<_>>(), ["VIP"]);
    ///     let conversation = ada.conversations().next().expect("ada has one");
    ///     assert_eq!(conversation.id().as_str(), "v1");
    ///     assert!(conversation.value("conversation.status").is_some());
    ///     assert_eq!(view.contact("bob").unwrap_err().code(), "unknown_contact");
    ///     Ok::<_, enlist::Error>(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown contact; [`Error::PartitionFailed`] if its partition failed.
    pub fn contact(&self, contact: &str) -> Result<StoredContact<'a>, Error> {
        Ok(self.state.engine_of(contact)?.contact(contact)?)
    }
}
