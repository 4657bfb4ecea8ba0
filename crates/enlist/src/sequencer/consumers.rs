//! Consumers of a workspace: begun, acknowledged and removed, each kept in the journal; and what a checkpoint keeps for them.
//!
//! What a consumer needs lies in the frames of the journal. Only when frames are cut is it written as what it is, into the outbox.
//! It knows no files. Invariant: the frames about one consumer are in the journal in the order in which they took effect.

use std::collections::BTreeMap;
use std::sync::Arc;

use enlist_engine::Engine;
use enlist_model::Event;
use enlist_model::limits::Limit;
use enlist_store::{ConsumerRecord, Error as StoreError, FrameBody, OutboxContact, OutboxRecord};
use roaring::RoaringBitmap;

use crate::error::Error;
use crate::publish::broadcast::{Begun, Subscribed, Unacknowledged};
use crate::publish::consumers::FullConsumer;
use crate::publish::outbox::{self, Found};
use crate::publish::retained::Retained;
use crate::revision::Sequence;
use crate::sequencer::shared::Sequencer;
use crate::sequencer::state::State;

/// Maximum length of the name of a consumer, in bytes.
const NAME_BYTES: usize = 256;
/// Maximum consumers of a workspace. Each costs a little at every write.
const CONSUMERS: Limit = Limit { name: "workspace_consumers", most: 256 };

/// What a checkpoint keeps for consumers.
pub(crate) struct Outgoing {
    pub(crate) consumers: BTreeMap<String, ConsumerRecord>,
    /// The number of the first sequence that one of them needs.
    pub(crate) needed_from: u64,
    pub(crate) records: Vec<OutboxRecord>,
}

impl Sequencer {
    /// Begins to read for a consumer, and keeps that.
    ///
    /// # Errors
    /// [`Error::ConsumerName`], [`Error::Limit`], [`Error::Store`].
    pub(crate) fn begin_consumer(
        &self,
        name: &str,
        record_of: impl FnOnce(u64) -> ConsumerRecord,
    ) -> Result<Subscribed, Error> {
        if name.is_empty() || name.len() > NAME_BYTES {
            return Err(Error::ConsumerName { found: name.to_owned(), most: NAME_BYTES });
        }
        // Until the frame is appended: an acknowledgement or a removal must come after it.
        let order = self.consumer_order.lock();
        let begun = self.broadcast.begin_consumer(name, CONSUMERS.most, record_of);
        let Some(Begun { subscribed, record, is_news }) = begun else {
            let found = format!("a consumer more than {}", CONSUMERS.most);
            return Err(Error::Limit { found, limit: CONSUMERS });
        };
        if let (true, Some(pipeline)) = (is_news, &self.pipeline) {
            let kept = pipeline.append(consumer_frame(name, Some(record)));
            drop(order);
            if let Err(error) = kept.and_then(enlist_store::Ticket::wait) {
                self.broadcast.unsubscribe(subscribed.id);
                return Err(error.into());
            }
        }
        Ok(subscribed)
    }

