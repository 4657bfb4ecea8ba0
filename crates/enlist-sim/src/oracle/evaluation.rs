//! Membership as the contract defines it: every rule is evaluated for every contact, directly on the rule's tree.
//!
//! It stores nothing and takes no short cuts. Invariant: [`memberships`] depends on its arguments alone.

use std::collections::BTreeMap;

use enlist_model::{
    Comparable, Condition, ContactCondition, ContactId, Day, DayWindow, FieldKey, Predicate, Rule, Scope,
    SegmentId, Today, Value,
};

use super::facts::{Contact, Values};
use super::state::State;

/// A member: its creation number and its id.
pub(crate) type Member = (u64, ContactId);

/// The members of every segment, in order of creation.
pub(crate) type Memberships = BTreeMap<SegmentId, Vec<Member>>;

/// The membership of every segment, as of today.
pub(crate) fn memberships(state: &State, today: Day) -> Memberships {
    let today = Today { day: today, week_start: state.week_start };
    let mut reading = Reading { state, today, memberships: Memberships::new() };
    // Segments come after those they refer to.
    for segment in state.definitions.in_order() {
        let members = state
            .facts
            .contacts()
            .filter(|(number, contact)| reading.rule(&segment.rule, *number, contact))
            .map(|(number, contact)| (number, contact.id.clone()))
            .collect();
        reading.memberships.insert(segment.id.clone(), members);
    }
    reading.memberships
}

/// Evaluates rules for contacts.
struct Reading<'a> {
    state: &'a State,
    today: Today,
    /// The memberships of the segments evaluated so far.
    memberships: Memberships,
}

impl Reading<'_> {
    fn rule(&self, rule: &Rule, number: u64, contact: &Contact) -> bool {
        rule.root().holds(&|condition| match condition {
            ContactCondition::Field(condition) => self.on_contact(condition, contact),
            ContactCondition::SameConversation(group) => contact.conversations.values().any(|values| {
                group.holds(&|condition| self.predicate(condition, values) != condition.is_negated())
            }),
            ContactCondition::Segment(condition) => {
                let members = self.memberships.get(&condition.segment);
                let is_member = members.is_some_and(|members| {
                    members.binary_search_by_key(&number, |(number, _)| *number).is_ok()
                });
                is_member == condition.is_member
            }
        })
    }

    /// A positive condition on a conversation field holds if some conversation meets it, its negation if none does.
    fn on_contact(&self, condition: &Condition, contact: &Contact) -> bool {
        let holds = match condition.field.scope() {
            Scope::Contact if condition.field.as_str() == enlist_model::LABELS => {
                condition.predicate.holds(Comparable::Labels(&contact.labels), self.today)
            }
            Scope::Contact => self.predicate(condition, &contact.values),
            Scope::Conversation => {
                contact.conversations.values().any(|values| self.predicate(condition, values))
            }
        };
        holds != condition.is_negated()
    }

    fn predicate(&self, condition: &Condition, values: &Values) -> bool {
        condition.predicate.holds(self.comparable(&condition.field, values), self.today)
    }

    fn comparable<'v>(&self, field: &FieldKey, values: &'v Values) -> Comparable<'v> {
        match values.get(field) {
            Some(value) => value.comparable(|instant| self.state.zone.day_of(instant)),
            None => match self.state.definitions.fields.get(field).and_then(|field| field.default) {
                Some(default) => Comparable::Boolean(default),
                None => Comparable::Empty,
            },
        }
    }
}

/// The moving windows of saved rules, and the days that contacts hold. Between events, memberships change only when
/// one of these windows starts or stops containing one of these days.
pub(crate) struct Moving {
    windows: Vec<DayWindow>,
    days: Vec<Day>,
    week_start: enlist_model::WeekStart,
}

impl Moving {
    pub(crate) fn of(state: &State) -> Self {
        let mut windows = Vec::new();
        for condition in state.definitions.in_order().flat_map(|segment| segment.rule.conditions()) {
            if let Predicate::Day(window) = condition.predicate
                && window.moves()
                && !windows.contains(&window)
            {
                windows.push(window);
            }
        }
        let mut days: Vec<Day> = Vec::new();
        if !windows.is_empty() {
            let contacts = state.facts.contacts().map(|(_, contact)| contact);
            for values in contacts.flat_map(|contact| contact.conversations.values().chain([&contact.values]))
            {
                days.extend(values.values().filter_map(|value| match value {
                    Value::Date(date) => Some(date.day(|instant| state.zone.day_of(instant))),
                    Value::Text(_)
                    | Value::Phone(_)
                    | Value::Number(_)
                    | Value::Boolean(_)
                    | Value::Select(_)
                    | Value::MultiSelect(_) => None,
                }));
            }
            days.sort_unstable();
            days.dedup();
        }
        Moving { windows, days, week_start: state.week_start }
    }

    /// The truth of every window on every day.
    pub(crate) fn truths(&self, today: Day) -> Vec<bool> {
        let today = Today { day: today, week_start: self.week_start };
        let on = |window: &DayWindow| {
            let range = window.days(today);
            self.days.iter().map(move |day| range.contains(*day))
        };
        self.windows.iter().flat_map(on).collect()
    }

    /// The first and the last local date between which a window can change; `None` if none ever does.
    pub(crate) fn span(&self) -> Option<(Day, Day)> {
        // No window without an `n` reaches further than two months.
        const MONTHS: i32 = 64;
        let reach = |window: &DayWindow| match window {
            DayWindow::LastDays(n) | DayWindow::NextDays(n) | DayWindow::MoreThanDaysAgo(n) => n + 2,
            DayWindow::Is(_)
            | DayWindow::After(_)
            | DayWindow::Before(_)
            | DayWindow::Yesterday
            | DayWindow::ThisWeek
            | DayWindow::ThisMonth
            | DayWindow::LastMonth => MONTHS,
        };
        let reach = self.windows.iter().map(reach).max()?;
        Some((self.days.first()?.plus(-reach), self.days.last()?.plus(reach)))
    }
}
