//! What an error asks of its caller, in few words that every error of Enlist has.
//!
//! It knows no error. Invariant: it has no variant for what Enlist itself did wrong; that is `Unavailable`.

/// What the caller of a refused call can do about it. The errors of all crates have one, so a host that answers over a protocol
/// maps these eight and no variants.
///
/// A new class is a breaking change, so a match needs no arm for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// It cannot be read: text that is no JSON, a cursor that is not one. Write it differently.
    Unreadable,
    /// It names something that does not exist.
    Unknown,
    /// It exists already, or something else uses it.
    InUse,
    /// It is not as the caller expected any more. Read it again and decide.
    Changed,
    /// It is larger than can be kept. Send less at once.
    TooLarge,
    /// It can be read, but does not fit: a rule with problems, a value of another kind, something over a limit.
    Unfit,
    /// There is no room now. Wait and send it again.
    Full,
    /// It cannot be served now: the store is being opened or has failed, a partition failed, the workspace is closed.
    Unavailable,
}
