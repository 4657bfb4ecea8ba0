//! A page of an order without sorting all members: a sample gives two positions between which the page should lie,
//! one walk over the members counts those before and keeps those between, and only these are sorted.
//!
//! The sample only saves work. If the page turns out to lie elsewhere, it is searched among all members. This file
//! knows neither fields nor positions of pages. Invariant: what it keeps is everything between its two positions, of all
//! sources.

use std::cmp::Ordering;

use crate::ids::ContactNo;
use crate::query::order::{FieldOrder, SortPosition};
use crate::query::page_request::Start;
use crate::query::page_source::{Member, PageMembers, PageSource, total};

/// One in this many members is in the sample.
const MEMBERS_A_SAMPLE: u64 = 128;
/// The maximum size of the sample.
const SAMPLE_MOST: u64 = 2_048;
/// 2³² divided by the golden ratio: its multiples are spread evenly and match no pattern in the data.
const GOLDEN: u32 = 2_654_435_769;

/// The members between two positions.
struct Kept<'a> {
    /// The number of members before the first position.
    before: u64,
    places: Vec<(SortPosition<'a>, Member)>,
}

/// The members of a page in order, and whether more follow.
pub(super) fn page(
    sources: &[PageSource<'_, impl PageMembers>],
    order: &FieldOrder<'_>,
    start: &Start<SortPosition<'_>>,
    size: usize,
) -> (Vec<Member>, bool) {
    let (from, until) = around(sources, order, start, size);
    let kept = keep(sources, order, &from, &until);
    let reaches_end = kept.before + kept.places.len() as u64 == total(sources);
    // The window is right if it covers the page and at least one member more, or everything to the end.
    if let Some(skipped) = skipped(&kept, start)
        && (reaches_end || skipped.saturating_add(size) < kept.places.len())
    {
        return cut(kept.places, order, skipped, size);
    }
    let from = if let Start::At(place) = start { *place } else { SortPosition::FIRST };
    let kept = keep(sources, order, &from, &SortPosition::LAST);
    let skipped = skipped(&kept, start).unwrap_or(0);
    cut(kept.places, order, skipped, size)
}

/// Two positions between which a page and one more member probably lie. The second is excluded.
fn around<'a>(
    sources: &[PageSource<'a, impl PageMembers>],
    order: &FieldOrder<'_>,
    start: &Start<SortPosition<'a>>,
    size: usize,
) -> (SortPosition<'a>, SortPosition<'a>) {
    let total = total(sources);
    let mut sample = sample(sources, order, total);
    let sampled = |count: u64| {
        let share = u128::from(count) * sample.len() as u128 / u128::from(total.max(1));
        usize::try_from(share).unwrap_or(usize::MAX)
    };
    // Three standard deviations of the rank of a random sample.
    let stray = sample.len().isqrt() * 3 / 2 + 1;
    let begin = match start {
        Start::Offset(offset) => sampled(*offset),
        Start::At(place) => sample.iter().filter(|each| order.compare(each, place).is_lt()).count(),
    };
    let end = begin.saturating_add(sampled(size as u64)).saturating_add(stray);
    let mut nth = |index: usize| {
        let by_order = |one: &SortPosition<'_>, two: &SortPosition<'_>| order.compare(one, two);
        (index < sample.len()).then(|| *sample.select_nth_unstable_by(index, by_order).1)
    };
    let from = match start {
        Start::Offset(_) => begin.checked_sub(stray).and_then(&mut nth).unwrap_or(SortPosition::FIRST),
        Start::At(place) => *place,
    };
    (from, nth(end).unwrap_or(SortPosition::LAST))
}

/// Positions of members that are spread over each source in proportion to its size. Empty for a set that is so
/// small that visiting all of it is fast.
fn sample<'a>(
    sources: &[PageSource<'a, impl PageMembers>],
    order: &FieldOrder<'_>,
    total: u64,
) -> Vec<SortPosition<'a>> {
    let count = (total / MEMBERS_A_SAMPLE).min(SAMPLE_MOST);
    let mut sample = Vec::with_capacity(count as usize);
    for source in sources {
        let members = source.members;
        let Some(first) = members.iter().next() else { continue };
        let last = members.iter_back_from(ContactNo(u32::MAX)).next().unwrap_or(first);
        let numbers = u64::from(last.0 - first.0) + 1;
        let near = |n: u32| {
            let share = u64::from(n.wrapping_mul(GOLDEN));
            members.iter_from(ContactNo(first.0 + ((share * numbers) >> 32) as u32)).next()
        };
        let count = (count * members.len() / total) as u32;
        sample.extend((0..count).filter_map(near).map(|no| order.place(source, no)));
    }
    sample
}

/// The members from one position on and before another.
fn keep<'a>(
    sources: &[PageSource<'a, impl PageMembers>],
    order: &FieldOrder<'_>,
    from: &SortPosition<'_>,
    until: &SortPosition<'_>,
) -> Kept<'a> {
    let (low, high) = (order.around(from).0, order.around(until).1);
    let width = high.saturating_sub(low);
    let (mut before, mut places) = (0, Vec::new());
    for (index, source) in sources.iter().enumerate() {
        let (count, keeps) = (&mut before, &mut places);
        order.for_each_rough_key(source, move |no, key| {
            *count += u64::from(key < low);
            if key.wrapping_sub(low) <= width {
                let place = order.place_at(source, no, key);
                if order.compare(&place, from).is_lt() {
                    *count += 1;
                } else if order.compare(&place, until).is_lt() {
                    keeps.push((place, Member::new(index, no)));
                }
            }
        });
    }
    Kept { before, places }
}

/// How many of the kept members come before the page; `None` if the page begins before them.
fn skipped(kept: &Kept<'_>, start: &Start<SortPosition<'_>>) -> Option<usize> {
    match start {
        Start::Offset(offset) => {
            offset.checked_sub(kept.before).map(|skipped| usize::try_from(skipped).unwrap_or(usize::MAX))
        }
        Start::At(_) => Some(0),
    }
}

/// Up to `size` members after those that are skipped, in order, and whether more follow.
fn cut(
    mut places: Vec<(SortPosition<'_>, Member)>,
    order: &FieldOrder<'_>,
    skipped: usize,
    size: usize,
) -> (Vec<Member>, bool) {
    type Placed<'a> = (SortPosition<'a>, Member);
    let by_order = |(one, _): &Placed<'_>, (two, _): &Placed<'_>| -> Ordering { order.compare(one, two) };
    let skipped = skipped.min(places.len());
    if skipped < places.len() {
        places.select_nth_unstable_by(skipped, by_order);
    }
    let rest = &mut places[skipped..];
    let has_more = rest.len() > size;
    if has_more {
        rest.select_nth_unstable_by(size, by_order);
    }
    let shown = size.min(rest.len());
    let page = &mut rest[..shown];
    page.sort_unstable_by(by_order);
    (page.iter().map(|(_, member)| *member).collect(), has_more)
}
