//! The conversations: a directory from ids to numbers, and a row each. Numbers of deleted conversations are reused.

use enlist_model::{ConversationId, Value};

use crate::bytes;
use crate::facts::{RowValues, Values};
use crate::growth;
use crate::ids::{ContactNo, ConversationNo, FieldNo};
use crate::seeded_map::KeyHasher;
use crate::seeded_numbers::SeededNumbers;

/// One conversation, except its values.
#[derive(Debug)]
pub(crate) struct Conversation {
    pub(crate) id: ConversationId,
    /// The contact that it belongs to.
    pub(crate) contact: ContactNo,
    /// Differs from that of every conversation that had the number before.
    pub(crate) generation: u32,
}

/// All conversations of the partition.
pub(crate) struct Conversations {
    rows: Vec<Option<Conversation>>,
    /// The values of each, by number.
    pub(crate) values: Values,
    directory: SeededNumbers<ConversationNo>,
    /// Rows to reuse.
    free: Vec<ConversationNo>,
    /// The generation of the next conversation: the number of those that were removed.
    next_generation: u32,
}

impl Conversations {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        Conversations {
            rows: Vec::new(),
            values: Values::new(hasher),
            directory: SeededNumbers::new(hasher),
            free: Vec::new(),
            next_generation: 0,
        }
    }

    pub(crate) fn find(&self, id: &str) -> Option<ConversationNo> {
        self.directory.find(id, |no| self.get(no).id.as_str() == id)
    }

    /// Adds a conversation whose id is not in the directory. The caller adds it to the contact's list.
    pub(crate) fn create(&mut self, id: ConversationId, contact: ContactNo) -> ConversationNo {
        let row = Some(Conversation { id, contact, generation: self.next_generation });
        let no = if let Some(no) = self.free.pop() {
            self.rows[no.index()] = row;
            no
        } else {
            growth::push(&mut self.rows, row);
            ConversationNo::at(self.rows.len() - 1)
        };
        let Conversations { rows, directory, .. } = self;
        directory.insert(no, |no| living(rows, no).id.as_str());
        no
    }

    /// Removes a conversation and returns its id and values.
    pub(crate) fn remove(&mut self, no: ConversationNo) -> (ConversationId, RowValues) {
        self.free.push(no);
        self.next_generation = self.next_generation.wrapping_add(1);
        let row = self.rows[no.index()].take().expect("a number that was looked up has a row");
        self.directory.remove(no, row.id.as_str());
        (row.id, self.values.take(no.index()))
    }

    pub(crate) fn get(&self, no: ConversationNo) -> &Conversation {
        living(&self.rows, no)
    }

    /// The conversation with a number; `None` if there is none.
    pub(crate) fn living(&self, no: ConversationNo) -> Option<&Conversation> {
        self.rows.get(no.index())?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, no: ConversationNo) -> &mut Conversation {
        self.rows[no.index()].as_mut().expect("a number that was looked up has a row")
    }

    /// A conversation's value of a field; `None` if empty.
    pub(crate) fn value(&self, no: ConversationNo, field: FieldNo) -> Option<Value> {
        self.values.get(no.index(), field)
    }

    /// Gives back the spare room of short lists.
    pub(crate) fn fit(&mut self) {
        growth::fit(&mut self.rows);
        self.values.fit();
    }

    /// The memory that they take, estimated.
    pub(crate) fn bytes(&self) -> usize {
        let of_row = |no: usize| self.rows[no].as_ref().map_or(0, |row| bytes::string(row.id.as_str().len()));
        bytes::list(&self.rows)
            + bytes::sampled(self.rows.len(), of_row)
            + self.directory.bytes()
            + bytes::list(&self.free)
            + self.values.bytes()
    }

    /// Whether all numbers are in use.
    pub(crate) fn is_full(&self) -> bool {
        self.free.is_empty() && self.rows.len() >= u32::MAX as usize
    }
}

fn living(rows: &[Option<Conversation>], no: ConversationNo) -> &Conversation {
    rows[no.index()].as_ref().expect("a number that was looked up has a row")
}
