//! What the rows of a builder offer: fields with their operators, options, labels, segments.
//!
//! Operators come from the model's table. It does not know what is chosen.

use std::collections::BTreeMap;

use enlist::model::{Kind, OperandShape, Operator, Scope};
use enlist::{Error, View};

use crate::words;

/// What can be chosen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offer {
    pub(crate) fields: Vec<Field>,
    /// Segments by id, with their names.
    pub(crate) segments: Vec<(String, String)>,
    /// Labels, and how many contacts hold each.
    pub(crate) labels: Vec<(String, u64)>,
}

/// A field that can be chosen.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) key: String,
    pub(crate) kind: Kind,
    pub(crate) scope: Scope,
    /// Options, and how many hold each.
    pub(crate) options: Vec<(String, u64)>,
}

impl Offer {
    /// What a workspace offers in the rule of a segment.
    pub(crate) fn of(view: View<'_>, segment: Option<&str>) -> Result<Self, Error> {
        let fields = view.fields().map(|field| {
            let key = field.key.as_str();
            Ok(Field {
                key: key.to_owned(),
                kind: field.kind,
                scope: field.key.scope(),
                options: options(view, key, field.kind)?,
            })
        });
        let others = view.segments().filter(|each| Some(each.id().as_str()) != segment);
        Ok(Offer {
            fields: fields.collect::<Result<_, Error>>()?,
            segments: others.map(|each| (each.id().as_str().to_owned(), each.name().to_owned())).collect(),
            labels: view
                .labels()?
                .into_iter()
                .map(|label| (label.shown.as_str().to_owned(), label.count))
                .collect(),
        })
    }

    /// What every workspace offers.
    #[cfg(test)]
    pub(crate) fn built_in() -> Self {
        let enlist = enlist::Enlist::builder().workers(1).manual_time().build().unwrap();
        let workspace = enlist.create_workspace("a").unwrap();
        workspace.read(|view| Offer::of(view, None)).unwrap()
    }

    pub(crate) fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// A field in words. A field of conversations that is called as one of contacts says so.
    pub(crate) fn words(&self, field: &Field) -> String {
        let own = words::field(&field.key);
        let is_alone =
            self.fields.iter().all(|other| other.key == field.key || words::field(&other.key) != own);
        if field.scope == Scope::Contact || is_alone {
            own
        } else {
            format!("Conversation: {}", own.to_lowercase())
        }
    }

    /// The operand that an operator takes on a field; `None` if it has no such operator.
    pub(crate) fn operand(&self, field: &str, operator: &str) -> Option<OperandShape> {
        let field = self.field(field)?;
        let operator = Operator::named(operator)?;
        operator.kinds().contains(&field.kind).then(|| operator.operand(field.kind))
    }
}

/// The options of a field that has some, those that it accepts first, and how many hold each.
pub(crate) fn options(view: View<'_>, key: &str, kind: Kind) -> Result<Vec<(String, u64)>, Error> {
    if !matches!(kind, Kind::Select | Kind::MultiSelect) {
        return Ok(Vec::new());
    }
    let mut held: BTreeMap<String, u64> = view
        .options_of(key)?
        .into_iter()
        .map(|option| (option.shown.as_str().to_owned(), option.count))
        .collect();
    let field = view.fields().find(|field| field.key.as_str() == key);
    let accepted = field.and_then(|field| field.options.as_deref()).unwrap_or_default();
    let mut options: Vec<(String, u64)> = accepted
        .iter()
        .map(|option| (option.as_str().to_owned(), held.remove(option.as_str()).unwrap_or(0)))
        .collect();
    options.extend(held);
    Ok(options)
}
