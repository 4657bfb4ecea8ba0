//! Which contacts a page shows, and how, as an address says it.
//!
//! It looks nothing up: a segment, a field or a page in the address may not exist. Invariant: what is read from an address that this
//! file has made is what the address was made of.

use enlist::{PageOrder, PageRequest, PageStart};
use maud::{Markup, html};

use crate::address::{Pages, encoded};

/// How many contacts a page has.
pub(crate) const SIZE: u64 = 50;

/// Which contacts, and how they are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sought {
    /// The id of a segment; empty for all contacts.
    pub(crate) segment: String,
    /// What is searched for.
    pub(crate) q: String,
    /// The field by which they are sorted; empty for the order of creation.
    pub(crate) sort: String,
    pub(crate) order: Direction,
    /// The page, from 0.
    pub(crate) page: u64,
    /// The fields that are columns; empty for the usual ones.
    pub(crate) columns: Vec<String>,
}

/// A direction of an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Direction {
    #[default]
    Ascending,
    Descending,
}

impl Sought {
    /// What the members of an address say. Columns are one list, or one member each, as check boxes send them.
    pub(crate) fn of(members: Vec<(String, String)>) -> Self {
        let mut sought = Sought::default();
        for (name, value) in members {
            match name.as_str() {
                "segment" => sought.segment = value,
                "q" => sought.q = value,
                "sort" => sought.sort = value,
                "order" if value == "desc" => sought.order = Direction::Descending,
                "page" => sought.page = value.parse::<u64>().unwrap_or(1).saturating_sub(1),
                "columns" => {
                    for column in value.split(',').filter(|column| !column.is_empty()) {
                        if sought.columns.iter().all(|each| each != column) {
                            sought.columns.push(column.to_owned());
                        }
                    }
                }
                _ => {}
            }
        }
        sought
    }

    /// The members of the address.
    fn members(&self) -> Vec<(&'static str, String)> {
        let order = match self.order {
            Direction::Ascending => "",
            Direction::Descending => "desc",
        };
        let page = if self.page == 0 { String::new() } else { (self.page.saturating_add(1)).to_string() };
        let mut members = vec![
            ("segment", self.segment.clone()),
            ("q", self.q.clone()),
            ("sort", self.sort.clone()),
            ("order", order.to_owned()),
            ("page", page),
            ("columns", self.columns.join(",")),
        ];
        members.retain(|(_, value)| !value.is_empty());
        members
    }

    /// The path below the workspace.
    pub(crate) fn path(&self) -> String {
        let members: Vec<String> =
            self.members().iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        format!("contacts?{}", members.join("&"))
    }

    /// The address with something changed.
    pub(crate) fn address(&self, pages: &Pages, change: impl FnOnce(&mut Sought)) -> String {
        let mut changed = self.clone();
        change(&mut changed);
        pages.page(&changed.path())
    }

    /// What a form keeps of the address beside its own inputs. It leads to the first page.
    pub(crate) fn hidden(&self, own: &[&str]) -> Markup {
        html! {
            @for (name, value) in self.members().iter().filter(|(name, _)| *name != "page" && !own.contains(name)) {
                input type="hidden" name=(name) value=(value);
            }
        }
    }

    /// Whether it takes long to find them: a search reads all contacts, and so does an order by a field.
    pub(crate) fn is_long(&self) -> bool {
        !self.q.trim().is_empty() || !self.sort.is_empty()
    }

    pub(crate) fn request(&self) -> PageRequest {
        let descending = self.order == Direction::Descending;
        let order = match self.sort.as_str() {
            "" => PageOrder::Arrival { descending },
            field => PageOrder::Field { field: field.to_owned(), descending },
        };
        let start = PageStart::Offset(self.page.saturating_mul(SIZE));
        PageRequest::default().with_order(order).with_start(start).with_size(SIZE as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_it_was_made_of() {
        let sought = Sought {
            segment: "a/b &c".to_owned(),
            q: "50%".to_owned(),
            sort: "name".to_owned(),
            order: Direction::Descending,
            page: 2,
            columns: vec!["email".to_owned(), "name".to_owned()],
        };
        assert_eq!(
            Sought::of(sought.members().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
            sought
        );
        assert_eq!(
            sought.path(),
            "contacts?segment=a%2Fb%20%26c&q=50%25&sort=name&order=desc&page=3&columns=email%2Cname"
        );
    }

    #[test]
    fn columns_come_as_one_list_or_each_by_itself_and_what_cannot_be_read_is_usual() {
        let of = |members: &[(&str, &str)]| {
            Sought::of(
                members.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            )
        };
        assert_eq!(of(&[("columns", "a"), ("columns", "b,,a")]).columns, ["a", "b"]);
        assert_eq!(of(&[("page", "x"), ("order", "up"), ("other", "1")]), Sought::default());
        assert_eq!(of(&[("page", "0")]), Sought::default());
    }
}
