//! Pages in order of arrival, ascending or descending, at an offset or after a position.
//!
//! A *cut* is, for each source, the contact from which on its members arrived later. The page begins at a cut and
//! is merged from there by creation number. This file knows no fields. Invariant: a single source is neither
//! searched nor compared.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use crate::ids::ContactNo;
use crate::query::page_request::Start;
use crate::query::page_source::{Member, PageMembers, PageSource, total};

/// After all contacts; no engine has this many.
const END: ContactNo = ContactNo(u32::MAX);

/// The members of a page in order, and whether more follow. A start is a creation number: the page begins with the
/// first contact that has it or a greater one or, if descending, with the last that has a lower one.
pub(super) fn page(
    sources: &[PageSource<'_, impl PageMembers>],
    start: &Start<u64>,
    size: usize,
    descending: bool,
) -> (Vec<Member>, bool) {
    let total = total(sources);
    let (earlier, cut) = match start {
        Start::Offset(offset) => {
            let earlier = if descending { total.saturating_sub(*offset) } else { total.min(*offset) };
            (earlier, cut_after(sources, earlier))
        }
        Start::At(creation) => {
            let cut = cut_at(sources, *creation);
            (rank(sources, &cut), cut)
        }
    };
    let rest = if descending { earlier } else { total - earlier };
    let size = (size as u64).min(rest);
    let cut = sources.iter().zip(cut);
    let page = if descending {
        merge(sources, cut.map(|(source, no)| before(source, no)).collect(), size, u64::MAX)
    } else {
        merge(sources, cut.map(|(source, no)| source.members.iter_from(no)).collect(), size, 0)
    };
    (page, rest > size)
}

/// For each source the first contact with this creation number or a greater one.
fn cut_at(sources: &[PageSource<'_, impl PageMembers>], creation: u64) -> Vec<ContactNo> {
    sources.iter().map(|source| source.contacts.first_since(creation)).collect()
}

/// The cut that `earlier` members come before.
fn cut_after(sources: &[PageSource<'_, impl PageMembers>], earlier: u64) -> Vec<ContactNo> {
    if let [source] = sources {
        return vec![source.members.select(earlier).unwrap_or(END)];
    }
    let (mut low, mut high) =
        (0, sources.iter().map(|source| source.contacts.next_creation()).max().unwrap_or(0));
    while low < high {
        let middle = low + (high - low) / 2;
        if rank(sources, &cut_at(sources, middle)) < earlier {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    cut_at(sources, low)
}

/// The members before a number, in descending order.
fn before<'a, M: PageMembers>(
    source: &PageSource<'a, M>,
    no: ContactNo,
) -> impl Iterator<Item = ContactNo> + use<'a, M> {
    let last = ContactNo(no.0.saturating_sub(1));
    source.members.iter_back_from(last).take_while(move |each| *each < no)
}

/// The number of members before a cut.
fn rank(sources: &[PageSource<'_, impl PageMembers>], cut: &[ContactNo]) -> u64 {
    sources.iter().zip(cut).map(|(source, no)| source.members.rank(*no)).sum()
}

/// Merges up to `size` members by creation number, from those of each source in order. `turn` is 0 for ascending
/// order, or all bits for descending, which inverts the comparison.
fn merge(
    sources: &[PageSource<'_, impl PageMembers>],
    mut members: Vec<impl Iterator<Item = ContactNo>>,
    size: u64,
    turn: u64,
) -> Vec<Member> {
    let size = size as usize;
    let mut page = Vec::with_capacity(size);
    let place = |source: usize, no| Reverse((sources[source].arrival(no) ^ turn, source, no));
    let firsts = members.iter_mut().enumerate();
    let mut next: BinaryHeap<_> =
        firsts.filter_map(|(source, members)| Some(place(source, members.next()?))).collect();
    while page.len() < size && next.len() > 1 {
        let Some(mut first) = next.peek_mut() else { break };
        let Reverse((_, source, no)) = *first;
        page.push(Member::new(source, no));
        match members[source].next() {
            Some(no) => *first = place(source, no),
            None => drop(PeekMut::pop(first)),
        }
    }
    // The rest of the last source needs no comparing.
    if let Some(Reverse((_, source, first))) = next.pop() {
        let left = size - page.len();
        let rest = std::iter::once(first).chain(&mut members[source]);
        page.extend(rest.take(left).map(|no| Member::new(source, no)));
    }
    page
}
