//! The engine embedded in a program of one's own: `cargo run --example embed`.
#![expect(clippy::print_stdout, reason = "a program that shows what it does")]

use enlist_engine::{Engine, Output};
use enlist_model::{Event, Instant};

const EVENTS: [&str; 5] = [
    r#"{"at": "2026-11-23T09:00:00Z", "type": "workspace_configured", "time_zone": "Europe/Lisbon"}"#,
    r#"{"at": "2026-11-23T09:00:00Z", "type": "field_defined", "field": "plan", "kind": "select"}"#,
    r#"{"at": "2026-11-23T09:00:00Z", "type": "segment_saved", "segment": "new-pro", "name": "Pro, created today",
        "rule": {"match": "all", "conditions": [{"field": "plan", "operator": "equals", "value": "pro"},
                                                {"field": "created_at", "operator": "is_today"}]}}"#,
    r#"{"at": "2026-11-23T10:15:00Z", "type": "contact_saved", "contact": "ada", "set": {"plan": "free"}}"#,
    r#"{"at": "2026-11-23T11:30:00Z", "type": "contact_saved", "contact": "ada", "set": {"plan": "pro"}}"#,
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut engine = Engine::new();
    let mut outputs = Vec::new();
    for line in EVENTS {
        engine.apply(&Event::parse(line)?, &mut outputs)?;
    }
    println!("{} of {} contacts are in new-pro", engine.count("new-pro")?, engine.contact_count());

    // Nothing happens, but a day begins.
    engine.advance(Instant::parse("2026-11-24T08:00:00Z").ok_or("no instant")?, &mut outputs);
    println!("{} of {} contacts are in new-pro", engine.count("new-pro")?, engine.contact_count());

    for output in outputs {
        if let Output::Transition(transition) = output {
            println!("{}", serde_json::to_string(&transition)?);
        }
    }
    Ok(())
}
