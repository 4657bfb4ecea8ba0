//! The simulator runs the workload of a seed on a subject and the oracle, and shortens the script of a failure.

use crate::comparison::{Failure, Ran, run};
use crate::shortening::shortened;
use crate::subject::Subject;
use crate::workload::{Profile, Workload};

/// Runs the workload of a seed.
///
/// # Errors
/// The failure, its script shortened.
pub fn simulate<S: Subject>(
    seed: u64,
    profile: Profile,
    events: usize,
    make: impl Fn() -> S,
) -> Result<Ran, Failure> {
    let events = Workload::script(seed, profile, events);
    run(&make, &events).map_err(|failure| Failure { seed: Some(seed), ..shortened(&make, failure) })
}
