//! The form that carries a draft: a name, the tree of keys, and for each key what is chosen.
//!
//! Invariant: a form that was drawn from a draft is read as that draft.

use std::collections::BTreeMap;

use enlist::model::{Match, Operator};
use serde::{Deserialize, Serialize};

use super::draft::{Condition, Draft, Group, Key, MEMBERSHIP, ROOT, Row};
use super::offer::Offer;

/// How deep a tree is read. A rule is never that deep.
const DEPTH: usize = 32;

/// A node of the tree of keys.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tree {
    key: Key,
    /// Absent for a condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<Tree>>,
    /// Whether it is a group of one conversation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    same: bool,
}

/// What the browser sent.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) name: String,
    /// The button.
    pub(crate) action: String,
    /// The revision that the builder began from; empty for a segment that did not exist.
    pub(crate) began_at: String,
    /// A contact to be tested.
    pub(crate) contact: String,
    pub(crate) draft: Draft,
}

impl Form {
    /// Reads the pairs of a form; `None` if they are of no builder.
    pub(crate) fn read(pairs: Vec<(String, String)>, offer: &Offer) -> Option<Self> {
        let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            given.entry(name).or_default().push(value);
        }
        let first =
            |name: &str| given.get(name).and_then(|values| values.first()).cloned().unwrap_or_default();
        let tree: Tree = serde_json::from_str(&first("tree")).ok()?;
        let Row::Group(root) = row(&tree, &given, offer, DEPTH)? else { return None };
        (root.key == ROOT).then(|| Form {
            name: first("name"),
            action: first("do"),
            began_at: first("began_at"),
            contact: first("contact"),
            draft: Draft { root },
        })
    }
}

fn row(tree: &Tree, given: &BTreeMap<String, Vec<String>>, offer: &Offer, depth: usize) -> Option<Row> {
    let depth = depth.checked_sub(1)?;
    let values = |kind: char| given.get(&format!("{kind}{}", tree.key)).cloned().unwrap_or_default();
    let first = |kind: char| values(kind).into_iter().next().unwrap_or_default();
    let Some(rows) = &tree.rows else {
        let (field, operator) = (first('f'), first('o'));
        let operator = fitting(&field, &operator, offer).unwrap_or_default();
        return Some(Row::Condition(Condition { key: tree.key, field, operator, values: values('v') }));
    };
    let rows = rows.iter().map(|each| row(each, given, offer, depth)).collect::<Option<_>>()?;
    let matching = Match::named(&first('m')).unwrap_or(Match::All);
    let group = Group { key: tree.key, matching, rows };
    Some(if tree.same { Row::SameConversation(group) } else { Row::Group(group) })
}

/// The operator, or the first one of a field that was changed to one that does not have it.
fn fitting(field: &str, operator: &str, offer: &Offer) -> Option<String> {
    if field == MEMBERSHIP {
        let known = ["is_member", "is_not_member"];
        return Some(known.into_iter().find(|each| *each == operator).unwrap_or(known[0]).to_owned());
    }
    let kind = offer.field(field)?.kind;
    let mut operators = Operator::of_kind(kind).map(Operator::name);
    let fits = Operator::of_kind(kind).any(|each| each.name() == operator);
    if fits { Some(operator.to_owned()) } else { operators.next().map(str::to_owned) }
}

/// The tree of a group's keys.
fn tree_of(group: &Group, is_same: bool) -> Tree {
    let rows = group.rows.iter().map(|row| match row {
        Row::Condition(condition) => Tree { key: condition.key, rows: None, same: false },
        Row::Group(group) => tree_of(group, false),
        Row::SameConversation(group) => tree_of(group, true),
    });
    Tree { key: group.key, rows: Some(rows.collect()), same: is_same }
}

/// The tree of a draft's keys, as the form has it.
pub(crate) fn tree(draft: &Draft) -> String {
    // Keys are numbers and names are fixed: it can always be written.
    serde_json::to_string(&tree_of(&draft.root, false)).unwrap_or_default()
}
