//! What is arranged over a segment: the column of the board, and campaigns.
//!
//! Other segments that name it are in the rules, which this file does not know.

use crate::address::part;
use crate::arrangement::{Arrangement, Campaign};

/// Something that is arranged over a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Use {
    /// Its name.
    pub(crate) name: String,
    /// Its page, below the workspace.
    pub(crate) path: String,
}

/// The column and the campaigns that name a segment. Columns that nobody has chosen are no use of a segment.
pub(crate) fn uses(arrangement: &Arrangement, segment: &str) -> Vec<Use> {
    let is_column =
        arrangement.columns.as_ref().is_some_and(|columns| columns.iter().any(|id| id == segment));
    let column = is_column.then(|| Use { name: "Leads".to_owned(), path: "leads".to_owned() });
    let names_it =
        |campaign: &&Campaign| campaign.include.iter().chain(&campaign.exclude).any(|id| id == segment);
    let campaigns = arrangement.campaigns.iter().filter(names_it).map(|campaign| Use {
        name: campaign.name.clone(),
        path: format!("campaigns/{}", part(&campaign.id)),
    });
    column.into_iter().chain(campaigns).collect()
}
