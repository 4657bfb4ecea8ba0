//! Ids: how a host names its contacts, conversations and segments. Each kind of id is its own type.
//!
//! An id is 1 to 256 bytes of UTF-8 and is compared byte by byte. Invariant: an id that exists is valid.

use std::fmt;

use compact_str::CompactString;

use crate::error::Error;
use crate::limits;

macro_rules! id {
    ($(#[$docs:meta])* $name:ident, $what:literal) => {
        $(#[$docs])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(CompactString);

        impl $name {
            /// Checks an id of the host.
            ///
            /// # Errors
            /// [`Error::Id`] if it is empty or longer than 256 bytes.
            pub fn new(id: &str) -> Result<Self, Error> {
                if id.is_empty() || limits::ID_BYTES.is_exceeded_by(id.len()) {
                    return Err(Error::Id { what: $what, bytes: id.len() });
                }
                Ok(Self(id.into()))
            }

            /// The id as the host wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{:?}", self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }
    };
}

id!(
    /// The host's name for a contact.
    ContactId,
    "contact"
);
id!(
    /// The host's name for a conversation.
    ConversationId,
    "conversation"
);
id!(
    /// The host's name for a segment.
    SegmentId,
    "segment"
);
id!(
    /// The host's name for a workspace.
    WorkspaceId,
    "workspace"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_to_256_bytes_of_any_unicode() {
        assert!(ContactId::new("").is_err());
        assert!(ContactId::new(" ").is_ok());
        assert!(ContactId::new(&"é".repeat(128)).is_ok());
        assert!(ContactId::new(&"é".repeat(129)).is_err());
    }
}
