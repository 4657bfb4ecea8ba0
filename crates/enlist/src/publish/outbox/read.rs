//! A record as a delivery.
//!
//! Its contacts and conditions get numbers again: contacts those that they have now, as far as they exist.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use enlist_engine::{Flip, RetainedIds, RuleConditions, SegmentOrder};
use enlist_model::{Change, ContactCondition, SegmentId, WorkspaceId};
use enlist_store::{Error as StoreError, OutboxCause, OutboxContact, OutboxItem, OutboxRecord};
use roaring::RoaringBitmap;

use super::condition;
use crate::contact_set::Unnumbered;
use crate::partition::output::{
    ChangeLog, ContactTransitions, Item, ItemKind, SegmentNotice, Trigger, TriggerCause,
};
use crate::partition::{PartitionIdx, SegmentIdx};
use crate::publish::delivery::Delivery;
use crate::publish::mailbox::Gap;
use crate::publish::published_segment::PublishedSegment;
use crate::publish::retained::Retained;
use crate::publish::tally::{Sums, Tallies, Tally};
use crate::revision::{Incarnation, Revision, Sequence};

/// What a workspace says of a record's contacts.
pub(crate) struct Found<'a> {
    pub(crate) workspace: &'a Arc<WorkspaceId>,
    pub(crate) incarnation: Incarnation,
    /// How many partitions there are.
    pub(crate) partitions: usize,
    /// The partition and the number of a contact; `None` if it does not exist any more.
    pub(crate) number_of: &'a dyn Fn(&OutboxContact) -> Option<(PartitionIdx, u32)>,
    /// Keeps the ids of contacts that are deleted from now on.
    pub(crate) names: Arc<[RetainedIds]>,
}

/// What was published, from its record.
///
/// # Errors
/// [`StoreError::Malformed`].
pub(crate) fn read(record: OutboxRecord, found: &Found<'_>) -> Result<Retained, StoreError> {
    let revision = Revision::new(found.incarnation, record.revision);
    let first = Sequence::new(found.incarnation, record.first);
    if let [OutboxItem::Gap { until }] = record.items.as_slice() {
        let until = Sequence::new(found.incarnation, *until);
        return Ok(Retained::Gap(Gap { from: first, until, revision }));
    }
    let conditions =
        record.conditions.iter().map(condition::read).collect::<Result<Vec<ContactCondition>, _>>()?;
    let mut changes = ChangeLog::default();
    let mut segments = Segments::default();
    let mut source = None;
    for item in record.items {
        match item {
            OutboxItem::Transition { at, cause, origin, contact, segment, change, flipped } => {
                let trigger = changes.add_trigger(Trigger { at, cause: cause_of(cause) });
                if let Some((name, position)) = origin {
                    changes.origins.push((trigger, position));
                    source = Some(name);
                }
                let from = changes.flips.len() as u32;
                changes.flips.extend(flipped.iter().map(|(number, holds)| Flip::kept(*number, *holds)));
                let flips = (from, changes.flips.len() as u32);
                let partition = PartitionIdx::new(0);
                let transitions = ContactTransitions { contact, creation: 0, flips, trigger, partition };
                changes.transitions.push(transitions);
                let kind = match change {
                    Change::Entered => ItemKind::Entered,
                    Change::Left => ItemKind::Left,
                };
                let of = changes.transitions.len() as u32 - 1;
                let tally = segments.tally_of(segment, flipped.iter().map(|(number, _)| *number));
                changes.items.push(Item { order: SegmentOrder::of(0, tally), of, kind });
            }
            OutboxItem::Notice { notice, entered, left, cause, origin } => {
                let trigger = changes.add_trigger(Trigger { at: notice.at, cause: cause_of(cause) });
                if let Some((name, position)) = origin {
                    changes.origins.push((trigger, position));
                    source = Some(name);
                }
                let tally = segments.tally_of(notice.segment.clone(), []);
                let (entered, unnumbered_entered) = numbered(entered, found);
                let (left, unnumbered_left) = numbered(left, found);
                let notice =
                    SegmentNotice { trigger, notice, entered, left, unnumbered_entered, unnumbered_left };
                changes.notices.push(notice);
                let of = changes.notices.len() as u32 - 1;
                changes.items.push(Item { order: SegmentOrder::of(0, tally), of, kind: ItemKind::Notice });
            }
            OutboxItem::Gap { .. } => {
                let what = "a gap among other items of a frame".to_owned();
                return Err(StoreError::Malformed { what });
            }
        }
    }
    changes.shrink();
    Ok(Retained::Delivery(Arc::new(Delivery {
        workspace: Arc::clone(found.workspace),
        revision,
        first,
        tallies: segments.into_tallies(&changes, &conditions),
        names: if changes.notices.is_empty() { Arc::default() } else { Arc::clone(&found.names) },
        source: source.map(Arc::from),
        changes,
    })))
}

fn cause_of(cause: OutboxCause) -> TriggerCause {
    match cause {
        OutboxCause::Event(number) => TriggerCause::Event(number),
        OutboxCause::Settings(number) => TriggerCause::Settings(number),
        OutboxCause::Clock => TriggerCause::Clock,
    }
}

/// The contacts by number, a part for each partition, and those that have none.
fn numbered(contacts: Vec<OutboxContact>, found: &Found<'_>) -> (Vec<RoaringBitmap>, Unnumbered) {
    let mut parts = vec![RoaringBitmap::new(); found.partitions];
    let mut unnumbered = Vec::new();
    for contact in contacts {
        match (found.number_of)(&contact) {
            Some((partition, number)) => {
                parts[partition.position()].insert(number);
            }
            None => unnumbered.push((contact.creation, contact.id)),
        }
    }
    (parts, unnumbered.into())
}

/// The segments of a record's items, in order of first appearance, each with the conditions that flipped.
#[derive(Default)]
struct Segments {
    tallies: BTreeMap<SegmentId, u32>,
    /// By tally, in the order of the rule.
    conditions: Vec<BTreeSet<u32>>,
}

impl Segments {
    /// The position of a segment's tally.
    fn tally_of(&mut self, segment: SegmentId, conditions: impl IntoIterator<Item = u32>) -> u32 {
        let next = self.conditions.len() as u32;
        let tally = *self.tallies.entry(segment).or_insert(next);
        if tally == next {
            self.conditions.push(BTreeSet::new());
        }
        self.conditions[tally as usize].extend(conditions);
        tally
    }

    fn into_tallies(self, changes: &ChangeLog, conditions: &[ContactCondition]) -> Tallies {
        let mut tallies = Tallies::for_items(changes.items.len());
        let mut ids: Vec<(u32, SegmentId)> =
            self.tallies.into_iter().map(|(segment, tally)| (tally, segment)).collect();
        ids.sort_unstable_by_key(|(tally, _)| *tally);
        for ((tally, id), numbers) in ids.into_iter().zip(self.conditions) {
            let kept = numbers
                .into_iter()
                .filter_map(|number| Some((number, conditions.get(number as usize)?.clone())));
            let kept = RuleConditions::kept(id.clone(), kept);
            let segment = Arc::new(PublishedSegment { id, conditions: vec![kept] });
            tallies.by_segment.push(Tally { index: SegmentIdx(tally), segment, sums: Sums::default() });
        }
        for item in &changes.items {
            tallies.add(item.order.number, item, changes);
        }
        tallies
    }
}
