//! Compiling: from a rule of the model to a rule over the numbers of distinct conditions.
//!
//! It does not know which conditions there are: it asks for the number of each. Invariant: the leaf of a negated condition is that of the
//! same condition without its negation, negated.

use enlist_model::{ContactCondition, Group, Node, Scope};

use crate::compiled_rule::{CompiledRule, Leaf, Sign};
use crate::conditions::condition::Condition;
use crate::definitions::Definitions;
use crate::ids::ConditionNo;

/// Compiles a group of a rule, given the leaf of each condition.
pub(super) fn compile<C>(group: &Group<C>, leaf: &mut impl FnMut(&C) -> Leaf) -> CompiledRule {
    let (mut leaves, mut groups) = (Vec::new(), Vec::new());
    for node in &group.nodes {
        match node {
            Node::Condition(condition) => leaves.push(leaf(condition)),
            Node::Group(group) => groups.push(compile(group, leaf)),
        }
    }
    CompiledRule::new(group.matching, leaves, groups)
}

/// The leaf that tests a condition of a rule. `intern` gives each distinct condition its number.
pub(super) fn leaf(
    condition: &ContactCondition,
    definitions: &Definitions,
    intern: &mut impl FnMut(Condition) -> ConditionNo,
) -> Leaf {
    match condition {
        ContactCondition::Field(condition) => field_leaf(condition, definitions, intern),
        ContactCondition::SameConversation(group) => {
            let compiled = compile(group, &mut |condition| field_leaf(condition, definitions, intern));
            Leaf::new(intern(Condition::SameConversation(Box::new(compiled))), Sign::Positive)
        }
        ContactCondition::Segment(condition) => {
            let segment = definitions.segment_no(&condition.segment);
            Leaf::new(intern(Condition::Member(segment)), Sign::negated_if(!condition.is_member))
        }
    }
}

/// The leaf of a condition on a field. The distinct condition has no negation; the leaf has it.
fn field_leaf(
    condition: &enlist_model::Condition,
    definitions: &Definitions,
    intern: &mut impl FnMut(Condition) -> ConditionNo,
) -> Leaf {
    let (field, predicate) = (definitions.field_no(&condition.field), condition.predicate.clone());
    let distinct = match condition.field.scope() {
        Scope::Contact => Condition::Field { field, predicate },
        Scope::Conversation => Condition::SomeConversation { field, predicate },
    };
    Leaf::new(intern(distinct), Sign::negated_if(condition.is_negated()))
}
