//! Estimates of the memory that lists, tables and rules take, cheap enough to be asked for at any time.
//!
//! Lists and tables are counted by their capacity, long lists by their used part. What their entries point to (long
//! strings, the labels of a contact, the rule of a segment) is measured for a sample and extrapolated, so that no
//! estimate visits every contact. This file knows how memory is counted, not what it holds. Invariant: the same
//! engine always gives the same estimate.

use enlist_model::{
    Condition, ContactCondition, Group, Json, LabelPredicate, Node, Options, Predicate, Rule,
};

use smallvec::{Array, SmallVec};

/// The maximum number of entries in a sample.
const SAMPLE_MOST: usize = 128;
/// Strings of up to this many bytes are stored inline, without an allocation.
const SHORT_STRING: usize = 24;
/// From this size on, the operating system provides memory only when it is first written.
const LONG_LIST: usize = 128 << 10;
/// Bytes that an allocator adds to each allocation.
const HEADER: usize = 8;
/// Allocations are rounded up to a multiple of this.
const STEP: usize = 16;
/// The smallest allocation.
const LEAST: usize = 32;

/// The size of an allocation for `bytes`, with overhead; 0 if `bytes` is 0.
pub(crate) fn allocated(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { (bytes + HEADER).next_multiple_of(STEP).max(LEAST) }
}

/// The size of an allocation for `count` values of a type.
pub(crate) fn room<T>(count: usize) -> usize {
    allocated(count * size_of::<T>())
}

/// The memory of a list. Capacity that a long list has never written to is not counted, because the operating
/// system has not provided it yet.
pub(crate) fn list<T>(list: &Vec<T>) -> usize {
    let room = room::<T>(list.capacity());
    if room < LONG_LIST { room } else { self::room::<T>(list.len()) }
}

/// The memory that a small list allocates, if it has outgrown its inline capacity.
pub(crate) fn small_list<A: Array>(list: &SmallVec<A>) -> usize {
    if list.spilled() { room::<A::Item>(list.capacity()) } else { 0 }
}

/// The memory of a hash table with this capacity. An eighth of its slots stays free, and each slot has a control
/// byte.
pub(crate) fn table<T>(capacity: usize) -> usize {
    if capacity == 0 {
        0
    } else {
        allocated((capacity * 8).div_ceil(7).next_power_of_two() * (size_of::<T>() + 1))
    }
}

/// The memory of a B-tree with this many entries. Its nodes are two thirds full on average.
pub(crate) fn tree<T>(entries: usize) -> usize {
    entries * size_of::<T>() * 3 / 2
}

/// The memory that a compact string of this length allocates.
pub(crate) fn string(bytes: usize) -> usize {
    if bytes > SHORT_STRING { allocated(bytes) } else { 0 }
}

/// The total memory behind this many entries, extrapolated from a sample that is spread evenly.
pub(crate) fn sampled(entries: usize, bytes_of: impl Fn(usize) -> usize) -> usize {
    let sample = entries.min(SAMPLE_MOST);
    let bytes: usize = (0..sample).map(|no| bytes_of(no * entries / sample)).sum();
    (bytes * entries).checked_div(sample).unwrap_or(0)
}

/// The memory of a set of options, wherever it is shared.
pub(crate) fn options(options: &Options) -> usize {
    // The two reference counts of the `Arc` come first.
    let strings: usize = options.iter().map(|option| SHORT_STRING + string(option.len())).sum();
    allocated(strings + 2 * size_of::<usize>())
}

/// The memory that a predicate allocates. Its options are shared with the rule, which counts them.
pub(crate) fn predicate(predicate: &Predicate) -> usize {
    match predicate {
        Predicate::TextEquals(text)
        | Predicate::TextContains(text)
        | Predicate::TextStartsWith(text)
        | Predicate::TextEndsWith(text)
        | Predicate::OptionEquals(text) => string(text.len()),
        Predicate::Labels(LabelPredicate::Has(label)) => string(label.as_str().len()),
        Predicate::HasValue
        | Predicate::Labels(LabelPredicate::HasAny)
        | Predicate::Number(..)
        | Predicate::Day(_)
        | Predicate::Boolean(_)
        | Predicate::ContainsAny(_)
        | Predicate::ContainsAll(_) => 0,
    }
}

/// The memory that a rule allocates.
pub(crate) fn rule(rule: &Rule) -> usize {
    group(rule.root(), &contact_condition)
}

/// The memory of a group, given that of its conditions.
fn group<C>(group: &Group<C>, condition_bytes: &impl Fn(&C) -> usize) -> usize {
    let nodes = group.nodes.iter().map(|node| match node {
        Node::Condition(condition) => condition_bytes(condition),
        Node::Group(inner) => self::group(inner, condition_bytes),
    });
    list(&group.nodes) + nodes.sum::<usize>()
}

/// The memory that a condition of a rule allocates.
pub(crate) fn contact_condition(condition: &ContactCondition) -> usize {
    match condition {
        ContactCondition::Field(condition) => field_condition(condition),
        ContactCondition::SameConversation(inner) => group(inner, &field_condition),
        ContactCondition::Segment(condition) => string(condition.segment.as_str().len()),
    }
}

fn field_condition(condition: &Condition) -> usize {
    let shared = match &condition.predicate {
        Predicate::ContainsAny(set) | Predicate::ContainsAll(set) => options(set),
        Predicate::HasValue
        | Predicate::TextEquals(_)
        | Predicate::TextContains(_)
        | Predicate::TextStartsWith(_)
        | Predicate::TextEndsWith(_)
        | Predicate::Number(..)
        | Predicate::Day(_)
        | Predicate::Boolean(_)
        | Predicate::OptionEquals(_)
        | Predicate::Labels(_) => 0,
    };
    string(condition.field.as_str().len()) + json(&condition.value) + predicate(&condition.predicate) + shared
}

/// The memory that an operand allocates.
fn json(value: &Json) -> usize {
    match value {
        Json::Text(text) => allocated(text.capacity()),
        Json::List(values) => list(values) + values.iter().map(json).sum::<usize>(),
        // `Object` and `TooDeep` are never operands.
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) | Json::TooDeep => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_stands_for_all_entries_and_few_are_all_looked_at() {
        assert_eq!(sampled(0, |_| unreachable!("there is none")), 0);
        assert_eq!(sampled(3, |no| [5, 0, 7][no]), 12);
        assert_eq!(sampled(1_000_000, |_| 3), 3_000_000);
        assert_eq!(sampled(1_000_000, |no| usize::from(no < 500_000)), 500_000);
    }

    #[test]
    fn a_long_list_counts_what_it_has_used_and_a_short_one_its_room() {
        let (mut short, mut long) = (Vec::with_capacity(1_000), Vec::with_capacity(1_000_000));
        short.resize(10, 0_u64);
        long.resize(500_000, 0_u64);
        assert_eq!(list(&short), 8_016);
        assert_eq!(list(&long), 4_000_016);
        assert_eq!(list::<u64>(&Vec::new()), 0);
    }
}
