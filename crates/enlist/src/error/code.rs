//! What programs take an error for: its code, its class and its reason, which stay the same while sentences change.
//!
//! Invariant: each variant has a code of its own, and a code never changes.

use enlist_model::ErrorClass;

use crate::error::Error;

impl Error {
    /// What kind of error it is: one of the words of the [table](Self#codes).
    pub fn code(&self) -> &'static str {
        match self {
            Error::Engine(error) => error.code(),
            Error::Refused(refused) => refused.reason.code(),
            Error::WorkspaceExists { .. } => "workspace_exists",
            Error::Closed { .. } => "closed",
            Error::Partitions { .. } => "wrong_partitions",
            Error::LimitSetting { .. } => "wrong_limit",
            Error::UnknownPartition { .. } => "unknown_partition",
            Error::Full { .. } => "queue_full",
            Error::Unacknowledged { .. } => "unacknowledged",
            Error::Limit { .. } => "over_limit",
            Error::Ahead { .. } => "ahead_of_clock",
            Error::InsideRead { .. } => "inside_read",
            Error::OtherWorkspace { .. } => "other_workspace",
            Error::PartitionFailed { .. } => "partition_failed",
            Error::SegmentChanged { .. } => "segment_changed",
            Error::UnknownRevision { .. } => "unknown_revision",
            Error::ConsumerName { .. } => "wrong_consumer_name",
            Error::SourceName { .. } => "wrong_source_name",
            Error::SourcePositions { .. } => "wrong_source_positions",
            Error::Store(error) => error.code(),
            Error::Diverged { .. } => "diverged",
            Error::Opening { .. } => "opening",
            Error::OtherVersions { .. } => "other_versions",
            Error::NoStore => "no_store",
            Error::Differs { .. } => "differs",
        }
    }

    /// What the caller can do about it.
    ///
    /// ```
    /// use enlist::{Enlist, ErrorClass};
    ///
    /// let workspace = Enlist::new()?.create_workspace("acme")?;
    /// assert_eq!(workspace.count("pro").unwrap_err().class(), ErrorClass::Unknown);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn class(&self) -> ErrorClass {
        match self {
            Error::Engine(error) => error.class(),
            Error::Refused(refused) => refused.reason.class(),
            Error::Store(error) => error.class(),
            Error::WorkspaceExists { .. } => ErrorClass::InUse,
            Error::SegmentChanged { .. } | Error::UnknownRevision { .. } | Error::OtherWorkspace { .. } => {
                ErrorClass::Changed
            }
            Error::Full { .. } | Error::Unacknowledged { .. } => ErrorClass::Full,
            Error::UnknownPartition { .. } => ErrorClass::Unknown,
            Error::Partitions { .. }
            | Error::LimitSetting { .. }
            | Error::Limit { .. }
            | Error::Ahead { .. }
            | Error::ConsumerName { .. }
            | Error::SourceName { .. }
            | Error::SourcePositions { .. } => ErrorClass::Unfit,
            Error::Closed { .. }
            | Error::InsideRead { .. }
            | Error::PartitionFailed { .. }
            | Error::Diverged { .. }
            | Error::Opening { .. }
            | Error::OtherVersions { .. }
            | Error::NoStore
            | Error::Differs { .. } => ErrorClass::Unavailable,
        }
    }

    /// The sentence without what was found: equal mistakes have equal reasons, so a host can count them.
    pub fn reason(&self) -> String {
        let reason = match self {
            Error::Engine(error) => return error.reason(),
            Error::Refused(refused) => return refused.reason.reason(),
            Error::WorkspaceExists { .. } => {
                "a workspace with that id exists already; open it, or choose another id"
            }
            Error::Closed { .. } => "the workspace is closed and accepts nothing more",
            Error::Partitions { most, .. } => return format!("a workspace has 1 to {most} partitions"),
            Error::LimitSetting { maximum, .. } => {
                return format!("the limit `{}` of a workspace is at most {}", maximum.name, maximum.most);
            }
            Error::UnknownPartition { .. } => "there is no such partition",
            Error::Full { limit, .. } => return format!("over {limit}; wait, or retry later"),
            Error::Unacknowledged { limit, .. } => {
                return format!("{limit} of a consumer is reached; let it acknowledge, or remove it");
            }
            Error::Limit { limit, .. } => return format!("over {limit}"),
            Error::Ahead { most, .. } => {
                return format!(
                    "an instant more than {} s ahead of the clock; correct it, or raise `WorkspaceLimits::ahead`",
                    most.as_secs()
                );
            }
            Error::InsideRead { .. } => {
                "this call would wait for the read that the calling thread is in; finish the read first"
            }
            Error::OtherWorkspace { .. } => {
                "the set of contacts is not of the workspace as it is now; make it again from this workspace"
            }
            Error::PartitionFailed { .. } => "a partition of the workspace failed; rebuild it from its facts",
            Error::SegmentChanged { .. } => "the segment has changed; reload it and retry",
            Error::UnknownRevision { .. } => "the workspace does not have this revision",
            Error::ConsumerName { most, .. } => return format!("a consumer has a name of 1 to {most} bytes"),
            Error::SourceName { most, .. } => return format!("a source has a name of 1 to {most} bytes"),
            Error::SourcePositions { .. } => "the positions of a batch in its source do not rise",
            Error::Store(error) => return error.reason().to_owned(),
            Error::Diverged { .. } => "executing the kept frames again has led to another state",
            Error::Opening { .. } => "the store is being opened; wait, or try again later",
            Error::OtherVersions { .. } => "the store was not closed, and was written with other versions",
            Error::NoStore => "this Enlist keeps nothing in a directory",
            Error::Differs { .. } => "a workspace is not as its facts say",
        };
        reason.to_owned()
    }
}
