//! Two lanes of a clever brute force: a truth bit for each distinct condition and contact, and rules over the bits.
//!
//! A change asks the conditions on its field again; then either every rule is evaluated once, or only those that read the field, and
//! each outcome is compared with the contact's membership bit. There is no index of candidates. Invariant: between events, a bit says
//! whether its condition, or its rule, holds.

use std::collections::BTreeMap;

use enlist_model::{Group, Match, Node, Rule};
use roaring::RoaringBitmap;

use crate::digest::{Digest, Flip};
use crate::failure::Failure;
use crate::lanes::closure::{Closure, Compiler, on_field};
use crate::lanes::{Lane, Lap, Part};
use crate::stopwatch::timed;
use crate::workload::columns::{Change, Columns};
use crate::workload::field::FIELDS;

/// How many bits of members a lane keeps at most; with more, setting it up takes minutes.
pub const MAXIMUM_MEMBERS: u64 = 1_000_000_000;

/// Which rules a change evaluates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// All.
    Every,
    /// Those that read the field, and none if no truth changed.
    Dependent,
}

/// A condition, twice its number, plus one if it is negated.
type Literal = u32;

/// A rule over truth bits.
struct Expression {
    matching: Match,
    literals: Vec<Literal>,
    groups: Vec<Expression>,
}

/// A row of bits for each contact.
struct Rows {
    width: usize,
    words: Vec<u64>,
}

/// The conditions of all rules, each distinct one once.
struct Conditions {
    closures: Vec<Closure>,
    /// Whether the closure is that of the negated condition.
    are_negated: Vec<bool>,
    numbers: BTreeMap<String, u32>,
    /// The conditions on each field, in the order of the table.
    on_field: Vec<Vec<u32>>,
}

/// A lane.
pub struct Bits {
    asks: Asks,
    facts: Columns,
    conditions: Conditions,
    rules: Vec<Expression>,
    /// The segments that read each field, in the order of the table.
    readers: Vec<Vec<u32>>,
    truths: Rows,
    members: Rows,
}

impl Bits {
    /// Over these facts, rules and members; a rule's index is the number of its segment.
    pub fn new<'r>(
        asks: Asks,
        facts: Columns,
        rules: impl Iterator<Item = &'r Rule>,
        compiler: &Compiler,
        members: &[RoaringBitmap],
    ) -> Self {
        let mut conditions = Conditions {
            closures: Vec::new(),
            are_negated: Vec::new(),
            numbers: BTreeMap::new(),
            on_field: vec![Vec::new(); FIELDS.len()],
        };
        let (mut expressions, mut readers) = (Vec::new(), vec![Vec::new(); FIELDS.len()]);
        for (segment, rule) in (0..).zip(rules) {
            expressions.push(conditions.expression(rule.root(), compiler));
            for field in Compiler::fields_of(rule) {
                readers[field].push(segment);
            }
        }
        let contacts = facts.contacts();
        let mut truths = Rows::of(contacts, conditions.closures.len());
        for contact in 0..contacts {
            for (number, closure) in conditions.closures.iter().enumerate() {
                truths.set(contact, number, closure(&facts, contact));
            }
        }
        let mut member_rows = Rows::of(contacts, members.len());
        for (segment, members) in members.iter().enumerate() {
            members.iter().for_each(|contact| member_rows.set(contact as usize, segment, true));
        }
        Bits { asks, facts, conditions, rules: expressions, readers, truths, members: member_rows }
    }

    /// Writes a change, and asks the conditions on its field again. Returns the field's place, and whether a truth changed.
    fn write(&mut self, change: &Change) -> (usize, bool) {
        self.facts.write(change);
        // Every column of the workload is of a field.
        let field = FIELDS.iter().position(|field| field.column == change.column).unwrap_or_default();
        let contact = change.contact as usize;
        let row = self.truths.row_mut(contact);
        let mut differences = 0;
        for condition in &self.conditions.on_field[field] {
            let (word, bit) = (*condition as usize / 64, condition % 64);
            let holds = u64::from(self.conditions.closures[*condition as usize](&self.facts, contact));
            let difference = (row[word] >> bit & 1) ^ holds;
            row[word] ^= difference << bit;
            differences |= difference;
        }
        (field, differences != 0)
    }

    /// Applies a change, and appends the flips.
    fn apply(&mut self, event: u32, change: &Change, flips: &mut Vec<Flip>) {
        let (field, changed) = self.write(change);
        let contact = change.contact as usize;
        let mut flip =
            |segment: u32, entered| flips.push(Flip { event, segment, contact: change.contact, entered });
        match self.asks {
            Asks::Every => {
                let truths = self.truths.row(contact);
                let members = self.members.row_mut(contact);
                for (word, rules) in self.rules.chunks(64).enumerate() {
                    let holding = (0..)
                        .zip(rules)
                        .fold(0, |bits, (bit, rule)| bits | u64::from(rule.holds(truths)) << bit);
                    let mut changed = holding ^ members[word];
                    members[word] = holding;
                    while changed != 0 {
                        let bit = changed.trailing_zeros();
                        changed &= changed - 1;
                        flip(word as u32 * 64 + bit, holding >> bit & 1 == 1);
                    }
                }
            }
            Asks::Dependent if changed => {
                let truths = self.truths.row(contact);
                let members = self.members.row_mut(contact);
                for segment in &self.readers[field] {
                    let holds = self.rules[*segment as usize].holds(truths);
                    let (word, bit) = (*segment as usize / 64, segment % 64);
                    if (members[word] >> bit & 1 == 1) != holds {
                        members[word] ^= 1 << bit;
                        flip(*segment, holds);
                    }
                }
            }
            Asks::Dependent => {}
        }
    }
}

