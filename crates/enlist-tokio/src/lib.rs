//! The async face of [Enlist](enlist): writes that are awaited, subscriptions as streams, on tokio.
//!
//! Everything else is the crate [`enlist`]: create an [`Enlist`](enlist::Enlist) and its workspaces there, which takes
//! microseconds, and wrap a [`Workspace`](enlist::Workspace) in an [`AsyncWorkspace`]. Enlist works on its own threads, so a
//! task that awaits it holds none of the runtime's.
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
//! // What the workspace publishes, as a stream. `Block` makes the workspace wait if this stream falls behind.
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
//! // The end: what was accepted is applied and delivered, then streams end.
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
//! | receive changes | [`AsyncWorkspace::subscribe`], [`SubscriptionStream`] |
//! | drive time | [`AsyncWorkspace::advance`], [`tick`] |
//! | recover | [`AsyncWorkspace::rebuild_partition`] |
//! | restore, import, drop, end | [`restore_workspace`], [`import_workspace`], [`drop_workspace`], [`shutdown`] |
//!
//! **Dropped futures.** A write has two steps: it is accepted when the workspace's queue has room, and then it is executed. What
//! was accepted is executed, whether or not anybody still awaits it. A future that is dropped before its batch is accepted
//! withdraws the batch whole; nothing is accepted in part. Time and rebuilds need no room and are accepted at the first poll.
//! What runs on a thread for blocking work (segments, a restore, a drop, the end) also continues after the first poll.

mod blocking;
mod lifecycle;
mod stream;
mod workspace;

pub use futures_core::Stream;
pub use lifecycle::{drop_workspace, import_workspace, restore_workspace, shutdown, tick};
pub use stream::SubscriptionStream;

pub use workspace::AsyncWorkspace;
