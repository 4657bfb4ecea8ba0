//! What is arranged over a segment: the column of the board, and campaigns.
//!
//! Other segments that name it are in the rules, which this file does not know.

use maud::{Markup, html};

use crate::address::{Pages, part};
use crate::arrangement::{Arrangement, Campaign};
use crate::frame::chip;

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

/// What uses a segment, as links: segments by id and name, and what is arranged.
pub(crate) fn used_by(pages: &Pages, users: &[(String, String)], arranged: &[Use]) -> Markup {
    html! {
        @for (id, name) in users { (chip(&pages.segment(id), id, name)) }
        @for each in arranged { a.label href=(pages.page(&each.path)) { bdi { (each.name) } } }
        @if users.is_empty() && arranged.is_empty() { span.quiet { "—" } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_used_by_its_column_and_by_campaigns_that_include_or_exclude_it() {
        let campaign = |id: &str, include: &str, exclude: &str| Campaign {
            id: id.to_owned(),
            include: vec![include.to_owned()],
            exclude: vec![exclude.to_owned()],
            suppress: vec!["c".to_owned()],
            ..Campaign::default()
        };
        let campaigns = vec![campaign("1", "a", "b"), campaign("2", "b", "d")];
        let arrangement = Arrangement { campaigns, columns: Some(vec!["b".to_owned()]) };
        let paths = |segment| uses(&arrangement, segment).into_iter().map(|each| each.path);
        assert_eq!(paths("a").collect::<Vec<_>>(), ["campaigns/1"]);
        assert_eq!(paths("b").collect::<Vec<_>>(), ["leads", "campaigns/1", "campaigns/2"]);
        assert_eq!(paths("c").count(), 0);
    }
}
