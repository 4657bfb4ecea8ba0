//! Requests a second by `wrk`: a count and a page over a bare route.

use std::process::Command;

use super::scene::Scene;
use super::{Length, Outcome};

/// What wrk says of a path: requests a second, and the time in milliseconds that one of a hundred exceeds.
fn wrk(scene: &Scene, path: &str, seconds: u32) -> Outcome<Option<(f64, f64)>> {
    let url = format!("http://{}{path}", scene.address);
    let run = Command::new("wrk").args(["-t1", "-c64", "--latency", &format!("-d{seconds}"), &url]).output();
    let Ok(run) = run else { return Ok(None) };
    let text = String::from_utf8(run.stdout)?;
    if text.contains("Non-2xx") {
        return Err(format!("{path} is refused").into());
    }
    let value =
        |name: &str| text.lines().find_map(|line| Some(line.trim().strip_prefix(name)?.trim().to_owned()));
    let rate = value("Requests/sec:").ok_or("wrk says a rate")?.parse()?;
    let slowest = value("99%").ok_or("wrk says a time")?;
    let slowest = match (slowest.strip_suffix("ms"), slowest.strip_suffix("us")) {
        (Some(milliseconds), _) => milliseconds.parse()?,
        (None, Some(microseconds)) => microseconds.parse::<f64>()? / 1_000.0,
        (None, None) => slowest.trim_end_matches('s').parse::<f64>()? * 1_000.0,
    };
    Ok(Some((rate, slowest)))
}

pub(crate) fn run(length: Length) -> Outcome<()> {
    let scene = Scene::new(length.choose(10_000, 100), 100)?;
    let seconds = length.choose(5, 1);
    let paths = [
        "/bare",
        "/v1/workspaces/acme/segments/above-50/count",
        "/v1/workspaces/acme/segments/above-50/members",
    ];
    let mut measured = vec![Vec::new(); paths.len()];
    for _ in 0..length.choose(3, 1) {
        for (figures, path) in measured.iter_mut().zip(paths) {
            let Some(found) = wrk(&scene, path, seconds)? else {
                println!("requests: SKIPPED, wrk is not installed");
                return Ok(());
            };
            figures.push(found);
        }
    }
    let medians = measured.into_iter().map(|mut figures| {
        figures.sort_by(|one, other| one.0.total_cmp(&other.0));
        figures.get(figures.len() / 2).copied().unwrap_or_default()
    });
    let medians: Vec<(f64, f64)> = medians.collect();
    let [bare, count, page] = medians[..] else { return Err("three paths".into()) };
    for (name, (rate, slowest)) in [("a count", count), ("a page of 50", page)] {
        println!(
            "{name}: {rate:.0} requests/s, {:.2} of a bare route's {:.0}; p99 {slowest:.2} ms, {:.2} of its {:.2} ms",
            rate / bare.0,
            bare.0,
            slowest / bare.1,
            bare.1
        );
    }
    Ok(())
}
