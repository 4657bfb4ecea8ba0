//! The days of one field on which a change of the local date affects conditions, and which conditions.
//!
//! Invariant: the days are runs in order, without a gap between them; a day before the first or after the last affects nothing.

use enlist_model::Day;

use crate::ids::ConditionNo;

/// For runs of days, the conditions that they enter or leave.
#[derive(Debug, Default)]
pub(crate) struct DueDays {
    /// Where each run begins, in order.
    starts: Vec<i64>,
    /// The conditions of each run, in order; none for the last run, which is open.
    conditions: Vec<Vec<ConditionNo>>,
}

impl DueDays {
    /// From runs of days, each with its condition. Both ends of a run are in it.
    pub(super) fn new(mut runs: Vec<((Day, Day), ConditionNo)>) -> Self {
        runs.sort_unstable_by_key(|(_, condition)| *condition);
        let after = |day: Day| i64::from(day.number()) + 1;
        let ends = |((first, last), _): &((Day, Day), ConditionNo)| [i64::from(first.number()), after(*last)];
        let mut starts: Vec<i64> = runs.iter().flat_map(ends).collect();
        starts.sort_unstable();
        starts.dedup();
        let mut conditions = vec![Vec::new(); starts.len()];
        for run in &runs {
            let [first, end] = ends(run).map(|end| starts.partition_point(|start| *start < end));
            conditions[first..end].iter_mut().for_each(|conditions| conditions.push(run.1));
        }
        DueDays { starts, conditions }
    }

    /// The first and the last day of all; `None` if there are none.
    pub(crate) fn bounds(&self) -> Option<(Day, Day)> {
        // Starts come from days, and the last is the day after one.
        let day = |number: i64| Day::from_number(i32::try_from(number).unwrap_or(i32::MAX));
        Some((day(*self.starts.first()?), day(*self.starts.last()? - 1)))
    }

    /// The conditions that a day enters or leaves, in order.
    pub(crate) fn of(&self, day: Day) -> &[ConditionNo] {
        let runs = self.starts.partition_point(|start| *start <= i64::from(day.number()));
        runs.checked_sub(1).map_or(&[], |run| &self.conditions[run])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_has_the_conditions_of_the_runs_that_it_is_in() {
        let runs = [((3, 5), 7), ((5, 5), 2), ((9, i32::MAX), 4), ((i32::MIN, -4), 9)];
        let day = Day::from_number;
        let due = DueDays::new(
            runs.iter().map(|((first, last), no)| ((day(*first), day(*last)), ConditionNo(*no))).collect(),
        );
        for number in (-6..12).chain([i32::MIN, i32::MAX]) {
            let mut expected: Vec<_> =
                runs.iter().filter(|((a, b), _)| (*a..=*b).contains(&number)).collect();
            expected.sort_unstable_by_key(|(_, condition)| *condition);
            let expected: Vec<_> =
                expected.into_iter().map(|(_, condition)| ConditionNo(*condition)).collect();
            assert_eq!(due.of(day(number)), expected, "{number}");
        }
        assert_eq!(due.bounds(), Some((day(i32::MIN), day(i32::MAX))));
        assert_eq!(DueDays::new(Vec::new()).bounds(), None);
        assert!(DueDays::new(Vec::new()).of(day(0)).is_empty());
    }
}
