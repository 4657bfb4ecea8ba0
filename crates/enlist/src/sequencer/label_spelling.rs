//! The labels of a workspace of several partitions: how each is shown, and how many partitions hold it.
//!
//! An engine shows a label as it was first written there; a workspace, as it was first written anywhere by anyone who still
//! holds it. The directory follows the engines event by event, in the order of the batch, and tells an engine that shows a
//! label in another way. It knows no contacts: who holds a label is the engines' business. What always holds between turns:
//! all engines that serve show a label as the directory does; with one partition it is empty, as the engine is right by itself.

use std::collections::hash_map::Entry;

use enlist_engine::{ContactDump, LabelChange};
use enlist_model::{Label, TextKey};
use rustc_hash::FxHashMap;

use crate::sequencer::state::Partition;

/// About what a short label that is shown takes on the heap.
const SHOWN_BYTES: usize = 32;

/// The labels that somebody in a workspace holds.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    held: FxHashMap<TextKey, Held>,
    /// What a partition began to hold and shows in another way, until it is told.
    unlike: Vec<(usize, TextKey)>,
}

/// One of them.
#[derive(Debug)]
struct Held {
    shown: Box<str>,
    partitions: usize,
}

impl Labels {
    /// Those of a workspace that begins with these partitions.
    pub(crate) fn of(partitions: &mut [Partition]) -> Self {
        let mut labels = Labels::default();
        labels.gather(partitions);
        labels
    }

    /// Takes in anew which partitions hold what, as after one was rebuilt. What is still held stays as it is shown.
    pub(crate) fn gather(&mut self, partitions: &mut [Partition]) {
        if partitions.len() == 1 {
            return;
        }
        let mut before = std::mem::take(&mut self.held);
        self.unlike.clear();
        for (number, partition) in partitions.iter_mut().enumerate() {
            let engine = partition.engine_mut();
            // All that changed until now is in what it holds.
            engine.keep_label_changes();
            for (key, shown) in engine.labels() {
                if let Some(held) = before.remove(key) {
                    self.held.insert(key.clone(), Held { partitions: 0, ..held });
                }
                self.begin(number, Label { key: key.clone(), shown: shown.into() });
            }
        }
        self.tell(partitions);
    }

    /// What became of a label in a partition, after all that happened before it.
    pub(crate) fn note(&mut self, partition: usize, change: LabelChange) {
        match change {
            LabelChange::Began(label) => self.begin(partition, label),
            LabelChange::Ended(key) => self.end(key),
        }
    }

    /// What became of labels by one event in several partitions, in the order given.
    pub(crate) fn note_across(&mut self, partitions: &mut [Partition], numbers: [usize; 2]) {
        for number in numbers {
            for change in partitions[number].engine_mut().label_changes() {
                self.note(number, change);
            }
        }
        self.tell(partitions);
    }

    fn begin(&mut self, partition: usize, label: Label) {
        match self.held.entry(label.key) {
            Entry::Vacant(free) => {
                free.insert(Held { shown: label.shown.as_str().into(), partitions: 1 });
            }
            Entry::Occupied(mut taken) => {
                if *taken.get().shown != *label.shown {
                    self.unlike.push((partition, taken.key().clone()));
                }
                taken.get_mut().partitions += 1;
            }
        }
    }

    fn end(&mut self, label: TextKey) {
        if let Entry::Occupied(mut taken) = self.held.entry(label) {
            taken.get_mut().partitions -= 1;
            if taken.get().partitions == 0 {
                taken.remove();
            }
        }
    }

    /// Tells the engines that show a label in another way. Which way is the right one may have changed since that was noted.
    pub(crate) fn tell(&mut self, partitions: &mut [Partition]) {
        for (number, label) in self.unlike.drain(..) {
            let partition = &mut partitions[number];
            // One that failed is not touched before it is rebuilt; then everything is gathered anew.
            if let (None, Some(held)) = (&partition.failure, self.held.get(&label)) {
                partition.engine_mut().show_label(&label, &held.shown);
            }
        }
    }

    /// Bytes that they take, estimated.
    pub(crate) fn bytes(&self) -> usize {
        self.held.capacity() * (size_of::<(TextKey, Held)>() + 1) + self.held.len() * SHOWN_BYTES
    }
}

