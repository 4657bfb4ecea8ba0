//! What the replay prints at its end: a table for people, or one JSON object.

use std::io::{self, Write};
use std::time::Duration;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use enlist::{Instant, SegmentId};
use indicatif::HumanCount;
use serde::Serialize;

use super::printable::printable;
use super::progress::rate;

/// The longest id or name that the table shows whole, in characters.
const NAME: usize = 60;

/// What the replay did, and the state after it. Its JSON is that of `--json`.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// Events applied.
    pub(super) events: u64,
    /// Lines rejected.
    pub(super) rejected: u64,
    /// Transitions, without notices.
    pub(super) transitions: u64,
    /// The greatest instant seen.
    pub(super) now: Option<Instant>,
    /// Contacts as of now.
    pub(super) contacts: u64,
    /// Segments in order of creation.
    pub(super) segments: Vec<SegmentCount>,
    /// Notices.
    #[serde(skip)]
    pub(super) notices: u64,
    /// How long it took to read and apply the log.
    #[serde(skip)]
    pub(super) elapsed: Duration,
}

/// One segment and how many contacts it holds.
#[derive(Debug, Serialize)]
pub(super) struct SegmentCount {
    /// Its id.
    pub(super) segment: SegmentId,
    /// Its name.
    pub(super) name: String,
    /// How many contacts it holds.
    pub(super) count: u64,
}

impl Report {
    /// Writes the report as one JSON object on one line.
    ///
    /// # Errors
    /// Those of writing.
    pub(super) fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut text = serde_json::to_string(self)?;
        text.push('\n');
        out.write_all(text.as_bytes()).and_then(|()| out.flush())
    }

    /// Writes the report as two tables, the segments first.
    ///
    /// # Errors
    /// Those of writing.
    pub(super) fn write_table(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut text = self.figures().to_string() + "\n";
        if !self.segments.is_empty() {
            text.insert_str(0, &(self.segments().to_string() + "\n"));
        }
        out.write_all(text.as_bytes()).and_then(|()| out.flush())
    }

    fn segments(&self) -> Table {
        let mut table = framed();
        table.set_header(["segment", "name", "members"]);
        for SegmentCount { segment, name, count } in &self.segments {
            table.add_row([printable(segment.as_str(), NAME), printable(name, NAME), shown(*count)]);
        }
        align_right(&mut table, 2);
        table
    }

    fn figures(&self) -> Table {
        let seconds = self.elapsed.as_secs_f64();
        let rate = format!("{} events/s ({seconds:.3} s)", shown(rate(self.events, self.elapsed)));
        let mut table = framed();
        table.add_row(["events", &shown(self.events)]);
        table.add_row(["rejected", &shown(self.rejected)]);
        table.add_row(["transitions", &shown(self.transitions)]);
        table.add_row(["notices", &shown(self.notices)]);
        table.add_row(["contacts", &shown(self.contacts)]);
        table.add_row(["now", &self.now.map_or_else(|| "-".to_owned(), |now| now.to_string())]);
        table.add_row(["rate", &rate]);
        align_right(&mut table, 1);
        table
    }
}

fn framed() -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    table
}

fn align_right(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

fn shown(count: u64) -> String {
    HumanCount(count).to_string()
}
