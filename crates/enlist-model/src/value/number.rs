//! Numbers: the values of number fields and the operands compared with them.
//!
//! Invariant: a number is finite and never `-0`, so equal numbers have equal bits.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use crate::json::Json;

/// A finite float with numeric order; `-0` becomes `0`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(f64);

impl Number {
    /// A number, if the float is finite.
    pub fn new(value: f64) -> Option<Self> {
        // Adding zero turns -0 into 0 and nothing else.
        value.is_finite().then_some(Number(value + 0.0))
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }

    /// An integer that orders numbers: greater exactly if the number is greater. It is never `i64::MIN` or `i64::MAX`.
    pub fn order(self) -> i64 {
        let bits = self.0.to_bits().cast_signed();
        // The bits of positive floats are ordered like integers. Those of negative floats are ordered in reverse, so
        // all of them except the sign are inverted.
        bits ^ (bits >> 63 & i64::MAX)
    }

    /// Reads a JSON number, or a string that holds one; blanks around it are ignored.
    pub fn read(json: &Json) -> Option<Self> {
        match json {
            Json::Number(value) => Self::new(*value),
            // serde_json knows the grammar. It would also skip the blanks that JSON has; those are trimmed by now.
            Json::Text(text) => serde_json::from_str(text.trim()).ok().and_then(Self::new),
            Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) | Json::TooDeep => None,
        }
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_a_number_preserves_comparison() {
        let numbers = [f64::MIN, -1.5, -1.0, -f64::MIN_POSITIVE, 0.0, 5e-324, 1.0, 1.5, f64::MAX];
        for pair in numbers.windows(2) {
            let [one, two] = [pair[0], pair[1]].map(|number| Number::new(number).unwrap().order());
            assert!(i64::MIN < one && one < two && two < i64::MAX, "{pair:?}");
        }
    }
}
