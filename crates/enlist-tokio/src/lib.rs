//! The async face of [Enlist](enlist): writes that are awaited, subscriptions as streams, on tokio.
//!
//! Everything else is the crate [`enlist`]: make an [`Enlist`](enlist::Enlist) and its workspaces there, which takes
//! microseconds, and wrap a [`Workspace`](enlist::Workspace) in an [`AsyncWorkspace`]. Enlist's work is done on its own threads, so a task that awaits
//! holds none of the runtime's.
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
//! // Definitions go the way of all writes: an event, awaited.
//! workspace.define_field("plan", Kind::Select).await?;
//! let rule = r#"{"match": "all", "conditions": [{"field": "plan", "operator": "equals", "value": "pro"}]}"#;
//! workspace.save_segment("pro", "Pro", Json::parse(rule)?).await?;
//!
//! // What the workspace publishes, as a stream; it waits for this one if need be.
//! let mut published = workspace.subscribe(SubscribeOptions::all().overflow(Overflow::Block));
//! let listener = tokio::spawn(async move {
//!     while let Some(published) = published.next().await {
//!         if let Published::Transition(transition) = published {
//!             assert_eq!((transition.contact().as_str(), transition.change()), ("ada", Change::Entered));
//!         }
//!     }
//! });
//!
//! // A draft says what is to become of a contact; applying its event is awaited.
//! let event = workspace.blocking().contact("ada").set("plan", "pro").event()?;
//! let revision = workspace.apply(event).await?;
//! assert_eq!(workspace.read(|view| view.count("pro"))?, 1);
//! assert!(workspace.read(|view| view.revision()) >= revision);
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
//! | write | [`AsyncWorkspace::apply`], [`AsyncWorkspace::apply_batch`], [`AsyncWorkspace::apply_until_refused`]; [`AsyncWorkspace::submit`] to know what was accepted |
//! | define | [`AsyncWorkspace::define_field`], [`AsyncWorkspace::set_time_zone`] |
//! | save and try rules | [`AsyncWorkspace::save_segment`], [`AsyncWorkspace::preview`] |
//! | read | [`AsyncWorkspace::read`], [`AsyncWorkspace::read_aside`] |
//! | hear of changes | [`AsyncWorkspace::subscribe`], [`SubscriptionStream`] |
//! | drive time | [`AsyncWorkspace::advance`], [`tick`] |
//! | mend | [`AsyncWorkspace::rebuild_partition`] |
//! | restore, load, drop, end | [`restore_workspace`], [`load_workspace`], [`drop_workspace`], [`shutdown`] |
//!
//! **Dropped futures.** A write has two steps: it is accepted, when there is room in the workspace's queue, and it is done.
//! Whatever was accepted is applied, whether or not anybody still awaits it. What a future had not yet handed in when it was
//! dropped is dropped with it, as if it had never been written. Nothing in between happens: a batch is accepted whole. What
//! needs no room in the queue (time, a rebuild) is accepted as soon as its future is polled; and what is done on a thread for
//! blocking work (segments, a restore, a drop, the end) goes on from then on as well.

mod aside;
mod stream;
mod whole;
mod workspace;

pub use stream::SubscriptionStream;
pub use whole::{drop_workspace, load_workspace, restore_workspace, shutdown, tick};
pub use workspace::AsyncWorkspace;
