//! The async API of [Enlist](enlist) for tokio: writes are awaited, subscriptions are streams.
//!
//! Everything else is in the crate [`enlist`]. Create an [`Enlist`](enlist::Enlist) and its workspaces there, which takes
//! microseconds, and wrap a [`Workspace`](enlist::Workspace) in an [`AsyncWorkspace`]. Enlist works on its own threads, so a
//! task that awaits it blocks no thread of the runtime.
//!
//! ```
//! use enlist::{Change, Enlist, Json, Kind, Overflow, Published, SubscribeOptions};
//! use enlist_tokio::AsyncWorkspace;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let enlist = Enlist::builder().workers(1).build()?;
//! let workspace = AsyncWorkspace::new(enlist.create_workspace("acme")?);
//!
//! // A definition is a write like any other: an event, awaited.
//! workspace.define_field("plan", Kind::Select).await?;
//! let rule = r#"{"match": "all", "conditions": [{"field": "plan", "operator": "equals", "value": "pro"}]}"#;
//! workspace.save_segment("pro", "Pro", Json::parse(rule)?).await?;
//!
//! // A stream of what the workspace publishes. `Block` makes the workspace wait if this stream falls behind.
//! let mut published = workspace.subscribe(SubscribeOptions::all().overflow(Overflow::Block));
//! let listener = tokio::spawn(async move {
//!     while let Some(published) = published.next().await {
//!         if let Published::Transition(transition) = published {
//!             assert_eq!((transition.contact().as_str(), transition.change()), ("ada", Change::Entered));
//!         }
//!     }
//! });
//!
//! // A draft makes the event; applying it is awaited.
//! let event = workspace.blocking().contact("ada").set("plan", "pro").event()?;
//! let revision = workspace.apply_event(event).await?;
//! assert_eq!(workspace.read(|view| view.count("pro")).await??, 1);
//! assert!(workspace.read(|view| view.revision()).await? >= revision);
//!
//! // Shutdown applies and delivers what was accepted, and then ends the streams.
//! enlist_tokio::shutdown(&enlist).await;
//! listener.await?;
//! # Ok(())
//! # }
//! ```
//!
//! | to | see |
//! |---|---|
//! | write | [`AsyncWorkspace::apply`], [`AsyncWorkspace::apply_event`]; [`AsyncWorkspace::submit`] to know when a batch is accepted |
//! | define | [`AsyncWorkspace::define_field`], [`AsyncWorkspace::set_time_zone`] |
//! | save and try rules | [`AsyncWorkspace::save_segment`], [`AsyncWorkspace::preview`] |
//! | read | [`AsyncWorkspace::read`], [`AsyncWorkspace::read_blocking`] |
//! | receive changes | [`AsyncWorkspace::subscribe`], [`SubscriptionStream`]; [`AsyncWorkspace::consumer`], [`ConsumerStream`] |
//! | drive time | [`AsyncWorkspace::advance`], [`tick`] |
//! | recover | [`AsyncWorkspace::rebuild_partition`] |
//! | open a store | [`open`], [`wait_until_open`] |
//! | copy a workspace | [`AsyncWorkspace::export`] |
//! | care for a store | [`backup`], [`verify`], [`erase`] |
//! | restore, import, drop, shut down | [`restore_workspace`], [`import_workspace`], [`drop_workspace`], [`shutdown`] |
//!
//! **Dropped futures.** A write has two steps: it is accepted when the workspace's queue has room, and then it is executed. What
//! was accepted is executed, whether or not anybody still awaits it. A future that is dropped before its batch is accepted
//! withdraws the batch whole; nothing is accepted in part. Time and rebuilds need no room and are accepted at the first poll.
//! What runs on a thread for blocking work (segments, opening a store, a restore, a drop, a shutdown) also continues after the first poll.

// With this lint, a new variant does not compile until every match handles it.
#![warn(clippy::wildcard_enum_match_arm)]

mod blocking;
mod consumer_stream;
mod lifecycle;
mod stream;
mod workspace;

pub use consumer_stream::ConsumerStream;
pub use futures_core::Stream;
pub use lifecycle::{
    backup, drop_workspace, erase, import_workspace, open, restore_workspace, shutdown, tick, verify,
    wait_until_open,
};
pub use stream::SubscriptionStream;

pub use workspace::AsyncWorkspace;