impl Lane for Bits {
    fn name(&self) -> &'static str {
        match self.asks {
            Asks::Every => "bits",
            Asks::Dependent => "bits_dependent",
        }
    }

    fn run(&mut self, part: &Part) -> Result<Lap, Failure> {
        let mut flips = Vec::new();
        let ((), time) = timed(|| {
            for (event, change) in (0..).zip(&part.changes[..part.prefix]) {
                self.apply(event, change, &mut flips);
            }
        });
        // The rest is given, so that a lane of many segments ends.
        for (event, change) in part.changes.iter().enumerate().skip(part.prefix) {
            self.write(change);
            for (segment, enters) in part.answer.of(event) {
                self.members.set(change.contact as usize, segment, enters);
            }
        }
        let agrees = flips.into_iter().collect::<Digest>() == part.beginning;
        Ok(Lap { time, events: part.prefix, agrees })
    }
}

impl Conditions {
    fn expression(&mut self, group: &Group, compiler: &Compiler) -> Expression {
        let mut expression =
            Expression { matching: group.matching, literals: Vec::new(), groups: Vec::new() };
        for node in &group.nodes {
            match node {
                Node::Group(group) => expression.groups.push(self.expression(group, compiler)),
                Node::Condition(condition) => {
                    expression.literals.push(self.literal(on_field(condition), compiler));
                }
            }
        }
        expression
    }

    fn literal(&mut self, condition: &enlist_model::Condition, compiler: &Compiler) -> Literal {
        let next = self.closures.len() as u32;
        let name = format!("{} {:?}", condition.field.as_str(), condition.predicate);
        let number = *self.numbers.entry(name).or_insert(next);
        if number == next {
            self.closures.push(compiler.condition(condition));
            self.are_negated.push(condition.is_negated());
            let place = FIELDS.iter().position(|field| field.key == condition.field.as_str());
            self.on_field[place.unwrap_or_default()].push(number);
        }
        number << 1 | u32::from(condition.is_negated() != self.are_negated[number as usize])
    }
}

impl Expression {
    fn holds(&self, truths: &[u64]) -> bool {
        let literal = |literal: &Literal| {
            let (word, bit) = ((literal >> 7) as usize, literal >> 1 & 63);
            (truths[word] >> bit ^ u64::from(*literal)) & 1 == 1
        };
        let any = || self.literals.iter().any(literal) || self.groups.iter().any(|group| group.holds(truths));
        match self.matching {
            Match::All => {
                self.literals.iter().all(literal) && self.groups.iter().all(|group| group.holds(truths))
            }
            Match::Any => any(),
            Match::None => !any(),
        }
    }
}

impl Rows {
    fn of(contacts: usize, bits: usize) -> Self {
        let width = bits.div_ceil(64);
        Rows { width, words: vec![0; contacts * width] }
    }

    fn row(&self, contact: usize) -> &[u64] {
        &self.words[contact * self.width..][..self.width]
    }

    fn row_mut(&mut self, contact: usize) -> &mut [u64] {
        &mut self.words[contact * self.width..][..self.width]
    }

    fn set(&mut self, contact: usize, bit: usize, holds: bool) {
        let word = &mut self.row_mut(contact)[bit / 64];
        *word = *word & !(1 << (bit % 64)) | u64::from(holds) << (bit % 64);
    }
}
