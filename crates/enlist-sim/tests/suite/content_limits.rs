//! Limits that a host chose: the engine agrees with the oracle on random rules, lists and values near them, be they
//! raised or lowered.

use enlist_engine::Engine;
use enlist_model::limits::ContentLimits;
use enlist_model::{Event, Instant, Json, Kind};
use enlist_sim::{EngineSubject, HASH_SEED, Oracle, Ran, run_beside};
use fastrand::Rng;

/// A random log whose rules, lists and values are near the limits, on either side.
struct Log {
    draw: Rng,
    limits: ContentLimits,
}

impl Log {
    fn events(&mut self) -> Vec<Event> {
        let mut events = vec![
            Event::field_defined(at(), "tags", Kind::MultiSelect).build(),
            Event::field_defined(at(), "conversation.topics", Kind::MultiSelect).build(),
        ];
        for round in 0..6 {
            let many = self.near(self.limits.list_values);
            let options = (0..many).map(|number| format!("o{number}"));
            events.push(Event::field_defined(at(), "color", Kind::MultiSelect).options(options).build());
            for contact in 0..4 {
                let contact = format!("c{contact}");
                let saved = Event::contact_saved(at(), &contact)
                    .set("tags", self.list())
                    .set("name", self.text(self.limits.value_bytes));
                events.push(saved.build());
                events.push(Event::contact_saved(at(), &contact).set("tags", self.list()).build());
                let topics = Event::conversation_saved(at(), &format!("k{contact}"), &contact);
                events.push(topics.set("conversation.topics", self.list()).build());
            }
            for segment in 0..2 {
                let segment = format!("s{round} {segment}");
                events.push(Event::segment_saved(at(), &segment, "S", self.rule()).build());
            }
        }
        events.into_iter().map(Result::unwrap).collect()
    }

    /// A limit, sometimes one more, sometimes less.
    fn near(&mut self, limit: usize) -> usize {
        match self.draw.u8(0..10) {
            0 => limit + 1,
            1..6 => limit,
            _ => self.draw.usize(1..=limit),
        }
    }

    fn text(&mut self, limit: usize) -> Json {
        let letter = self.draw.choice(["a", "b"]).unwrap();
        Json::from(letter.repeat(self.near(limit)))
    }

    fn list(&mut self) -> Json {
        let from = self.draw.usize(0..3);
        Json::List((from..from + self.near(self.limits.list_values)).map(option).collect())
    }

    /// A rule of a number of conditions, spread over as many levels as the depth allows.
    fn rule(&mut self) -> Json {
        let (depth, conditions) = (self.near(self.limits.rule_depth), self.near(self.limits.rule_conditions));
        let mut group = Vec::new();
        let mut left = conditions;
        // From the inside: the innermost two levels may be about one conversation.
        let is_about_one = depth > 2 && self.draw.bool();
        for level in 0..depth {
            let here = if level + 1 == depth { left } else { left.min(self.draw.usize(0..=left)) };
            left -= here;
            let in_conversation = is_about_one && level == 0;
            group.extend((0..here).map(|_| self.condition(in_conversation)));
            if group.is_empty() {
                group.push(self.condition(in_conversation));
            }
            let matching = self.draw.choice(["all", "any", "none"]).unwrap();
            let nested = object([("match", Json::from(matching)), ("conditions", Json::List(group))]);
            let nested = if in_conversation { object([("same_conversation", nested)]) } else { nested };
            group = vec![nested];
        }
        group.remove(0)
    }

    fn condition(&mut self, in_conversation: bool) -> Json {
        let condition = |field: &str, operator: &str, value: Json| {
            let [field, operator] = [field, operator].map(Json::from);
            object([("field", field), ("operator", operator), ("value", value)])
        };
        // Long operands are rare, so that a rule of many conditions stays small.
        let is_long = self.draw.u8(0..30) == 0;
        let field = if in_conversation { "conversation.topics" } else { "tags" };
        match self.draw.u8(0..4) {
            0 if is_long && !in_conversation => {
                let operator = self.draw.choice(["contains", "starts_with", "ends_with", "equals"]).unwrap();
                condition("name", operator, self.text(self.limits.operand_bytes))
            }
            1 if is_long => {
                let operator = self.draw.choice(["contains_any", "does_not_contain_all"]).unwrap();
                condition(field, operator, self.list())
            }
            0 | 1 if !in_conversation => condition("name", "starts_with", Json::from("a")),
            2 => condition(field, "is_not_empty", Json::Null),
            _ => condition(field, "contains_any", Json::List(vec![option(self.draw.usize(0..9))])),
        }
    }
}

fn at() -> Instant {
    Instant::parse("2026-11-23T10:00:00Z").unwrap()
}

fn option(number: usize) -> Json {
    Json::from(format!("o{number}"))
}

fn object<const MEMBERS: usize>(members: [(&str, Json); MEMBERS]) -> Json {
    Json::Object(members.map(|(key, value)| (key.to_owned(), value)).into())
}

/// Runs random logs on both.
#[track_caller]
fn both(limits: ContentLimits, seeds: std::ops::Range<u64>) -> Ran {
    let mut ran = Ran::default();
    for seed in seeds {
        let events = Log { draw: Rng::with_seed(seed), limits }.events();
        let oracle = Oracle::new().with_content_limits(limits);
        let subject = || EngineSubject::of(Engine::new(HASH_SEED).with_content_limits(limits));
        ran += run_beside(oracle, subject, &events)
            .unwrap_or_else(|failure| panic!("seed {seed}, event {}: {}", failure.step, failure.difference));
    }
    ran
}

#[test]
fn the_engine_and_the_oracle_agree_near_raised_limits() {
    let limits = ContentLimits::default()
        .with_list_values(1_200)
        .with_rule_conditions(150)
        .with_rule_depth(12)
        .with_operand_bytes(1_500)
        .with_value_bytes(17_000);
    let ran = both(limits, 0..4);
    assert!(ran.accepted > 100 && ran.refused > 30 && ran.transitions > 10, "{ran:?}");
}

#[test]
fn the_engine_and_the_oracle_agree_near_lowered_limits() {
    let limits = ContentLimits::default()
        .with_list_values(3)
        .with_rule_conditions(4)
        .with_rule_depth(3)
        .with_operand_bytes(5)
        .with_value_bytes(8);
    let ran = both(limits, 0..60);
    assert!(ran.accepted > 2_000 && ran.refused > 500 && ran.transitions > 500, "{ran:?}");
}

#[test]
fn the_engine_and_the_oracle_agree_at_the_maxima() {
    let ran = both(ContentLimits::MAXIMA, 0..1);
    assert!(ran.accepted > 20 && ran.refused > 5, "{ran:?}");
}
