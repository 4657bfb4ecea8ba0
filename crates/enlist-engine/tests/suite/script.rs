//! A short way of writing events in tests: JSON without `at`, applied at the instant last said.

use enlist_engine::{Engine, Error, HashSeed, Output};
use enlist_model::{Event, Instant, Json};

/// The seed of engines in tests.
pub(crate) const SEED: HashSeed = HashSeed::new(1);

/// An engine and the instant of the next event.
pub(crate) struct Script {
    pub(crate) engine: Engine,
    pub(crate) at: String,
}

impl Script {
    pub(crate) fn new() -> Self {
        Script { engine: Engine::new(SEED), at: "2026-11-23T10:00:00Z".to_owned() }
    }

    /// An engine to which events were applied, none of them refused.
    pub(crate) fn of(lines: &[&str]) -> Self {
        let mut script = Script::new();
        for line in lines {
            script.apply(line);
        }
        script
    }

    /// The same after a bulk load of other lines.
    pub(crate) fn loaded(lines: &[&str], facts: impl Iterator<Item = String>) -> Self {
        let mut script = Script::of(lines);
        let events: Vec<Event> = facts.map(|line| script.event(&line).unwrap()).collect();
        let mut load = script.engine.load().unwrap();
        for event in &events {
            load.apply(event).unwrap();
        }
        load.finish(&mut Vec::new());
        script
    }

    /// The event of a line, with the instant put in where the line has none.
    pub(crate) fn event(&self, line: &str) -> Result<Event, Error> {
        let mut json = Json::parse(line)?;
        if let Json::Object(members) = &mut json
            && !members.iter().any(|(key, _)| key == "at")
        {
            members.push(("at".to_owned(), Json::from(self.at.as_str())));
        }
        Ok(Event::from_json(json)?)
    }

    pub(crate) fn try_apply(&mut self, line: &str) -> Result<Vec<Output>, Error> {
        let event = self.event(line)?;
        let mut out = Vec::new();
        self.engine.apply(&event, &mut out).map(|()| out)
    }

    pub(crate) fn apply(&mut self, line: &str) -> Vec<Output> {
        self.try_apply(line).unwrap_or_else(|error| panic!("{line}\n{error}"))
    }

    pub(crate) fn advance(&mut self, to: &str) -> Vec<Output> {
        let mut out = Vec::new();
        self.engine.advance(Instant::parse(to).expect("an instant"), &mut out);
        out
    }

    pub(crate) fn members(&self, segment: &str) -> Vec<String> {
        self.engine.members(segment).unwrap().map(|id| id.as_str().to_owned()).collect()
    }
}

/// An output as scenarios write it; the instant only where it is not `at`.
pub(crate) fn shown(output: &Output, at: Instant) -> String {
    let (instant, what) = match output {
        Output::Transition(transition) => {
            let cause = if transition.cause == enlist_model::Cause::Clock { " by the clock" } else { "" };
            let (change, segment, contact) =
                (transition.change.name(), &transition.segment, &transition.contact);
            (transition.at, format!("{contact} {change} {segment}{cause}"))
        }
        Output::Notice(output) => {
            let notice = &output.notice;
            let json = serde_json::to_value(notice).unwrap();
            let count = |name: &str| json[name].as_u64();
            let counts: String = ["members", "entered", "left"]
                .into_iter()
                .filter_map(|name| count(name).map(|count| format!(", {count} {name}")))
                .collect();
            (notice.at, format!("{} {}{counts}", notice.segment, json["change"].as_str().unwrap()))
        }
    };
    if instant == at { what } else { format!("{instant} {what}") }
}
