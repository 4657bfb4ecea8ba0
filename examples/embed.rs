//! A program that embeds Enlist: `cargo run --example embed`.
#![expect(clippy::print_stdout, reason = "a program that shows what it does")]

use enlist::{Enlist, Instant, Kind, TestClock};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `Enlist::new()` follows the wall clock. This clock stands still until it is set.
    let clock = TestClock::new(Instant::parse("2026-11-23T11:30:00Z").ok_or("no instant")?);
    let enlist = Enlist::builder().clock(clock.clone()).build()?;

    let shop = enlist.create_workspace("shop")?;
    shop.set_time_zone("Europe/Lisbon")?;
    shop.define_field("plan", Kind::Select)?;
    let new_pro = shop.segment("new-pro")?;
    let rule = r#"{"match": "all", "conditions": [{"field": "plan", "operator": "equals", "value": "pro"},
                                                  {"field": "created_at", "operator": "is_today"}]}"#;
    new_pro.save("Pro, created today", rule)?;
    let published = new_pro.subscribe();

    shop.contact("ada").set("plan", "pro").add_label("vip").save()?;
    assert_eq!(new_pro.count()?, 1);

    // No event arrives, but a day begins.
    clock.set(Instant::parse("2026-11-24T08:00:00Z").ok_or("no instant")?);
    for published in published.take(2) {
        let Some(transition) = published.transition() else { continue };
        let (at, contact) = (transition.at(), transition.contact());
        println!("{at} {contact} {}: {:?}", transition.change().name(), transition.cause());
    }
    assert_eq!(new_pro.count()?, 0);
    Ok(())
}
