//! On which day a contact enters or leaves each segment by itself, if nothing else happens, as far as explanations tell.
//!
//! An explained condition has the day of its next change, not of those after it. So what it is later can be unknown, and a segment has
//! a day only if everything that is unknown leads to it. It reads no clock. Invariant: a day that is given is the first one on which the
//! contact is in where it is out now, or out where it is in.

use std::collections::{BTreeMap, BTreeSet};

use enlist::model::{Condition, Day, Match, Scope};
use enlist::{ExplainedNode, Explanation};

/// How many days ahead are tried, of those on which something changes. A bound, because each asks for all segments.
const DAYS: usize = 32;
/// How far segments that refer to each other are followed. A bound, because each is a step of a recursion.
const REFERENCES: usize = 64;
/// How many conversations an explanation has at most. If it has that many, there may be others.
const CONVERSATIONS: usize = 10;

/// Whether something holds; `None` if that is unknown.
type Truth = Option<bool>;

/// A time to which the outlook is.
#[derive(Clone, Copy)]
enum Time {
    /// That day.
    On(Day),
    /// From that day on, until the next on which something is known to change.
    Since(Day),
}

/// Whose dates a condition compares.
#[derive(Clone, Copy)]
enum Holder {
    Contact,
    OneConversation,
}

/// What holds at a time, given the explanations of all segments for one contact.
struct Outlook<'a> {
    time: Time,
    roots: &'a BTreeMap<&'a str, &'a ExplainedNode>,
    /// The segments that are known already.
    known: BTreeMap<&'a str, Truth>,
}

/// The day on which each segment's membership is another, by the segments' ids. The explanations are of all segments for one contact.
pub(crate) fn changes(explanations: &[Explanation]) -> BTreeMap<String, Day> {
    let roots = explanations.iter().map(|why| (why.segment.as_str(), &why.root)).collect();
    let mut days = BTreeSet::new();
    for why in explanations {
        note_days(&why.root, &mut days);
    }
    let mut undecided: Vec<&Explanation> = explanations.iter().collect();
    let mut found = BTreeMap::new();
    for day in days.into_iter().take(DAYS) {
        for time in [Time::On(day), Time::Since(day)] {
            let mut outlook = Outlook { time, roots: &roots, known: BTreeMap::new() };
            undecided.retain(|why| {
                let id = why.segment.as_str();
                let truth = outlook.segment(id, REFERENCES);
                let is_another = truth.is_some_and(|is_member| is_member != why.is_member);
                if is_another && matches!(time, Time::On(_)) {
                    found.insert(id.to_owned(), day);
                }
                // Once a day is unknown, no later one is known to be the first.
                truth == Some(why.is_member)
            });
        }
    }
    found
}

/// The days on which conditions change.
fn note_days(node: &ExplainedNode, days: &mut BTreeSet<Day>) {
    match node {
        ExplainedNode::Group { nodes, .. } => {
            for node in nodes {
                note_days(node, days);
            }
        }
        ExplainedNode::SameConversation { conversations, .. } => {
            for (_, node) in conversations {
                note_days(node, days);
            }
        }
        ExplainedNode::Condition { changes_on, .. } => days.extend(changes_on),
        ExplainedNode::Segment { .. } => {}
    }
}

impl<'a> Outlook<'a> {
    fn segment(&mut self, id: &'a str, references: usize) -> Truth {
        if let Some(known) = self.known.get(id) {
            return *known;
        }
        let root = *self.roots.get(id)?;
        let truth = references.checked_sub(1).and_then(|left| self.node(root, Holder::Contact, left));
        self.known.insert(id, truth);
        truth
    }

