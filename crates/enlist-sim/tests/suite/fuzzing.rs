//! The fuzz targets' bodies on fixed seeds: real rules, lines and scripts, whole and damaged.

use enlist_model::EventBody;
use enlist_sim::{Profile, Workload, fuzz_targets};

const SEEDS: u64 = 200;

/// Numbers that a seed determines.
struct Numbers(u64);

impl Numbers {
    /// A number below another (splitmix64).
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((word ^ word >> 31) % end as u64) as usize
    }

    /// The text with a few bytes doubled, dropped or replaced by bytes that mean something in JSON.
    fn damaged(&mut self, text: &str) -> Vec<u8> {
        const TELLING: &[u8] = b"\"\\{}[],:0-9.eEtfn \xc3\xff";
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len());
            match self.below(3) {
                0 => bytes.insert(at, bytes[at]),
                1 => drop(bytes.remove(at)),
                _ => bytes[at] = TELLING[self.below(TELLING.len())],
            }
        }
        bytes
    }
}

fn log(seed: u64) -> Workload {
    Workload::new(seed, Profile { wrong: 200, ..Profile::default() })
}

#[test]
fn valid_and_damaged_rules_pass_the_fuzz_target() {
    for seed in 0..SEEDS {
        let rule = log(seed).find_map(|event| match event.body {
            EventBody::SegmentSaved { rule, .. } => Some(rule.to_string()),
            _ => None,
        });
        let rule = rule.unwrap();
        fuzz_targets::rule_json(rule.as_bytes());
        fuzz_targets::rule_json(&Numbers(seed).damaged(&rule));
    }
}

#[test]
fn valid_and_damaged_lines_pass_the_fuzz_target() {
    for seed in 0..SEEDS {
        let mut numbers = Numbers(seed);
        let line = log(seed).nth(numbers.below(100)).unwrap().to_json().to_string();
        fuzz_targets::log_line(line.as_bytes());
        fuzz_targets::log_line(&numbers.damaged(&line));
    }
}

#[test]
fn scripts_of_arbitrary_bytes_pass_the_fuzz_target() {
    for seed in 0..SEEDS {
        let mut numbers = Numbers(seed);
        let bytes: Vec<u8> = (0..numbers.below(4_000)).map(|_| numbers.below(256) as u8).collect();
        fuzz_targets::script(&bytes);
    }
}

#[test]
fn bytes_that_are_not_text_are_ignored() {
    for bytes in [&b""[..], b"\xff\xfe", b"null", b"{", b"[[[[", b"1e999", b"\"\\ud800\""] {
        fuzz_targets::rule_json(bytes);
        fuzz_targets::log_line(bytes);
        fuzz_targets::script(bytes);
    }
    fuzz_targets::rule_json("[".repeat(100_000).as_bytes());
    fuzz_targets::log_line(format!("{}{}", "[".repeat(50_000), "]".repeat(50_000)).as_bytes());
}
