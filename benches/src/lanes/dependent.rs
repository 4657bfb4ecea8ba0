//! The lane that evaluates only the segments that read the changed field, before and after each change.

use crate::failure::Failure;
use crate::lanes::brute::evaluate;
use crate::lanes::closure::Closure;
use crate::lanes::{Lane, Lap, Part};
use crate::workload::columns::Columns;
use crate::workload::field::FIELDS;

/// Evaluates the segments that read the field, before and after.
pub struct Dependent<'a> {
    facts: Columns,
    rules: &'a [Closure],
    /// The segments that read each field, in the order of the table.
    readers: Vec<Vec<u32>>,
}

impl<'a> Dependent<'a> {
    /// Over these facts and rules; each rule's fields are given by their index in the table.
    pub fn new(facts: Columns, rules: &'a [Closure], fields: &[Vec<usize>]) -> Self {
        let mut readers = vec![Vec::new(); FIELDS.len()];
        for (segment, fields) in (0..).zip(fields) {
            for field in fields {
                readers[*field].push(segment);
            }
        }
        Dependent { facts, rules, readers }
    }
}

impl Lane for Dependent<'_> {
    fn name(&self) -> &'static str {
        "dependent"
    }

    fn run(&mut self, part: &Part) -> Result<Lap, Failure> {
        let readers = &self.readers;
        Ok(evaluate(&mut self.facts, self.rules, part, |change| {
            let place = FIELDS.iter().position(|field| field.column == change.column);
            place.map_or(&[][..], |place| &readers[place])
        }))
    }
}
