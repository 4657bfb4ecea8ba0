//! The reads of a database that are timed: each segment is a view, and its members are in a table.
//!
//! It knows no database, which is asked through a function. Invariant: the reads follow from the sizes of the
//! segments.

use std::time::Duration;

use fastrand::Rng;

use crate::failure::Failure;
use crate::lanes::Queries;
use crate::stopwatch::median;

/// Contacts in a page.
const PAGE: u32 = 50;
/// The time budget of one kind of query.
const BUDGET: Duration = Duration::from_secs(2);

/// Measures the queries. `sizes` are the numbers of stored members of the segments that have some; `ask` returns the
/// sum of a query's only column and the time that it took.
///
/// # Errors
/// Those of `ask`.
pub fn measure(
    segments: u32,
    sizes: &[(u32, u32)],
    mut ask: impl FnMut(&str) -> Result<(u64, Duration), Failure>,
) -> Result<Option<Queries>, Failure> {
    let large: Vec<(u32, u32)> = sizes.iter().copied().filter(|(_, size)| *size > PAGE).collect();
    if large.is_empty() {
        return Ok(None);
    }
    let mut all = vec![0; segments as usize];
    for (segment, size) in sizes {
        all[*segment as usize] = u64::from(*size);
    }
    let counted = |segment: u32| format!("SELECT count(*) FROM segment_{segment}");
    let page = |offset: u32| format!("LIMIT {PAGE} OFFSET {offset}");
    let kept = "FROM members WHERE segment =";
    let mut queries = Queries {
        count: sampled(sizes, &mut ask, |segment, _| counted(segment))?,
        page: sampled(&large, &mut ask, |segment, offset| {
            format!("SELECT id FROM segment_{segment} ORDER BY id {}", page(offset))
        })?,
        kept_count: sampled(sizes, &mut ask, |segment, _| format!("SELECT count(*) {kept} {segment}"))?,
        kept_page: sampled(&large, &mut ask, |segment, offset| {
            format!("SELECT contact {kept} {segment} ORDER BY contact {}", page(offset))
        })?,
        every_count: Duration::ZERO,
        counts_agree: true,
    };
    for (segment, size) in (0..segments).zip(all) {
        let (count, time) = ask(&counted(segment))?;
        queries.every_count += time;
        queries.counts_agree &= count == size;
    }
    Ok(Some(queries))
}

/// The median time of a query on random segments of these, with a random offset in each.
fn sampled(
    sizes: &[(u32, u32)],
    ask: &mut impl FnMut(&str) -> Result<(u64, Duration), Failure>,
    query: impl Fn(u32, u32) -> String,
) -> Result<Duration, Failure> {
    let mut random = Rng::with_seed(11);
    let (mut times, mut spent) = (Vec::new(), Duration::ZERO);
    while times.len() < 3 || (times.len() < 200 && spent < BUDGET) {
        let (segment, size) = sizes[random.usize(0..sizes.len())];
        let offset = random.u32(0..size.saturating_sub(PAGE).max(1));
        let (sum, time) = ask(&query(segment, offset))?;
        std::hint::black_box(sum);
        times.push(time);
        spent += time;
    }
    Ok(median(times))
}
