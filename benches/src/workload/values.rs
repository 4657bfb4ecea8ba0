//! The distribution of values: Zipf over texts, options and labels, skewed numbers, mostly recent dates.
//!
//! It knows the pools' sizes and no contact. Invariant: the same draws of the same generator give the same values.

use fastrand::Rng;

use crate::workload::columns::{Cell, EMPTY, EMPTY_DAY};
use crate::workload::field::{Column, LABELS, MULTI_SELECTS, SELECTS, TEXTS};
use crate::workload::pools::Pools;
use crate::workload::zipf::Zipf;

/// Draws values.
#[derive(Clone, Debug)]
pub struct Values {
    /// The day around which dates are distributed.
    today: i32,
    texts: [Zipf; TEXTS],
    selects: [Zipf; SELECTS],
    multi_selects: [Zipf; MULTI_SELECTS],
    conversations: [Zipf; 2],
    labels: Zipf,
}

impl Values {
    /// Values from these pools, dates around this day.
    pub fn new(pools: &Pools, today: i32) -> Self {
        // Every contact has an address of its own, so all are equally frequent.
        const EXPONENTS: [f64; TEXTS] = [0.6, 0.0, 0.8, 1.0, 1.0, 1.0];
        let options = |column| Zipf::new(Pools::option_count(column) as usize, 1.0);
        Values {
            today,
            texts: std::array::from_fn(|no| Zipf::new(pools.texts[no].count(), EXPONENTS[no])),
            selects: std::array::from_fn(|no| options(Column::Select(no))),
            multi_selects: std::array::from_fn(|no| options(Column::MultiSelect(no))),
            conversations: std::array::from_fn(|no| options(Column::Conversation(no))),
            labels: Zipf::new(usize::from(LABELS), 0.9),
        }
    }

    /// A value that is not empty.
    pub fn draw(&self, column: Column, random: &mut Rng) -> Cell {
        match column {
            Column::Text(no) => Cell::Code(self.texts[no].draw(random) as u32),
            Column::Number(no) => Cell::Number(number(no, random)),
            Column::Date(no) => Cell::Day(self.day(no, random)),
            Column::Boolean(no) => Cell::Code(u32::from(random.f64() < [0.7, 0.4][no])),
            Column::Select(no) => Cell::Code(self.selects[no].draw(random) as u32),
            Column::Conversation(no) => Cell::Code(self.conversations[no].draw(random) as u32),
            Column::MultiSelect(no) => {
                let count = random.u32(1..=3);
                Cell::Options((0..count).fold(0, |bits, _| bits | 1 << self.multi_selects[no].draw(random)))
            }
            Column::Labels => Cell::Add(self.label(random)),
        }
    }

    /// The new value of a number that changes: usually slightly more or less, sometimes any value.
    pub fn moved(no: usize, held: f64, random: &mut Rng) -> f64 {
        if held.is_nan() || random.u32(0..4) == 0 {
            return number(no, random);
        }
        let step = held.abs().max(1.0) * (0.9 + 0.2 * random.f64());
        let step = if no == 1 { (step * 100.0).round() / 100.0 } else { step.round() };
        if step.to_bits() == held.abs().to_bits() { held + 1.0 } else { step.copysign(held) }
    }

    /// A label.
    pub fn label(&self, random: &mut Rng) -> u16 {
        self.labels.draw(random) as u16
    }

    /// The empty value of a column.
    pub fn empty(column: Column) -> Cell {
        match column {
            Column::Number(_) => Cell::Number(f64::NAN),
            Column::Date(_) => Cell::Day(EMPTY_DAY),
            Column::MultiSelect(_) | Column::Labels => Cell::Options(0),
            _ => Cell::Code(EMPTY),
        }
    }

    fn day(&self, no: usize, random: &mut Rng) -> i32 {
        let part = random.f64();
        self.today
            + match no {
                0 => -(1_000.0 * part.powf(1.3)) as i32,
                1 => -(400.0 * part * part) as i32,
                _ => (600.0 * part) as i32 - 200,
            }
    }
}

/// A score, a revenue, a number of orders, a balance, a number of employees.
fn number(no: usize, random: &mut Rng) -> f64 {
    let part = random.f64();
    match no {
        0 => ((part + random.f64()) * 50.0).floor(),
        1 => (10.0_f64.powf(1.0 + 4.0 * part) * 100.0).round() / 100.0,
        2 => (20.0 * part * part * part).floor(),
        3 => ((part - 0.3) * 2_000.0).round(),
        _ => 10.0_f64.powf(3.7 * part).floor(),
    }
}
