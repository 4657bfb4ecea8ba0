//! The labels of one partition, for a host that combines several.

use enlist_model::Label;

use crate::engine::Engine;

impl Engine {
    /// The labels that contacts hold, in no particular order.
    pub fn labels(&self) -> impl Iterator<Item = Label> {
        self.facts.labels.iter()
    }
}
