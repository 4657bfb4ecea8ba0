//! What a view shows of the facts themselves: a contact's values, and what is in use over all contacts.
//!
//! It does not know how facts are stored. Invariant: an answer is that of one engine with all contacts, whatever the number of
//! partitions.

use std::collections::BTreeMap;

use enlist_engine::StoredContact;
use enlist_model::ShortText;

use crate::error::Error;
use crate::handles::view::View;

/// A label or an option that is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InUse {
    /// As it is shown.
    pub shown: ShortText,
    /// How many contacts hold it; of an option in a field of conversations, how many conversations.
    pub count: u64,
}

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

    /// The labels that contacts hold, as they are shown, and by how many contacts each, in the order of their keys. No contact is
    /// visited.
    ///
    /// ```
    /// # let enlist = enlist::Enlist::new()?;
    /// # let workspace = enlist.create_workspace("acme")?;
    /// for contact in ["ada", "bob"] {
    ///     workspace.contact(contact).add_label("VIP").save()?;
    /// }
    /// let labels = workspace.read(|view| view.labels())?;
    /// assert_eq!((labels[0].shown.as_str(), labels[0].count), ("VIP", 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub fn labels(&self) -> Result<Vec<InUse>, Error> {
        let mut labels: BTreeMap<&str, InUse> = BTreeMap::new();
        for engine in self.state.engines()? {
            for (key, shown, count) in engine.labels_in_use() {
                // All partitions show it in one spelling.
                labels.entry(key).or_insert_with(|| InUse { shown: shown.into(), count: 0 }).count += count;
            }
        }
        Ok(labels.into_values().collect())
    }

    /// The options that are held in a `select` or `multi_select` field of contacts or conversations, and by how many of them each,
    /// in order of their bytes. No contact is visited. Options that the field's definition lists and nobody holds are not among
    /// them.
    ///
    /// ```
    /// # let enlist = enlist::Enlist::new()?;
    /// # let workspace = enlist.create_workspace("acme")?;
    /// workspace.define_field("plan", enlist::Kind::Select)?;
    /// workspace.contact("ada").set("plan", "pro").save()?;
    /// let plans = workspace.read(|view| view.options_of("plan"))?;
    /// assert_eq!((plans[0].shown.as_str(), plans[0].count), ("pro", 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown field, or one of a kind without options; [`Error::PartitionFailed`].
    pub fn options_of(&self, field: &str) -> Result<Vec<InUse>, Error> {
        let mut options: BTreeMap<ShortText, u64> = BTreeMap::new();
        for engine in self.state.engines()? {
            for (option, count) in engine.options_in_use(field)? {
                *options.entry(option).or_default() += count;
            }
        }
        Ok(options.into_iter().map(|(shown, count)| InUse { shown, count }).collect())
    }
}
