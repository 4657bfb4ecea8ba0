//! The contacts that a campaign reaches now, and what each of its segments adds or takes.
//!
//! It does not know how a campaign is edited or frozen. Invariant: what is added, less what is taken, is the size.

use std::collections::BTreeMap;

use enlist::{Audience, ContactSet, Error, View, Workspace};
use enlist_http::Selection;
use maud::{Markup, html};

use crate::address::Pages;
use crate::arrangement::Campaign;
use crate::frame::chip;
use crate::words::number;

/// How many unknown ids are named.
const NAMED: usize = 10;

/// A segment of a campaign.
pub(crate) struct Part {
    pub(crate) id: String,
    /// `None` if the segment was deleted.
    pub(crate) name: Option<String>,
    /// How many contacts it adds or takes, beyond the segments before it.
    contacts: u64,
}

/// The contacts that a campaign reaches.
pub(crate) struct Reach {
    pub(crate) size: u64,
    included: Vec<Part>,
    excluded: Vec<Part>,
    suppressed: Suppressed,
    /// `None` if no segment is included that exists.
    audience: Option<Audience>,
}

/// Contacts that are suppressed by their ids.
#[derive(Default)]
struct Suppressed {
    listed: u64,
    /// Those in an included segment.
    members: u64,
    /// Those that no excluded segment takes before.
    taken: u64,
    unknown: Vec<String>,
}

impl Reach {
    /// Waits for reads, so it is for threads for long work.
    pub(crate) fn find(workspace: &Workspace, campaign: &Campaign) -> Result<Self, Error> {
        let (included, excluded, unknown) = workspace.read(|view| {
            let (included, excluded) = parts(view, campaign)?;
            let is_unknown = |id: &&String| !view.has_contact(id).unwrap_or(false);
            let unknown = campaign.suppress.iter().filter(is_unknown).cloned().collect();
            Ok::<_, Error>((included, excluded, unknown))
        })?;
        let listed = campaign.suppress.len() as u64;
        let mut reach = Reach {
            size: 0,
            included,
            excluded,
            suppressed: Suppressed { listed, unknown, ..Suppressed::default() },
            audience: None,
        };
        let known = |parts: &[Part]| {
            let known = parts.iter().filter(|part| part.name.is_some());
            known.map(|part| part.id.clone()).collect::<Vec<_>>()
        };
        let all = Selection::of(known(&reach.included));
        if !all.include.is_empty() {
            let suppress = || campaign.suppress.iter().map(String::as_str);
            let members = all.audience(workspace)?;
            reach.suppressed.members = members.len() - members.without(suppress())?.len();
            let remaining = all.minus(known(&reach.excluded)).audience(workspace)?;
            let reached = remaining.without(suppress())?;
            reach.suppressed.taken = remaining.len() - reached.len();
            reach.size = reached.len();
            reach.audience = Some(reached);
        }
        Ok(reach)
    }

    /// How many of these contacts it reaches.
    pub(crate) fn shared_with(&self, contacts: &[String]) -> Result<u64, Error> {
        let Some(audience) = &self.audience else { return Ok(0) };
        Ok(audience.len() - audience.without(contacts.iter().map(String::as_str))?.len())
    }

