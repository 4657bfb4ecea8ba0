//! The form of a campaign: its name, the segments that it includes and excludes, the contacts that it suppresses.
//!
//! It decides nothing but what can be kept. Invariant: what a person typed comes back, also if it cannot be kept.

use std::collections::BTreeSet;

use enlist::model::limits::ID_BYTES;
use maud::{Markup, html};

use crate::arrangement::Campaign;
use crate::words::number;

/// How many contacts a campaign suppresses. A segment excludes more.
const SUPPRESSED: usize = 10_000;

/// Takes what a form says into a campaign; what is wrong with it, if anything is.
pub(crate) fn take(pairs: &[(String, String)], campaign: &mut Campaign) -> Option<String> {
    let lines = |name: &str| {
        let mut seen = BTreeSet::new();
        let values = pairs.iter().filter(|(each, _)| each == name).map(|(_, value)| value.trim());
        let lines = values.flat_map(str::lines).map(str::trim).filter(|line| !line.is_empty());
        lines.filter(|line| seen.insert(*line)).map(str::to_owned).collect::<Vec<_>>()
    };
    // Ids of segments are no lines: they stay as they are.
    let ids = |name: &str| {
        let mut seen = BTreeSet::new();
        let values = pairs.iter().filter(|(each, value)| each == name && !value.is_empty());
        values.map(|(_, id)| id).filter(|id| seen.insert(id.as_str())).cloned().collect::<Vec<_>>()
    };
    let name = pairs.iter().find(|(each, _)| each == "name").map(|(_, name)| name.trim().to_owned());
    campaign.name = name.unwrap_or_default();
    campaign.include = ids("include");
    campaign.exclude = ids("exclude");
    campaign.suppress = lines("suppress");
    if campaign.name.is_empty() {
        Some("Give the campaign a name.".to_owned())
    } else if ID_BYTES.is_exceeded_by(campaign.name.len()) {
        Some(format!(
            "The name is too long: it has {} bytes, and at most {} are kept.",
            campaign.name.len(),
            ID_BYTES.most
        ))
    } else if campaign.suppress.len() > SUPPRESSED {
        let most = number(SUPPRESSED as u64);
        Some(format!("At most {most} contacts can be suppressed one by one. Exclude a segment instead."))
    } else {
        None
    }
}

/// The inputs. `segments` are the ids and names of those that exist.
pub(crate) fn drawn(campaign: &Campaign, segments: &[(String, String)]) -> Markup {
    html! {
        p {
            label for="campaign-name" { "Name" }
            input #campaign-name.full name="name" value=(campaign.name) dir="auto" required maxlength=(ID_BYTES.most);
        }
        (choice("Include members of any of", "include", &campaign.include, segments))
        (choice("Exclude members of any of", "exclude", &campaign.exclude, segments))
        p {
            label for="campaign-suppress" { "Suppress contacts by id, one per line" }
            // A browser drops the first line feed after the tag.
            textarea #campaign-suppress.full name="suppress" rows="3" dir="auto" spellcheck="false" { "\n" (campaign.suppress.join("\n")) }
        }
    }
}

fn choice(title: &str, name: &str, chosen: &[String], segments: &[(String, String)]) -> Markup {
    let gone = chosen.iter().filter(|id| segments.iter().all(|(each, _)| each != *id));
    html! {
        fieldset {
            legend { (title) }
            div.choices {
                @for (id, shown) in segments {
                    label { input type="checkbox" name=(name) value=(id) checked[chosen.contains(id)]; " " bdi { (shown) } }
                }
                @for id in gone {
                    label { input type="checkbox" name=(name) value=(id) checked; " " bdi { (id) } span.problem { " was deleted" } }
                }
                @if segments.is_empty() && chosen.is_empty() { span.quiet { "There is no segment yet." } }
            }
        }
    }
}