/// Lets all contacts of a dump show a label as the first of them does, before they are spread over partitions.
pub(crate) fn show_alike(contacts: &mut [ContactDump]) {
    let mut first: FxHashMap<TextKey, Label> = FxHashMap::default();
    let mut known = FxHashMap::default();
    for shown in contacts.iter_mut().flat_map(|contact| &mut contact.labels) {
        if let Some(first) = known.get(shown) {
            shown.clone_from(first);
        } else if let Ok(label) = Label::new(shown) {
            // What is no label, the engine refuses.
            let first = first.entry(label.key.clone()).or_insert(label);
            known.insert(std::mem::replace(shown, first.shown.clone()), first.shown.clone());
        }
    }
}

#[cfg(all(test, not(loom)))]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use enlist_engine::{Engine, HashSeed, apply_across};
    use enlist_model::draft::{ContactSaved, Draft};
    use enlist_model::{Event, EventBuilder, Instant};

    use super::*;

    /// Some engines, and the labels of all.
    struct Scene {
        partitions: Vec<Partition>,
        labels: Labels,
    }

    fn noon() -> Instant {
        Instant::parse("2026-11-23T12:00:00Z").unwrap()
    }

    fn contact(contact: &str) -> EventBuilder<ContactSaved> {
        Event::contact_saved(noon(), contact)
    }

    impl Scene {
        fn of(count: usize) -> Self {
            let mut partitions: Vec<_> = std::iter::repeat_with(|| Engine::new(HashSeed::new(0)))
                .map(Partition::new)
                .take(count)
                .collect();
            let labels = Labels::of(&mut partitions);
            Scene { partitions, labels }
        }

        /// An event of which nobody is told.
        fn apply(&mut self, number: usize, event: EventBuilder<impl Draft>) {
            let engine = self.partitions[number].engine_mut();
            engine.apply(&event.build().unwrap(), &mut Vec::new()).unwrap();
        }

        /// An event that is noted; as in a run, no engine is told yet.
        fn follow(&mut self, number: usize, event: EventBuilder<impl Draft>) {
            self.apply(number, event);
            for change in self.partitions[number].engine_mut().label_changes() {
                self.labels.note(number, change);
            }
        }

        /// What all engines show once they are told.
        fn shown(&mut self) -> Vec<Vec<String>> {
            self.labels.tell(&mut self.partitions);
            let of = |partition: &Partition| {
                let mut shown: Vec<_> =
                    partition.engine().labels().map(|(_, shown)| shown.to_owned()).collect();
                shown.sort_unstable();
                shown
            };
            self.partitions.iter().map(of).collect()
        }

        fn held(&self) -> Vec<(&str, &str, usize)> {
            let held = self.labels.held.iter();
            let mut held: Vec<_> =
                held.map(|(key, held)| (key.as_str(), &*held.shown, held.partitions)).collect();
            held.sort_unstable();
            held
        }
    }

    #[test]
    fn who_writes_first_decides_for_all_until_nobody_holds_it() {
        let mut scene = Scene::of(3);
        scene.follow(1, contact("b").add_label("VIP"));
        scene.follow(0, contact("a").add_label("vip").add_label("New"));
        scene.follow(2, contact("c").add_label("Vip").add_label("new"));
        assert_eq!(scene.shown(), [vec!["New", "VIP"], vec!["VIP"], vec!["New", "VIP"]]);
        assert_eq!(scene.held(), [("new", "New", 2), ("vip", "VIP", 3)]);
        // The first who wrote it lets go; others still hold it.
        scene.follow(1, contact("b").remove_label("vip"));
        scene.follow(1, contact("b").add_label("vIP"));
        assert_eq!(scene.shown(), [vec!["New", "VIP"], vec!["VIP"], vec!["New", "VIP"]]);
        for (number, id) in [(0, "a"), (2, "c"), (1, "b")] {
            scene.follow(number, Event::contact_deleted(noon(), id));
        }
        assert_eq!(scene.held(), []);
        scene.follow(2, contact("c").add_label("vip"));
        scene.follow(0, contact("a").add_label("VIP"));
        assert_eq!(scene.shown(), [vec!["vip"], vec![], vec!["vip"]]);
    }

    #[test]
    fn within_one_run_only_the_last_way_of_showing_a_label_counts() {
        let mut scene = Scene::of(2);
        scene.follow(0, contact("a").add_label("VIP"));
        scene.follow(1, contact("b").add_label("vip"));
        scene.follow(1, contact("b").remove_label("vip"));
        scene.follow(0, contact("a").remove_label("vip"));
        scene.follow(1, contact("b").add_label("Vip"));
        scene.follow(0, contact("a").add_label("vIP"));
        assert_eq!(scene.shown(), [["Vip"], ["Vip"]]);
    }

    #[test]
    fn a_label_removed_and_added_by_one_event_is_shown_as_before() {
        let mut scene = Scene::of(2);
        scene.follow(0, contact("a").add_label("VIP"));
        scene.follow(0, contact("a").remove_label("VIP").add_label("vip"));
        assert_eq!(scene.shown(), [vec!["VIP"], vec![]]);
    }

    #[test]
    fn what_goes_across_is_shown_as_it_was() {
        let mut scene = Scene::of(2);
        scene.follow(0, contact("a").add_label("VIP"));
        scene.follow(1, contact("b"));
        let merge = Event::contact_merged(noon(), "a", "b").build().unwrap();
        let [from, to] = &mut scene.partitions[..] else { panic!("two of them") };
        let out: (&mut dyn enlist_engine::Sink, &mut dyn enlist_engine::Sink) =
            (&mut Vec::new(), &mut Vec::new());
        apply_across(&merge, from.engine_mut(), to.engine_mut(), out).unwrap();
        scene.labels.note_across(&mut scene.partitions, [1, 0]);
        assert_eq!(scene.held(), [("vip", "VIP", 1)]);
        scene.follow(0, contact("c").add_label("vip"));
        assert_eq!(scene.shown(), [["VIP"], ["VIP"]]);
    }

    #[test]
    fn gathered_anew_they_are_what_the_engines_hold_shown_as_before() {
        let mut scene = Scene::of(3);
        scene.follow(0, contact("a").add_label("VIP").add_label("New"));
        scene.follow(1, contact("b").add_label("vip"));
        // Nobody takes what these change, as of an engine that panics.
        scene.apply(0, contact("a").remove_label("vip").remove_label("new"));
        scene.apply(2, contact("c").add_label("Vip").add_label("NEW").add_label("Other"));
        scene.labels.gather(&mut scene.partitions);
        assert_eq!(scene.held(), [("new", "New", 1), ("other", "Other", 1), ("vip", "VIP", 2)]);
        assert_eq!(scene.shown(), [vec![], vec!["VIP"], vec!["New", "Other", "VIP"]]);
        for partition in &mut scene.partitions {
            assert_eq!(
                partition.engine_mut().label_changes().count(),
                0,
                "what is gathered is not told again"
            );
        }
        scene.follow(1, contact("b").remove_label("vip"));
        scene.follow(2, contact("c").remove_label("vip"));
        assert_eq!(scene.held(), [("new", "New", 1), ("other", "Other", 1)]);
    }

    #[test]
    fn an_engine_that_failed_is_not_told() {
        let mut scene = Scene::of(2);
        scene.follow(0, contact("a").add_label("VIP"));
        scene.follow(1, contact("b").add_label("vip"));
        scene.partitions[1].failure = Some("for a test".to_owned());
        assert_eq!(scene.shown(), [["VIP"], ["vip"]]);
        scene.partitions[1].failure = None;
        scene.labels.gather(&mut scene.partitions);
        assert_eq!(scene.shown(), [["VIP"], ["VIP"]]);
    }

    #[test]
    fn an_engine_that_is_alone_tells_nothing() {
        let mut scene = Scene::of(1);
        scene.follow(0, contact("a").add_label("VIP"));
        assert_eq!(scene.partitions[0].engine_mut().label_changes().count(), 0);
        scene.labels.gather(&mut scene.partitions);
        assert_eq!(scene.held(), []);
        assert_eq!(scene.shown(), [["VIP"]]);
    }
}
