//! What lists, tables and rules take in memory, estimated: cheap enough to be asked all the time.
//!
//! Lists and tables are counted by their room, long lists by what of it is used. What lies behind their entries (long strings, the labels of a
//! contact, the rule of a segment) is looked at in a sample and taken to be alike in the rest, so that no estimate walks
//! over contacts. It knows how memory is counted, not what it holds. What always holds: the same engine gives the same
//! estimate.

use enlist_model::{Group, Json, Node, Options, Predicate};

use smallvec::{Array, SmallVec};

/// The most entries of a list that are looked at.
const SAMPLE_MOST: usize = 128;
/// Up to so many bytes a short string needs no memory but its own.
const SHORT_STRING: usize = 24;
/// From so many bytes on memory is taken from the machine as it is used.
const LONG_LIST: usize = 128 << 10;
/// What an allocator keeps beside each piece of memory,
const HEADER: usize = 8;
/// to what it rounds it up,
const STEP: usize = 16;
/// and the least that it gives.
const LEAST: usize = 32;

/// What a piece of memory takes; nothing if it is empty.
pub(crate) fn allocated(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { (bytes + HEADER).next_multiple_of(STEP).max(LEAST) }
}

/// Pieces of memory side by side, so many.
pub(crate) fn room<T>(count: usize) -> usize {
    allocated(count * size_of::<T>())
}

/// What a list takes. Where it is long, room that it has never used is not yet taken from the machine.
pub(crate) fn list<T>(list: &Vec<T>) -> usize {
    let room = room::<T>(list.capacity());
    if room < LONG_LIST { room } else { self::room::<T>(list.len()) }
}

/// What a list takes that has room for a few within itself.
pub(crate) fn small_list<A: Array>(list: &SmallVec<A>) -> usize {
    if list.spilled() { room::<A::Item>(list.capacity()) } else { 0 }
}

/// A hash table with room for so many entries: an eighth of its slots stays free, and each has a byte beside it.
pub(crate) fn table<T>(capacity: usize) -> usize {
    if capacity == 0 {
        0
    } else {
        allocated((capacity * 8).div_ceil(7).next_power_of_two() * (size_of::<T>() + 1))
    }
}

/// An ordered tree of so many entries, whose nodes are two thirds full.
pub(crate) fn tree<T>(entries: usize) -> usize {
    entries * size_of::<T>() * 3 / 2
}

/// What a short string of so many bytes takes beside itself.
pub(crate) fn string(bytes: usize) -> usize {
    if bytes > SHORT_STRING { allocated(bytes) } else { 0 }
}

/// What so many entries take beside themselves, if the rest is like a sample that is spread evenly.
pub(crate) fn sampled(entries: usize, bytes_of: impl Fn(usize) -> usize) -> usize {
    let sample = entries.min(SAMPLE_MOST);
    let bytes: usize = (0..sample).map(|no| bytes_of(no * entries / sample)).sum();
    (bytes * entries).checked_div(sample).unwrap_or(0)
}

/// What a set of options takes, wherever it is shared.
pub(crate) fn options(options: &Options) -> usize {
    // Its two counts lie before it.
    let strings: usize = options.iter().map(|option| SHORT_STRING + string(option.len())).sum();
    allocated(strings + 2 * size_of::<usize>())
}

/// What a predicate takes beside itself; its options are shared with the rule.
pub(crate) fn predicate(predicate: &Predicate) -> usize {
    match predicate {
        Predicate::TextEquals(text)
        | Predicate::TextContains(text)
        | Predicate::TextStartsWith(text)
        | Predicate::TextEndsWith(text)
        | Predicate::OptionEquals(text) => string(text.len()),
        Predicate::HasLabel(label) => string(label.as_str().len()),
        Predicate::HasValue
        | Predicate::Number(..)
        | Predicate::Day(_)
        | Predicate::Boolean(_)
        | Predicate::ContainsAny(_)
        | Predicate::ContainsAll(_) => 0,
    }
}

/// What a rule's group takes beside itself.
pub(crate) fn group(group: &Group) -> usize {
    let of_node = |node: &Node| match node {
        Node::Group(inner) | Node::SameConversation(inner) => self::group(inner),
        Node::Segment(condition) => string(condition.segment.as_str().len()),
        Node::Condition(condition) => {
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
                | Predicate::HasLabel(_) => 0,
            };
            string(condition.field.as_str().len())
                + json(&condition.value)
                + predicate(&condition.predicate)
                + shared
        }
    };
    list(&group.nodes) + group.nodes.iter().map(of_node).sum::<usize>()
}

/// What an operand takes beside itself.
fn json(value: &Json) -> usize {
    match value {
        Json::Text(text) => allocated(text.capacity()),
        Json::List(values) => list(values) + values.iter().map(json).sum::<usize>(),
        // The last two are no operands.
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
