//! The meaning of every operator, value by value: `operators.txt`. Today is Wednesday, 2026-11-25; weeks begin on
//! Monday and the time zone is UTC.

use chrono::{DateTime, Utc};
use enlist_model::{
    Comparable, Day, Instant, Json, Kind, LabelSet, Operator, TextKey, Today, Value, WeekStart,
};

use crate::cases;

fn today() -> Today {
    Today { day: Day::parse("2026-11-25").unwrap(), week_start: WeekStart::Monday }
}

fn day_of(instant: Instant) -> Day {
    DateTime::<Utc>::from(instant).date_naive().into()
}

#[derive(Debug)]
struct Labels(Vec<TextKey>);

impl LabelSet for Labels {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn contains(&self, label: &TextKey) -> bool {
        self.0.contains(label)
    }
}

/// Whether an operator holds for a value, by the contract.
fn holds(kind: Kind, operator: Operator, operand: &Json, value: &Json) -> bool {
    let predicate = operator.predicate(kind, operand).unwrap();
    let holds = if let (Kind::Label, Json::List(labels)) = (kind, value) {
        let keys = labels.iter().map(|label| match label {
            Json::Text(label) => TextKey::of(label).unwrap(),
            other => panic!("{other} is no label"),
        });
        predicate.holds(Comparable::Labels(&Labels(keys.collect())), today())
    } else {
        let value = Value::read(kind, value).unwrap();
        let comparable = value.as_ref().map_or(Comparable::Empty, |value| value.comparable(day_of));
        predicate.holds(comparable, today())
    };
    holds != operator.negates().is_some()
}

/// Runs a line: kind, operator, operand (or `-`), `:`, a JSON list of values.
fn run(line: &str) -> String {
    let (head, values) = line.split_once(" : ").unwrap();
    let mut words = head.splitn(3, ' ');
    let kind = match words.next().unwrap() {
        "label" => Kind::Label,
        name => Kind::named(name).unwrap(),
    };
    let operator = Operator::named(words.next().unwrap()).unwrap();
    let operand = match words.next().unwrap() {
        "-" => Json::Null,
        json => Json::parse(json).unwrap(),
    };
    let Json::List(values) = Json::parse(values).unwrap() else { panic!("no list: {line}") };
    let (yes, no): (Vec<&Json>, Vec<&Json>) =
        values.iter().partition(|value| holds(kind, operator, &operand, value));
    let shown = |values: Vec<&Json>| values.iter().map(ToString::to_string).collect::<Vec<_>>().join("  ");
    format!("holds: {}\nfails: {}", shown(yes), shown(no))
}

#[test]
fn every_operator_means_what_the_contract_says() {
    cases::run("operators.txt", run);
}

#[test]
fn every_operator_of_every_kind_is_among_the_cases() {
    let cases = include_str!("operators.txt");
    for operator in Operator::ALL {
        for kind in operator.kinds() {
            assert!(cases.contains(&format!("\n{kind} {operator} ")), "{kind} {operator}");
        }
    }
}

#[test]
fn a_negated_operator_is_the_complement_of_its_positive_one() {
    for line in include_str!("operators.txt").lines().filter(|line| line.contains(" : ")) {
        let operator = Operator::named(line.split(' ').nth(1).unwrap()).unwrap();
        if let Some(positive) = operator.negates() {
            let complement: Vec<String> = run(&line.replacen(operator.name(), positive.name(), 1))
                .lines()
                .map(|line| line.split_once(": ").map_or("", |(_, values)| values).to_owned())
                .collect();
            let expected = format!("holds: {}\nfails: {}", complement[1], complement[0]);
            assert_eq!(run(line), expected, "{line}");
        }
    }
}
