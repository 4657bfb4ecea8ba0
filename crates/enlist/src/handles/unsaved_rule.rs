//! Rules that are not saved: the contacts that one holds for, and why it holds for one.
//!
//! It does not know how a rule is evaluated. Invariant: the answer is that of a segment with the rule.

use enlist_engine::ExplainedNode;
use enlist_model::UncheckedRule;

use crate::contact_set::ContactSet;
use crate::error::Error;
use crate::handles::view::View;
use crate::handles::workspace::Workspace;

impl Workspace {
    /// The contacts that a rule holds for, without a segment. It is evaluated as for [`Segment::save`](crate::Segment::save): on the
    /// calling thread, in short steps between events and reads.
    ///
    /// ```
    /// # let enlist = enlist::Enlist::new()?;
    /// # let workspace = enlist.create_workspace("acme")?;
    /// # workspace.contact("ada").set("name", "Ada").save()?;
    /// use enlist::PageRequest;
    ///
    /// let found = workspace.matching(
    ///     r#"{"match": "all", "conditions": [{"field": "name", "operator": "contains", "value": "ad"}]}"#,
    /// )?;
    /// let page = workspace.read(|view| view.page_of(&found, &PageRequest::default()))?;
    /// assert_eq!((found.len(), page.contacts[0].as_str()), (1, "ada"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Engine`] with all problems of the rule; [`Error::PartitionFailed`].
    pub fn matching(
        &self,
        rule: impl TryInto<UncheckedRule, Error: Into<Error>>,
    ) -> Result<ContactSet, Error> {
        let scans = self.sequencer.scan(rule.try_into().map_err(Into::into)?.json(), None)?;
        self.read(|view| {
            // A scan finishes against the current state: it evaluates the contacts again that changed since its steps.
            let engines = view.state.engines()?.into_iter().zip(scans.into_iter().flatten());
            let parts: Result<Vec<_>, _> = engines.map(|(engine, scan)| engine.select_scan(scan)).collect();
            Ok(view.set(parts?))
        })
    }

    /// Why a rule that is not saved holds for a contact, or does not; see [`View::explain_rule`].
    ///
    /// [Example](View::explain_rule).
    ///
    /// # Errors
    /// As [`View::explain_rule`].
    pub fn explain_rule(
        &self,
        rule: impl TryInto<UncheckedRule, Error: Into<Error>>,
        contact: &str,
    ) -> Result<ExplainedNode, Error> {
        self.read(|view| view.explain_rule(rule, contact))
    }
}

impl View<'_> {
    /// Why a rule that is not saved holds for a contact, or does not: its outermost group, which
    /// [`holds`](ExplainedNode::holds) or not, with all that is in it.
    ///
    /// ```
    /// # let enlist = enlist::Enlist::new()?;
    /// # let workspace = enlist.create_workspace("acme")?;
    /// # workspace.contact("ada").set("name", "Ada").save()?;
    /// let rule = r#"{"match": "all", "conditions": [{"field": "created_at", "operator": "is_today"}]}"#;
    /// let root = workspace.explain_rule(rule, "ada")?;
    /// assert!(root.holds());
    ///
    /// let enlist::ExplainedNode::Group { nodes, .. } = root else { panic!("a rule is a group") };
    /// let enlist::ExplainedNode::Condition { changes_on, .. } = &nodes[0] else { panic!("a condition") };
    /// let today = workspace.read(|view| view.today());
    /// assert_eq!(*changes_on, today.map(|today| today.plus(1)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Engine`] for an unknown contact, or with all problems of the rule; [`Error::PartitionFailed`].
    pub fn explain_rule(
        &self,
        rule: impl TryInto<UncheckedRule, Error: Into<Error>>,
        contact: &str,
    ) -> Result<ExplainedNode, Error> {
        let rule: UncheckedRule = rule.try_into().map_err(Into::into)?;
        Ok(self.state.engine_of(contact)?.explain_rule(rule.json(), contact)?)
    }
}
