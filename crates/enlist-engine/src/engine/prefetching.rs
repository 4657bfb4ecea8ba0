//! Reading ahead: the memory that events will need, before the first of them is applied.
//!
//! It changes nothing. What it reads may be of another contact than the event names; then only time is lost.

use std::hint;

use enlist_model::{Event, EventBody};
use smallvec::SmallVec;

use crate::engine::Engine;
use crate::handles::typed_event::{ContactChange, ConversationChange, TypedChange, TypedEvent};
use crate::ids::{ContactNo, FieldNo};
use crate::seeded_numbers::KeyHash;

/// How many events to [prefetch](Engine::prefetch) together. More would leave the cache before they are applied.
pub const PREFETCHED_EVENTS: usize = 32;

impl Engine {
    /// Reads the memory that some events will need first ([`PREFETCHED_EVENTS`] at a time), so that cache misses
    /// overlap instead of following one another: the contacts, then their truth bits and the slots of the fields
    /// that are set. [`apply_batch`](Self::apply_batch) calls this by itself.
    pub fn prefetch<'e>(&self, events: impl IntoIterator<Item = &'e Event>) {
        let mut named: SmallVec<[(KeyHash, Option<FieldNo>); PREFETCHED_EVENTS]> = SmallVec::new();
        for event in events {
            let (contact, field) = match &event.body {
                EventBody::ContactSaved { contact, set, .. } => {
                    (contact, set.first().and_then(|(key, _)| self.definitions.find_field(key)))
                }
                EventBody::Activity { contact, .. } => {
                    (contact, Some(self.definitions.built_in.last_activity_at))
                }
                EventBody::ContactDeleted { .. }
                | EventBody::ContactMerged { .. }
                | EventBody::ConversationSaved { .. }
                | EventBody::ConversationDeleted { .. }
                | EventBody::WorkspaceConfigured { .. }
                | EventBody::FieldDefined { .. }
                | EventBody::FieldDeleted { .. }
                | EventBody::SegmentSaved { .. }
                | EventBody::SegmentDeleted { .. }
                | EventBody::Tick => continue,
            };
            named.push((self.facts.contacts.hash(contact.as_str()), field));
        }
        // Hashed before the first is looked up: few instructions lie between look-ups then, and more of them wait together.
        let found =
            named.iter().filter_map(|(hash, field)| Some((self.facts.contacts.guess(*hash)?, *field)));
        let found: SmallVec<[_; PREFETCHED_EVENTS]> = found.collect();
        self.touch(&found);
    }

    /// As [`prefetch`](Self::prefetch).
    pub fn prefetch_typed<'e>(&self, events: impl IntoIterator<Item = &'e TypedEvent>) {
        let mut found: SmallVec<[(ContactNo, Option<FieldNo>); PREFETCHED_EVENTS]> = SmallVec::new();
        for event in events {
            match &event.change {
                TypedChange::ContactSaved(ContactChange { contact, set, .. }) => {
                    found.push((contact.no, set.first().map(|(field, _)| field.no)));
                }
                TypedChange::Activity(contact, _) => {
                    found.push((contact.no, Some(self.definitions.built_in.last_activity_at)));
                }
                TypedChange::ConversationSaved(ConversationChange { conversation, .. }) => {
                    // Its contact is not known before the conversation is read.
                    hint::black_box(self.facts.conversations.living(conversation.no).is_some());
                }
            }
        }
        // A handle of another engine may name a contact that there is not.
        found.retain(|(contact, _)| contact.index() < self.facts.contacts.numbers());
        self.touch(&found);
    }

    /// Reads the memory of contacts, their truth bits, and the slots of fields.
    fn touch(&self, found: &[(ContactNo, Option<FieldNo>)]) {
        for &(contact, field) in found {
            let slot = field.map(|field| self.facts.contacts.values.touch(contact.index(), field));
            hint::black_box((slot, self.facts.contacts.touch(contact), self.truths.touch(contact)));
        }
    }
}
