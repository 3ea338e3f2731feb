//! A plan as one statement, and one round trip: its parts are given as arrays, and each of them happens only
//! if the fence let the first one through.

use super::last_acked;
use crate::store::sql::dialects::Dialect;
use crate::store::sql::fence::Fence;
use crate::store::sql::marks::Marks;
use crate::store::sql::plan::Plan;
use crate::store::sql::sentence::Sentence;
use crate::store::sql::state::{State, topic};
use crate::store::sql::tables::Tables;
use crate::store::sql::value::{Value, clamp};

/// Answers with 1 if it was done, and with 0 if nothing was.
pub(super) fn sentence(
    dialect: &'static Dialect,
    tables: &Tables,
    fence: &Fence,
    plan: &Plan,
    state: &State,
) -> Sentence {
    let mut parts = Parts { sentence: begin(dialect, tables, fence, state), tables };
    parts.remove(plan);
    parts.add(plan);
    parts.move_marks(plan, state);
    parts.except(plan);
    parts.producers(plan);
    parts.mark(plan, state);
    parts.sentence.say(" SELECT COUNT(*) FROM noted")
}

/// The fence, see [`Fence::pass`].
fn begin(dialect: &'static Dialect, tables: &Tables, fence: &Fence, state: &State) -> Sentence {
    let mut sentence = Sentence::new(dialect, "WITH ");
    if let Some(holder) = &fence.holder {
        let held = format!("held AS (SELECT ID FROM {} WHERE ID = 1 AND ", tables.lock);
        sentence = sentence.say(&held).is("BROKER_NAME", holder).say(dialect.for_share).say("), ");
    }
    let batch = clamp(fence.batch + 1);
    let noted = format!("noted AS (UPDATE {} SET BATCH = ", tables.master);
    sentence = sentence.say(&noted).give(batch).say(", LAST_SEQUENCE = ").give(state.last_sequence);
    sentence = sentence.say(" WHERE ID = 1 AND TERM = ").give(clamp(fence.term));
    sentence = sentence.say(" AND BATCH < ").give(batch);
    if fence.holder.is_some() {
        sentence = sentence.say(" AND EXISTS (SELECT 1 FROM held)");
    }
    sentence.say(" RETURNING ID)")
}

const IF_NOTED: &str = "EXISTS (SELECT 1 FROM noted)";

struct Parts<'a> {
    sentence: Sentence,
    tables: &'a Tables,
}

