//! The conditions of a saved rule, to interpret the flips of its transitions.

use enlist_model::{Group, Node};

use crate::compiled_rule::Leaf;
use crate::engine::Engine;
use crate::engine::causes::RuleConditions;
use crate::error::Error;

impl Engine {
    /// The conditions of a segment's rule, to interpret
    /// [`BorrowedTransitions::flipped`](crate::BorrowedTransitions).
    ///
    /// # Errors
    /// [`Error::UnknownSegment`].
    pub fn rule_conditions(&self, segment: &str) -> Result<RuleConditions, Error> {
        let segment = self.definitions.segment(self.find_segment(segment)?);
        let mut nodes = Vec::new();
        self.collect_nodes(segment.rule.root(), &mut nodes);
        Ok(RuleConditions::new(segment.id.clone(), nodes))
    }

    fn collect_nodes(&self, group: &Group, nodes: &mut Vec<(Leaf, Node)>) {
        for node in &group.nodes {
            match node {
                Node::Group(group) => self.collect_nodes(group, nodes),
                Node::Condition(_) | Node::SameConversation(_) | Node::Segment(_) => {
                    let leaf = self.conditions.leaf(node, &self.definitions);
                    nodes.extend(leaf.map(|leaf| (leaf, node.clone())));
                }
            }
        }
    }
}
