//! Cursors: positions in orders of members, sealed, so that a host can give them to anybody.
//!
//! A position holds what a contact is sorted by, such as an e-mail address. A cursor is that position encrypted and
//! authenticated with a key of the workspace's life. This file knows neither contacts nor orders. Invariant: only
//! what was sealed with a key is opened with it.

mod base64url;
pub(crate) mod life;

use enlist_engine::{Error as EngineError, PagePosition};
use orion::hazardous::aead::xchacha20poly1305::{Nonce, SecretKey, XChaCha20Poly1305};
use orion::hazardous::mac::poly1305::POLY1305_OUTSIZE;
use orion::hazardous::stream::xchacha20::XCHACHA_NONCESIZE;

use crate::randomness;

/// Where a page ended, as text to keep and pass back: letters, digits, `-` and `_`, at most 430 of them
/// ([`TEXT_MOST`](Self::TEXT_MOST)).
///
/// The text is sealed: nobody can read in it what the members are sorted by, or change it. Its length tells how long a
/// sort value is, up to 256 bytes. The same place has another text each time.
///
/// A cursor ends with the [life](crate::Incarnation) of its workspace, and it belongs to the order of its page. Any other
/// use is refused as [`EngineError::Cursor`] with the code `wrong_cursor`; nothing is lost but the place, so read
/// the first page again.
///
/// It works for as long as the workspace lives, whatever changes. A sorted walk continues exactly after the last contact
/// shown. Only if that contact's text is longer than 256 bytes, and it changed since or was deleted, the walk goes back to
/// the first contact with the same 256 bytes: some members may appear twice, and none is left out.
///
/// ```
/// use enlist::{Cursor, Enlist, PageOrder, PageRequest};
///
/// let enlist = Enlist::new()?;
/// let workspace = enlist.create_workspace("acme")?;
/// let everyone = r#"{"match": "all", "conditions": [{"field": "email", "operator": "is_not_empty"}]}"#;
/// let segment = workspace.segment("everyone")?;
/// segment.save("Everyone", enlist::Json::parse(everyone)?)?;
/// for name in ["ada", "bob", "cy"] {
///     workspace.contact(name).set("email", format!("{name}@example.com")).save()?;
/// }
/// let order = PageOrder::Field { field: "email".to_owned(), descending: false };
/// let request = PageRequest::default().with_order(order).with_size(2);
/// let text = segment.page(&request)?.next.ok_or("two of three")?.as_text().to_owned();
///
/// // The text went out in a link, and comes back.
/// let page = segment.page(&request.clone().after(Cursor::from_text(&text)))?;
/// assert_eq!(page.contacts[0].as_str(), "cy");
///
/// let forged = segment.page(&request.after(Cursor::from_text("x"))).unwrap_err();
/// assert_eq!(forged.code(), "wrong_cursor");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor(String);

/// The key that a workspace seals its cursors with, for one life. It is never shown.
pub(crate) struct CursorKey(SecretKey);

/// What is authenticated with every cursor: that it is one, and the version of its form.
const PURPOSE: &[u8] = b"enlist cursor 1";
/// What sealing adds to a position.
const SEAL_BYTES: usize = XCHACHA_NONCESIZE + POLY1305_OUTSIZE;

impl Cursor {
    /// The maximum length of its text.
    pub const TEXT_MOST: usize = base64url::text_length(PagePosition::BYTES_MOST + SEAL_BYTES);

    /// A cursor from text that was kept. Whether it fits is checked when a page is read.
    pub fn from_text(text: &str) -> Self {
        Cursor(text.to_owned())
    }

    /// The cursor as text.
    pub fn as_text(&self) -> &str {
        &self.0
    }
}

impl CursorKey {
    /// Its length.
    pub(crate) const BYTES: usize = 32;

    /// A new key.
    pub(crate) fn draw() -> Self {
        CursorKey::from_bytes(randomness::draw_bytes())
    }

    /// A key that was kept.
    pub(crate) fn from_bytes(bytes: [u8; CursorKey::BYTES]) -> Self {
        CursorKey(SecretKey::from(bytes))
    }

    /// The key, to be kept with the incarnation.
    pub(crate) fn to_bytes(&self) -> [u8; CursorKey::BYTES] {
        let mut bytes = [0; CursorKey::BYTES];
        bytes.copy_from_slice(self.0.unprotected_as_ref());
        bytes
    }

    /// Seals a position.
    pub(crate) fn seal(&self, position: &PagePosition) -> Cursor {
        // With 24 random bytes no nonce is ever drawn twice, so nothing has to count them.
        let nonce: [u8; XCHACHA_NONCESIZE] = randomness::draw_bytes();
        let content = position.to_bytes();
        let mut sealed = vec![0; content.len() + SEAL_BYTES];
        let (head, body) = sealed.split_at_mut(XCHACHA_NONCESIZE);
        head.copy_from_slice(&nonce);
        XChaCha20Poly1305::seal(&self.0, &Nonce::from(nonce), &content, Some(PURPOSE), body)
            .expect("a position is short, and the space for it is measured");
        Cursor(base64url::encode(&sealed))
    }

    /// Opens a cursor.
    ///
    /// # Errors
    /// [`EngineError::Cursor`] for all that this key did not seal.
    pub(crate) fn open(&self, cursor: &Cursor) -> Result<PagePosition, EngineError> {
        let foreign =
            "it is damaged, or of another workspace, or from before the workspace was started again";
        PagePosition::from_bytes(&self.opened(cursor).ok_or(EngineError::Cursor { problem: foreign })?)
    }

    fn opened(&self, cursor: &Cursor) -> Option<Vec<u8>> {
        // Before the text is decoded: a stranger's text may be of any length.
        if cursor.0.len() > Cursor::TEXT_MOST {
            return None;
        }
        let sealed = base64url::decode(&cursor.0)?;
        let (nonce, body) = sealed.split_first_chunk::<XCHACHA_NONCESIZE>()?;
        let mut content = vec![0; body.len().checked_sub(POLY1305_OUTSIZE)?];
        XChaCha20Poly1305::open(&self.0, &Nonce::from(*nonce), body, Some(PURPOSE), &mut content).ok()?;
        Some(content)
    }
}