impl Parts<'_> {
    fn say(&mut self, text: &str) {
        self.sentence.text.push_str(text);
    }

    /// `unnest(..)` of arrays of these types.
    fn unnest(&mut self, columns: impl IntoIterator<Item = (Value, &'static str)>) {
        for (index, (column, kind)) in columns.into_iter().enumerate() {
            self.say(if index == 0 { "unnest(" } else { ", " });
            self.sentence.push(column);
            self.say(kind);
        }
        self.say(")");
    }

    fn remove(&mut self, plan: &Plan) {
        let messages = &self.tables.messages;
        let from = format!(", gone AS (DELETE FROM {messages} M USING ");
        let ids = plan.removed.iter().flat_map(|(name, ids)| ids.iter().map(move |id| (name, *id)));
        let (names, ids): (Vec<&String>, Vec<u64>) = ids.unzip();
        if !ids.is_empty() {
            self.say(&from);
            self.unnest([(numbers(ids), BIGINTS), (texts(names), TEXTS)]);
            self.say(&format!(" R (I, C) WHERE M.ID = R.I AND M.CONTAINER = R.C AND {IF_NOTED})"));
        }
        if !plan.progress.dead.is_empty() {
            self.say(&from.replacen("gone", "buried", 1));
            self.unnest([(numbers(plan.progress.dead.iter().copied()), BIGINTS)]);
            self.say(&format!(" R (I) WHERE M.ID = R.I AND {IF_NOTED})"));
        }
    }

    fn add(&mut self, plan: &Plan) {
        if plan.added.is_empty() {
            return;
        }
        let added = || plan.added.values();
        self.say(&format!(
            ", added AS (INSERT INTO {} (ID, CONTAINER, MSGID_PROD, MSGID_SEQ, EXPIRATION, MSG, PRIORITY) \
             SELECT R.* FROM ",
            self.tables.messages
        ));
        self.unnest([
            (numbers(plan.added.keys().copied()), BIGINTS),
            (texts(added().map(|it| &it.container)), TEXTS),
            (Value::Texts(added().map(|it| it.producer.clone()).collect()), TEXTS),
            (signed(added().map(|it| it.envelope.producer_sequence)), BIGINTS),
            (signed(added().map(|it| it.envelope.expiration)), BIGINTS),
            (Value::Blobs(added().map(|it| it.blob.clone()).collect()), "::bytea[]"),
            (signed(added().map(|it| it.priority)), BIGINTS),
        ]);
        self.say(&format!(" R WHERE {IF_NOTED})"));
    }

    fn move_marks(&mut self, plan: &Plan, state: &State) {
        let moved = plan.progress.moved.iter().filter_map(|(name, number)| {
            let (key, mark) = (state.topics.key(*number)?, state.topics.mark(name, *number)?);
            Some((topic(name), key, last_acked(mark.next)))
        });
        let moved: Vec<_> = moved.collect();
        if moved.is_empty() {
            return;
        }
        self.say(&format!(
            ", moved AS (UPDATE {} A SET LAST_ACKED_ID = R.L FROM ",
            self.tables.acks
        ));
        self.unnest([
            (texts(moved.iter().map(|it| &it.0)), TEXTS),
            (texts(moved.iter().map(|it| it.1.client_id.to_string())), TEXTS),
            (texts(moved.iter().map(|it| it.1.name.to_string())), TEXTS),
            (signed(moved.iter().map(|it| it.2)), BIGINTS),
        ]);
        self.say(&format!(
            " R (C, I, N, L) WHERE A.CONTAINER = R.C AND A.CLIENT_ID = R.I AND A.SUB_NAME = R.N AND {IF_NOTED})"
        ));
    }

    fn except(&mut self, plan: &Plan) {
        let exceptions = plan.progress.exceptions();
        for (there, name) in [(true, "excepted"), (false, "settled")] {
            let these: Vec<_> = exceptions.iter().filter(|it| it.2 == there).collect();
            if these.is_empty() {
                continue;
            }
            let table = &self.tables.exceptions;
            self.say(&match there {
                true => {
                    format!(", {name} AS (INSERT INTO {table} (SUBSCRIPTION, ID) SELECT R.* FROM ")
                }
                false => format!(", {name} AS (DELETE FROM {table} E USING "),
            });
            self.unnest([
                (signed(these.iter().map(|it| i64::from(it.0))), BIGINTS),
                (numbers(these.iter().map(|it| it.1)), BIGINTS),
            ]);
            self.say(&match there {
                true => format!(" R WHERE {IF_NOTED})"),
                false => {
                    format!(" R (S, I) WHERE E.SUBSCRIPTION = R.S AND E.ID = R.I AND {IF_NOTED})")
                }
            });
        }
    }

    fn producers(&mut self, plan: &Plan) {
        if plan.producers.is_empty() {
            return;
        }
        let far = plan.producers.values().map(|far| far.unwrap_or_default());
        let table = &self.tables.producers;
        self.say(&format!(", far AS (INSERT INTO {table} (PRODUCER, SEQ) SELECT R.* FROM "));
        self.unnest([(texts(plan.producers.keys()), TEXTS), (signed(far), BIGINTS)]);
        self.say(&format!(
            " R WHERE {IF_NOTED} ON CONFLICT (PRODUCER) DO UPDATE SET SEQ = excluded.SEQ)"
        ));
    }

    fn mark(&mut self, plan: &Plan, state: &State) {
        if plan.marked.is_empty() {
            return;
        }
        let marks = plan.marked.iter().map(|name| state.marks.get(name));
        let ranges = marks.map(|marks| marks.map(Marks::encode));
        let table = &self.tables.marks;
        self.say(&format!(", marked AS (INSERT INTO {table} (CONTAINER, RANGES) SELECT R.* FROM "));
        self.unnest([
            (texts(&plan.marked), TEXTS),
            (Value::Blobs(ranges.map(Option::unwrap_or_default).collect()), "::bytea[]"),
        ]);
        self.say(&format!(
            " R WHERE {IF_NOTED} ON CONFLICT (CONTAINER) DO UPDATE SET RANGES = excluded.RANGES)"
        ));
    }
}

const BIGINTS: &str = "::bigint[]";
const TEXTS: &str = "::text[]";

fn numbers(ids: impl IntoIterator<Item = u64>) -> Value {
    signed(ids.into_iter().map(clamp))
}

fn signed(numbers: impl IntoIterator<Item = i64>) -> Value {
    Value::Ints(numbers.into_iter().map(Some).collect())
}

fn texts<T: ToString>(texts: impl IntoIterator<Item = T>) -> Value {
    Value::Texts(texts.into_iter().map(|it| Some(it.to_string())).collect())
}
