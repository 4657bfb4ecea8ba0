//! The outputs of one event with the contacts named, and the memberships that a listener folds from them.
//!
//! It knows no rule. Invariant of [`Folded`]: every change that it took made a difference.

use std::collections::{BTreeMap, BTreeSet};

use enlist_model::{Change, ContactId, Notice, NoticeOutcome, SegmentId, Transition};

/// One output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Emitted {
    /// A contact entered or left a segment.
    Transition(Transition),
    /// A definition changed a membership as a whole.
    Notice {
        /// The notice.
        notice: Notice,
        /// Who entered, in order of creation.
        entered: Vec<ContactId>,
        /// Who left, in order of creation.
        left: Vec<ContactId>,
    },
}

/// The memberships that follow from transitions and notices alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded(BTreeMap<SegmentId, BTreeSet<ContactId>>);

impl Folded {
    /// Takes the next output.
    ///
    /// # Errors
    /// A message if the output contradicts those before: a contact enters that was a member, or leaves that was
    /// none, or a count differs from the number of contacts.
    pub fn take(&mut self, emitted: &Emitted) -> Result<(), String> {
        match emitted {
            Emitted::Transition(transition) => {
                let members =
                    self.0.get_mut(&transition.segment).ok_or("a transition of a segment never built")?;
                step(members, &transition.contact, transition.change)
            }
            Emitted::Notice { notice, entered, left } => {
                let told = match notice.outcome {
                    NoticeOutcome::Built { members } => (members, 0),
                    NoticeOutcome::Rebuilt { entered, left } => (entered, left),
                    NoticeOutcome::Dropped => (0, left.len() as u64),
                };
                if told != (entered.len() as u64, left.len() as u64) {
                    return Err(format!("a notice that does not count its contacts: {emitted:?}"));
                }
                let is_new = matches!(notice.outcome, NoticeOutcome::Built { .. });
                if is_new == self.0.contains_key(&notice.segment) {
                    return Err(format!("{:?} for segment {:?}", notice.outcome, notice.segment));
                }
                let members = self.0.entry(notice.segment.clone()).or_default();
                for contact in entered {
                    step(members, contact, Change::Entered)?;
                }
                for contact in left {
                    step(members, contact, Change::Left)?;
                }
                if notice.outcome == NoticeOutcome::Dropped && !members.is_empty() {
                    return Err(format!("segment {:?} was dropped with members left", notice.segment));
                }
                if notice.outcome == NoticeOutcome::Dropped {
                    self.0.remove(&notice.segment);
                }
                Ok(())
            }
        }
    }

    /// The members of every segment.
    pub fn memberships(&self) -> &BTreeMap<SegmentId, BTreeSet<ContactId>> {
        &self.0
    }
}

fn step(members: &mut BTreeSet<ContactId>, contact: &ContactId, change: Change) -> Result<(), String> {
    let differs = match change {
        Change::Entered => members.insert(contact.clone()),
        Change::Left => members.remove(contact),
    };
    if differs { Ok(()) } else { Err(format!("contact {contact:?} {} without need", change.name())) }
}
