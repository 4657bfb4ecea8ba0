//! How lists grow that every workspace has: a short list by an eighth, so that a small workspace stays small; a long one doubles.
//!
//! It does not know what the lists hold.

/// From this length on a list doubles when it is full.
const LONG: usize = 4_096;

/// Makes room in a list that gets this length now.
#[inline]
pub(crate) fn reach<T>(list: &mut Vec<T>, length: usize) {
    if length > list.capacity() && length <= LONG {
        list.reserve_exact(length + length / 8 - list.len());
    }
}

/// Adds an entry.
#[inline]
pub(crate) fn push<T>(list: &mut Vec<T>, entry: T) {
    let length = list.len() + 1;
    reach(list, length);
    list.push(entry);
}

/// Gives back the spare room of a short list.
pub(crate) fn fit<T>(list: &mut Vec<T>) {
    if list.len() <= LONG {
        list.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_list_has_little_spare_room_and_a_long_one_is_seldom_moved() {
        let mut list = Vec::new();
        let mut moves = 0;
        for no in 0..100_000 {
            let before = list.capacity();
            push(&mut list, no);
            moves += usize::from(list.capacity() != before && no >= LONG);
            assert!(no >= LONG || list.capacity() <= list.len() + list.len() / 8, "{no}");
        }
        assert!(moves <= 5, "{moves}");
        list.truncate(10);
        fit(&mut list);
        assert_eq!(list.capacity(), 10);
    }
}
