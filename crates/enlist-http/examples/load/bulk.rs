//! Events in bulk, over the same lines read and applied in memory.

use std::time::Instant;

use enlist::{Batch, Event};
use tokio::runtime::Builder;

use super::client::Client;
use super::scene::{Scene, created};
use super::{Length, Outcome};

/// As the interface's batches.
const BATCH: usize = 1_000;

pub(crate) fn run(length: Length) -> Outcome<()> {
    let count = length.choose(200_000, 2_000);
    let lines = (0..count).map(|no| Ok(serde_json::to_string(&created(no, no % 1_000)?)?));
    let lines: Vec<String> = lines.collect::<Outcome<_>>()?;
    let mut ratios = Vec::new();
    for _ in 0..length.choose(3, 1) {
        let scene = Scene::new(0, 100)?;
        let workspace = scene.acme()?;
        let start = Instant::now();
        for batch in lines.chunks(BATCH) {
            let events = batch.iter().map(|line| serde_json::from_str::<Event>(line));
            let _ = workspace.apply(events.collect::<Result<Batch, _>>()?)?;
        }
        let plain = start.elapsed();
        drop((workspace, scene));

        let scene = Scene::new(0, 100)?;
        let body = lines.join("\n");
        let start = Instant::now();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let answer = runtime.block_on(async {
            Client::connect(scene.address).await?.post("/v1/workspaces/acme/events", body.as_bytes()).await
        })?;
        let sent = start.elapsed();
        if !answer.contains(&format!("\"applied\":{count}")) {
            return Err(answer.into());
        }
        ratios.push((plain.as_secs_f64() / sent.as_secs_f64(), plain, sent));
    }
    ratios.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (ratio, plain, sent) = ratios.get(ratios.len() / 2).copied().ok_or("one round at least")?;
    println!("bulk: {count} lines in {sent:.2?}, read and applied in {plain:.2?}: {ratio:.2} of that rate");
    Ok(())
}
