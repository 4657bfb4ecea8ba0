//! An audience: a fixed set of contacts as of one revision, for a campaign. Later events do not change it.
//!
//! It holds bitmaps of contact numbers and looks up ids on demand. Invariant: an audience names each of its contacts exactly
//! once, including deleted ones; two audiences are combined by id, not by number.

use std::fmt;
use std::sync::Arc;

use enlist_engine::Engine;
use enlist_model::ContactId;
use roaring::RoaringBitmap;

use crate::contact_set::ContactSet;
use crate::error::Error;
use crate::hashing::TextMap;
use crate::revision::Revision;
use crate::sequencer::Sequencer;
use crate::sequencer::state::State;

/// A fixed set of contacts, exact as of one revision over all partitions, unaffected by later events.
///
/// Cheap to clone. It can be used inside a [`read`](crate::Workspace::read). While it lives, its workspace keeps the ids of its
/// contacts that are deleted.
///
/// # Examples
///
/// ```
/// # use enlist::Enlist;
/// # let enlist = Enlist::new()?;
/// # let workspace = enlist.create_workspace("acme")?;
/// for (contact, labels) in [("ada", &["vip", "lead"][..]), ("bob", &["vip"]), ("cem", &["lead"])] {
///     let draft = workspace.contact(contact);
///     labels.iter().fold(draft, |draft, label| draft.add_label(label)).save()?;
/// }
/// for label in ["vip", "lead"] {
///     let rule = format!(
///         r#"{{"match": "all", "conditions": [{{"field": "labels", "operator": "has_label", "value": "{label}"}}]}}"#
///     );
///     workspace.segment(label)?.save(label, rule)?;
/// }
/// let (vips, leads) = (workspace.segment("vip")?.freeze()?, workspace.segment("lead")?.freeze()?);
/// assert_eq!((vips.or(&leads).len(), vips.and(&leads).len(), vips.minus(&leads).len()), (3, 1, 1));
///
/// let campaign = vips.without(["bob"])?;
/// assert!(!campaign.is_empty() && campaign.revision() == vips.revision());
/// for contacts in campaign.batches(1_000) {
///     assert_eq!(contacts[0].as_str(), "ada");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Audience {
    sequencer: Arc<Sequencer>,
    contacts: ContactSet,
    revision: Revision,
}

impl fmt::Debug for Audience {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Audience")
            .field("workspace", &self.sequencer.id)
            .field("contacts", &self.contacts.len())
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

impl Audience {
    pub(crate) fn new(sequencer: Arc<Sequencer>, contacts: ContactSet, revision: Revision) -> Self {
        Audience { sequencer, contacts, revision }
    }

    /// How many contacts it holds.
    ///
    /// [Example](Self#examples).
    pub fn len(&self) -> u64 {
        self.contacts.len()
    }

    /// Whether it holds none.
    ///
    /// [Example](Self#examples).
    pub fn is_empty(&self) -> bool {
        self.contacts.is_empty()
    }

    /// The revision as of which it is exact.
    ///
    /// [Example](Self#examples).
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The contacts that are not in another audience. An audience of another workspace shares no contacts with this one. All
    /// set operations compare ids: a contact that was deleted and saved again is the same contact.
    ///
    /// [Example](Self#examples).
    #[must_use]
    pub fn minus(&self, other: &Audience) -> Self {
        self.combined(other, |one, two| one - two)
    }

    /// The contacts that are in both audiences.
    ///
    /// [Example](Self#examples).
    #[must_use]
    pub fn and(&self, other: &Audience) -> Self {
        self.combined(other, |one, two| one & two)
    }

    /// The contacts that are in at least one of the audiences. The result has the revision of this audience.
    ///
    /// [Example](Self#examples).
    #[must_use]
    pub fn or(&self, other: &Audience) -> Self {
        self.combined(other, |one, two| one | two)
    }

