//! Shortens a failing script: first whole events are dropped, then parts of the remaining events.
//!
//! Invariant: the result fails as well, though perhaps with another difference.

use enlist_model::{Event, EventBody, Json};

use crate::comparison::{Failure, run};
use crate::subject::Subject;

/// The maximum number of runs to shorten a script.
const TRIES: usize = 3_000;

/// Drops events from a failure's script, and then parts of events, while it still fails.
pub fn shortened<S: Subject>(make: impl Fn() -> S, failure: Failure) -> Failure {
    let mut shortening = Shortening { make, shortest: failure, tries: 0 };
    shortening.drop_events();
    while shortening.drop_a_part() {}
    shortening.drop_events();
    shortening.shortest
}

struct Shortening<M> {
    make: M,
    shortest: Failure,
    tries: usize,
}

impl<S: Subject, M: Fn() -> S> Shortening<M> {
    /// Keeps a script if it fails.
    fn keeps(&mut self, script: &[Event]) -> bool {
        self.tries += 1;
        match run(&self.make, script) {
            Err(failure) if self.tries <= TRIES => {
                self.shortest = failure;
                true
            }
            _ => false,
        }
    }

    /// Drops runs of events, of half the length each time, until no single event can be dropped.
    fn drop_events(&mut self) {
        let mut length = self.shortest.script.len().div_ceil(2);
        while length > 0 && self.tries < TRIES {
            let mut start = 0;
            let mut dropped_some = false;
            while start < self.shortest.script.len() && self.tries < TRIES {
                let mut script = self.shortest.script.clone();
                script.drain(start..(start + length).min(script.len()));
                if self.keeps(&script) {
                    dropped_some = true;
                } else {
                    start += length;
                }
            }
            if length > 1 || !dropped_some {
                length /= 2;
            }
        }
    }

    /// Drops one part of one event. Returns false if none can be dropped.
    fn drop_a_part(&mut self) -> bool {
        for index in 0..self.shortest.script.len() {
            let event = self.shortest.script[index].clone();
            for body in lesser(&event.body) {
                if self.tries >= TRIES {
                    return false;
                }
                let mut script = self.shortest.script.clone();
                script[index] = Event { at: event.at, body };
                if self.keeps(&script) {
                    return true;
                }
            }
        }
        false
    }
}

/// All events with one part less.
fn lesser(body: &EventBody) -> Vec<EventBody> {
    match body {
        EventBody::ContactSaved { contact, set, add_labels, remove_labels } => {
            let with = |set: Vec<_>, add_labels: Vec<_>, remove_labels: Vec<_>| EventBody::ContactSaved {
                contact: contact.clone(),
                set,
                add_labels,
                remove_labels,
            };
            let sets = without_one(set).map(|set| with(set, add_labels.clone(), remove_labels.clone()));
            let adds = without_one(add_labels).map(|add| with(set.clone(), add, remove_labels.clone()));
            let removes =
                without_one(remove_labels).map(|remove| with(set.clone(), add_labels.clone(), remove));
            sets.chain(adds).chain(removes).collect()
        }
        EventBody::ConversationSaved { conversation, contact, set } => without_one(set)
            .map(|set| EventBody::ConversationSaved {
                conversation: conversation.clone(),
                contact: contact.clone(),
                set,
            })
            .collect(),
        EventBody::SegmentSaved { segment, name, rule } => lesser_rules(rule)
            .into_iter()
            .map(|rule| EventBody::SegmentSaved { segment: segment.clone(), name: name.clone(), rule })
            .collect(),
        EventBody::WorkspaceConfigured { .. }
        | EventBody::FieldDefined { .. }
        | EventBody::FieldDeleted { .. }
        | EventBody::SegmentDeleted { .. }
        | EventBody::ContactDeleted { .. }
        | EventBody::ContactMerged { .. }
        | EventBody::ConversationDeleted { .. }
        | EventBody::Activity { .. }
        | EventBody::Tick => Vec::new(),
    }
}

/// The lists without one of the members.
fn without_one<T: Clone>(list: &[T]) -> impl Iterator<Item = Vec<T>> {
    (0..list.len()).map(|index| {
        let mut rest = list.to_vec();
        rest.remove(index);
        rest
    })
}

/// The rules without one node, or with a nested group in place of the group around it.
fn lesser_rules(json: &Json) -> Vec<Json> {
    let Json::Object(members) = json else { return Vec::new() };
    let mut lesser = Vec::new();
    for (index, (key, value)) in members.iter().enumerate() {
        let with = |value: Json| {
            let mut members = members.clone();
            members[index].1 = value;
            Json::Object(members)
        };
        match (key.as_str(), value) {
            ("conditions", Json::List(nodes)) => {
                lesser.extend(nodes.iter().filter(|node| is_group(node)).cloned());
                if nodes.len() > 1 {
                    lesser.extend(without_one(nodes).map(|nodes| with(Json::List(nodes))));
                }
                for (place, node) in nodes.iter().enumerate() {
                    for node in lesser_rules(node) {
                        let mut nodes = nodes.clone();
                        nodes[place] = node;
                        lesser.push(with(Json::List(nodes)));
                    }
                }
            }
            ("same_conversation", group) => lesser.extend(lesser_rules(group).into_iter().map(with)),
            _ => {}
        }
    }
    lesser
}

fn is_group(json: &Json) -> bool {
    matches!(json, Json::Object(members) if members.iter().any(|(key, _)| key == "match"))
}
