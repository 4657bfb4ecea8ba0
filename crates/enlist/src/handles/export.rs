//! The export: a workspace as the lines of the events that make it again.
//!
//! The lines are those of a log, so what reads a log reads an export, in any later version. It knows no engine: it writes a dump.
//! Invariant: each line is accepted after the lines before it, by a bulk load as well as one by one.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};

use enlist_engine::{ContactDump, ConversationDump, Dump, SegmentDump};
use enlist_model::{
    ContactId, Event, EventBody, FieldDefinition, FieldKey, Instant, Json, Label, Setting, Value,
};

use crate::error::Error;
use crate::handles::workspace::Workspace;
use crate::reference_order::references_of;
use crate::revision::Revision;

/// A contact with more than this is written as several events, so that each line is within the limit of a log.
const EVENT_BYTES: usize = 512 << 10;
/// The rule of a segment until those it refers to are there. It holds nobody: each contact has a `created_at`.
const PLACEHOLDER: &str =
    r#"{"match": "all", "conditions": [{"field": "created_at", "operator": "is_empty"}]}"#;

/// What was exported; see [`Workspace::export`](crate::Workspace::export).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// The state that was written.
    pub revision: Revision,
    /// How many contacts it has.
    pub contacts: u64,
    /// How many events, one a line, were written.
    pub events: u64,
}

/// Why an export is not whole.
///
/// | code | variant |
/// |---|---|
/// | `write_failed` | [`Write`](Self::Write) |
/// | that of the workspace's error | [`Enlist`](Self::Enlist) |
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The writer failed.
    #[error("the writer failed after {events} events: {error}")]
    Write {
        /// The events that it was given before. It may have kept fewer.
        events: u64,
        /// Its error.
        #[source]
        error: io::Error,
    },
    /// The workspace cannot be read. Nothing was written.
    #[error(transparent)]
    Enlist(#[from] Error),
}

impl ExportError {
    /// What kind of error it is: `write_failed`, or the [code](Error::code) of the workspace's error.
    pub fn code(&self) -> &'static str {
        match self {
            ExportError::Write { .. } => "write_failed",
            ExportError::Enlist(error) => error.code(),
        }
    }

    /// The sentence without what was found, as [`Error::reason`].
    pub fn reason(&self) -> String {
        match self {
            ExportError::Write { .. } => "the writer failed".to_owned(),
            ExportError::Enlist(error) => error.reason(),
        }
    }
}

impl Workspace {
    /// Writes the workspace as events, one a line, that make it again: settings, fields, segments, contacts in order of creation with
    /// their conversations, the options of fields, and a tick.
    ///
    /// [Importing](crate::Enlist::import_workspace) them, in this version or a later one, gives a workspace with the same members,
    /// over any number of partitions. Not exported are history and totals, what was published and its sequences, positions of sources,
    /// [limits and other settings](Workspace::settings) of the host, and spellings of labels that no contact has.
    ///
    /// It is the state at one revision. Writers wait while the facts are copied, a second for some 200,000 contacts, and not
    /// while they are written. The copy takes about as much memory as the facts.
    ///
    /// ```
    /// use std::io::BufRead;
    ///
    /// use enlist::{Enlist, Event, WorkspaceSettings};
    ///
    /// let enlist = Enlist::new()?;
    /// let workspace = enlist.create_workspace("acme")?;
    /// workspace.contact("ada").set("name", "Ada").add_label("VIP").save()?;
    /// let mut lines = Vec::new();
    /// let exported = workspace.export(&mut lines)?;
    /// assert_eq!((exported.contacts, exported.revision), (1, workspace.read(|view| view.revision())));
    ///
    /// let events = lines.lines().map(|line| Ok::<_, Box<dyn std::error::Error>>(Event::parse(&line?)?));
    /// let copy = enlist.import_workspace("copy", WorkspaceSettings::default(), events).map_err(|error| error.to_string())?;
    /// assert!(copy.refused.is_empty());
    /// assert!(copy.workspace.read(|view| view.has_contact("ada"))?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ExportError::Write`] if the writer fails, which may then have got a part; [`ExportError::Enlist`] with
    /// [`Error::PartitionFailed`]. A workspace that was dropped or shut down is exported as it was at its end.
    pub fn export(&self, out: impl Write) -> Result<Exported, ExportError> {
        let (revision, dump) = self.read(|view| Ok::<_, Error>((view.revision(), view.dump()?)))?;
        write(dump, revision, out)
    }
}

/// Writes a dump as events.
fn write(dump: Dump, revision: Revision, out: impl Write) -> Result<Exported, ExportError> {
    let contacts = dump.contacts.len() as u64;
    let at = dump.now.unwrap_or(Instant::MIN);
    let mut lines = Lines { out: BufWriter::new(out), at, events: 0 };
    match lines.dump(dump).and_then(|()| Ok(lines.out.flush()?)) {
        Ok(()) => Ok(Exported { revision, contacts, events: lines.events }),
        Err(Failure::Write(error)) => Err(ExportError::Write { events: lines.events, error }),
        Err(Failure::Enlist(error)) => Err(error.into()),
    }
}

/// What stops an export.
enum Failure {
    Write(io::Error),
    Enlist(Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Write(error)
    }
}

