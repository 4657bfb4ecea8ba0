//! Small runs of every profile: all lanes find the same flips, and the report says all that it promises.

use enlist_bench::plot;
use enlist_bench::profile::Profile;
use enlist_bench::run::{Outcome, Plan, run};
use indicatif::ProgressBar;

fn small(profile: Profile, seed: u64) -> Outcome {
    let plan = Plan {
        contacts: 500,
        segments: 50,
        events: 2_000,
        seed,
        batch: 37,
        profile,
        parts: 5,
        is_engine_alone: false,
    };
    run(plan, &ProgressBar::hidden()).expect("the workload is accepted")
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
        ("/brute", "ns_per_event events_per_s"),
        ("/dependent", "ns_per_event events_per_s"),
        ("/floor_roaring", "ns_per_event events_per_s"),
        ("/floor_flat", "ns_per_event events_per_s"),
        ("/ratio", "brute_over_engine engine_over_floor_roaring engine_over_floor_flat"),
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
    assert_eq!(svg.matches("<polyline").count(), 5);
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
}
