//! Small runs of every profile: all lanes find the same flips, and the report is complete.

use enlist_bench::comparison::Others;
use enlist_bench::report::plot;
use enlist_bench::run::{Outcome, Plan, run};
use enlist_bench::workload::profile::Profile;
use indicatif::ProgressBar;

fn plan(profile: Profile, seed: u64) -> Plan {
    Plan {
        contacts: 500,
        segments: 50,
        events: 2_000,
        seed,
        batch: 37,
        profile,
        parts: 5,
        is_engine_alone: false,
        others: Others::BUILT_IN,
    }
}

fn small(profile: Profile, seed: u64) -> Outcome {
    run(plan(profile, seed), &ProgressBar::hidden()).expect("the workload is accepted")
}

#[test]
fn all_lanes_find_the_same_flips_in_every_profile() {
    for profile in Profile::ALL {
        for seed in [1, 2] {
            let outcome = small(profile, seed);
            assert!(outcome.digests_agree, "{} of seed {seed}", profile.name());
            assert!(outcome.flips_per_event > 0.1, "{}: {}", profile.name(), outcome.flips_per_event);
        }
    }
}

#[test]
fn the_json_has_every_member() {
    let json = small(Profile::Crm, 3).to_json();
    let numbers = [
        ("", "contacts segments flips_per_event"),
        ("/engine", "ns_per_event events_per_s"),
        ("/engine_handles", "ns_per_event events_per_s"),
        ("/brute", "ns_per_event events_per_s"),
        ("/dependent", "ns_per_event events_per_s"),
        ("/bits", "ns_per_event events_per_s"),
        ("/bits_dependent", "ns_per_event events_per_s"),
        ("/floor_roaring", "ns_per_event events_per_s"),
        ("/floor_flat", "ns_per_event events_per_s"),
        (
            "/ratio",
            "brute_over_engine bits_over_engine bits_dependent_over_engine engine_over_floor_roaring engine_over_floor_flat",
        ),
        ("/one_event/back_to_back", "count p50_us p99_us longest_us"),
        ("/one_event/after_1_ms", "count p50_us p99_us longest_us"),
        ("/one_event/after_10_ms", "count p50_us p99_us longest_us"),
        ("/memory", "bytes_per_contact bitmap_bytes"),
        ("/reads", "count_ns page_ns sorted_page_ns segment_creation_ms preview_ms load_ms midnight_ms"),
    ];
    for (path, members) in numbers {
        for member in members.split(' ') {
            let value = json.pointer(&format!("{path}/{member}")).and_then(serde_json::Value::as_f64);
            assert!(
                value.is_some_and(|value| value > 0.0 || path == "/memory"),
                "{path}/{member}: {value:?}"
            );
        }
    }
    assert_eq!(json["digests_agree"], true);
}

#[test]
fn a_plot_has_a_line_for_every_lane() {
    let runs = [small(Profile::Crm, 4).to_json(), small(Profile::Crm, 5).to_json()];
    let svg = plot::svg(&runs);
    assert_eq!(svg.matches("<polyline").count(), 10);
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
}

#[test]
fn other_programs_are_reported_with_the_rules_that_they_can_express() {
    let json = small(Profile::Crm, 6).to_json();
    for (lane, members) in [
        (
            "sqlite",
            &["ns_per_event", "count_ns", "page_ns", "kept_count_ns", "kept_page_ns", "every_count_ms"][..],
        ),
        ("a_tree", &["ns_per_event", "events_per_s"]),
    ] {
        for member in members {
            assert!(json[lane][member].as_f64().is_some_and(|value| value > 0.0), "{lane} {member}");
        }
    }
    assert_eq!(json["sqlite"]["segments"], 50);
    let said = json["a_tree"]["segments"].as_u64().expect("a number");
    assert!(
        (1..50).contains(&said),
        "rules that look for pieces of texts are left out, but {said} of 50 are in"
    );
}

#[test]
fn postgresql_finds_the_same_flips_or_says_how_to_install_it() {
    let others = Others::named("postgres").expect("a name");
    for profile in [Profile::Crm, Profile::AdversarialText] {
        let plan = Plan { others, ..plan(profile, 7) };
        match run(plan, &ProgressBar::hidden()) {
            Ok(outcome) => {
                assert!(outcome.digests_agree, "{}", profile.name());
                let lane = outcome.lane("postgres").expect("it ran");
                assert!(lane.agrees && lane.queries.is_some(), "{lane:?}");
            }
            Err(error) => assert!(error.to_string().contains("apt-get install postgresql"), "{error}"),
        }
    }
}

#[test]
fn other_programs_are_named_with_commas() {
    let others = Others::named("postgres,sqlite").expect("both are known");
    assert_eq!(others, Others { sqlite: true, a_tree: false, postgres: true });
    assert_eq!(others.to_string(), "sqlite,postgres");
    assert_eq!(Others::named("sqlite,a-tree"), Some(Others::BUILT_IN));
    assert_eq!(Others::named("mysql"), None);
}
