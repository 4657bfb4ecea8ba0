//! Segments in an order in which each comes after those it refers to.
//!
//! It checks no rule. Invariant: what is independent of each other keeps its order.

use std::collections::{BTreeMap, BTreeSet};

use enlist_model::{Json, SegmentId};

/// What defines segments, each after the segments it refers to and after what came earlier of its own segment, otherwise as it came.
/// What refers to a cycle or to an unknown segment comes last. `of` says which segment something defines, and which it refers to.
pub(crate) fn in_order_of_reference<T>(
    deferred: Vec<T>,
    of: impl for<'a> Fn(&'a T) -> Option<(&'a SegmentId, BTreeSet<&'a str>)>,
) -> Vec<T> {
    let definitions: Vec<(&SegmentId, BTreeSet<&str>)> = deferred.iter().filter_map(of).collect();
    let mut first_of: BTreeMap<&str, usize> = BTreeMap::new();
    let mut last_of: BTreeMap<&str, usize> = BTreeMap::new();
    let mut waits_for: Vec<usize> = vec![0; deferred.len()];
    let mut waited_for_by: Vec<Vec<usize>> = vec![Vec::new(); deferred.len()];
    for (position, (segment, _)) in definitions.iter().enumerate() {
        // If a segment is saved twice, the first save is the one that others need to exist.
        first_of.entry(segment.as_str()).or_insert(position);
        if let Some(earlier) = last_of.insert(segment.as_str(), position) {
            waits_for[position] += 1;
            waited_for_by[earlier].push(position);
        }
    }
    for (position, (segment, references)) in definitions.iter().enumerate() {
        // A segment that refers to itself is a cycle. It must not wait for itself; the load refuses it with the reason.
        let others = references.iter().filter(|other| **other != segment.as_str());
        for other in others.filter_map(|other| first_of.get(other)) {
            waits_for[position] += 1;
            waited_for_by[*other].push(position);
        }
    }
    // A set by position, not a queue: independent segments keep the order of the source.
    let mut ready: BTreeSet<usize> =
        (0..deferred.len()).filter(|position| waits_for[*position] == 0).collect();
    let mut events: Vec<Option<T>> = deferred.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(events.len());
    while let Some(position) = ready.pop_first() {
        ordered.extend(events[position].take());
        for other in std::mem::take(&mut waited_for_by[position]) {
            waits_for[other] -= 1;
            if waits_for[other] == 0 {
                ready.insert(other);
            }
        }
    }
    // The rest is a cycle or refers to one.
    ordered.extend(events.into_iter().flatten());
    ordered
}

/// The segments that a rule refers to. It walks a list instead of recursing, because the rule is not checked for depth yet.
pub(crate) fn references_of(rule: &Json) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![rule];
    while let Some(value) = waiting.pop() {
        match value {
            Json::Object(members) => {
                for (key, value) in members {
                    if let (Json::Text(id), "segment") = (value, key.as_str()) {
                        found.insert(id.as_str());
                    }
                    waiting.push(value);
                }
            }
            Json::List(values) => waiting.extend(values),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::TooDeep => {}
        }
    }
    found
}
