//! What every log must do, whatever it keeps its frames in.

use std::sync::mpsc;
use std::thread;

use enlist_store::{Error, Log, LogPosition, MOST_BYTES, MemoryLog};

use crate::samples::small;

/// All kept frames, by position.
pub(crate) fn kept(log: &impl Log) -> Result<Vec<(u64, Vec<u8>)>, Error> {
    log.read(LogPosition(0))?.map(|frame| frame.map(|(at, frame)| (at.0, frame))).collect()
}

fn numbered(numbers: impl IntoIterator<Item = u64>) -> Vec<(u64, Vec<u8>)> {
    numbers.into_iter().map(|number| (number, small(number))).collect()
}

/// Everything that any log must do. It begins empty.
pub(crate) fn behaves_as_a_log(log: &impl Log) {
    appends_and_reads(log);
    answers_in_order_from_many_threads(log);
    cuts(log);
}

fn appends_and_reads(log: &impl Log) {
    assert_eq!((log.end(), kept(log)), (LogPosition(0), Ok(vec![])));
    assert_eq!(log.append(vec![small(0)]).unwrap().wait(), Ok(LogPosition(0)));
    assert_eq!(log.append(vec![small(1), small(2)]).unwrap().wait(), Ok(LogPosition(1)));
    assert_eq!(log.append(vec![]).unwrap().wait(), Ok(LogPosition(3)));
    assert_eq!((log.end(), kept(log)), (LogPosition(3), Ok(numbered(0..3))));
    let from =
        |from| log.read(LogPosition(from)).unwrap().map(|frame| frame.unwrap().0.0).collect::<Vec<_>>();
    assert_eq!((from(1), from(3), from(9)), (vec![1, 2], vec![], vec![]));
    // What is appended while a reader reads is not for it.
    let reader = log.read(LogPosition(0)).unwrap();
    log.append(vec![small(3)]).unwrap().wait().unwrap();
    assert_eq!(reader.count(), 3);
    let error = log.append(vec![small(4), vec![0; MOST_BYTES + 1]]).unwrap_err();
    assert_eq!((error.code(), log.end()), ("frame_too_large", LogPosition(4)));
    // A ticket that nobody waits for, and one that calls back.
    drop(log.append(vec![small(4)]).unwrap());
    let (sender, receiver) = mpsc::channel();
    log.append(vec![small(5)]).unwrap().then(move |answer| sender.send(answer).unwrap());
    assert_eq!(receiver.recv().unwrap(), Ok(LogPosition(5)));
    assert_eq!(kept(log), Ok(numbered(0..6)));
}

fn answers_in_order_from_many_threads(log: &impl Log) {
    let start = log.end();
    let answers: Vec<(u64, Vec<u8>)> = thread::scope(|scope| {
        let writers: Vec<_> = (0..4_u64)
            .map(|writer| {
                scope.spawn(move || {
                    let frame = |number: u64| small(1_000 * (writer + 1) + number);
                    let tickets: Vec<_> = (0..25)
                        .map(|number| (log.append(vec![frame(number)]).unwrap(), frame(number)))
                        .collect();
                    tickets
                        .into_iter()
                        .map(|(ticket, frame)| (ticket.wait().unwrap().0, frame))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        writers
            .into_iter()
            .flat_map(|writer| {
                let answers = writer.join().unwrap();
                assert!(
                    answers.is_sorted_by(|one, two| one.0 < two.0),
                    "a writer's appends are kept in its order"
                );
                answers
            })
            .collect()
    });
    let mut answers = answers;
    answers.sort();
    assert_eq!(log.end(), start.plus(100));
    let read: Vec<_> =
        log.read(start).unwrap().map(|frame| frame.map(|(at, frame)| (at.0, frame)).unwrap()).collect();
    assert_eq!(read, answers);
}

fn cuts(log: &impl Log) {
    let (all, end) = (kept(log).unwrap(), log.end());
    log.cut(LogPosition(2)).unwrap();
    assert_eq!((log.end(), kept(log)), (end, Ok(all[2..].to_vec())));
    log.cut(LogPosition(1)).unwrap();
    assert_eq!(kept(log), Ok(all[2..].to_vec()), "a cut before an earlier cut changes nothing");
    log.cut(LogPosition(end.0 + 10)).unwrap();
    assert_eq!((log.end(), kept(log)), (end, Ok(vec![])), "no further than to the end");
    assert_eq!(log.append(vec![small(7)]).unwrap().wait(), Ok(end));
    assert_eq!(kept(log), Ok(vec![(end.0, small(7))]));
}

#[test]
fn a_log_in_memory_behaves_as_a_log() {
    behaves_as_a_log(&MemoryLog::default());
}
