//! Values and operands as JSON, most of which fit their kind.
//!
//! It knows kinds and the current day, but no workspace.

use enlist_model::{Day, FieldDefinition, Instant, Json, Kind, OperandShape, Operator};

use super::draw::Draw;
use super::pools;
use crate::oracle::Zone;

/// The current position of a workload, around which dates are chosen.
#[derive(Clone, Debug)]
pub(crate) struct Here<'a> {
    pub(crate) at: Instant,
    pub(crate) zone: &'a Zone,
}

impl Here<'_> {
    fn day(&self, draw: &mut Draw) -> Day {
        let reach = draw.weighted(&[(30, 1), (30, 8), (20, 35), (10, 70), (2, 36_600)]);
        let day = self.zone.day_of(self.at).plus(draw.between(-reach, reach) as i32);
        // Years 0001 to 9999.
        Day::from_number(day.number().clamp(-719_162, 2_932_896))
    }

    /// An instant near now, often at midnight or a millisecond before it.
    fn instant(&self, draw: &mut Draw) -> Instant {
        let milliseconds = self.at.milliseconds();
        let shifted = |by: i64| {
            let within = Instant::MIN.milliseconds()..=Instant::MAX.milliseconds();
            let shifted = milliseconds.saturating_add(by);
            Instant::from_milliseconds(shifted.clamp(*within.start(), *within.end())).unwrap_or(self.at)
        };
        match draw.below(4) {
            0 => shifted(draw.between(-86_400_000, 86_400_000)),
            1 => shifted(draw.between(-40 * 86_400_000, 40 * 86_400_000)),
            _ => {
                let from = shifted(draw.between(-3, 3) * 86_400_000);
                let midnight = self.zone.next_date_change(from, Instant::MAX).unwrap_or(from);
                let early = draw.pick(&[0, 0, 1, 60_000]);
                Instant::from_milliseconds(midnight.milliseconds() - early).unwrap_or(midnight)
            }
        }
    }

    /// A value of a kind. Some are empty, and `wrong` in a thousand do not fit.
    pub(crate) fn value(&self, draw: &mut Draw, field: &FieldDefinition, misfits: u32) -> Json {
        if draw.per_mille(150) {
            return empty(draw);
        }
        if draw.per_mille(misfits) {
            return misfit(draw);
        }
        match field.kind {
            Kind::Text => Json::from(draw.pick(&pools::TEXTS)),
            Kind::Phone => Json::from(draw.pick(&pools::PHONES)),
            Kind::Number => number(draw),
            Kind::Date => Json::Text(self.date(draw)),
            Kind::Boolean => Json::Bool(draw.below(2) == 0),
            Kind::Select => Json::from(option(draw, field, misfits).as_str()),
            Kind::MultiSelect | Kind::Label => options(draw, field, misfits),
        }
    }

    fn date(&self, draw: &mut Draw) -> String {
        match draw.below(8) {
            0..=3 => self.day(draw).to_string(),
            4 => format!(" {}\u{2003}", self.day(draw)),
            5 => format!(" {}", self.instant(draw).to_string().replace('T', "t")),
            6 => self.instant(draw).to_string().replace('T', " ").replace('Z', "+00:00"),
            _ => self.instant(draw).to_string(),
        }
    }

    /// An operand for an operator on a field. `wrong` in a thousand do not fit.
    pub(crate) fn operand(
        &self,
        draw: &mut Draw,
        field: &FieldDefinition,
        operator: Operator,
        misfits: u32,
    ) -> Json {
        if draw.per_mille(misfits) {
            return if draw.below(2) == 0 { empty(draw) } else { misfit(draw) };
        }
        match operator.operand(field.kind) {
            OperandShape::Nothing if draw.below(8) == 0 => empty(draw),
            OperandShape::Nothing => Json::Null,
            OperandShape::Text => Json::from(draw.pick(&pools::TEXTS)),
            OperandShape::Phone => {
                Json::from(draw.pick(&["5", "0100", "+1 415", "55", "14155550100", "0", "4"]))
            }
            OperandShape::Number => number(draw),
            OperandShape::Day => Json::Text(self.day(draw).to_string()),
            OperandShape::DayCount => match draw.below(5) {
                0 => Json::from("3"),
                1 => Json::from(draw.pick(&[30, 31, 365, 36_500])),
                _ => Json::from(draw.pick(&[1, 2, 3, 7])),
            },
            OperandShape::Option => Json::from(option(draw, field, misfits).as_str()),
            OperandShape::Options => options(draw, field, misfits),
            OperandShape::Label => Json::from(draw.pick(&pools::LABELS)),
        }
    }
}

fn empty(draw: &mut Draw) -> Json {
    match draw.below(3) {
        0 => Json::Null,
        1 => Json::List(Vec::new()),
        _ => Json::from(draw.pick(&pools::BLANKS)),
    }
}

fn misfit(draw: &mut Draw) -> Json {
    match draw.below(6) {
        0 => Json::Object(vec![("x".to_owned(), Json::Null)]),
        1 => Json::from(vec!["free", " "]),
        2 => Json::List(vec![Json::from(1), Json::Null]),
        3 => Json::Number(draw.pick(&pools::NUMBERS)),
        4 => Json::Bool(true),
        _ => Json::from(draw.pick(&pools::MISFITS)),
    }
}

fn number(draw: &mut Draw) -> Json {
    if draw.below(5) == 0 {
        Json::from(draw.pick(&pools::NUMBER_TEXTS))
    } else {
        Json::Number(draw.pick(&pools::NUMBERS))
    }
}

/// An option that the field accepts. `wrong` in a thousand may be any option.
fn option(draw: &mut Draw, field: &FieldDefinition, strangers: u32) -> String {
    let any = if field.built_in { draw.pick(&pools::STATES) } else { draw.pick(&pools::OPTIONS) };
    let defined = field.options.as_deref().unwrap_or_default();
    match draw.one_of(defined) {
        Some(option) if !draw.per_mille(strangers) => option.to_string(),
        _ => any.to_owned(),
    }
}

fn options(draw: &mut Draw, field: &FieldDefinition, strangers: u32) -> Json {
    let count = draw.weighted(&[(4, 1), (3, 2), (1, 3)]);
    Json::List((0..count).map(|_| Json::from(option(draw, field, strangers).as_str())).collect())
}
