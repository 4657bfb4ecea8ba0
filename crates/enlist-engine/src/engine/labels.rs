//! The labels of one partition, for a host that combines several.

use enlist_model::TextKey;

use crate::engine::Engine;

impl Engine {
    /// The labels that contacts hold, each with its key and as it is shown, in no particular order.
    pub fn labels(&self) -> impl Iterator<Item = (&TextKey, &str)> {
        self.facts.labels.iter()
    }
}
