//! Every refusal of the contract, with its message: `rule_refusals.txt` and `event_refusals.txt`.

use enlist_model::{Error, Event, Json, Rule};

use crate::cases;
use crate::workspace::Workspace;

#[test]
fn rules_are_refused_with_the_path_of_every_problem() {
    let workspace = Workspace::sample();
    cases::run("rule_refusals.txt", |rule| {
        let json = match Json::parse(rule) {
            Ok(json) => json,
            Err(error) => return error.to_string(),
        };
        match Rule::check(&json, None, &workspace) {
            Ok(_) => "accepted".to_owned(),
            Err(Error::Rule { problems }) => {
                problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
            }
            Err(other) => other.to_string(),
        }
    });
}

#[test]
fn events_are_refused_with_their_first_problem() {
    cases::run("event_refusals.txt", |line| match Event::parse(line) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    });
}
