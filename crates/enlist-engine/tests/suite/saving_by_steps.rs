//! Segments saved by steps: evaluated under shared access, filled under exclusive access, and saved, while contacts, days and
//! definitions change in between. The outcome is that of saving at once.

use enlist_engine::{Engine, Output, RuleScan};
use enlist_model::Json;

use crate::script::Script;

/// A little more than four blocks of contacts, so that evaluating takes two steps and filling three.
const CONTACTS: u32 = 17_000;

const DEFINITIONS: [&str; 5] = [
    r#"{"type":"field_defined","field":"conversation.subject","kind":"text"}"#,
    r#"{"type":"field_defined","field":"score","kind":"number"}"#,
    r#"{"type":"field_defined","field":"on","kind":"date"}"#,
    r#"{"type":"segment_saved","segment":"low","name":"L","rule":{"match":"all","conditions":[{"field":"score","operator":"less_than","value":3}]}}"#,
    r#"{"type":"segment_saved","segment":"of low","name":"O","rule":{"match":"all","conditions":[{"segment":"low","operator":"is_member"}]}}"#,
];

const RULES: [&str; 5] = [
    r#"{"match":"all","conditions":[{"field":"name","operator":"contains","value":"7"},{"field":"score","operator":"greater_than","value":4}]}"#,
    r#"{"match":"any","conditions":[{"field":"on","operator":"is_today"},{"segment":"low","operator":"is_not_member"}]}"#,
    r#"{"match":"none","conditions":[{"field":"score","operator":"equals","value":1},{"field":"name","operator":"starts_with","value":"n1"}]}"#,
    r#"{"match":"any","conditions":[{"same_conversation":{"match":"all","conditions":[
        {"field":"conversation.status","operator":"equals","value":"open"},
        {"field":"conversation.subject","operator":"contains","value":"order"}]}}]}"#,
    r#"{"match":"all","conditions":[{"segment":"of low","operator":"is_member"},{"field":"on","operator":"is_in_last_n_days","value":2}]}"#,
];

/// Two engines with the same events: one saves by steps, the other at once.
struct Pair {
    by_steps: Script,
    at_once: Script,
    state: u64,
}

impl Pair {
    fn new(seed: u64) -> Self {
        Pair { by_steps: script(), at_once: script(), state: seed }
    }