    fn node(&mut self, node: &'a ExplainedNode, holder: Holder, references: usize) -> Truth {
        match node {
            ExplainedNode::Group { matching, nodes, .. } => {
                let truths: Vec<Truth> =
                    nodes.iter().map(|node| self.node(node, holder, references)).collect();
                combined(*matching, &truths)
            }
            ExplainedNode::Condition { condition, holds, changes_on, .. } => {
                self.condition(condition, *holds, *changes_on, holder)
            }
            ExplainedNode::SameConversation { conversations, .. } => {
                let each = conversations.iter();
                let mut truths: Vec<Truth> =
                    each.map(|(_, node)| self.node(node, Holder::OneConversation, references)).collect();
                if truths.len() >= CONVERSATIONS {
                    truths.push(None);
                }
                combined(Match::Any, &truths)
            }
            ExplainedNode::Segment { segment, is_member, .. } => {
                self.segment(segment.as_str(), references).map(|found| found == *is_member)
            }
        }
    }

    fn condition(
        &self,
        condition: &Condition,
        holds: bool,
        changes_on: Option<Day>,
        holder: Holder,
    ) -> Truth {
        let Some(change) = changes_on else { return Some(holds) };
        let (Time::On(today) | Time::Since(today)) = self.time;
        if change > today {
            return Some(holds);
        }
        if change == today && matches!(self.time, Time::On(_)) {
            return Some(!holds);
        }
        // One date comes into a window once and leaves it once, so one that has left it stays outside. Of several dates, another may
        // come into it.
        let is_inside_now = holds != condition.operator.negates().is_some();
        let is_one_date = match holder {
            Holder::Contact => condition.field.scope() == Scope::Contact,
            Holder::OneConversation => true,
        };
        (is_inside_now && is_one_date).then_some(!holds)
    }
}

/// Whether a group holds, as far as its nodes tell.
fn combined(matching: Match, truths: &[Truth]) -> Truth {
    let holds_any = if truths.contains(&Some(true)) {
        Some(true)
    } else if truths.contains(&None) {
        None
    } else {
        Some(false)
    };
    match matching {
        Match::Any => holds_any,
        Match::None => holds_any.map(|holds| !holds),
        Match::All if truths.contains(&Some(false)) => Some(false),
        Match::All if truths.contains(&None) => None,
        Match::All => Some(true),
    }
}

#[cfg(test)]
mod tests {
    use enlist::{Enlist, Instant, Kind, TestClock, Workspace};

    use super::*;

    const TODAY: &str = "2026-11-26T10:00:00Z";

    fn workspace() -> Workspace {
        let today = Instant::parse(TODAY).unwrap();
        // Changes through handles happen when the clock says.
        let builder = Enlist::builder().workers(1).clock(TestClock::new(today)).manual_time();
        let workspace = builder.build().unwrap().create_workspace("a").unwrap();
        workspace.advance(today).unwrap();
        for field in ["one", "two", "conversation.due"] {
            workspace.define_field(field, Kind::Date).unwrap();
        }
        workspace
    }

