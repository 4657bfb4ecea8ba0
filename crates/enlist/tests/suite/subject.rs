//! A workspace as a subject of the simulator, which compares what the workspace publishes.

use std::cell::RefCell;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use enlist::{
    ContactId, Enlist, Event, Instant, PageOrder, PageRequest, PageStart, Published, SegmentId,
    SubscribeOptions, Subscription, TestClock, Workspace, WorkspaceSettings,
};
use enlist_sim::{Emitted, Subject};

/// One instance for all tests; its workspaces are independent of each other.
pub(crate) static ENLIST: LazyLock<Enlist> = LazyLock::new(|| {
    let clock = TestClock::new(Instant::parse("2026-11-23T09:00:00Z").unwrap());
    Enlist::builder().workers(2).clock(clock).manual_time().build().unwrap()
});

/// An id that no other workspace has.
pub(crate) fn unique() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("workspace {}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A workspace that no other test uses.
pub(crate) fn workspace(settings: WorkspaceSettings) -> Workspace {
    ENLIST.create_workspace_with(&unique(), settings).unwrap()
}

/// A workspace with this number of partitions.
pub(crate) fn partitioned(partitions: usize) -> Workspace {
    workspace(WorkspaceSettings::default().with_partitions(partitions))
}

pub(crate) struct WorkspaceSubject {
    pub(crate) workspace: Workspace,
    subscription: RefCell<Subscription>,
}

impl WorkspaceSubject {
    pub(crate) fn new(partitions: usize) -> Self {
        let workspace = partitioned(partitions);
        let subscription = workspace.subscribe(SubscribeOptions::all());
        WorkspaceSubject { workspace, subscription: RefCell::new(subscription) }
    }

    /// The items published since the last call.
    pub(crate) fn emitted(&self) -> Vec<Emitted> {
        let mut subscription = self.subscription.borrow_mut();
        std::iter::from_fn(|| subscription.try_next()).map(|published| self.named(&published)).collect()
    }

    fn named(&self, published: &Published) -> Emitted {
        match published {
            Published::Transition(transition) => Emitted::Transition(transition.to_transition()),
            Published::Notice(notice) => {
                let ids = |contacts| self.workspace.read(|view| view.contact_ids(&contacts)).unwrap();
                Emitted::Notice {
                    notice: notice.notice().clone(),
                    entered: ids(notice.entered()),
                    left: ids(notice.left()),
                }
            }
            Published::Gap(gap) => panic!("{gap:?}"),
        }
    }

    fn members(&self, segment: &SegmentId, order: &PageOrder) -> Vec<ContactId> {
        let mut request =
            PageRequest::default().with_size(3).with_order(order.clone()).with_start(PageStart::Offset(0));
        let mut members = Vec::new();
        loop {
            let page = self.workspace.page(segment.as_str(), &request).unwrap();
            members.extend(page.contacts);
            let Some(next) = page.next else { return members };
            request.start = PageStart::After(next);
        }
    }
}

impl Drop for WorkspaceSubject {
    fn drop(&mut self) {
        ENLIST.drop_workspace(self.workspace.id().as_str()).unwrap();
    }
}

impl Subject for WorkspaceSubject {
    fn apply(&mut self, event: &Event) -> Result<Vec<Emitted>, String> {
        let outcome = self.workspace.apply_event(event.clone());
        let emitted = self.emitted();
        match outcome {
            Err(error) if emitted.is_empty() => Err(error.to_string()),
            _ => Ok(emitted),
        }
    }

    fn memberships(&self) -> Vec<(SegmentId, Vec<ContactId>)> {
        let segments: Vec<SegmentId> =
            self.workspace.read(|view| view.segments().map(|segment| segment.id().clone()).collect());
        let by_arrival = PageOrder::Arrival { descending: false };
        segments.into_iter().map(|id| (id.clone(), self.members(&id, &by_arrival))).collect()
    }

    fn contact_count(&self) -> usize {
        usize::try_from(self.workspace.read(|view| view.contact_count()).unwrap()).unwrap()
    }

    fn now(&self) -> Option<Instant> {
        self.workspace.read(|view| view.now())
    }

    fn verify(&self) -> Result<(), String> {
        if let Some(difference) = self.workspace.read(|view| view.verify()).unwrap().first() {
            return Err(difference.to_string());
        }
        for (segment, members) in self.memberships() {
            let counted = self.workspace.count(segment.as_str()).unwrap();
            if counted != members.len() as u64 {
                return Err(format!(
                    "the count of {segment:?} is {counted}, its pages hold {}",
                    members.len()
                ));
            }
            let segment = self.workspace.segment(segment.as_str()).unwrap();
            if segment.freeze().unwrap().batches(2).flatten().count() != members.len() {
                return Err(format!("the audience of {segment:?} is not its members"));
            }
        }
        Ok(())
    }
}
