//! Rules compiled to closures over columns: a good implementation of a program that evaluates every segment. Operands
//! are looked up in the pools in advance, relative dates are fixed to today, search patterns are prepared, and the
//! cheap conditions of a group are evaluated before the expensive ones.
//!
//! It knows the model's rules and no engine. Invariant: a closure has the meaning of the model's operators.

use std::sync::Arc;

use enlist_model::{
    Comparison, Condition, ContactCondition, Group, Kind, LabelPredicate, Match, Node, Options, Predicate,
    Rule, Today,
};
use memchr::memmem::Finder;

use crate::workload::columns::{Columns, EMPTY, EMPTY_DAY, LabelBits};
use crate::workload::field::{Column, FIELDS, Field};
use crate::workload::pools::Pools;

/// Whether a rule, or a part of it, holds for a contact.
pub type Closure = Box<dyn Fn(&Columns, usize) -> bool + Send + Sync>;

/// Compiles rules.
pub struct Compiler {
    pools: Arc<Pools>,
    today: Today,
}

impl Compiler {
    /// A compiler of rules over these values, as of a day.
    pub fn new(pools: Arc<Pools>, today: Today) -> Self {
        Compiler { pools, today }
    }

    /// The closure of a rule.
    pub fn rule(&self, rule: &Rule) -> Closure {
        self.group(rule.root())
    }

