//! The segments of the workload: rules of one to five conditions, as JSON.
//!
//! Of all conditions 45 % are on selects, labels and booleans (5 % on those of conversations), 20 % compare numbers,
//! 20 % are on dates (14 % relative ones), 15 % on texts, a third of which search for a part. 70 % of the rules
//! require all of their conditions; 10 % nest a group. It knows no contact. Invariant: every rule is valid.

use std::sync::Arc;

use enlist_model::{Day, Json};
use fastrand::Rng;

use crate::workload::columns::Cell;
use crate::workload::field::{Column, Field, NUMBERS, TEXTS};
use crate::workload::pools::Pools;
use crate::workload::profile::Profile;
use crate::workload::values::Values;

/// Draws rules.
pub struct Rules {
    random: Rng,
    profile: Profile,
    pools: Arc<Pools>,
    values: Values,
}

impl Rules {
    /// Rules over these values.
    pub fn new(seed: u64, profile: Profile, pools: Arc<Pools>, values: Values) -> Self {
        Rules { random: Rng::with_seed(seed), profile, pools, values }
    }

    /// The next rule.
    pub fn draw(&mut self) -> Json {
        if let Some(column) = self.profile.shared() {
            return self.sharing(column);
        }
        let count = self.random.usize(1..=5);
        let mut nodes: Vec<Json> = (0..count).map(|_| self.condition()).collect();
        // Three of five rules have the three conditions that nesting needs, so this is a tenth of all.
        if count >= 3 && self.random.u32(0..6) == 0 {
            let inner = nodes.split_off(count - 2);
            nodes.push(group(if self.random.bool() { "any" } else { "all" }, inner));
        }
        let matching = match self.random.u32(0..100) {
            0..70 => "all",
            70..95 => "any",
            _ => "none",
        };
        group(matching, nodes)
    }

    /// One condition on the shared column and one to four others.
    fn sharing(&mut self, column: Column) -> Json {
        let shared = match column {
            Column::Labels => condition(Field::of(column), "has_label", Json::from(self.pools.label(0))),
            Column::Text(no) => self.piece_of_text(no),
            Column::Number(no) => self.number(no),
            _ => unreachable!("no profile shares {column:?}"),
        };
        let others = self.random.usize(1..=4);
        group("all", std::iter::once(shared).chain((0..others).map(|_| self.condition())).collect())
    }

    fn condition(&mut self) -> Json {
        match self.random.u32(0..100) {
            0..5 => {
                let no = self.random.usize(0..2);
                self.select(Column::Conversation(no))
            }
            5..20 => {
                let no = self.random.usize(0..3);
                self.select(Column::Select(no))
            }
            20..33 => self.label(),
            33..39 => self.multi_select(),
            39..45 => {
                let field = Field::of(Column::Boolean(self.random.usize(0..2)));
                condition(field, if self.random.bool() { "is_true" } else { "is_false" }, Json::Null)
            }
            45..65 => {
                let no = self.random.usize(0..NUMBERS);
                self.number(no)
            }
            65..85 => self.date(),
            85..90 => {
                let no = self.random.usize(0..TEXTS);
                self.piece_of_text(no)
            }
            _ => self.text(),
        }
    }

    fn select(&mut self, column: Column) -> Json {
        let field = Field::of(column);
        let operator = match self.random.u32(0..20) {
            0..16 => "equals",
            16..18 => "not_equals",
            18 => return condition(field, "is_empty", Json::Null),
            _ => return condition(field, "is_not_empty", Json::Null),
        };
        // The option that a user chooses does not depend on how many contacts have it.
        let option = self.random.u32(0..Pools::option_count(column));
        condition(field, operator, Json::from(Pools::option(option)))
    }

    fn label(&mut self) -> Json {
        let field = Field::of(Column::Labels);
        let operator = match self.random.u32(0..20) {
            0..16 => "has_label",
            16..19 => "does_not_have_label",
            _ => return condition(field, "has_no_labels", Json::Null),
        };
        let label = self.values.label(&mut self.random);
        condition(field, operator, Json::from(self.pools.label(label)))
    }

    fn multi_select(&mut self) -> Json {
        let column = Column::MultiSelect(self.random.usize(0..2));
        let Cell::Options(bits) = self.values.draw(column, &mut self.random) else {
            unreachable!("a multi-select holds options");
        };
        let operator = ["contains_any", "contains_all", "does_not_contain_any"][self.random.usize(0..3)];
        condition(Field::of(column), operator, options(bits))
    }

