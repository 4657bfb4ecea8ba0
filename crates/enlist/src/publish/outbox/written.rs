//! Deliveries as records.

use std::collections::BTreeMap;
use std::sync::Arc;

use enlist_store::{OutboxCause, OutboxCondition, OutboxContact, OutboxItem, OutboxRecord, SourcePosition};
use roaring::RoaringBitmap;

use super::condition;
use crate::contact_set::Unnumbered;
use crate::partition::output::{Item, SegmentNotice, TriggerCause};
use crate::publish::delivery::Delivery;
use crate::publish::published_segment::PublishedSegment;
use crate::publish::retained::Retained;

/// The conditions of a record. Each is a position in the rule of a segment, by the position of the segment's tally.
type Conditions = BTreeMap<(u32, usize), u32>;

/// Conditions that were written, by the address of their segment's rule and their position in it. Most records are about few rules, and
/// writing a condition takes microseconds.
#[derive(Default)]
struct WrittenConditions(BTreeMap<(usize, usize), OutboxCondition>);

impl WrittenConditions {
    fn of(&mut self, segment: &Arc<PublishedSegment>, position: usize) -> Option<OutboxCondition> {
        // The address is that of this rule as long as the entries live, which share it.
        let key = (Arc::as_ptr(segment).addr(), position);
        if let Some(known) = self.0.get(&key) {
            return Some(known.clone());
        }
        let condition = segment.conditions.iter().find_map(|conditions| conditions.at(position))?;
        let written = condition::written(condition);
        self.0.insert(key, written.clone());
        Some(written)
    }
}

/// What was published, as records. `contacts_of` names the contacts of a partition, each with its creation number.
pub(crate) fn written(
    entries: &[Retained],
    contacts_of: &dyn Fn(usize, &RoaringBitmap) -> Vec<OutboxContact>,
) -> Vec<OutboxRecord> {
    let mut conditions = WrittenConditions::default();
    entries.iter().map(|entry| record(entry, contacts_of, &mut conditions)).collect()
}

fn record(
    entry: &Retained,
    contacts_of: &dyn Fn(usize, &RoaringBitmap) -> Vec<OutboxContact>,
    written: &mut WrittenConditions,
) -> OutboxRecord {
    match entry {
        Retained::Gap(gap) => OutboxRecord {
            revision: gap.revision.number(),
            first: gap.from.number(),
            items: vec![OutboxItem::Gap { until: gap.until.number() }],
            conditions: Vec::new(),
        },
        Retained::Delivery(delivery) => {
            let (numbers, conditions) = conditions(delivery, written);
            let items = 0..delivery.len();
            OutboxRecord {
                revision: delivery.revision.number(),
                first: delivery.first.number(),
                items: items.map(|position| item(delivery, position, &numbers, contacts_of)).collect(),
                conditions,
            }
        }
    }
}

/// The conditions that flipped, in the order of the segments and of their rules.
fn conditions(delivery: &Delivery, written: &mut WrittenConditions) -> (Conditions, Vec<OutboxCondition>) {
    let mut numbers = Conditions::new();
    for position in 0..delivery.len() {
        for (condition, _) in flipped(delivery, position) {
            numbers.insert((delivery.tallies.tally_of(position), condition), 0);
        }
    }
    let mut records = Vec::with_capacity(numbers.len());
    for ((tally, position), number) in &mut numbers {
        let segment = &delivery.tallies.by_segment[*tally as usize].segment;
        if let Some(condition) = written.of(segment, *position) {
            *number = records.len() as u32;
            records.push(condition);
        }
    }
    (numbers, records)
}

/// The conditions that flipped for an item, by their positions in the rule.
fn flipped(delivery: &Delivery, position: usize) -> Vec<(usize, bool)> {
    let changes = &delivery.changes;
    let Some(transitions) = changes.transitions_of(&changes.items[position]) else { return Vec::new() };
    let flips = &changes.flips[transitions.flips.0 as usize..transitions.flips.1 as usize];
    let segment = delivery.segment_of(position);
    let conditions = segment.conditions.get(transitions.partition.position());
    conditions.into_iter().flat_map(|conditions| conditions.flipped_positions(flips)).collect()
}

fn item(
    delivery: &Delivery,
    position: usize,
    numbers: &Conditions,
    contacts_of: &dyn Fn(usize, &RoaringBitmap) -> Vec<OutboxContact>,
) -> OutboxItem {
    let changes = &delivery.changes;
    let item = &changes.items[position];
    let trigger = changes.trigger(item);
    let cause = match trigger.cause {
        TriggerCause::Clock => OutboxCause::Clock,
        TriggerCause::Event(number) => OutboxCause::Event(number),
        TriggerCause::Settings(number) => OutboxCause::Settings(number),
    };
    if let Some(SegmentNotice { notice, entered, left, unnumbered_entered, unnumbered_left, .. }) =
        changes.notice_of(item)
    {
        return OutboxItem::Notice {
            notice: notice.clone(),
            entered: contacts(entered, unnumbered_entered, contacts_of),
            left: contacts(left, unnumbered_left, contacts_of),
            cause,
            origin: origin(delivery, item),
        };
    }
    let transitions = changes.transitions_of(item).expect("an item is a notice or part of transitions");
    let tally = delivery.tallies.tally_of(position);
    let flipped = flipped(delivery, position).into_iter();
    OutboxItem::Transition {
        at: trigger.at,
        cause,
        origin: origin(delivery, item),
        contact: transitions.contact.clone(),
        segment: delivery.segment_of(position).id.clone(),
        change: item.change().expect("a part of transitions is not a notice"),
        flipped: flipped.map(|(condition, holds)| (numbers[&(tally, condition)], holds)).collect(),
    }
}

fn origin(delivery: &Delivery, item: &Item) -> Option<(String, SourcePosition)> {
    let (source, position) = delivery.origin_of(item)?;
    Some((source.to_owned(), position))
}

fn contacts(
    parts: &[RoaringBitmap],
    unnumbered: &Unnumbered,
    contacts_of: &dyn Fn(usize, &RoaringBitmap) -> Vec<OutboxContact>,
) -> Vec<OutboxContact> {
    let numbered = parts.iter().enumerate().flat_map(|(partition, part)| contacts_of(partition, part));
    let others =
        unnumbered.iter().map(|(creation, id)| OutboxContact { creation: *creation, id: id.clone() });
    let mut contacts: Vec<OutboxContact> = numbered.chain(others).collect();
    contacts.sort_unstable_by_key(|contact| contact.creation);
    contacts
}
