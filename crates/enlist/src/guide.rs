//! The guide: one page per topic for authors of hosts. It holds no code of its own.

#[doc = include_str!("../docs/rules.md")]
pub mod rules {}

#[doc = include_str!("../docs/time.md")]
pub mod time {}

#[doc = include_str!("../docs/subscriptions.md")]
pub mod subscriptions {}

#[doc = include_str!("../docs/partitions.md")]
pub mod partitions {}

#[doc = include_str!("../docs/tuning.md")]
pub mod tuning {}

#[doc = include_str!("../docs/database.md")]
pub mod database {}

#[doc = include_str!("../docs/store.md")]
pub mod store {}
