//! A rule as an expression of another language that has `and`, `or` and brackets, and in which an empty value is
//! neither true nor false.
//!
//! It knows no such language, only how conditions are joined. Invariant: negations are at the leaves, so an empty
//! value makes a leaf false only where the model says so.

use enlist_model::{Comparison, Condition, Group, Match, Node, Rule};

use crate::lanes::closure::on_field;

/// A condition in the other language. It takes the condition, whose [predicate](Condition::predicate) is expressed,
/// and whether it must hold or not. `None` if the language cannot express it.
pub type Leaf<'a> = &'a dyn Fn(&Condition, bool) -> Option<String>;

/// The expression of a rule; `None` if the language cannot express one of its conditions.
pub fn expression(rule: &Rule, leaf: Leaf<'_>) -> Option<String> {
    of_group(rule.root(), true, leaf)
}

/// The sign of a comparison, which is the same in all languages.
pub fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
    }
}

/// `holds` says whether the group must hold or not.
fn of_group(group: &Group, holds: bool, leaf: Leaf<'_>) -> Option<String> {
    // By De Morgan: "not all" is "any not", and "not any" is "all not".
    let (is_all, each_holds) = match group.matching {
        Match::All => (holds, holds),
        Match::Any => (!holds, holds),
        Match::None => (holds, !holds),
    };
    let nodes = group.nodes.iter().map(|node| of_node(node, each_holds, leaf));
    let nodes: Vec<String> = nodes.collect::<Option<_>>()?;
    Some(format!("({})", nodes.join(if is_all { " and " } else { " or " })))
}

fn of_node(node: &Node, holds: bool, leaf: Leaf<'_>) -> Option<String> {
    match node {
        Node::Group(group) => of_group(group, holds, leaf),
        Node::Condition(condition) => {
            let condition = on_field(condition);
            leaf(condition, holds != condition.is_negated())
        }
    }
}
