//! What a rule would select before it is saved.

use enlist_model::{Json, Rule, SegmentId};
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
    /// would an edit of it change?
    ///
    /// # Errors
    /// [`Error::UnknownSegment`]; [`Error::Model`] with all that is wrong with the rule.
    pub fn preview(&self, rule: &Json, against: Option<&str>) -> Result<Preview, Error> {
        let saved = against.map(|segment| self.bitmap(segment)).transpose()?;
        let segment = against.map(SegmentId::new).transpose()?;
        let rule = Rule::check(rule, segment.as_ref(), &self.definitions)?;
        let members = self.select_by_rule(&rule);
        let (enters, leaves) = match saved {
            Some(saved) => (&members - &saved, saved - &members),
            None => (members.clone(), RoaringBitmap::new()),
        };
        Ok(Preview { count: members.len(), members, enters, leaves })
    }
}
