//! The lane of the crate `a-tree`, an index of boolean expressions: the whole contact becomes an event, the tree
//! finds all segments that match it, and the lane compares them with those that matched before.
//!
//! Options, labels and days are numbers and amounts are hundredths, which favours the tree. It cannot search for a
//! part of a text, so rules that do are left out. Invariant: `matched` equals the engine's members, for the segments
//! that are not left out.

use std::sync::Arc;

use a_tree::{ATree, AttributeDefinition, EventBuilder, EventError};
use enlist_model::{Condition, Kind, LabelPredicate, Predicate, Rule};
use roaring::RoaringBitmap;

use crate::comparison::expression::{expression, sign};
use crate::digest::{Digest, Flip};
use crate::failure::Failure;
use crate::lanes::{Lane, Lap, Part};
use crate::stopwatch::timed;
use crate::workload::columns::{Columns, EMPTY, EMPTY_DAY};
use crate::workload::field::{Column, FIELDS, Field, LABELS};
use crate::workload::pools::Pools;
use crate::workload::today;

/// Amounts are stored in this unit, so that they are integers.
const HUNDREDTHS: f64 = 100.0;

/// The tree, the facts, and the latest matches.
pub struct Tree {
    rules: ATree<u32>,
    pools: Arc<Pools>,
    facts: Columns,
    /// The name of each field's attribute, in the order of the table.
    attributes: Vec<String>,
    /// Whether each segment is in the tree.
    is_asked: Vec<bool>,
    /// The segments that hold each contact, in order.
    matched: Vec<Vec<u32>>,
}

impl Tree {
    /// Builds a tree of these rules over these facts. `members` are the members of each rule.
    ///
    /// # Errors
    /// [`Failure::Tree`] if the tree refuses a rule.
    pub fn new<'r>(
        facts: Columns,
        pools: Arc<Pools>,
        rules: impl Iterator<Item = &'r Rule>,
        members: &[RoaringBitmap],
    ) -> Result<Self, Failure> {
        let attributes: Vec<String> = FIELDS.iter().map(attribute).collect();
        let definitions: Vec<_> =
            FIELDS.iter().zip(&attributes).map(|(field, name)| definition(*field, name)).collect();
        let refused = |error: &dyn std::fmt::Display| Failure::Tree { problem: error.to_string() };
        let mut tree = ATree::new(&definitions).map_err(|error| refused(&error))?;
        let mut is_asked = Vec::new();
        for (segment, rule) in (0..).zip(rules) {
            let said = expression(rule, &|condition, holds| said(&pools, condition, holds));
            if let Some(said) = &said {
                tree.insert(&segment, said).map_err(|error| refused(&error))?;
            }
            is_asked.push(said.is_some());
        }
        let mut matched = vec![Vec::new(); facts.contacts()];
        for (segment, members) in (0..).zip(members) {
            if is_asked[segment as usize] {
                members.iter().for_each(|contact| matched[contact as usize].push(segment));
            }
        }
        Ok(Tree { rules: tree, pools, facts, attributes, is_asked, matched })
    }

    /// All segments that hold a contact, in order.
    fn search(&self, contact: usize) -> Result<Vec<u32>, Failure> {
        let refused = |error: &dyn std::fmt::Display| Failure::Tree { problem: error.to_string() };
        let mut event = self.rules.make_event();
        for (field, name) in FIELDS.iter().zip(&self.attributes) {
            self.give(&mut event, field.column, name, contact).map_err(|error| refused(&error))?;
        }
        let event = event.build().map_err(|error| refused(&error))?;
        let report = self.rules.search(&event).map_err(|error| refused(&error))?;
        let mut found: Vec<u32> = report.matches().iter().map(|segment| **segment).collect();
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// Adds the value of a field to an event, if there is one.
    fn give(
        &self,
        event: &mut EventBuilder<'_>,
        column: Column,
        name: &str,
        contact: usize,
    ) -> Result<(), EventError> {
        let facts = &self.facts;
        let code = |event: &mut EventBuilder<'_>, code: u32| {
            if code == EMPTY { Ok(()) } else { event.with_integer(name, i64::from(code)) }
        };
        match column {
            Column::Text(no) => match facts.texts[no][contact] {
                EMPTY => Ok(()),
                code => event.with_string(name, self.pools.texts[no].key(code)),
            },
            Column::Number(no) => match facts.numbers[no][contact] {
                number if number.is_nan() => Ok(()),
                number => event.with_integer(name, hundredths(number)),
            },
            Column::Date(no) => match facts.dates[no][contact] {
                EMPTY_DAY => Ok(()),
                day => event.with_integer(name, i64::from(day)),
            },
            Column::Boolean(no) => match facts.booleans[no][contact] {
                EMPTY => Ok(()),
                code => event.with_boolean(name, code == 1),
            },
            Column::Select(no) => code(event, facts.selects[no][contact]),
            Column::MultiSelect(no) => {
                let bits = facts.multi_selects[no][contact];
                let held = (0..u32::BITS).filter(|option| bits & 1 << option != 0);
                event.with_integer_list(name, &held.map(i64::from).collect::<Vec<_>>())
            }
            Column::Labels => {
                let held = (0..LABELS).filter(|label| facts.has_label(contact, *label));
                event.with_integer_list(name, &held.map(i64::from).collect::<Vec<_>>())
            }
            Column::Conversation(no) => {
                let held = &facts.conversations[no][facts.conversations_of(contact)];
                let held = held.iter().filter(|code| **code != EMPTY).map(|code| i64::from(*code));
                event.with_integer_list(name, &held.collect::<Vec<_>>())
            }
        }
    }
}

