//! The labels of one partition, for a host that puts several together.

use enlist_model::TextKey;

use crate::engine::Engine;

impl Engine {
    /// The labels that contacts hold, each by its key and as it is shown, in no order.
    pub fn labels(&self) -> impl Iterator<Item = (&TextKey, &str)> {
        self.facts.labels.iter()
    }
}
