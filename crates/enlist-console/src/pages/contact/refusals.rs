//! What a form says that was refused.
//!
//! It knows no form. Invariant: every error has a sentence.

use enlist::{EngineError, Error};

/// Why, as a sentence.
pub(crate) fn sentence(error: &Error) -> String {
    if let Error::Refused(refused) = error { refused.reason.to_string() } else { error.to_string() }
}

/// The ids of the segments that use what was to be deleted or changed; none if that is not why.
pub(crate) fn users(error: &Error) -> Vec<String> {
    match error {
        Error::Refused(refused) => users(&refused.reason),
        Error::Engine(EngineError::FieldInUse { segments, .. }) => {
            segments.iter().map(|id| id.as_str().to_owned()).collect()
        }
        Error::Engine(EngineError::OptionsInUse { options, .. }) => {
            let mut ids: Vec<String> = options.iter().map(|(_, id)| id.as_str().to_owned()).collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        }
        // Everything else is no use by a segment, errors of later versions too.
        _ => Vec::new(),
    }
}
