//! Computes everything that is derived again from the facts and compares. It changes nothing and uses no index.

use std::collections::BTreeMap;
use std::fmt;

use enlist_model::{ContactId, Day, SegmentId};

use crate::engine::Engine;
use crate::ids::{ContactNo, FieldNo};

/// The first difference between what is stored and what computing it again gives. It means a defect in the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// A contact is a member and should not be, or is not and should be.
    Membership {
        /// The segment.
        segment: SegmentId,
        /// The contact.
        contact: ContactId,
        /// Whether the contact should be a member.
        should_be: bool,
    },
    /// A segment holds contacts that do not exist.
    Strangers {
        /// The segment.
        segment: SegmentId,
        /// Their number.
        count: u64,
    },
    /// A stored truth differs from the condition evaluated on the facts.
    Truth {
        /// The contact.
        contact: ContactId,
        /// The condition.
        condition: String,
    },
    /// Another number of values is counted for a day than falls on it.
    Days {
        /// The field's key.
        field: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Membership { segment, contact, should_be: true } => {
                write!(out, "the contact {contact:?} should be a member of {segment:?} and is not")
            }
            Difference::Membership { segment, contact, should_be: false } => {
                write!(out, "the contact {contact:?} is a member of {segment:?} and should not be")
            }
            Difference::Strangers { segment, count } => {
                write!(out, "the segment {segment:?} holds {count} contacts that do not exist")
            }
            Difference::Truth { contact, condition } => {
                write!(
                    out,
                    "the stored truth of {condition} for the contact {contact:?} differs from its facts"
                )
            }
            Difference::Days { field } => {
                write!(out, "the stored days of the field `{field}` differ from the facts")
            }
        }
    }
}

impl std::error::Error for Difference {}

impl Engine {
    /// Computes everything that is derived again and compares.
    ///
    /// # Errors
    /// The first [`Difference`].
    pub fn verify(&self) -> Result<(), Difference> {
        let contacts = || self.facts.contacts.iter().map(|(no, _)| no);
        self.verify_truths(contacts())?;
        self.verify_days()?;
        for no in self.definitions.segments_by_rank() {
            let segment = self.definitions.segment(no);
            let mut count = 0;
            for contact in contacts() {
                let should_be = self.evaluator().rule_holds(contact, &segment.rule);
                count += u64::from(should_be);
                if should_be != self.membership.contains(no, contact) {
                    let contact = self.facts.contacts.get(contact).id.clone();
                    return Err(Difference::Membership { segment: segment.id.clone(), contact, should_be });
                }
            }
            let strangers = self.membership.of(no).len() - count;
            if strangers > 0 {
                return Err(Difference::Strangers { segment: segment.id.clone(), count: strangers });
            }
        }
        Ok(())
    }

    fn verify_truths(&self, contacts: impl Iterator<Item = ContactNo>) -> Result<(), Difference> {
        for contact in contacts {
            for (no, entry) in self.conditions.iter() {
                if self.truths.get(contact, no) != self.evaluator().holds(contact, no) {
                    let contact = self.facts.contacts.get(contact).id.clone();
                    return Err(Difference::Truth { contact, condition: format!("{:?}", entry.condition) });
                }
            }
        }
        Ok(())
    }

    fn verify_days(&self) -> Result<(), Difference> {
        for field in self.deadlines.fields() {
            let expected = self.days_by_facts(field);
            if !self.deadlines.days(field).eq(expected) {
                return Err(Difference::Days {
                    field: self.definitions.field(field).key.as_str().to_owned(),
                });
            }
        }
        Ok(())
    }

    fn days_by_facts(&self, field: FieldNo) -> BTreeMap<Day, u32> {
        let mut days: BTreeMap<Day, u32> = BTreeMap::new();
        for (no, contact) in self.facts.contacts.iter() {
            let conversations =
                contact.conversations.iter().map(|each| self.facts.conversations.value(*each, field));
            for value in std::iter::once(self.facts.contacts.value(no, field)).chain(conversations) {
                if let Some(day) = self.day(value.as_ref()) {
                    *days.entry(day).or_default() += 1;
                }
            }
        }
        days
    }
}

#[cfg(test)]
mod tests {
    use enlist_model::{Change, Event, Json};

    use super::*;
    use crate::ids::{ConditionNo, SegmentNo};
    use crate::membership::MembershipChange;
    use crate::seeded_map::HashSeed;

    const SEGMENT: SegmentNo = SegmentNo(0);
    const CONTACT: ContactNo = ContactNo(0);

    /// One contact that was created today, and the segment of those.
    fn engine() -> Engine {
        let mut engine = Engine::new(HashSeed::new(0));
        for line in [
            r#"{"type":"segment_saved","segment":"today","name":"T","rule":{"match":"all","conditions":[{"field":"created_at","operator":"is_today"}]}}"#,
            r#"{"type":"contact_saved","contact":"ada"}"#,
        ] {
            let Ok(Json::Object(mut members)) = Json::parse(line) else { panic!("{line}") };
            members.push(("at".to_owned(), Json::from("2026-11-23T10:00:00Z")));
            let event = Event::from_json(Json::Object(members)).unwrap();
            engine.apply(&event, &mut Vec::new()).unwrap();
        }
        engine.verify().unwrap();
        engine
    }

    fn settle(engine: &mut Engine, changes: &[MembershipChange]) {
        engine.membership.note(changes);
        engine.membership.write();
    }

    fn found(engine: &Engine) -> String {
        engine.verify().unwrap_err().to_string()
    }

    #[test]
    fn a_wrong_truth_is_named_with_its_contact() {
        let mut engine = engine();
        engine.truths.flip(CONTACT, &[ConditionNo(0)]);
        assert!(found(&engine).starts_with("the stored truth of Field"), "{}", found(&engine));
    }

    #[test]
    fn a_missing_member_and_an_unknown_member_are_named() {
        let mut engine = engine();
        let order = engine.definitions.order(SEGMENT);
        settle(&mut engine, &[MembershipChange::of(order, CONTACT, Change::Left)]);
        assert_eq!(found(&engine), "the contact \"ada\" should be a member of \"today\" and is not");
        let entered = |contact| MembershipChange::of(order, contact, Change::Entered);
        settle(&mut engine, &[entered(CONTACT), entered(ContactNo(7))]);
        assert_eq!(found(&engine), "the segment \"today\" holds 1 contacts that do not exist");
    }

    #[test]
    fn a_contact_that_should_not_be_a_member_is_named() {
        let mut engine = engine();
        let rule = r#"{"match":"all","conditions":[{"field":"name","operator":"is_not_empty"}]}"#;
        let event = Event::segment_saved(engine.now.unwrap(), "named", "N", Json::parse(rule).unwrap());
        engine.apply(&event.build().unwrap(), &mut Vec::new()).unwrap();
        let order = engine.definitions.order(SegmentNo(1));
        settle(&mut engine, &[MembershipChange::of(order, CONTACT, Change::Entered)]);
        assert_eq!(found(&engine), "the contact \"ada\" is a member of \"named\" and should not be");
    }

    #[test]
    fn a_wrong_day_is_named_with_its_field() {
        let mut engine = engine();
        let field = engine.definitions.built_in.created_at;
        engine.deadlines.recount(field, std::iter::empty());
        assert_eq!(found(&engine), "the stored days of the field `created_at` differ from the facts");
    }
}
