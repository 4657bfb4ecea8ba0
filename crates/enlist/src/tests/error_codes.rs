//! The codes of errors: they keep their meaning, so a change of one fails here.

use std::time::Duration;

use enlist_model::{Instant, SegmentId, WorkspaceId};
use enlist_store::Versions;

use crate::error::Error;
use crate::revision::{Incarnation, Revision};

fn examples() -> Vec<Error> {
    let text = || "x".to_owned();
    let workspace = || WorkspaceId::new("w").unwrap();
    let segment = SegmentId::new("s").unwrap();
    let at = Instant::parse("2026-11-23T10:00:00Z").unwrap();
    let limit = enlist_model::limits::CONTACT_LABELS;
    let revision = Revision::new(Incarnation::from_bits(1), 1);
    vec![
        Error::WorkspaceExists { workspace: workspace() },
        Error::Closed { workspace: workspace(), events: Vec::new() },
        Error::Partitions { found: 0, most: 64 },
        Error::LimitSetting { found: 1_001, maximum: limit },
        Error::UnknownPartition { found: 1, partitions: 1 },
        Error::Full { waiting: 0, limit, events: Vec::new() },
        Error::Unacknowledged { consumer: text(), waiting: 1, limit, events: Vec::new() },
        Error::Limit { found: text(), limit },
        Error::Ahead { at, clock: at, most: Duration::ZERO },
        Error::InsideRead { workspace: workspace() },
        Error::OtherWorkspace { workspace: workspace() },
        Error::PartitionFailed { partition: 0, reason: text() },
        Error::SegmentChanged { segment, expected: None, found: None },
        Error::UnknownRevision { asked: revision, current: revision },
        Error::ConsumerName { found: text(), most: 1 },
        Error::SourceName { found: text(), most: 1 },
        Error::SourcePositions { source_name: text(), position: (0, 0).into(), after: (0, 0).into() },
        Error::Diverged { workspace: workspace(), revision: 1 },
        Error::Opening { done: 1, of: 2 },
        Error::OtherVersions { found: Versions::new(1, "2026a", 1), own: Versions::new(2, "2026a", 1) },
        Error::NoStore,
        Error::Differs {
            workspace: workspace(),
            difference: enlist_engine::Difference::Days { field: text() },
        },
    ]
}

/// A new variant does not compile here until it has a code, which then never changes: hosts store these words.
fn golden(error: &Error) -> &'static str {
    match error {
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

#[test]
fn every_code_stays_as_it_is_and_is_in_the_table_of_the_docs() {
    let codes: Vec<&str> = examples().iter().map(Error::code).collect();
    assert_eq!(codes, examples().iter().map(golden).collect::<Vec<_>>());
    let rows = include_str!("../error/mod.rs").lines().filter_map(|line| line.strip_prefix("/// | `"));
    assert_eq!(codes, rows.filter_map(|row| row.split('`').next()).collect::<Vec<_>>());
}