    /// Why it cannot be frozen, if it cannot.
    pub(crate) fn obstacle(&self) -> Option<&'static str> {
        if self.parts().any(|part| part.name.is_none()) {
            Some("A segment of this campaign was deleted. Remove it; then the campaign can be frozen.")
        } else if self.included.is_empty() {
            Some("Include a segment; then the campaign can be frozen.")
        } else {
            None
        }
    }

    fn parts(&self) -> impl Iterator<Item = &Part> {
        self.included.iter().chain(&self.excluded)
    }

    /// "Members of VIPs or Pro trial, but not of At risk, without 2 contacts".
    pub(crate) fn sentence(&self) -> Markup {
        let names = |parts: &[Part], joined: &str| {
            html! {
                @for (at, part) in parts.iter().enumerate() {
                    @if at > 0 { (joined) }
                    @match &part.name {
                        Some(name) => bdi { (name) },
                        None => { "the deleted segment " bdi { (part.id) } },
                    }
                }
            }
        };
        html! {
            @if self.included.is_empty() {
                "Nobody: no segment is included"
            } @else {
                "Members of " (names(&self.included, " or "))
                @if !self.excluded.is_empty() { ", but not of " (names(&self.excluded, " or ")) }
                @if self.suppressed.listed > 0 { ", without " (contacts(self.suppressed.listed)) }
            }
            "."
        }
    }

    /// The size, and what makes it.
    pub(crate) fn drawn(&self, pages: &Pages) -> Markup {
        let row = |part: &Part, verb: &str, class: &str| {
            html! {
                tr {
                    td {
                        @match &part.name {
                            Some(name) => (chip(&pages.segment(&part.id), &part.id, name)),
                            None => { bdi { (part.id) } span.problem { " was deleted" } },
                        }
                    }
                    td.number { span class=(class) { (verb) " " (number(part.contacts)) } }
                }
            }
        };
        let Suppressed { listed, members, taken, unknown } = &self.suppressed;
        html! {
            p.count { strong { (number(self.size)) } @if self.size == 1 { " contact now" } @else { " contacts now" } }
            p.quiet { (self.sentence()) }
            @if self.parts().next().is_some() || *listed > 0 {
                table.steps {
                    thead { tr { th { "Segment" } th.number { "Contacts" } } }
                    tbody {
                        @for part in &self.included { (row(part, "adds", "enters")) }
                        @for part in &self.excluded { (row(part, "takes", "leaves")) }
                        @if *listed > 0 {
                            tr {
                                td { "Suppressed: " (number(*listed)) " listed, " (number(*members)) @if *members == 1 { " is a member" } @else { " are members" } }
                                td.number { span.leaves { "takes " (number(*taken)) } }
                            }
                        }
                    }
                }
            }
            @if self.included.len() + self.excluded.len() > 1 { p.quiet { "Each segment counts beyond those above it." } }
            @if !unknown.is_empty() {
                p.quiet {
                    "Suppressed, but not among the contacts: "
                    @for (at, id) in unknown.iter().take(NAMED).enumerate() { @if at > 0 { ", " } bdi { (id) } }
                    @if unknown.len() > NAMED { " and " (number((unknown.len() - NAMED) as u64)) " more" }
                    ". This stops nothing."
                }
            }
        }
    }
}

/// A number of contacts.
pub(crate) fn contacts(count: u64) -> String {
    if count == 1 { "1 contact".to_owned() } else { format!("{} contacts", number(count)) }
}

/// The included and the excluded segments.
fn parts(view: View<'_>, campaign: &Campaign) -> Result<(Vec<Part>, Vec<Part>), Error> {
    let names: BTreeMap<&str, &str> =
        view.segments().map(|segment| (segment.id().as_str(), segment.name())).collect();
    let everyone = view.everyone()?;
    let mut held = everyone.minus(&everyone);
    let mut part = |id: &String, change: fn(&ContactSet, &ContactSet) -> ContactSet| {
        let name = names.get(id.as_str()).map(|name| (*name).to_owned());
        let mut contacts = 0;
        if name.is_some() {
            let changed = change(&held, &view.select(id.as_str())?);
            contacts = changed.len().abs_diff(held.len());
            held = changed;
        }
        Ok::<_, Error>(Part { id: id.clone(), name, contacts })
    };
    let included =
        campaign.include.iter().map(|id| part(id, ContactSet::or)).collect::<Result<Vec<_>, _>>()?;
    let excluded = campaign.exclude.iter().map(|id| part(id, ContactSet::minus)).collect::<Result<_, _>>()?;
    Ok((included, excluded))
}