    fn number(&mut self, no: usize) -> Json {
        let Cell::Number(operand) = self.values.draw(Column::Number(no), &mut self.random) else {
            unreachable!("a number is one");
        };
        let operators = ["greater_than", "greater_than_or_equal", "less_than", "less_than_or_equal"];
        condition(Field::of(Column::Number(no)), operators[self.random.usize(0..4)], Json::Number(operand))
    }

    fn date(&mut self) -> Json {
        const RELATIVE: [(&str, &[i32]); 9] = [
            ("is_in_last_n_days", &[2, 3, 5, 10, 14, 21, 30, 45, 60, 90, 120, 180, 365]),
            ("is_in_last_n_days", &[7, 14, 30, 60, 90, 180]),
            ("is_more_than_n_days_ago", &[7, 14, 30, 45, 60, 90, 180, 365]),
            ("is_in_last_7_days", &[]),
            ("is_today", &[]),
            ("is_yesterday", &[]),
            ("is_this_week", &[]),
            ("is_this_month", &[]),
            ("is_last_month", &[]),
        ];
        let column = Column::Date(self.random.usize(0..3));
        let field = Field::of(column);
        if self.random.u32(0..20) >= 14 {
            let Cell::Day(day) = self.values.draw(column, &mut self.random) else {
                unreachable!("a date is a day");
            };
            let operator = if self.random.bool() { "is_after" } else { "is_before" };
            return condition(field, operator, Json::from(Day::from_number(day).to_string()));
        }
        if column == Column::Date(2) && self.random.bool() {
            return condition(
                field,
                "is_in_next_n_days",
                Json::from([7, 14, 30, 60][self.random.usize(0..4)]),
            );
        }
        let (operator, days) = RELATIVE[self.random.usize(0..RELATIVE.len())];
        let operand = self.random.choice(days).map_or(Json::Null, |days| Json::from(*days));
        condition(field, operator, operand)
    }

    fn text(&mut self) -> Json {
        let no = self.random.usize(0..TEXTS);
        let field = Field::of(Column::Text(no));
        let operator = match self.random.u32(0..10) {
            0..8 => "equals",
            8 => "not_equals",
            _ => return condition(field, "is_empty", Json::Null),
        };
        condition(field, operator, Json::from(self.any_text(no)))
    }

    fn any_text(&mut self, no: usize) -> String {
        let Cell::Code(code) = self.values.draw(Column::Text(no), &mut self.random) else {
            unreachable!("a text is a code");
        };
        self.pools.texts[no].shown(code).to_owned()
    }

    /// The beginning, the end or the middle of a text of the pool.
    fn piece_of_text(&mut self, no: usize) -> Json {
        let letters: Vec<char> = self.any_text(no).chars().collect();
        let (operator, piece) = match self.random.u32(0..3) {
            0 => {
                let length = self.random.usize(2..=6);
                (
                    "contains",
                    &letters[self.random.usize(0..letters.len().saturating_sub(length).max(1))..][..],
                )
            }
            1 => ("starts_with", &letters[..]),
            _ => ("ends_with", &letters[letters.len().saturating_sub(self.random.usize(3..=8))..]),
        };
        let length =
            if operator == "ends_with" { piece.len() } else { self.random.usize(3..=6).min(piece.len()) };
        let piece: String = piece[..length].iter().collect();
        // A middle may be blank, which no rule accepts.
        let piece = if piece.trim().is_empty() { letters.iter().collect() } else { piece };
        condition(Field::of(Column::Text(no)), operator, Json::from(piece))
    }
}

/// The options with these bits, as a value or an operand.
pub fn options(bits: u32) -> Json {
    let held = (0..u32::BITS).filter(|option| bits & 1 << option != 0);
    Json::List(held.map(|option| Json::from(Pools::option(option))).collect())
}

fn condition(field: Field, operator: &str, value: Json) -> Json {
    let mut members =
        vec![("field".to_owned(), Json::from(field.key)), ("operator".to_owned(), Json::from(operator))];
    if value != Json::Null {
        members.push(("value".to_owned(), value));
    }
    Json::Object(members)
}

fn group(matching: &str, nodes: Vec<Json>) -> Json {
    Json::Object(vec![
        ("match".to_owned(), Json::from(matching)),
        ("conditions".to_owned(), Json::List(nodes)),
    ])
}
