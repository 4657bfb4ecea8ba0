//! Text in, text out: runs lines of a log and returns the outputs as text, so that cases read like the contract.

use enlist_model::{Event, Notice, NoticeOutcome};
use enlist_sim::{Emitted, Oracle};

/// An oracle that reads lines and remembers its outputs.
#[derive(Default)]
pub(crate) struct Transcript {
    pub(crate) oracle: Oracle,
}

impl Transcript {
    /// Applies a line that must be accepted, and returns its outputs.
    #[track_caller]
    pub(crate) fn line(&mut self, line: &str) -> Vec<String> {
        let event = Event::parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        let emitted = self.oracle.apply(&event).unwrap_or_else(|error| panic!("{line}: {error}"));
        emitted.iter().map(shown).collect()
    }

    /// Applies a line without `at`, which is 2026-11-23T10:00:00Z, so that all events happen at one instant.
    #[track_caller]
    pub(crate) fn now(&mut self, members: &str) -> Vec<String> {
        self.line(&at("2026-11-23T10:00:00Z", members))
    }

    /// The reason why a line is refused.
    #[track_caller]
    pub(crate) fn refused(&mut self, members: &str) -> String {
        let line = at("2026-11-23T10:00:00Z", members);
        let Ok(event) = Event::parse(&line) else { return "by the model".to_owned() };
        self.oracle.apply(&event).err().unwrap_or_else(|| panic!("accepted: {line}"))
    }

    /// Saves a segment with one condition.
    #[track_caller]
    pub(crate) fn segment(&mut self, id: &str, condition: &str) -> Vec<String> {
        self.now(&format!(
            r#""type":"segment_saved","segment":"{id}","name":"n","rule":{{"match":"all","conditions":[{condition}]}}"#
        ))
    }

    /// The members of a segment, in order of creation.
    pub(crate) fn members(&self, segment: &str) -> String {
        self.oracle.members(segment).map(enlist_model::ContactId::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// A line of a log.
pub(crate) fn at(instant: &str, members: &str) -> String {
    format!(r#"{{"at":"{instant}",{members}}}"#)
}

fn shown(emitted: &Emitted) -> String {
    match emitted {
        Emitted::Transition(transition) => {
            let way = transition.change.name();
            format!("{} {} {way} {}", transition.at, transition.contact, transition.segment)
        }
        Emitted::Notice { notice: Notice { segment, outcome, .. }, .. } => match outcome {
            NoticeOutcome::Built { members } => format!("built {segment} {members}"),
            NoticeOutcome::Rebuilt { entered, left } => format!("rebuilt {segment} +{entered} -{left}"),
            NoticeOutcome::Dropped => format!("dropped {segment}"),
        },
    }
}