    /// The audience without the contacts of a suppression list, which may name deleted contacts. Other ids are ignored.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub fn without<'a>(&self, suppressed: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let state = self.sequencer.read();
        let numbers: Vec<LatestNumbers<'_>> = state.engines()?.into_iter().map(LatestNumbers::of).collect();
        let latest = |(part, numbers): (_, &LatestNumbers<'_>)| numbers.replace_in(part);
        let mut parts: Vec<RoaringBitmap> = self.contacts.parts.iter().zip(&numbers).map(latest).collect();
        for contact in suppressed {
            let partition = state.placement.of(contact).position();
            if let Some(number) = numbers[partition].find(contact) {
                parts[partition].remove(number);
            }
        }
        let contacts = ContactSet { parts: parts.into(), ..self.contacts.clone() };
        Ok(Audience { contacts, ..self.clone() })
    }

    /// The contacts in batches of a size (at least 1), by partition and creation. Each batch is looked up in a short read, so
    /// writers do not wait for the whole iteration.
    ///
    /// [Example](Self#examples).
    pub fn batches(&self, size: usize) -> impl Iterator<Item = Vec<ContactId>> + use<> {
        let size = size.max(1);
        // The set is held for as long as batches are read, because it keeps the ids of deleted contacts.
        let (sequencer, contacts) = (Arc::clone(&self.sequencer), self.contacts.clone());
        let (mut partition, mut shown) = (0, 0);
        std::iter::from_fn(move || {
            let mut batch = Vec::new();
            while batch.len() < size {
                let Some(part) = contacts.parts.get(partition) else { break };
                let numbers = numbers_from(part, shown, size - batch.len());
                shown += numbers.len();
                let state = sequencer.read();
                batch.extend(state.partitions[partition].engine.contact_ids(&numbers).cloned());
                drop(state);
                if shown >= part.len() {
                    (partition, shown) = (partition + 1, 0);
                }
            }
            (!batch.is_empty()).then_some(batch)
        })
    }

    fn combined(
        &self,
        other: &Audience,
        combine: impl Fn(&RoaringBitmap, &RoaringBitmap) -> RoaringBitmap,
    ) -> Self {
        let is_same = Arc::ptr_eq(&self.sequencer, &other.sequencer);
        let state = self.sequencer.read();
        // Numbers of another workspace name other contacts here, so its audience counts as empty.
        let theirs = if is_same { other.with_latest_numbers(&state) } else { Vec::new() };
        let theirs = ContactSet { parts: theirs.into(), ..self.contacts.clone() };
        let own = ContactSet { parts: self.with_latest_numbers(&state).into(), ..self.contacts.clone() };
        // The result keeps what both keep: each may hold deleted contacts whose ids the other does not retain.
        let theirs_kept = if is_same { &*other.contacts.names } else { &[] };
        let names = self.contacts.names.iter().chain(theirs_kept).cloned().collect();
        let contacts = ContactSet { names, ..own.pairwise(&theirs, combine) };
        Audience { contacts, ..self.clone() }
    }

    /// The contacts, each by the latest number of its id.
    fn with_latest_numbers(&self, state: &State) -> Vec<RoaringBitmap> {
        let parts = self.contacts.parts.iter().zip(&state.partitions);
        parts.map(|(part, partition)| LatestNumbers::of(&partition.engine).replace_in(part)).collect()
    }
}

/// The latest number of each id of one partition: a contact that is deleted and saved again gets another number.
struct LatestNumbers<'a> {
    engine: &'a Engine,
    /// The latest number of each deleted id that is retained.
    deleted: TextMap<&'a str, u32>,
}

impl<'a> LatestNumbers<'a> {
    fn of(engine: &'a Engine) -> Self {
        let deleted = engine.deleted_contacts().map(|(number, id)| (id.as_str(), number)).collect();
        LatestNumbers { engine, deleted }
    }

    fn find(&self, id: &str) -> Option<u32> {
        self.engine.contact_number(id).or_else(|| self.deleted.get(id).copied())
    }

    /// The same contacts, each by the latest number of its id.
    fn replace_in(&self, part: &RoaringBitmap) -> RoaringBitmap {
        let mut latest = part.clone();
        for (number, id) in self.engine.deleted_contacts() {
            if latest.remove(number) {
                latest.extend(self.find(id.as_str()));
            }
        }
        latest
    }
}

/// At most `most` numbers after the first `shown`.
fn numbers_from(part: &RoaringBitmap, shown: u64, most: usize) -> RoaringBitmap {
    let Some(first) = part.select(shown as u32) else { return RoaringBitmap::new() };
    let mut numbers = part.iter();
    numbers.advance_to(first);
    numbers.take(most).collect()
}
