//! Pages as a host asks for them and gets them: with sealed cursors as their positions.

use crate::cursor::Cursor;

/// Which page of a segment's members.
///
/// ```
/// use enlist::{PageOrder, PageRequest, PageStart};
///
/// let newest = PageOrder::Arrival { descending: true };
/// let request = PageRequest::default().with_order(newest).with_size(20);
/// assert_eq!((request.start, request.size), (PageStart::Offset(0), 20));
/// ```
///
/// `default()` is the first fifty in order of arrival. `with_order`, `with_start`, `with_size` and `after(cursor)` change it.
pub type PageRequest = enlist_engine::PageRequest<Cursor>;

/// Where a page begins: after a number of members, or after the last contact of an earlier page.
pub type PageStart = enlist_engine::PageStart<Cursor>;

/// A page of members, and the [`Cursor`] that leads to the next: `contacts`, `next` (`None` on the last page) and `total`.
pub type Page = enlist_engine::Page<Cursor>;
