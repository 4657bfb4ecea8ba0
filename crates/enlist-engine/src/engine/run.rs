//! A run of events: their membership changes are written together.

use enlist_model::Event;

use crate::engine::prefetching::PREFETCHED_EVENTS;
use crate::engine::{Engine, Sink};
use crate::error::{Error, Refused};
use crate::handles::typed_event::TypedEvent;

/// When membership changes are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Writing {
    /// At the end of each event.
    #[default]
    AtOnce,
    /// When they are many, and at the end of the run.
    Together,
}

/// Applies events one by one, for [`Engine::run`].
#[derive(Debug)]
pub struct Run<'a> {
    engine: &'a mut Engine,
}

impl Engine {
    /// Applies events one by one, and writes the members of segments for many of them at once, which is quicker. Transitions are
    /// reported as ever. Nothing can read the engine until the run ends.
    ///
    /// ```
    /// use enlist_engine::{Engine, HashSeed};
    /// use enlist_model::{Event, Instant};
    ///
    /// let at = Instant::parse("2026-11-23T10:00:00Z").expect("an instant");
    /// let mut engine = Engine::new(HashSeed::new(1));
    /// let mut outputs = Vec::new();
    /// engine.run(|run| {
    ///     ["ada", "bob"].into_iter().try_for_each(|contact| {
    ///         run.apply(&Event::contact_saved(at, contact).build()?, &mut outputs)
    ///     })
    /// })?;
    /// assert_eq!(engine.contact_count(), 2);
    /// # Ok::<(), enlist_engine::Error>(())
    /// ```
    pub fn run<R>(&mut self, events: impl FnOnce(&mut Run<'_>) -> R) -> R {
        self.writing = Writing::Together;
        let applied = events(&mut Run { engine: self });
        // After a panic, `rebuild` does this.
        self.writing = Writing::AtOnce;
        self.membership.write();
        applied
    }

    /// Applies events in order, up to the first that is refused.
    ///
    /// # Errors
    /// [`Refused`] says which one and why. The events before it are applied, none after it is.
    pub fn apply_batch(&mut self, events: &[Event], out: &mut dyn Sink) -> Result<(), Refused> {
        self.run_ahead(events, Engine::prefetch, |engine, event| engine.apply(event, out))
    }

    /// Applies events of handles in order, like [`apply_batch`](Self::apply_batch).
    ///
    /// # Errors
    /// [`Refused`] says which one and why. The events before it are applied, none after it is.
    pub fn apply_typed_batch(&mut self, events: &[TypedEvent], out: &mut dyn Sink) -> Result<(), Refused> {
        self.run_ahead(events, Engine::prefetch_typed, |engine, event| engine.apply_typed(event, out))
    }

    /// Applies events of either kind as a run, reading ahead.
    fn run_ahead<'e, E>(
        &mut self,
        events: &'e [E],
        prefetch: impl Fn(&Engine, &'e [E]),
        mut apply: impl FnMut(&mut Engine, &E) -> Result<(), Error>,
    ) -> Result<(), Refused> {
        self.run(|run| {
            for (index, event) in events.iter().enumerate() {
                if index % PREFETCHED_EVENTS == 0 {
                    prefetch(run.engine, &events[index..events.len().min(index + PREFETCHED_EVENTS)]);
                }
                apply(run.engine, event).map_err(|error| Refused { index, error })?;
            }
            Ok(())
        })
    }
}

impl Run<'_> {
    /// As [`Engine::apply`].
    ///
    /// # Errors
    /// As [`Engine::apply`].
    pub fn apply(&mut self, event: &Event, out: &mut dyn Sink) -> Result<(), Error> {
        self.engine.apply(event, out)
    }

    /// As [`Engine::apply_typed`].
    ///
    /// # Errors
    /// As [`Engine::apply_typed`].
    pub fn apply_typed(&mut self, event: &TypedEvent, out: &mut dyn Sink) -> Result<(), Error> {
        self.engine.apply_typed(event, out)
    }

    /// As [`Engine::prefetch`].
    pub fn prefetch<'e>(&self, events: impl IntoIterator<Item = &'e Event>) {
        self.engine.prefetch(events);
    }

    /// As [`Engine::prefetch`], for events of handles.
    pub fn prefetch_typed<'e>(&self, events: impl IntoIterator<Item = &'e TypedEvent>) {
        self.engine.prefetch_typed(events);
    }

    /// As [`Engine::arrive_as`].
    pub fn arrive_as(&mut self, creation: u64) {
        self.engine.arrive_as(creation);
    }
}
