//! The spelling of labels: the first writer of a label decides it for the life of the workspace.
//!
//! `VIP` and `vip` are one label, and all partitions must show it in one spelling. So the sequencer rewrites the labels of an
//! event to the known spelling when it routes the event. Only an accepted event decides a spelling. A restore or an import
//! takes the spellings from the contacts. Invariant: all partitions show a label in the same spelling.

use enlist_engine::ContactDump;
use enlist_model::{Event, EventBody, Label, TextKey};

use crate::hashing::TextMap;

/// The spellings of all labels that were ever added.
#[derive(Debug, Default)]
pub(crate) struct LabelSpelling {
    by_key: TextMap<TextKey, Box<str>>,
    /// Those that no checkpoint has, in the order in which they were learned; `None` where nobody asks.
    unsaved: Option<Vec<Box<str>>>,
}

/// How an event's labels are written.
#[derive(Debug, PartialEq)]
pub(crate) enum Spelled {
    /// All in the spelling of the workspace.
    AsKnown,
    /// At least one in another spelling. This is the event with the known spellings.
    Rewritten(Event),
    /// At least one is new. The event decides its spelling if it is accepted.
    ForTheFirstTime,
}

impl LabelSpelling {
    /// How an event's labels are written.
    pub(crate) fn spell(&self, event: &Event) -> Spelled {
        let EventBody::ContactSaved { add_labels, .. } = &event.body else { return Spelled::AsKnown };
        let mut is_as_known = true;
        for label in add_labels {
            let Some(spelling) = self.by_key.get(&label.key) else { return Spelled::ForTheFirstTime };
            is_as_known &= **spelling == *label.shown;
        }
        if is_as_known {
            return Spelled::AsKnown;
        }
        // The caller's event stays as it is: if it is refused, it is returned whole.
        let mut event = event.clone();
        if let EventBody::ContactSaved { add_labels, .. } = &mut event.body {
            for label in add_labels {
                if let Some(spelling) = self.by_key.get(&label.key) {
                    label.shown = (&**spelling).into();
                }
            }
        }
        Spelled::Rewritten(event)
    }

    /// Learns the spellings of an event that will be accepted. Known labels keep theirs.
    pub(crate) fn learn(&mut self, event: &Event) {
        if let EventBody::ContactSaved { add_labels, .. } = &event.body {
            for Label { key, shown } in add_labels {
                self.learn_label(key, shown.as_str());
            }
        }
    }

    /// Learns one spelling, unless the label is known.
    pub(crate) fn learn_label(&mut self, key: &TextKey, spelling: &str) {
        if !self.by_key.contains_key(key) {
            if let Some(unsaved) = &mut self.unsaved {
                unsaved.push(spelling.into());
            }
            self.by_key.insert(key.clone(), spelling.into());
        }
    }

    /// From now on notes what it learns; `saved` is how many of the spellings that are known a checkpoint has.
    pub(crate) fn note_unsaved(&mut self, saved: usize) {
        let unsaved = if saved == self.by_key.len() {
            Vec::new()
        } else {
            let mut unsaved: Vec<Box<str>> = self.by_key.values().cloned().collect();
            // In an order of their own: that of the table is not the same from run to run.
            unsaved.sort_unstable();
            unsaved
        };
        self.unsaved = Some(unsaved);
    }

    /// How many spellings are known, and those of them that no checkpoint has, which come last.
    pub(crate) fn unsaved(&self) -> (usize, &[Box<str>]) {
        (self.by_key.len(), self.unsaved.as_deref().unwrap_or_default())
    }

    /// Notes that a checkpoint has the first `saved` spellings that were unsaved.
    pub(crate) fn note_saved(&mut self, saved: usize) {
        if let Some(unsaved) = &mut self.unsaved {
            unsaved.drain(..saved.min(unsaved.len()));
        }
    }

    /// Gives each label of a dump the spelling of the first contact that has it, before the contacts are spread over partitions.
    pub(crate) fn unify(contacts: &mut [ContactDump]) {
        let mut spelling = LabelSpelling::default();
        for shown in contacts.iter_mut().flat_map(|contact| &mut contact.labels) {
            // An invalid label stays as it is; the engine refuses it when it restores the dump.
            let Ok(label) = Label::new(shown) else { continue };
            spelling.learn_label(&label.key, shown);
            if let Some(known) = spelling.by_key.get(&label.key)
                && **known != **shown
            {
                *shown = (&**known).into();
            }
        }
    }

    /// The memory that it takes, estimated.
    pub(crate) fn bytes(&self) -> usize {
        self.by_key.allocation_size() + self.by_key.len() * SPELLING_BYTES
    }
}

/// The heap memory of a short spelling.
const SPELLING_BYTES: usize = 32;

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use enlist_model::Instant;

    use super::*;

    fn adding(labels: &[&str]) -> Event {
        let at = Instant::parse("2026-11-23T12:00:00Z").unwrap();
        let event =
            labels.iter().fold(Event::contact_saved(at, "ada"), |event, label| event.add_label(label));
        event.build().unwrap()
    }

    #[test]
    fn the_first_spelling_is_kept_and_others_are_rewritten_to_it() {
        let mut spelling = LabelSpelling::default();
        let first = adding(&["VIP", "Né"]);
        assert_eq!(spelling.spell(&first), Spelled::ForTheFirstTime);
        spelling.learn(&first);
        assert_eq!(spelling.spell(&first), Spelled::AsKnown);
        assert_eq!(spelling.spell(&adding(&[])), Spelled::AsKnown);
        assert_eq!(spelling.spell(&adding(&["vip"])), Spelled::Rewritten(adding(&["VIP"])));
        // Composed and decomposed letters are one label too.
        assert_eq!(
            spelling.spell(&adding(&["VIP", "NE\u{301}"])),
            Spelled::Rewritten(adding(&["VIP", "Né"]))
        );
        spelling.learn(&adding(&["Vip", "new"]));
        assert_eq!(spelling.spell(&adding(&["Vip", "NEW"])), Spelled::Rewritten(adding(&["VIP", "new"])));
    }

    #[test]
    fn an_event_with_one_new_label_among_known_ones_decides_only_the_new_one() {
        let mut spelling = LabelSpelling::default();
        spelling.learn(&adding(&["VIP"]));
        let event = adding(&["vip", "New", "NEW"]);
        assert_eq!(spelling.spell(&event), Spelled::ForTheFirstTime);
        spelling.learn(&event);
        assert_eq!(spelling.spell(&event), Spelled::Rewritten(adding(&["VIP", "New", "New"])));
    }
}