    fn save(workspace: &Workspace, id: &str, matching: &str, conditions: &str) {
        let rule = format!(r#"{{"match": "{matching}", "conditions": [{conditions}]}}"#);
        workspace.segment(id).unwrap().save(id, rule.as_str()).unwrap();
    }

    fn days(workspace: &Workspace) -> BTreeMap<String, Day> {
        let why: Vec<Explanation> = workspace.read(|view| {
            view.segments().map(|segment| view.explain(segment.id().as_str(), "ada").unwrap()).collect()
        });
        changes(&why)
    }

    /// Lets the days pass and notes the first on which each segment's membership is another.
    fn passed(workspace: &Workspace, until: usize) -> BTreeMap<String, Day> {
        let members = || workspace.segments_of("ada").unwrap();
        let before = members();
        let ids: Vec<_> =
            workspace.read(|view| view.segments().map(|each| each.id().clone()).collect::<Vec<_>>());
        let mut found = BTreeMap::new();
        let mut now = Instant::parse(TODAY).unwrap();
        for _ in 0..until {
            now = Instant::from_milliseconds(now.milliseconds() + Day::MILLISECONDS).unwrap();
            workspace.advance(now).unwrap();
            let today = workspace.read(|view| view.today()).unwrap();
            for id in &ids {
                if before.contains(id) != members().contains(id) {
                    found.entry(id.as_str().to_owned()).or_insert(today);
                }
            }
        }
        found
    }

    const RECENT: &str = r#"{"field": "one", "operator": "is_in_last_7_days"}"#;
    const OLD: &str = r#"{"field": "two", "operator": "is_more_than_n_days_ago", "value": 3}"#;
    const SOON: &str = r#"{"field": "two", "operator": "is_in_next_n_days", "value": 2}"#;

    #[test]
    fn a_segment_changes_on_the_day_on_which_time_changes_it() {
        let workspace = workspace();
        workspace.contact("ada").set("one", "2026-11-24").set("two", "2026-11-25").save().unwrap();
        save(&workspace, "recent", "all", RECENT);
        save(&workspace, "old", "all", OLD);
        save(&workspace, "neither", "none", &format!("{RECENT}, {OLD}"));
        save(&workspace, "both", "all", &format!("{RECENT}, {OLD}"));
        save(&workspace, "either", "any", &format!("{RECENT}, {OLD}"));
        save(&workspace, "named", "all", r#"{"field": "name", "operator": "is_empty"}"#);
        save(&workspace, "in_recent", "all", r#"{"segment": "recent", "operator": "is_member"}"#);
        save(&workspace, "not_in_recent", "all", r#"{"segment": "in_recent", "operator": "is_not_member"}"#);
        let (said, came) = (days(&workspace), passed(&workspace, 20));
        assert_eq!(said["recent"].to_string(), "2026-12-01");
        assert_eq!(said["old"].to_string(), "2026-11-29");
        // By then the one is over; whether the other still holds is not told.
        assert_eq!((said.get("either"), said.get("neither")), (None, None));
        for (id, day) in &said {
            assert_eq!(came.get(id), Some(day), "{id}");
        }
        assert_eq!(said.keys().collect::<Vec<_>>(), ["both", "in_recent", "not_in_recent", "old", "recent"]);
    }

    #[test]
    fn nothing_is_said_beyond_a_day_whose_outcome_is_unknown() {
        let workspace = workspace();
        // `two` comes into the next two days on 1 December and is gone on 3 December, before `one` has left its week.
        workspace.contact("ada").set("one", "2026-11-26").set("two", "2026-12-02").save().unwrap();
        save(&workspace, "held", "any", &format!("{RECENT}, {SOON}"));
        save(
            &workspace,
            "parted",
            "all",
            &format!(r#"{SOON}, {{"match": "none", "conditions": [{RECENT}]}}"#),
        );
        assert_eq!(days(&workspace), BTreeMap::new());
    }

    #[test]
    fn dates_of_conversations_change_a_segment_only_as_far_as_all_are_seen() {
        let workspace = workspace();
        workspace.contact("ada").save().unwrap();
        for (id, due) in [("v1", "2026-11-26"), ("v2", "2026-11-28")] {
            workspace.conversation(id).set("conversation.due", due).save_for("ada").unwrap();
        }
        let due = r#"{"field": "conversation.due", "operator": "is_today"}"#;
        save(&workspace, "due", "all", due);
        let same = format!(r#"{{"same_conversation": {{"match": "all", "conditions": [{due}]}}}}"#);
        save(&workspace, "same", "all", &same);
        let said = days(&workspace);
        for id in ["due", "same"] {
            assert_eq!(said[id].to_string(), "2026-11-27");
        }
        for each in 3..12 {
            let id = format!("v{each}");
            workspace.conversation(&id).set("conversation.due", "2026-11-27").save_for("ada").unwrap();
        }
        let said = days(&workspace);
        assert_eq!(
            (said.get("due").map(Day::to_string), said.get("same")),
            (Some("2026-11-29".into()), None)
        );
    }
}