    /// A number below `most`, drawn.
    fn draw(&mut self, most: u32) -> u32 {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.state >> 33) % u64::from(most)) as u32
    }

    fn apply(&mut self, line: &str) {
        let outputs = self.at_once.try_apply(line).ok();
        assert_eq!(self.by_steps.try_apply(line).ok(), outputs, "{line}");
    }

    /// Some events, and now and then another segment that is saved or deleted, or a new day.
    fn change(&mut self) {
        for _ in 0..self.draw(4) {
            let no = self.draw(CONTACTS + 20);
            let score = self.draw(7);
            match self.draw(5) {
                0 => self.apply(&format!(r#"{{"type":"contact_deleted","contact":"c{no}"}}"#)),
                1 => self.apply(&format!(
                    r#"{{"type":"conversation_saved","conversation":"v{score}","contact":"c{no}","set":{{"conversation.status":"open","conversation.subject":"order"}}}}"#
                )),
                2 => self.apply(&format!(r#"{{"type":"conversation_deleted","conversation":"v{score}"}}"#)),
                _ => self.apply(&contact(no, score)),
            }
        }
        match self.draw(40) {
            0 => self.apply(&saved("other", RULES[0])),
            1 => self.apply(r#"{"type":"segment_deleted","segment":"other"}"#),
            2 => {
                let day = format!("2026-12-{:02}T08:00:00Z", 1 + self.draw(28));
                assert_eq!(self.by_steps.advance(&day), self.at_once.advance(&day));
            }
            _ => {}
        }
    }

    /// Saves a segment by steps, with changes between them, perhaps before all steps are taken.
    fn save(&mut self, segment: &str, rule: &str) {
        let against = self.by_steps.engine.segment_order(segment).is_ok().then_some(segment);
        let mut scan = self.by_steps.engine.start_scan(&Json::parse(rule).unwrap(), against).unwrap();
        let patience = self.draw(16);
        for _ in 0..patience {
            self.change();
            if self.by_steps.engine.step_scan(&mut scan).unwrap() && self.by_steps.engine.fill_scan(&mut scan)
            {
                break;
            }
        }
        self.change();
        let event = self.by_steps.event(&saved(segment, rule)).unwrap();
        let (mut one, mut two) = (Vec::new(), Vec::new());
        self.by_steps.engine.apply_with_scan(&event, scan, &mut one).unwrap();
        self.at_once.engine.apply(&event, &mut two).unwrap();
        assert_eq!(one, two, "{rule}");
    }

    fn verify(&self) {
        assert_eq!(self.by_steps.engine.dump(), self.at_once.engine.dump());
        self.by_steps.engine.verify().unwrap();
        self.at_once.engine.verify().unwrap();
    }
}

fn contact(no: u32, score: u32) -> String {
    let day = 22 + no % 3;
    format!(
        r#"{{"type":"contact_saved","contact":"c{no}","set":{{"name":"n{no}","score":{score},"on":"2026-11-{day}"}}}}"#
    )
}

fn saved(segment: &str, rule: &str) -> String {
    format!(r#"{{"type":"segment_saved","segment":"{segment}","name":"S","rule":{rule}}}"#)
}

/// A rule of a number of conditions that no other rule has.
fn rule_of(conditions: std::ops::Range<u32>) -> String {
    let conditions: Vec<String> = conditions
        .map(|value| format!(r#"{{"field":"score","operator":"equals","value":{value}}}"#))
        .collect();
    format!(r#"{{"match":"any","conditions":[{}]}}"#, conditions.join(","))
}

fn script() -> Script {
    Script::loaded(&DEFINITIONS, (0..CONTACTS).map(|no| contact(no, no % 7)))
}

fn scanned(engine: &Engine, rule: &str) -> RuleScan {
    let mut scan = engine.start_scan(&Json::parse(rule).unwrap(), None).unwrap();
    while !engine.step_scan(&mut scan).unwrap() {}
    scan
}

/// Takes all steps of filling.
fn fill(engine: &mut Engine, scan: &mut RuleScan) {
    while !engine.fill_scan(scan) {
        while !engine.step_scan(scan).unwrap() {}
    }
}

#[test]
fn saving_by_steps_comes_to_the_same_as_saving_at_once() {
    for seed in 1..=3 {
        let mut pair = Pair::new(seed);
        for round in 0..14 {
            let rule = RULES[pair.draw(RULES.len() as u32) as usize];
            match pair.draw(5) {
                // Its numbers are free again, and their bits stay as they are.
                0 => {
                    let mut scan = scanned(&pair.by_steps.engine, rule);
                    pair.by_steps.engine.fill_scan(&mut scan);
                }
                1 => pair.apply(&format!(r#"{{"type":"segment_deleted","segment":"s{}"}}"#, round % 4)),
                _ => pair.save(&format!("s{}", round % 4), rule),
            }
        }
        pair.verify();
    }
}

#[test]
fn conditions_that_widen_the_rows_are_filled_block_by_block() {
    let mut pair = Pair::new(1);
    pair.apply(&saved("first", &rule_of(300..400)));
    let rule = rule_of(120..220);
    let mut scan = scanned(&pair.by_steps.engine, &rule);
    assert!(!pair.by_steps.engine.fill_scan(&mut scan), "two blocks are not all");
    // Rows in narrow and in wide blocks, and new ones behind them.
    for (no, score) in [(3, 9), (9_000, 150), (CONTACTS - 1, 219), (CONTACTS, 300), (CONTACTS + 1, 130)] {
        pair.apply(&contact(no, score));
    }
    pair.apply(r#"{"type":"contact_deleted","contact":"c4"}"#);
    pair.apply(r#"{"type":"contact_deleted","contact":"c16000"}"#);
    fill(&mut pair.by_steps.engine, &mut scan);
    pair.apply(&contact(5, 219));
    let event = pair.by_steps.event(&saved("wide", &rule)).unwrap();
    let (mut one, mut two): (Vec<Output>, Vec<Output>) = Default::default();
    pair.by_steps.engine.apply_with_scan(&event, scan, &mut one).unwrap();
    pair.at_once.engine.apply(&event, &mut two).unwrap();
    assert_eq!(one, two);
    pair.verify();
}

#[test]
fn abandoned_scans_give_their_numbers_back() {
    let mut script = script();
    let fill_half = |engine: &mut Engine, value: u32| {
        let mut scan = scanned(engine, &rule_of(value..value + 8));
        engine.fill_scan(&mut scan);
    };
    fill_half(&mut script.engine, 100);
    let bytes = script.engine.bytes();
    for no in 0..50 {
        fill_half(&mut script.engine, 200 + 8 * no);
    }
    assert_eq!(script.engine.bytes().truths, bytes.truths);
    // Numbers of which some rows have bits of what was abandoned, or of what was deleted.
    for rule in [rule_of(0..9), rule_of(1..9), rule_of(2..5)] {
        let mut scan = scanned(&script.engine, &rule);
        fill(&mut script.engine, &mut scan);
        let event = script.event(&saved("next", &rule)).unwrap();
        script.engine.apply_with_scan(&event, scan, &mut Vec::new()).unwrap();
        script.engine.verify().unwrap();
        script.apply(r#"{"type":"segment_deleted","segment":"next"}"#);
    }
    script.apply(r#"{"type":"contact_deleted","contact":"c2"}"#);
    script.apply(&saved("last", &rule_of(3..6)));
    script.engine.verify().unwrap();
}

#[test]
fn blocks_of_contacts_that_come_while_a_scan_is_filled_are_evaluated_first() {
    let mut pair = Pair::new(1);
    let mut scan = scanned(&pair.by_steps.engine, RULES[0]);
    fill(&mut pair.by_steps.engine, &mut scan);
    for no in CONTACTS..CONTACTS + 4_000 {
        pair.apply(&contact(no, no % 7));
    }
    assert!(!pair.by_steps.engine.fill_scan(&mut scan));
    assert!(pair.by_steps.engine.step_scan(&mut scan).unwrap());
    fill(&mut pair.by_steps.engine, &mut scan);
    for no in CONTACTS + 4_000..CONTACTS + 8_000 {
        pair.apply(&contact(no, no % 7));
    }
    // Saving evaluates the block that is missing.
    let event = pair.by_steps.event(&saved("new", RULES[0])).unwrap();
    let (mut one, mut two): (Vec<Output>, Vec<Output>) = Default::default();
    pair.by_steps.engine.apply_with_scan(&event, scan, &mut one).unwrap();
    pair.at_once.engine.apply(&event, &mut two).unwrap();
    assert_eq!(one, two);
    pair.verify();
}

#[test]
fn filling_ends_however_fast_contacts_change() {
    let mut script = script();
    let mut scan = scanned(&script.engine, RULES[0]);
    let mut steps = 0;
    for no in 0..9_000 {
        script.apply(&contact(no, 6));
    }
    while !script.engine.fill_scan(&mut scan) {
        for no in 0..600 {
            script.apply(&contact(no, (no + steps) % 7));
        }
        steps += 1;
        assert!(steps < 40, "it does not end");
    }
    let event = script.event(&saved("new", RULES[0])).unwrap();
    script.engine.apply_with_scan(&event, scan, &mut Vec::new()).unwrap();
    script.engine.verify().unwrap();
}

#[test]
fn a_scan_of_another_engine_is_not_taken_over() {
    let (mut script, other) = (script(), Script::of(&DEFINITIONS));
    let mut scan = scanned(&other.engine, RULES[0]);
    assert!(!script.engine.fill_scan(&mut scan));
    let event = script.event(&saved("new", RULES[0])).unwrap();
    script.engine.apply_with_scan(&event, scan, &mut Vec::new()).unwrap();
    assert!(script.engine.count("new").unwrap() > 0);
    script.engine.verify().unwrap();
}