impl Lane for Tree {
    fn name(&self) -> &'static str {
        "a_tree"
    }

    fn segments(&self) -> Option<usize> {
        Some(self.is_asked.iter().filter(|is_asked| **is_asked).count())
    }

    fn run(&mut self, part: &Part) -> Result<Lap, Failure> {
        let mut flips = Vec::new();
        let (searched, time) = timed(|| {
            for (event, change) in (0..).zip(&part.changes[..part.prefix]) {
                self.facts.write(change);
                let found = self.search(change.contact as usize)?;
                let held = &mut self.matched[change.contact as usize];
                let flip = |segment, entered| Flip { event, segment, contact: change.contact, entered };
                flips.extend(added(held, &found).map(|segment| flip(segment, true)));
                flips.extend(added(&found, held).map(|segment| flip(segment, false)));
                *held = found;
            }
            Ok::<_, Failure>(())
        });
        searched?;
        for (event, change) in part.changes.iter().enumerate().skip(part.prefix) {
            self.facts.write(change);
            let held = &mut self.matched[change.contact as usize];
            for (segment, entered) in part.answer.of(event).filter(|(segment, _)| self.is_asked[*segment]) {
                let segment = segment as u32;
                match held.binary_search(&segment) {
                    Ok(place) if !entered => drop(held.remove(place)),
                    Err(place) if entered => held.insert(place, segment),
                    _ => {}
                }
            }
        }
        let agrees = flips.into_iter().collect::<Digest>() == part.digest_of(&self.is_asked);
        Ok(Lap { time, events: part.prefix, agrees })
    }
}

/// The later segments that are not among the earlier ones; both lists are sorted.
fn added<'s>(earlier: &'s [u32], later: &'s [u32]) -> impl Iterator<Item = u32> + 's {
    later.iter().copied().filter(|segment| earlier.binary_search(segment).is_err())
}

fn attribute(field: &Field) -> String {
    field.key.replace('.', "_")
}

fn definition(field: Field, name: &str) -> AttributeDefinition {
    match (field.column, field.kind()) {
        (Column::Conversation(_), _) | (_, Kind::MultiSelect | Kind::Label) => {
            AttributeDefinition::integer_list(name)
        }
        (_, Kind::Text) => AttributeDefinition::string(name),
        (_, Kind::Boolean) => AttributeDefinition::boolean(name),
        _ => AttributeDefinition::integer(name),
    }
}

/// A condition as an expression of the tree.
fn said(pools: &Pools, condition: &Condition, holds: bool) -> Option<String> {
    let field = Field::named(condition.field.as_str());
    let name = attribute(&field);
    let is_list = matches!(field.column, Column::Conversation(_) | Column::MultiSelect(_) | Column::Labels);
    let codes = |codes: &mut dyn Iterator<Item = u32>| {
        format!("[{}]", codes.map(|code| code.to_string()).collect::<Vec<_>>().join(", "))
    };
    // No contact has an unknown option or label.
    let option = |option: &str| Pools::option_code(option).unwrap_or(EMPTY);
    let positive = match &condition.predicate {
        Predicate::TextContains(_) | Predicate::TextStartsWith(_) | Predicate::TextEndsWith(_) => {
            return None;
        }
        Predicate::Labels(LabelPredicate::HasAny) => {
            return Some(format!("{name} is {}", if holds { "not empty" } else { "empty" }));
        }
        Predicate::HasValue if is_list => {
            return Some(format!("{name} is {}", if holds { "not empty" } else { "empty" }));
        }
        Predicate::HasValue => {
            return Some(format!("{name} is {}", if holds { "not null" } else { "null" }));
        }
        Predicate::TextEquals(key) => format!("{name} = \"{key}\""),
        Predicate::Number(comparison, operand) => {
            format!("{name} {} {}", sign(*comparison), hundredths(operand.get()))
        }
        Predicate::Day(window) => {
            let days = window.days(today());
            let first = days.first.map(|day| format!("{name} >= {}", day.number()));
            let last = days.last.map(|day| format!("{name} <= {}", day.number()));
            format!("({})", first.into_iter().chain(last).collect::<Vec<_>>().join(" and "))
        }
        Predicate::Boolean(true) => name.clone(),
        Predicate::Boolean(false) => format!("(not {name})"),
        Predicate::OptionEquals(wanted) if is_list => format!("{name} one of [{}]", option(wanted)),
        Predicate::OptionEquals(wanted) => format!("{name} = {}", option(wanted)),
        Predicate::ContainsAny(wanted) => format!("{name} one of {}", codes(&mut wanted.iter().map(option))),
        Predicate::ContainsAll(wanted) => {
            // Its `all of` means that everything the contact has is in the list, not the other way round.
            let each = wanted.iter().map(|wanted| format!("{name} one of [{}]", option(wanted)));
            format!("({})", each.collect::<Vec<_>>().join(" and "))
        }
        Predicate::Labels(LabelPredicate::Has(key)) => {
            let label = pools.label_with_key(key.as_str()).map_or(EMPTY, u32::from);
            format!("{name} one of [{label}]")
        }
    };
    Some(match (holds, is_list) {
        (true, _) => positive,
        (false, true) => format!("(not ({positive}))"),
        (false, false) => format!("({name} is null or not ({positive}))"),
    })
}

fn hundredths(number: f64) -> i64 {
    (number * HUNDREDTHS).round() as i64
}
