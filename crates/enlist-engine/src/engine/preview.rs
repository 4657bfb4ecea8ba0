//! What a rule would select before it is saved.

use enlist_model::Json;
use roaring::RoaringBitmap;

use crate::engine::Engine;
use crate::error::Error;

/// What a rule would select, and what would change against a saved segment.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// How many contacts it would hold.
    pub count: u64,
    /// The contacts it would hold, as [numbers](Engine::contact_ids).
    pub members: RoaringBitmap,
    /// Those that the saved segment does not hold; all of them where none is named.
    pub enters: RoaringBitmap,
    /// Those that the saved segment holds and the rule would not.
    pub leaves: RoaringBitmap,
}

impl Engine {
    /// Evaluates a rule for every contact without saving it, and compares with a saved segment, if one is named: what
    /// would an edit of it change? Beside others, [`start_scan`](Self::start_scan) does the same in steps.
    ///
    /// # Errors
    /// [`Error::UnknownSegment`]; [`Error::Model`] with all that is wrong with the rule.
    pub fn preview(&self, rule: &Json, against: Option<&str>) -> Result<Preview, Error> {
        self.preview_scan(self.start_scan(rule, against)?)
    }
}

impl Preview {
    /// Of the contacts that a rule would hold, and those that the saved segment holds.
    pub(crate) fn new(members: RoaringBitmap, saved: Option<RoaringBitmap>) -> Self {
        let (enters, leaves) = match saved {
            Some(saved) => (&members - &saved, saved - &members),
            None => (members.clone(), RoaringBitmap::new()),
        };
        Preview { count: members.len(), members, enters, leaves }
    }
}
