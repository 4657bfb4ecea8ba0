//! Contacts fixed: an audience for a campaign, as of one revision, which nothing changes any more.
//!
//! What is kept are bitmaps, a partition each; names are looked up when asked for. What always holds: an audience names each
//! of its contacts exactly once, those deleted since included; two are put together by ids, not by numbers.

use std::fmt;
use std::sync::Arc;

use enlist_engine::{Engine, RetainedIds};
use enlist_model::ContactId;
use roaring::RoaringBitmap;
use rustc_hash::FxHashMap;

use crate::error::Error;
use crate::revision::Revision;
use crate::sequencer::Sequencer;
use crate::sequencer::state::State;

/// Contacts of one workspace, by their numbers in its partitions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContactSet {
    pub(crate) parts: Arc<[RoaringBitmap]>,
}

impl ContactSet {
    pub(crate) fn of(parts: &[RoaringBitmap]) -> Self {
        ContactSet { parts: parts.into() }
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.parts.iter().map(RoaringBitmap::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(RoaringBitmap::is_empty)
    }

    /// The contacts of each partition.
    fn pairwise(&self, other: &Self, join: impl Fn(&RoaringBitmap, &RoaringBitmap) -> RoaringBitmap) -> Self {
        let none = RoaringBitmap::new();
        let count = self.parts.len().max(other.parts.len());
        let part = |set: &Self, index: usize| set.parts.get(index).unwrap_or(&none).clone();
        ContactSet { parts: (0..count).map(|index| join(&part(self, index), &part(other, index))).collect() }
    }
}

/// A fixed set of contacts, exact as of one revision over all partitions, unaffected by whatever comes later.
///
/// Cheap to clone, and to be used within a [`read`](crate::Workspace::read) as well as outside. While one lives, its workspace keeps
/// the ids of contacts that are deleted.
#[derive(Clone)]
pub struct Audience {
    core: Arc<Sequencer>,
    contacts: ContactSet,
    revision: Revision,
    names: Arc<[RetainedIds]>,
}

impl fmt::Debug for Audience {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Audience")
            .field("workspace", &self.core.id)
            .field("contacts", &self.contacts.len())
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

impl Audience {
    pub(crate) fn new(core: Arc<Sequencer>, state: &State, parts: Vec<RoaringBitmap>) -> Self {
        let names =
            state.partitions.iter().map(|partition| partition.engine().retain_deleted_ids()).collect();
        let contacts = ContactSet { parts: parts.into() };
        Audience { core, contacts, revision: state.revision, names }
    }

    /// How many contacts there are.
    pub fn len(&self) -> u64 {
        self.contacts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.contacts.is_empty()
    }

    /// The state as of which it is.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Those that are not in another audience. One of another workspace has none of these contacts. As in all that
    /// follows, a contact is its id: one that was deleted and saved anew is the same.
    #[must_use]
    pub fn minus(&self, other: &Audience) -> Self {
        self.joined(other, |one, two| one - two)
    }

    /// Those that are in another audience too.
    #[must_use]
    pub fn and(&self, other: &Audience) -> Self {
        self.joined(other, |one, two| one & two)
    }

    /// Those that are in either; as of the earlier revision.
    #[must_use]
    pub fn or(&self, other: &Audience) -> Self {
        self.joined(other, |one, two| one | two)
    }

    /// Without the contacts of a suppression list, those deleted since included. Ids that are not in the audience are passed
    /// over.
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub fn without<'a>(&self, suppressed: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let state = self.core.state_within();
        let numbers: Vec<Numbers<'_>> = state.engines()?.into_iter().map(Numbers::of).collect();
        let by_id = |(part, numbers): (_, &Numbers<'_>)| numbers.by_id(part);
        let mut parts: Vec<RoaringBitmap> = self.contacts.parts.iter().zip(&numbers).map(by_id).collect();
        for contact in suppressed {
            let partition = state.partition_of(contact);
            if let Some(number) = numbers[partition].latest(contact) {
                parts[partition].remove(number);
            }
        }
        Ok(Audience { contacts: ContactSet { parts: parts.into() }, ..self.clone() })
    }

