//! The members that a rule would have, before it is saved.

use enlist_model::Json;
use roaring::RoaringBitmap;

use crate::engine::Engine;
use crate::error::Error;

/// The members that a rule would have, and what would change compared with a saved segment.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct Preview {
    /// The number of contacts that it would hold.
    pub count: u64,
    /// The contacts it would hold, as [numbers](Engine::contact_ids).
    pub members: RoaringBitmap,
    /// The contacts that the saved segment does not hold; all of them if none is named.
    pub enters: RoaringBitmap,
    /// The contacts that the saved segment holds and the rule would not.
    pub leaves: RoaringBitmap,
}

impl Engine {
    /// Evaluates a rule for every contact without saving it, and compares it with a saved segment, if one is named.
    /// To let other threads use the engine meanwhile, do it in steps with [`start_scan`](Self::start_scan).
    ///
    /// # Errors
    /// [`Error::UnknownSegment`]; [`Error::Model`] with all that is wrong with the rule.
    pub fn preview(&self, rule: &Json, against: Option<&str>) -> Result<Preview, Error> {
        self.preview_scan(self.start_scan(rule, against)?)
    }
}
