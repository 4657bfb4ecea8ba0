//! Refusals as data: one shape whichever call is refused, with codes and with the problems of a rule.

use enlist::{EngineError, Error, Event};

use crate::scene::{built, define_number, noon, only, save_segment, saved};
use crate::subject::partitioned;

#[test]
fn a_segment_is_refused_in_one_shape_by_its_handle_and_by_its_event() {
    for partitions in [1, 3] {
        let workspace = partitioned(partitions);
        define_number(&workspace, "revenue");
        save_segment(&workspace, "rich", only("revenue", "greater_than", "5"));
        let wrong = || only("revenue", "greater_than", r#""five""#);
        let segment = workspace.segment("wrong").unwrap();
        let event = built(Event::segment_saved(noon(), "wrong", "Wrong", wrong()));
        let refusals = [
            segment.save("Wrong", wrong()).unwrap_err(),
            segment.save_if(None, "Wrong", wrong()).unwrap_err(),
            workspace.apply_event(event).unwrap_err(),
        ];
        for refusal in &refusals {
            let Error::Refused(refused) = refusal else { panic!("{refusal:?}") };
            assert_eq!((refused.index, refused.event.body.type_name()), (0, "segment_saved"));
            assert_eq!(refusal.code(), "invalid_rule");
            assert_eq!(refusal.to_string(), refusals[0].to_string());
            let problem = &refusal.rule_problems()[0];
            assert_eq!((problem.code.as_str(), &*problem.pointer), ("wrong_value", "/conditions/0/value"));
        }
        // A preview makes no event; its problems are the same.
        let preview = segment.preview(wrong()).unwrap_err();
        assert!(matches!(preview, Error::Engine(EngineError::Model(_))), "{preview:?}");
        assert_eq!(preview.rule_problems(), refusals[0].rule_problems());
        assert_eq!(preview.reason(), refusals[0].reason());

        let unknown = workspace.segment("none").unwrap().delete().unwrap_err();
        assert!(matches!(unknown, Error::Refused(_)), "{unknown:?}");
        assert_eq!((unknown.code(), unknown.rule_problems()), ("unknown_segment", &[][..]));
    }
}

#[test]
fn the_values_that_do_not_fit_are_listed_with_their_codes() {
    let workspace = partitioned(2);
    define_number(&workspace, "revenue");
    let refusal = workspace.apply_event(saved("ada", "revenue", "much")).unwrap_err();
    let problem = &refusal.value_problems()[0];
    assert_eq!(
        (refusal.code(), problem.code.as_str(), &*problem.field),
        ("wrong_values", "wrong_value", "revenue")
    );
}

#[test]
fn a_frame_that_is_refused_whole_takes_a_revision_and_changes_nothing_else() {
    for partitions in [1, 3] {
        let workspace = partitioned(partitions);
        define_number(&workspace, "revenue");
        let segment = workspace.segment("rich").unwrap();
        let rule = || only("revenue", "greater_than", "5");
        let saved = segment.save("Rich", rule()).unwrap();
        let state = |view: enlist::View<'_>| (view.event_count(), view.segment_revision("rich"), view.now());
        let before = workspace.read(state);

        let refused = segment.save_if(None, "Richer", rule()).unwrap_err();
        assert_eq!(refused.code(), "segment_changed");
        assert_eq!(workspace.read(|view| view.revision()), saved.next());
        assert_eq!(workspace.read(state), before);
        assert_eq!(segment.save_if(Some(saved), "Richer", rule()).unwrap(), saved.next().next());
    }
}