    /// The contacts in batches of a size (1 at least), by partition and arrival. Each batch is looked up under a short read; nothing
    /// waits in between.
    pub fn batches(&self, size: usize) -> impl Iterator<Item = Vec<ContactId>> + use<> {
        let size = size.max(1);
        let (core, parts) = (Arc::clone(&self.core), Arc::clone(&self.contacts.parts));
        let names = Arc::clone(&self.names);
        let (mut partition, mut shown) = (0, 0);
        std::iter::from_fn(move || {
            debug_assert_eq!(names.len(), parts.len(), "names are kept as long as batches are read");
            let mut batch = Vec::new();
            while batch.len() < size {
                let part = parts.get(partition)?;
                let room = size - batch.len();
                let numbers = numbers_from(part, shown, room);
                shown += numbers.len();
                let state = core.state_within();
                batch.extend(state.partitions[partition].engine().contact_ids(&numbers).cloned());
                drop(state);
                if shown >= part.len() {
                    (partition, shown) = (partition + 1, 0);
                    if partition == parts.len() {
                        break;
                    }
                }
            }
            (!batch.is_empty()).then_some(batch)
        })
    }

    /// Another workspace's contacts are none of this one's.
    fn joined(
        &self,
        other: &Audience,
        join: impl Fn(&RoaringBitmap, &RoaringBitmap) -> RoaringBitmap,
    ) -> Self {
        let is_same = Arc::ptr_eq(&self.core, &other.core);
        let state = self.core.state_within();
        let contacts = if is_same { other.by_id(&state) } else { ContactSet::default() };
        Audience { contacts: self.by_id(&state).pairwise(&contacts, join), ..self.clone() }
    }

    /// The contacts, each by the latest number of its id.
    fn by_id(&self, state: &State) -> ContactSet {
        let parts = self.contacts.parts.iter().zip(&state.partitions);
        ContactSet { parts: parts.map(|(part, of)| Numbers::of(of.engine()).by_id(part)).collect() }
    }
}

/// Which numbers the ids of one partition have had: a contact that is deleted and saved anew gets another.
struct Numbers<'a> {
    engine: &'a Engine,
    /// Of those deleted while names were kept, the latest.
    departed: FxHashMap<&'a str, u32>,
}

impl<'a> Numbers<'a> {
    fn of(engine: &'a Engine) -> Self {
        let departed = engine.deleted_contacts().map(|(number, id)| (id.as_str(), number)).collect();
        Numbers { engine, departed }
    }

    /// The latest number of an id.
    fn latest(&self, id: &str) -> Option<u32> {
        self.engine.contact_number(id).or_else(|| self.departed.get(id).copied())
    }

    /// The same contacts, each by the latest number of its id.
    fn by_id(&self, part: &RoaringBitmap) -> RoaringBitmap {
        let mut by_id = part.clone();
        for (number, id) in self.engine.deleted_contacts() {
            if by_id.remove(number) {
                by_id.extend(self.latest(id.as_str()));
            }
        }
        by_id
    }
}

/// So many numbers after the first `shown`.
fn numbers_from(part: &RoaringBitmap, shown: u64, most: usize) -> RoaringBitmap {
    let Some(first) = part.select(shown as u32) else { return RoaringBitmap::new() };
    let mut numbers = part.iter();
    numbers.advance_to(first);
    numbers.take(most).collect()
}

/// The contacts of a set by their ids, by partition and arrival; those deleted since are passed over.
pub(crate) fn contact_ids<'a>(engines: &[&'a Engine], set: &'a ContactSet) -> Vec<&'a ContactId> {
    engines.iter().zip(set.parts.iter()).flat_map(|(engine, part)| engine.contact_ids(part)).collect()
}