    /// Removes a consumer, and keeps that. Returns whether there was one.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(crate) fn remove_consumer(&self, name: &str) -> Result<bool, Error> {
        let order = self.consumer_order.lock();
        // First: a checkpoint that cuts the frame must not keep the consumer.
        if !self.broadcast.remove_consumer(name) {
            return Ok(false);
        }
        let kept = self.pipeline.as_ref().map(|pipeline| pipeline.append(consumer_frame(name, None)));
        drop(order);
        kept.transpose()?.map(enlist_store::Ticket::wait).transpose()?;
        Ok(true)
    }

    /// Notes what a consumer needs no more. It is kept soon; if it is not, the consumer gets some items again.
    pub(crate) fn acknowledge(self: &Arc<Self>, name: &str, sequence: u64) {
        if self.broadcast.acknowledge(name, sequence) {
            self.send_acknowledgement(name);
        }
    }

    /// Keeps the latest acknowledgement, one at a time: those that come meanwhile are kept together.
    fn send_acknowledgement(self: &Arc<Self>, name: &str) {
        let Some(pipeline) = &self.pipeline else { return };
        let order = self.consumer_order.lock();
        let Some(record) = self.broadcast.begin_sending(name) else { return };
        let kept = pipeline.append(consumer_frame(name, Some(record)));
        drop(order);
        let (sequencer, name) = (Arc::clone(self), name.to_owned());
        let then = move |answer: enlist_store::Answer| {
            sequencer.broadcast.end_sending(&name);
            if answer.is_ok() {
                sequencer.send_acknowledgement(&name);
            }
        };
        match kept {
            Ok(kept) => kept.then(then),
            // The store has failed, and says so to the next write.
            Err(error) => then(Err(error)),
        }
    }

    /// Refuses events if a consumer is too far behind.
    pub(super) fn check_consumers(&self, events: impl FnOnce() -> Vec<Event>) -> Result<(), Error> {
        let Some(FullConsumer { name, waiting, most }) = self.broadcast.full_consumer() else {
            return Ok(());
        };
        let limit = Limit { name: "unacknowledged", most };
        Err(Error::Unacknowledged { consumer: name, waiting, limit, events: events() })
    }

    /// What a checkpoint keeps for consumers, of what was published before a sequence; what came before `from` is in the outbox already.
    pub(crate) fn outgoing(&self, from: u64, before: u64) -> Outgoing {
        let before = Sequence::new(self.life.incarnation, before);
        // Without the lock of the state: a frame is published after it is released.
        let Unacknowledged { consumers, needed_from, entries } = self.broadcast.unacknowledged(from, before);
        let state = self.read();
        let contacts_of = |partition: usize, part: &RoaringBitmap| {
            let engine = state.partitions.get(partition).map(|partition| &partition.engine);
            engine.map(|engine| named(engine, part)).unwrap_or_default()
        };
        let records = outbox::written(&entries, &contacts_of);
        Outgoing { consumers, needed_from, records }
    }

    /// What consumers need of what an earlier process published before `state.next_sequence`, from the records of the outbox.
    ///
    /// # Errors
    /// [`StoreError::Malformed`].
    pub(super) fn incoming(
        &self,
        state: &State,
        records: &[OutboxRecord],
    ) -> Result<Vec<Retained>, StoreError> {
        let number_of = |contact: &OutboxContact| {
            let partition = state.placement.of(contact.id.as_str());
            let engine = &state.partition(partition).engine;
            // One that was deleted and saved again is another contact.
            let is_the_same =
                engine.creation_of(contact.id.as_str()).is_ok_and(|now| now == contact.creation);
            let number = is_the_same.then(|| engine.contact_number(contact.id.as_str()))??;
            Some((partition, number))
        };
        let found = Found {
            workspace: &self.shared_id,
            incarnation: self.life.incarnation,
            partitions: state.partitions.len(),
            number_of: &number_of,
            names: state.retain_ids(),
        };
        let latest = latest(records, state.next_sequence.number());
        latest.iter().map(|record| outbox::read(record.clone(), &found)).collect()
    }
}

/// The last records without a hole before `next`. Others are of a checkpoint that was not completed, or of a cut that was not: their
/// frames are in the journal, or nobody needs them.
fn latest(records: &[OutboxRecord], next: u64) -> &[OutboxRecord] {
    let before = records.partition_point(|record| record.first < next);
    let records = &records[..before];
    let mut begins = next;
    let mut first = records.len();
    while first > 0 && records[first - 1].end() == begins {
        first -= 1;
        begins = records[first].first;
    }
    &records[first..]
}

fn named(engine: &Engine, contacts: &RoaringBitmap) -> Vec<OutboxContact> {
    let named = engine.contacts_by_creation(contacts);
    named.map(|(creation, id)| OutboxContact { creation, id: id.clone() }).collect()
}

fn consumer_frame(name: &str, record: Option<ConsumerRecord>) -> FrameBody {
    FrameBody::Consumer { consumer: name.to_owned(), record }
}