    /// The fields that a rule reads, by their index in the [table](FIELDS).
    pub fn fields_of(rule: &Rule) -> Vec<usize> {
        let place =
            |condition: &&Condition| FIELDS.iter().position(|field| field.key == condition.field.as_str());
        let mut fields: Vec<usize> = rule.conditions().iter().filter_map(place).collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    fn group(&self, group: &Group) -> Closure {
        let mut nodes: Vec<&Node> = group.nodes.iter().collect();
        nodes.sort_by_key(|node| cost(node));
        let mut parts: Vec<Closure> = nodes.into_iter().map(|node| self.node(node)).collect();
        match group.matching {
            Match::All | Match::Any if parts.len() == 1 => parts.remove(0),
            Match::All => Box::new(move |facts, contact| parts.iter().all(|part| part(facts, contact))),
            Match::Any => Box::new(move |facts, contact| parts.iter().any(|part| part(facts, contact))),
            Match::None => Box::new(move |facts, contact| !parts.iter().any(|part| part(facts, contact))),
        }
    }

    fn node(&self, node: &Node) -> Closure {
        match node {
            Node::Group(group) => self.group(group),
            Node::Condition(condition) => self.condition(on_field(condition)),
        }
    }

    /// The closure of a condition.
    pub fn condition(&self, condition: &Condition) -> Closure {
        let negated = condition.is_negated();
        match Field::named(condition.field.as_str()).column {
            Column::Text(no) => self.text(no, &condition.predicate, negated),
            Column::Number(no) => number(no, &condition.predicate, negated),
            Column::Date(no) => self.date(no, &condition.predicate, negated),
            Column::Boolean(no) => {
                let Predicate::Boolean(wanted) = condition.predicate else { mismatch(condition) };
                Box::new(move |facts, contact| (facts.booleans[no][contact] == u32::from(wanted)) != negated)
            }
            Column::Select(no) => {
                let option = option_of(condition);
                Box::new(move |facts, contact| is_option(facts.selects[no][contact], option) != negated)
            }
            Column::Conversation(no) => {
                let option = option_of(condition);
                Box::new(move |facts, contact| {
                    let rows = &facts.conversations[no][facts.conversations_of(contact)];
                    rows.iter().any(|held| is_option(*held, option)) != negated
                })
            }
            Column::MultiSelect(no) => multi_select(no, condition, negated),
            Column::Labels => self.labels(condition, negated),
        }
    }

    fn text(&self, no: usize, predicate: &Predicate, negated: bool) -> Closure {
        if let Predicate::HasValue = predicate {
            return Box::new(move |facts, contact| (facts.texts[no][contact] != EMPTY) != negated);
        }
        if let Predicate::TextEquals(key) = predicate {
            // No contact has a text that is in no pool.
            let code = self.pools.texts[no].with_key(key).unwrap_or(EMPTY - 1);
            return Box::new(move |facts, contact| (facts.texts[no][contact] == code) != negated);
        }
        let holds: Box<dyn Fn(&str) -> bool + Send + Sync> = match predicate.clone() {
            Predicate::TextContains(piece) => {
                let finder = Finder::new(piece.as_bytes()).into_owned();
                Box::new(move |key| finder.find(key.as_bytes()).is_some())
            }
            Predicate::TextStartsWith(piece) => Box::new(move |key| key.starts_with(piece.as_str())),
            Predicate::TextEndsWith(piece) => Box::new(move |key| key.ends_with(piece.as_str())),
            other => unreachable!("{other:?} is not about texts"),
        };
        let pools = Arc::clone(&self.pools);
        Box::new(move |facts, contact| {
            let code = facts.texts[no][contact];
            (code != EMPTY && holds(pools.texts[no].key(code))) != negated
        })
    }

    fn date(&self, no: usize, predicate: &Predicate, negated: bool) -> Closure {
        let Predicate::Day(window) = predicate else {
            return Box::new(move |facts, contact| (facts.dates[no][contact] != EMPTY_DAY) != negated);
        };
        let days = window.days(self.today);
        let first = days.first.map_or(EMPTY_DAY + 1, enlist_model::Day::number);
        let last = days.last.map_or(i32::MAX, enlist_model::Day::number);
        Box::new(move |facts, contact| (first..=last).contains(&facts.dates[no][contact]) != negated)
    }

    fn labels(&self, condition: &Condition, negated: bool) -> Closure {
        let wanted: LabelBits = match &condition.predicate {
            Predicate::Labels(LabelPredicate::Has(key)) => {
                let mut bits = [0; 4];
                if let Some(label) = self.pools.label_with_key(key.as_str()) {
                    bits[usize::from(label / 64)] = 1 << (label % 64);
                }
                bits
            }
            Predicate::Labels(LabelPredicate::HasAny) => [u64::MAX; 4],
            _ => mismatch(condition),
        };
        Box::new(move |facts, contact| {
            let held = &facts.labels[contact];
            held.iter().zip(&wanted).any(|(held, wanted)| held & wanted != 0) != negated
        })
    }
}

#[expect(clippy::float_cmp, reason = "`equals` means equal")]
fn number(no: usize, predicate: &Predicate, negated: bool) -> Closure {
    let Predicate::Number(comparison, operand) = predicate else {
        return Box::new(move |facts, contact| facts.numbers[no][contact].is_nan() == negated);
    };
    let operand = operand.get();
    // No comparison holds for NaN, which stands for an empty number.
    match comparison {
        Comparison::Equal => Box::new(move |facts, row| (facts.numbers[no][row] == operand) != negated),
        Comparison::Greater => Box::new(move |facts, row| (facts.numbers[no][row] > operand) != negated),
        Comparison::GreaterOrEqual => {
            Box::new(move |facts, row| (facts.numbers[no][row] >= operand) != negated)
        }
        Comparison::Less => Box::new(move |facts, row| (facts.numbers[no][row] < operand) != negated),
        Comparison::LessOrEqual => Box::new(move |facts, row| (facts.numbers[no][row] <= operand) != negated),
    }
}

fn multi_select(no: usize, condition: &Condition, negated: bool) -> Closure {
    match &condition.predicate {
        Predicate::ContainsAny(options) => {
            let wanted = bits_of(options);
            Box::new(move |facts, contact| (facts.multi_selects[no][contact] & wanted != 0) != negated)
        }
        Predicate::ContainsAll(options) => {
            let wanted = bits_of(options);
            Box::new(move |facts, contact| (facts.multi_selects[no][contact] & wanted == wanted) != negated)
        }
        Predicate::HasValue => {
            Box::new(move |facts, contact| (facts.multi_selects[no][contact] != 0) != negated)
        }
        _ => mismatch(condition),
    }
}

/// The option that a condition names; `None` if any option meets it.
fn option_of(condition: &Condition) -> Option<u32> {
    match &condition.predicate {
        Predicate::OptionEquals(option) => Some(Pools::option_code(option).unwrap_or(EMPTY - 1)),
        Predicate::HasValue => None,
        _ => mismatch(condition),
    }
}

fn is_option(held: u32, wanted: Option<u32>) -> bool {
    wanted.map_or(held != EMPTY, |wanted| held == wanted)
}

fn bits_of(options: &Options) -> u32 {
    options.iter().filter_map(Pools::option_code).fold(0, |bits, option| bits | 1 << option)
}

/// How expensive a node is to evaluate.
fn cost(node: &Node) -> u32 {
    match node {
        Node::Condition(condition) => {
            let condition = on_field(condition);
            match (&condition.predicate, Field::named(condition.field.as_str()).kind()) {
                (Predicate::TextContains(_), _) => 8,
                (Predicate::TextStartsWith(_) | Predicate::TextEndsWith(_), _) => 6,
                (_, Kind::Label) => 2,
                _ if matches!(Field::named(condition.field.as_str()).column, Column::Conversation(_)) => 4,
                _ => 1,
            }
        }
        Node::Group(group) => group.nodes.iter().map(cost).sum(),
    }
}

/// The only kind of condition that the workload draws.
pub fn on_field(condition: &ContactCondition) -> &Condition {
    match condition {
        ContactCondition::Field(condition) => condition,
        ContactCondition::SameConversation(_) | ContactCondition::Segment(_) => {
            unreachable!("the workload draws none of these")
        }
    }
}

fn mismatch(condition: &Condition) -> ! {
    unreachable!("{} has no {:?}", condition.field.as_str(), condition.predicate)
}