/// The lines that are being written. All events have one instant, so that no time passes while they are read.
struct Lines<W: Write> {
    out: BufWriter<W>,
    at: Instant,
    events: u64,
}

/// What the next event sets of a contact or conversation.
#[derive(Default)]
struct Change {
    set: Vec<(String, Json)>,
    labels: Vec<Label>,
    bytes: usize,
}

impl<W: Write> Lines<W> {
    fn dump(&mut self, dump: Dump) -> Result<(), Failure> {
        let Dump { time_zone, week_start, fields, segments, contacts, .. } = dump;
        self.write(EventBody::WorkspaceConfigured {
            time_zone: Some(time_zone),
            week_start: Some(week_start),
        })?;
        for field in &fields {
            self.write(defined(field, Setting::Keep))?;
        }
        self.segments(segments)?;
        for contact in contacts {
            self.contact(contact)?;
        }
        // Last: a contact may hold an option that its field no longer has.
        for field in &fields {
            if let Some(options) = &field.options {
                self.write(defined(field, Setting::Set(options.clone())))?;
            }
        }
        Ok(self.write(EventBody::Tick)?)
    }

    fn write(&mut self, body: EventBody) -> io::Result<()> {
        writeln!(self.out, "{}", Event { at: self.at, body }.to_json())?;
        self.events += 1;
        Ok(())
    }

    /// Segments in order of creation. One that was edited may refer to one that was created later.
    fn segments(&mut self, mut segments: Vec<SegmentDump>) -> io::Result<()> {
        segments.sort_by_key(|segment| segment.creation);
        let mut written = BTreeSet::new();
        let mut waiting = Vec::new();
        for segment in &segments {
            if references_of(&segment.rule).is_subset(&written) {
                self.write(saved(segment, segment.rule.clone()))?;
            } else {
                // The placeholder is no JSON only if its text is wrong.
                self.write(saved(segment, Json::parse(PLACEHOLDER).unwrap_or(Json::Null)))?;
                waiting.push(segment);
            }
            written.insert(segment.id.as_str());
        }
        waiting.into_iter().try_for_each(|segment| self.write(saved(segment, segment.rule.clone())))
    }

    fn contact(&mut self, contact: ContactDump) -> Result<(), Failure> {
        let ContactDump { id, values, labels, conversations, .. } = contact;
        let mut change = Change::default();
        for (field, value) in values {
            if change.add_value(&field, &value) {
                self.write(change.take_of_contact(&id))?;
            }
        }
        for label in labels {
            let label = Label::new(label.as_str())
                .map_err(|error| Failure::Enlist(Error::Engine(enlist_engine::Error::from(error))))?;
            if change.add_label(label) {
                self.write(change.take_of_contact(&id))?;
            }
        }
        self.write(change.take_of_contact(&id))?;
        for conversation in conversations {
            self.conversation(&id, &conversation)?;
        }
        Ok(())
    }

    fn conversation(&mut self, contact: &ContactId, conversation: &ConversationDump) -> io::Result<()> {
        let mut change = Change::default();
        let saved = |change: &mut Change| EventBody::ConversationSaved {
            conversation: conversation.id.clone(),
            contact: contact.clone(),
            set: std::mem::take(change).set,
        };
        for (field, value) in &conversation.values {
            if change.add_value(field, value) {
                self.write(saved(&mut change))?;
            }
        }
        self.write(saved(&mut change))
    }
}

impl Change {
    /// Adds a value; returns whether the event is full.
    fn add_value(&mut self, field: &FieldKey, value: &Value) -> bool {
        let value = value.to_json();
        self.bytes += field.as_str().len() + bytes_at_most(&value);
        self.set.push((field.as_str().to_owned(), value));
        self.is_full()
    }

    /// Adds a label; returns whether the event is full.
    fn add_label(&mut self, label: Label) -> bool {
        self.bytes += text_bytes_at_most(label.shown.as_str());
        self.labels.push(label);
        self.is_full()
    }

    fn is_full(&self) -> bool {
        self.bytes > EVENT_BYTES
    }

    fn take_of_contact(&mut self, contact: &ContactId) -> EventBody {
        let Change { set, labels, .. } = std::mem::take(self);
        EventBody::ContactSaved {
            contact: contact.clone(),
            set,
            add_labels: labels,
            remove_labels: Vec::new(),
        }
    }
}

fn defined(field: &FieldDefinition, options: Setting<Vec<enlist_model::ShortText>>) -> EventBody {
    let default = field.default.map_or(Setting::Keep, Setting::Set);
    EventBody::FieldDefined { field: field.key.clone(), kind: field.kind, options, default }
}

fn saved(segment: &SegmentDump, rule: Json) -> EventBody {
    EventBody::SegmentSaved { segment: segment.id.clone(), name: segment.name.clone(), rule }
}

/// The bytes of a value as JSON, at most.
fn bytes_at_most(value: &Json) -> usize {
    match value {
        Json::Text(text) => text_bytes_at_most(text),
        Json::List(members) => members.iter().map(bytes_at_most).sum(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) | Json::TooDeep => 32,
    }
}

/// Each byte may be escaped as six.
fn text_bytes_at_most(text: &str) -> usize {
    6 * text.len() + 8
}
