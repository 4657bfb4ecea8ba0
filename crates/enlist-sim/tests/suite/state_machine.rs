//! The engine as a state machine compared with the oracle: every step is an event whose choices are made by bytes,
//! knowing what exists.

use enlist_model::Event;
use enlist_sim::{Emitted, EngineSubject, Folded, Oracle, Profile, Subject, Workload};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

use crate::properties::fixed;

const PROFILE: Profile = Profile { contacts: 6, conversations: 6, segments: 8, wrong: 40 };

/// The oracle, its last outputs, and the source of the next event.
#[derive(Clone, Debug)]
struct Reference {
    workload: Workload,
    oracle: Oracle,
    last: Option<(Event, Result<Vec<Emitted>, String>)>,
}

impl ReferenceStateMachine for Reference {
    type State = Reference;
    type Transition = Vec<u8>;

    fn init_state() -> BoxedStrategy<Self::State> {
        any::<[u8; 2]>()
            .prop_map(|bytes| Reference {
                workload: Workload::from_bytes(&bytes, PROFILE),
                oracle: Oracle::new(),
                last: None,
            })
            .boxed()
    }

    fn transitions(_: &Self::State) -> BoxedStrategy<Self::Transition> {
        proptest::collection::vec(any::<u8>(), 4..80).boxed()
    }

    fn apply(mut state: Self::State, choices: &Self::Transition) -> Self::State {
        let event = state.workload.chosen(choices);
        let outcome = state.oracle.apply(&event);
        state.last = Some((event, outcome));
        state
    }
}

/// The engine, and the memberships that its outputs give.
struct Machine {
    engine: EngineSubject,
    folded: Folded,
}

impl StateMachineTest for Machine {
    type SystemUnderTest = Machine;
    type Reference = Reference;

    fn init_test(_: &Reference) -> Machine {
        Machine { engine: EngineSubject::default(), folded: Folded::default() }
    }

    fn apply(mut machine: Machine, reference: &Reference, _: Vec<u8>) -> Machine {
        let (event, expected) = reference.last.as_ref().unwrap();
        let found = machine.engine.apply(event);
        assert_eq!(expected.as_ref().ok(), found.as_ref().ok(), "{}", event.to_json());
        for emitted in found.iter().flatten() {
            machine.folded.take(emitted).unwrap();
        }
        machine
    }

    fn check_invariants(machine: &Machine, reference: &Reference) {
        let memberships = machine.engine.memberships();
        assert_eq!(memberships, reference.oracle.memberships());
        let folded =
            memberships.into_iter().map(|(segment, members)| (segment, members.into_iter().collect()));
        assert_eq!(&folded.collect::<std::collections::BTreeMap<_, _>>(), machine.folded.memberships());
        machine.engine.verify().unwrap();
    }
}

prop_state_machine! {
    #![proptest_config(fixed())]

    #[test]
    fn the_engine_agrees_with_the_oracle_at_every_step(sequential 80..200 => Machine);
}
