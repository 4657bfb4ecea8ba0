//! Rules to begin from, for a user without a segment. They use only fields that every workspace has.

use enlist::Json;

use super::draft::Draft;

/// A rule to begin from.
#[derive(Debug)]
pub(crate) struct Starter {
    /// Its name in the address.
    pub(crate) id: &'static str,
    /// The name that the segment gets.
    pub(crate) name: &'static str,
    /// Who is in it.
    pub(crate) finds: &'static str,
    rule: &'static str,
}

/// All of them.
pub(crate) const STARTERS: [Starter; 4] = [
    Starter {
        id: "new-this-week",
        name: "New this week",
        finds: "Contacts that were created in the last 7 days.",
        rule: r#"{"match": "all", "conditions": [{"field": "created_at", "operator": "is_in_last_7_days"}]}"#,
    },
    Starter {
        id: "no-activity",
        name: "Quiet for a month",
        finds: "Contacts whose last activity is more than 30 days ago.",
        rule: r#"{"match": "all", "conditions": [{"field": "last_activity_at", "operator": "is_more_than_n_days_ago", "value": 30}]}"#,
    },
    Starter {
        id: "open-conversations",
        name: "Open conversations",
        finds: "Contacts with a conversation that is open.",
        rule: r#"{"match": "all", "conditions": [{"field": "conversation.status", "operator": "equals", "value": "open"}]}"#,
    },
    Starter {
        id: "without-email",
        name: "Without e-mail",
        finds: "Contacts that you cannot reach by e-mail.",
        rule: r#"{"match": "all", "conditions": [{"field": "email", "operator": "is_empty"}]}"#,
    },
];

impl Starter {
    pub(crate) fn named(id: &str) -> Option<&'static Starter> {
        STARTERS.iter().find(|starter| starter.id == id)
    }

    pub(crate) fn draft(&self) -> Draft {
        // A test holds that every rule is one.
        Json::parse(self.rule).ok().as_ref().and_then(Draft::of).unwrap_or_else(Draft::empty)
    }
}

#[cfg(test)]
mod tests {
    use super::super::offer::Offer;
    use super::*;

    #[test]
    fn every_starter_fills_the_builder_with_a_rule_of_every_workspace() {
        let enlist = enlist::Enlist::builder().workers(1).manual_time().build().unwrap();
        let workspace = enlist.create_workspace("a").unwrap();
        for starter in &STARTERS {
            let written = starter.draft().written(&Offer::built_in());
            assert!(written.unfinished.is_empty(), "{}", starter.id);
            workspace.matching(enlist::UncheckedRule::from(written.json)).unwrap();
        }
    }
}
