//! The parts of a plan as statements, one after the other.

use super::last_acked;
use crate::model::SubscriptionKey;
use crate::store::sql::dialects::Dialect;
use crate::store::sql::plan::{Added, Plan};
use crate::store::sql::sentence::{Sentence, pieces};
use crate::store::sql::state::{State, topic};
use crate::store::sql::tables::Tables;
use crate::store::sql::value::Value;

/// The statements, and what they take from memory.
pub(super) struct Steps<'a> {
    dialect: &'static Dialect,
    tables: &'a Tables,
    state: &'a State,
    sentences: Vec<Sentence>,
}

impl<'a> Steps<'a> {
    pub(super) const fn new(
        dialect: &'static Dialect,
        tables: &'a Tables,
        state: &'a State,
    ) -> Self {
        Self { dialect, tables, state, sentences: Vec::new() }
    }

    /// All of it.
    pub(super) fn all(mut self, plan: &Plan) -> Vec<Sentence> {
        self.remove(plan);
        self.add(plan);
        self.queues(plan);
        self.subscriptions(plan);
        self.marks_of_subscriptions(plan);
        self.producers(plan);
        self.marks(plan);
        self.named(plan);
        self.sentences
    }

    fn say(&self, text: impl Into<String>) -> Sentence {
        Sentence::new(self.dialect, text)
    }

    fn tell(&mut self, sentence: Sentence) {
        self.sentences.push(sentence);
    }

    const fn most_rows(&self) -> usize {
        self.dialect.most_rows
    }

    fn remove(&mut self, plan: &Plan) {
        let from = format!("DELETE FROM {} WHERE ", self.tables.messages);
        for container in &plan.emptied {
            self.tell(self.say(from.as_str()).is("CONTAINER", container));
        }
        for (container, ids) in &plan.removed {
            for ids in pieces(ids, self.most_rows()) {
                let removal = self.say(from.as_str()).one_of("ID", ids);
                self.tell(removal.say(" AND ").is("CONTAINER", container));
            }
        }
        for ids in pieces(&plan.progress.dead, self.most_rows()) {
            self.tell(self.say(from.as_str()).one_of("ID", ids));
        }
    }

    fn add(&mut self, plan: &Plan) {
        let added: Vec<(&u64, &Added)> = plan.added.iter().collect();
        for piece in pieces(&added, self.most_rows()) {
            let into = format!(
                "INSERT INTO {} (ID, CONTAINER, MSGID_PROD, MSGID_SEQ, EXPIRATION, MSG, PRIORITY) VALUES ",
                self.tables.messages
            );
            let rows = piece.iter().map(|(id, added)| row(**id, added));
            self.tell(self.say(into).rows(rows));
        }
    }

    fn queues(&mut self, plan: &Plan) {
        for (name, there) in &plan.queues {
            let sentence = if *there {
                let into = format!("INSERT INTO {} (NAME) VALUES ", self.tables.queues);
                let replace = self.dialect.or_replace("NAME", &["NAME"]);
                self.say(into).rows([vec![name.as_str().into()]]).say(&replace)
            } else {
                self.say(format!("DELETE FROM {} WHERE NAME = ", self.tables.queues))
                    .give(name.as_str())
            };
            self.tell(sentence);
        }
    }

    fn subscriptions(&mut self, plan: &Plan) {
        for (&number, key) in &plan.progress.dropped {
            self.drop_subscription(number, key);
        }
        for &number in &plan.put {
            self.put_subscription(number);
        }
        for (name, number) in &plan.progress.begun {
            self.begin_mark(name, *number);
        }
    }

    fn drop_subscription(&mut self, number: u32, key: &SubscriptionKey) {
        let number = i64::from(number);
        let record = format!("DELETE FROM {} WHERE NUMBER = ", self.tables.subscriptions);
        self.tell(self.say(record).give(number));
        let exceptions = format!("DELETE FROM {} WHERE SUBSCRIPTION = ", self.tables.exceptions);
        self.tell(self.say(exceptions).give(number));
        let marks = self.say(format!("DELETE FROM {} WHERE ", self.tables.acks));
        self.tell(of_subscription(marks, key));
    }

    fn put_subscription(&mut self, number: u32) {
        let Some(key) = self.state.topics.key(number) else { return };
        let Some(record) = self.state.records.get(key) else { return };
        let destination = topic(&record.topic);
        let row = vec![
            i64::from(number).into(),
            (&*key.client_id).into(),
            (&*key.name).into(),
            destination.as_str().into(),
            Value::Text(record.selector.clone()),
            i64::from(record.no_local).into(),
            0_i64.into(),
        ];
        let columns = "NUMBER, CLIENT_ID, SUB_NAME, SUB_DEST, SELECTOR, NO_LOCAL, SEEN";
        let into = format!("INSERT INTO {} ({columns}) VALUES ", self.tables.subscriptions);
        let kept = ["SUB_DEST", "SELECTOR", "NO_LOCAL"];
        let replace = self.dialect.or_replace("NUMBER", &kept);
        self.tell(self.say(into).rows([row]).say(&replace));
        let set = self.say(format!("UPDATE {} SET SUB_DEST = ", self.tables.acks));
        let set = set.give(destination.as_str()).say(", SELECTOR = ");
        let set = set.give(Value::Text(record.selector.clone())).say(" WHERE ");
        self.tell(of_subscription(set, key));
    }

