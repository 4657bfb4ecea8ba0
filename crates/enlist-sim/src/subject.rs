//! Subjects: implementations that can be compared with the oracle.
//!
//! The comparison does not know how a subject works. Everything is compared by names.

use enlist_engine::{
    Engine, Error, ExplainedNode, HashSeed, NoticeOutput, Output, PageRequest, PageStart, Segment, TypedEvent,
};
use enlist_model::{ContactId, Event, Instant, SegmentId};

use crate::emitted::Emitted;
use crate::oracle::Oracle;

/// An implementation of the contract.
pub trait Subject {
    /// Applies an event and returns its outputs.
    ///
    /// # Errors
    /// Why it is refused.
    fn apply(&mut self, event: &Event) -> Result<Vec<Emitted>, String>;

    /// Every segment in order of creation, with its members in order of creation.
    fn memberships(&self) -> Vec<(SegmentId, Vec<ContactId>)>;

    /// How many contacts there are.
    fn contact_count(&self) -> usize;

    /// The greatest instant seen.
    fn now(&self) -> Option<Instant>;

    /// Looks for internal contradictions. Called now and then.
    ///
    /// # Errors
    /// A description of the contradiction.
    fn verify(&self) -> Result<(), String> {
        Ok(())
    }
}

impl Subject for Oracle {
    fn apply(&mut self, event: &Event) -> Result<Vec<Emitted>, String> {
        Oracle::apply(self, event)
    }

    fn memberships(&self) -> Vec<(SegmentId, Vec<ContactId>)> {
        Oracle::memberships(self)
    }

    fn contact_count(&self) -> usize {
        Oracle::contact_count(self)
    }

    fn now(&self) -> Option<Instant> {
        Oracle::now(self)
    }
}

/// The hash seed of engines under test. Any would do, because no result depends on it.
pub const HASH_SEED: HashSeed = HashSeed::new(1);

/// The engine. Verifying it also compares its reads with its memberships.
pub struct EngineSubject {
    engine: Engine,
    out: Vec<Output>,
}

impl Default for EngineSubject {
    fn default() -> Self {
        EngineSubject::of(Engine::new(HASH_SEED))
    }
}

impl EngineSubject {
    /// A subject that continues with an engine.
    pub fn of(engine: Engine) -> Self {
        EngineSubject { engine, out: Vec::new() }
    }

    /// The engine within.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The engine within, to be changed.
    pub fn engine_mut(&mut self) -> &mut Engine {
        &mut self.engine
    }

    /// Applies an event of handles and returns its outputs.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn apply_typed(&mut self, event: &TypedEvent) -> Result<Vec<Emitted>, String> {
        let outcome = self.engine.apply_typed(event, &mut self.out);
        self.emitted(outcome)
    }

    fn emitted(&mut self, outcome: Result<(), Error>) -> Result<Vec<Emitted>, String> {
        let emitted = Self::named(&self.engine, std::mem::take(&mut self.out));
        match outcome {
            Err(error) if emitted.is_empty() => Err(error.to_string()),
            // The event was refused but produced outputs. Return them, so that the comparison fails.
            _ => Ok(emitted),
        }
    }

    /// Outputs with their contacts named.
    pub fn named(engine: &Engine, outputs: Vec<Output>) -> Vec<Emitted> {
        let names = |contacts: &roaring::RoaringBitmap| engine.contact_ids(contacts).cloned().collect();
        outputs
            .into_iter()
            .map(|output| match output {
                Output::Transition(transition) => Emitted::Transition(transition),
                Output::Notice(output) => {
                    let NoticeOutput { notice, entered, left } = *output;
                    Emitted::Notice { notice, entered: names(&entered), left: names(&left) }
                }
            })
            .collect()
    }

    /// Compares every read of a segment with its members.
    fn reads_agree(&self, segment: &Segment) -> Result<(), Box<dyn std::error::Error>> {
        let engine = &self.engine;
        let id = segment.id().as_str();
        let members: Vec<&ContactId> = engine.members(id)?.collect();
        let differs =
            |read: &str| Err(format!("{read} of segment {id:?} is not what its members say").into());
        if engine.count(id)? != members.len() as u64 {
            return differs("the count");
        }
        let mut request = PageRequest::default().with_size(3);
        let mut paged = Vec::new();
        while let page = engine.page(id, &request)?
            && !page.contacts.is_empty()
        {
            paged.extend(page.contacts);
            let Some(next) = page.next else { break };
            request.start = PageStart::After(next);
        }
        if paged.iter().ne(members.iter().copied()) {
            return differs("the pages");
        }
        let preview = engine.preview(&segment.rule().to_json(), Some(id))?;
        if !preview.enters.is_empty() || !preview.leaves.is_empty() || preview.count != members.len() as u64 {
            return differs("the preview");
        }
        for contact in engine.dump().contacts {
            let is_member = members.contains(&&contact.id);
            let contact = contact.id.as_str();
            if engine.contains(id, contact)? != is_member {
                return differs("one contact");
            }
            if engine.segments_of(contact)?.contains(&segment.id()) != is_member {
                return differs("the segments of a contact");
            }
            let explanation = engine.explain(id, contact)?;
            if explanation.root.holds() != is_member || !adds_up(&explanation.root) {
                return differs("the explanation");
            }
        }
        Ok(())
    }
}

/// Whether every group of an explanation holds exactly when its nodes say so.
fn adds_up(node: &ExplainedNode) -> bool {
    match node {
        ExplainedNode::Group { matching, holds, nodes } => {
            matching.holds(nodes.iter().map(ExplainedNode::holds)) == *holds && nodes.iter().all(adds_up)
        }
        // A conversation that meets it is shown first.
        ExplainedNode::SameConversation { holds, conversations } => {
            conversations.first().is_some_and(|(_, node)| node.holds()) == *holds
                && conversations.iter().all(|(_, node)| adds_up(node))
        }
        ExplainedNode::Condition { .. } | ExplainedNode::Segment { .. } => true,
    }
}

impl Subject for EngineSubject {
    fn apply(&mut self, event: &Event) -> Result<Vec<Emitted>, String> {
        let outcome = self.engine.apply(event, &mut self.out);
        self.emitted(outcome)
    }

    fn memberships(&self) -> Vec<(SegmentId, Vec<ContactId>)> {
        let segments = self.engine.segments();
        segments
            .map(|segment| {
                let members = self.engine.members(segment.id().as_str()).into_iter().flatten();
                (segment.id().clone(), members.cloned().collect())
            })
            .collect()
    }

    fn contact_count(&self) -> usize {
        usize::try_from(self.engine.contact_count()).unwrap_or(usize::MAX)
    }

    fn now(&self) -> Option<Instant> {
        self.engine.now()
    }

    fn verify(&self) -> Result<(), String> {
        self.engine.verify().map_err(|difference| difference.to_string())?;
        self.engine
            .segments()
            .try_for_each(|segment| self.reads_agree(segment))
            .map_err(|error| error.to_string())
    }
}