    /// A row of ActiveMQ's; it makes one for each topic that a subscription is in.
    fn begin_mark(&mut self, name: &relaismq_openwire::Text, number: u32) {
        let Some(key) = self.state.topics.key(number) else { return };
        let (Some(record), Some(mark)) =
            (self.state.records.get(key), self.state.topics.mark(name, number))
        else {
            return;
        };
        let row = vec![
            topic(name).as_str().into(),
            topic(&record.topic).as_str().into(),
            (&*key.client_id).into(),
            (&*key.name).into(),
            Value::Text(record.selector.clone()),
            last_acked(mark.next).into(),
            0_i64.into(),
        ];
        let columns = "CONTAINER, SUB_DEST, CLIENT_ID, SUB_NAME, SELECTOR, LAST_ACKED_ID, PRIORITY";
        let into = format!("INSERT INTO {} ({columns}) VALUES ", self.tables.acks);
        self.tell(self.say(into).rows([row]));
        let seen = format!("UPDATE {} SET SEEN = 1 WHERE NUMBER = ", self.tables.subscriptions);
        self.tell(self.say(seen).give(i64::from(number)));
    }

    fn marks_of_subscriptions(&mut self, plan: &Plan) {
        for (name, number) in &plan.progress.moved {
            let Some(mark) = self.state.topics.mark(name, *number) else { continue };
            let Some(key) = self.state.topics.key(*number) else { continue };
            let set = self.say(format!("UPDATE {} SET LAST_ACKED_ID = ", self.tables.acks));
            let set = set.give(last_acked(mark.next)).say(" WHERE ").is("CONTAINER", &topic(name));
            self.tell(of_subscription(set.say(" AND "), key));
        }
        self.exceptions(plan);
    }

    fn exceptions(&mut self, plan: &Plan) {
        let exceptions = plan.progress.exceptions();
        let (come, go): (Vec<_>, Vec<_>) = exceptions.into_iter().partition(|it| it.2);
        for piece in pieces(&come, self.most_rows()) {
            let columns = "(SUBSCRIPTION, ID)";
            let into = format!("INSERT INTO {} {columns} VALUES ", self.tables.exceptions);
            let rows = piece.iter().map(|it| vec![i64::from(it.0).into(), it.1.into()]);
            self.tell(self.say(into).rows(rows));
        }
        for of_one in go.chunk_by(|one, other| one.0 == other.0) {
            let ids: Vec<u64> = of_one.iter().map(|it| it.1).collect();
            let Some(number) = of_one.first().map(|it| i64::from(it.0)) else { continue };
            for ids in pieces(&ids, self.most_rows()) {
                let from = format!("DELETE FROM {} WHERE SUBSCRIPTION = ", self.tables.exceptions);
                let from = self.say(from).give(number).say(" AND ");
                self.tell(from.one_of("ID", ids));
            }
        }
    }

    fn producers(&mut self, plan: &Plan) {
        let far = plan.producers.iter().filter_map(|(name, far)| Some((name, (*far)?)));
        let far: Vec<(&String, i64)> = far.collect();
        for piece in pieces(&far, self.most_rows()) {
            let into = format!("INSERT INTO {} (PRODUCER, SEQ) VALUES ", self.tables.producers);
            let rows = piece.iter().map(|(name, far)| vec![name.as_str().into(), (*far).into()]);
            let replace = self.dialect.or_replace("PRODUCER", &["SEQ"]);
            self.tell(self.say(into).rows(rows).say(&replace));
        }
        for (name, _) in plan.producers.iter().filter(|it| it.1.is_none()) {
            let from = format!("DELETE FROM {} WHERE PRODUCER = ", self.tables.producers);
            self.tell(self.say(from).give(name.as_str()));
        }
    }

    fn marks(&mut self, plan: &Plan) {
        for name in &plan.marked {
            let sentence = match self.state.marks.get(name) {
                Some(marks) => {
                    let columns = "(CONTAINER, RANGES)";
                    let into = format!("INSERT INTO {} {columns} VALUES ", self.tables.marks);
                    let row = vec![name.as_str().into(), marks.encode().into()];
                    let replace = self.dialect.or_replace("CONTAINER", &["RANGES"]);
                    self.say(into).rows([row]).say(&replace)
                }
                None => {
                    let from = format!("DELETE FROM {} WHERE CONTAINER = ", self.tables.marks);
                    self.say(from).give(name.as_str())
                }
            };
            self.tell(sentence);
        }
    }

    fn named(&mut self, plan: &Plan) {
        for (name, bytes) in &plan.named {
            if bytes.is_empty() {
                let from = format!("DELETE FROM {} WHERE NAME = ", self.tables.named);
                self.tell(self.say(from).give(name.as_str()));
                continue;
            }
            let into = format!("INSERT INTO {} (NAME, DATA) VALUES ", self.tables.named);
            let row = vec![name.as_str().into(), bytes.clone().into()];
            let replace = self.dialect.or_replace("NAME", &["DATA"]);
            self.tell(self.say(into).rows([row]).say(&replace));
        }
    }
}

/// As ActiveMQ fills the columns.
fn row(id: u64, added: &Added) -> Vec<Value> {
    vec![
        id.into(),
        added.container.as_str().into(),
        Value::Text(added.producer.clone()),
        added.envelope.producer_sequence.into(),
        added.envelope.expiration.into(),
        added.blob.clone().into(),
        added.priority.into(),
    ]
}

fn of_subscription(sentence: Sentence, key: &SubscriptionKey) -> Sentence {
    sentence.is("CLIENT_ID", &key.client_id).say(" AND ").is("SUB_NAME", &key.name)
}
