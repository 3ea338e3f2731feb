//! A plan as statements, one after the other, in one transaction.

use super::database::{Database, transaction};
use super::fence::Fence;
use super::plan::{Added, Plan};
use super::sentence::{Sentence, pieces};
use super::state::{State, topic};
use super::tables::Tables;
use super::trouble::Result;
use super::value::Value;
use crate::model::SubscriptionKey;

/// Does all of a plan, or nothing.
pub(super) fn commit(
    database: &mut dyn Database,
    tables: &Tables,
    fence: &Fence,
    plan: &Plan,
    state: &State,
) -> Result<()> {
    transaction(database, |database| {
        fence.pass(database, tables, state.last_sequence)?;
        let mut steps = Steps { database, tables, state };
        steps.remove(plan)?;
        steps.add(plan)?;
        steps.queues(plan)?;
        steps.subscriptions(plan)?;
        steps.marks_of_subscriptions(plan)?;
        steps.producers(plan)?;
        steps.marks(plan)
    })
}

/// Where the statements go, and what they take from memory.
struct Steps<'a> {
    database: &'a mut dyn Database,
    tables: &'a Tables,
    state: &'a State,
}

impl Steps<'_> {
    fn say(&self, text: impl Into<String>) -> Sentence {
        Sentence::new(self.database.dialect(), text)
    }

    fn most_rows(&self) -> usize {
        self.database.dialect().most_rows
    }

    fn remove(&mut self, plan: &Plan) -> Result<()> {
        let from = format!("DELETE FROM {} WHERE ", self.tables.messages);
        for container in &plan.emptied {
            self.database.tell(self.say(from.as_str()).is("CONTAINER", container))?;
        }
        for (container, ids) in &plan.removed {
            for ids in pieces(ids, self.most_rows()) {
                let removal = self.say(from.as_str()).is_one_of("ID", ids);
                self.database.tell(removal.say(" AND ").is("CONTAINER", container))?;
            }
        }
        for ids in pieces(&plan.progress.dead, self.most_rows()) {
            self.database.tell(self.say(from.as_str()).is_one_of("ID", ids))?;
        }
        Ok(())
    }

    fn add(&mut self, plan: &Plan) -> Result<()> {
        let added: Vec<(&u64, &Added)> = plan.added.iter().collect();
        for piece in pieces(&added, self.most_rows()) {
            let into = format!(
                "INSERT INTO {} (ID, CONTAINER, MSGID_PROD, MSGID_SEQ, EXPIRATION, MSG, PRIORITY) VALUES ",
                self.tables.messages
            );
            let rows = piece.iter().map(|(id, added)| row(**id, added));
            self.database.tell(self.say(into).rows(rows))?;
        }
        Ok(())
    }

    fn queues(&mut self, plan: &Plan) -> Result<()> {
        for (name, there) in &plan.queues {
            let sentence = if *there {
                let into = format!("INSERT INTO {} (NAME) VALUES ", self.tables.queues);
                let replace = self.database.dialect().or_replace("NAME", &["NAME"]);
                self.say(into).rows([vec![name.as_str().into()]]).say(&replace)
            } else {
                self.say(format!("DELETE FROM {} WHERE NAME = ", self.tables.queues))
                    .give(name.as_str())
            };
            self.database.tell(sentence)?;
        }
        Ok(())
    }

    fn subscriptions(&mut self, plan: &Plan) -> Result<()> {
        for (&number, key) in &plan.progress.dropped {
            self.drop_subscription(number, key)?;
        }
        for &number in &plan.put {
            self.put_subscription(number)?;
        }
        for (name, number) in &plan.progress.begun {
            self.begin_mark(name, *number)?;
        }
        Ok(())
    }

    fn drop_subscription(&mut self, number: u32, key: &SubscriptionKey) -> Result<()> {
        let number = i64::from(number);
        let record = format!("DELETE FROM {} WHERE NUMBER = ", self.tables.subscriptions);
        self.database.tell(self.say(record).give(number))?;
        let exceptions = format!("DELETE FROM {} WHERE SUBSCRIPTION = ", self.tables.exceptions);
        self.database.tell(self.say(exceptions).give(number))?;
        let marks = self.say(format!("DELETE FROM {} WHERE ", self.tables.acks));
        self.database.tell(of_subscription(marks, key)).map(drop)
    }

    fn put_subscription(&mut self, number: u32) -> Result<()> {
        let Some(key) = self.state.topics.key(number) else { return Ok(()) };
        let Some(record) = self.state.records.get(key) else { return Ok(()) };
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
        let replace = self.database.dialect().or_replace("NUMBER", &kept);
        self.database.tell(self.say(into).rows([row]).say(&replace))?;
        let set = self.say(format!("UPDATE {} SET SUB_DEST = ", self.tables.acks));
        let set = set.give(destination.as_str()).say(", SELECTOR = ");
        let set = set.give(Value::Text(record.selector.clone())).say(" WHERE ");
        self.database.tell(of_subscription(set, key)).map(drop)
    }

    /// A row of ActiveMQ's; it makes one for each topic that a subscription is in.
    fn begin_mark(&mut self, name: &relaismq_openwire::Text, number: u32) -> Result<()> {
        let Some(key) = self.state.topics.key(number) else { return Ok(()) };
        let (Some(record), Some(mark)) =
            (self.state.records.get(key), self.state.topics.mark(name, number))
        else {
            return Ok(());
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
        self.database.tell(self.say(into).rows([row]))?;
        let seen = format!("UPDATE {} SET SEEN = 1 WHERE NUMBER = ", self.tables.subscriptions);
        self.database.tell(self.say(seen).give(i64::from(number))).map(drop)
    }

    fn marks_of_subscriptions(&mut self, plan: &Plan) -> Result<()> {
        for (name, number) in &plan.progress.moved {
            let Some(mark) = self.state.topics.mark(name, *number) else { continue };
            let Some(key) = self.state.topics.key(*number) else { continue };
            let set = self.say(format!("UPDATE {} SET LAST_ACKED_ID = ", self.tables.acks));
            let set = set.give(last_acked(mark.next)).say(" WHERE ").is("CONTAINER", &topic(name));
            self.database.tell(of_subscription(set.say(" AND "), key))?;
        }
        self.exceptions(plan)
    }

    fn exceptions(&mut self, plan: &Plan) -> Result<()> {
        let exceptions = plan.progress.exceptions();
        let (come, go): (Vec<_>, Vec<_>) = exceptions.into_iter().partition(|it| it.2);
        for piece in pieces(&come, self.most_rows()) {
            let columns = "(SUBSCRIPTION, ID)";
            let into = format!("INSERT INTO {} {columns} VALUES ", self.tables.exceptions);
            let rows = piece.iter().map(|it| vec![i64::from(it.0).into(), it.1.into()]);
            self.database.tell(self.say(into).rows(rows))?;
        }
        for of_one in go.chunk_by(|one, other| one.0 == other.0) {
            let ids: Vec<u64> = of_one.iter().map(|it| it.1).collect();
            let Some(number) = of_one.first().map(|it| i64::from(it.0)) else { continue };
            for ids in pieces(&ids, self.most_rows()) {
                let from = format!("DELETE FROM {} WHERE SUBSCRIPTION = ", self.tables.exceptions);
                let from = self.say(from).give(number).say(" AND ");
                self.database.tell(from.is_one_of("ID", ids))?;
            }
        }
        Ok(())
    }

    fn producers(&mut self, plan: &Plan) -> Result<()> {
        let far = plan.producers.iter().filter_map(|(name, far)| Some((name, (*far)?)));
        let far: Vec<(&String, i64)> = far.collect();
        for piece in pieces(&far, self.most_rows()) {
            let into = format!("INSERT INTO {} (PRODUCER, SEQ) VALUES ", self.tables.producers);
            let rows = piece.iter().map(|(name, far)| vec![name.as_str().into(), (*far).into()]);
            let replace = self.database.dialect().or_replace("PRODUCER", &["SEQ"]);
            self.database.tell(self.say(into).rows(rows).say(&replace))?;
        }
        for (name, _) in plan.producers.iter().filter(|it| it.1.is_none()) {
            let from = format!("DELETE FROM {} WHERE PRODUCER = ", self.tables.producers);
            self.database.tell(self.say(from).give(name.as_str()))?;
        }
        Ok(())
    }

    fn marks(&mut self, plan: &Plan) -> Result<()> {
        for name in &plan.marked {
            let sentence = match self.state.marks.get(name) {
                Some(marks) => {
                    let columns = "(CONTAINER, RANGES)";
                    let into = format!("INSERT INTO {} {columns} VALUES ", self.tables.marks);
                    let row = vec![name.as_str().into(), marks.encode().into()];
                    let replace = self.database.dialect().or_replace("CONTAINER", &["RANGES"]);
                    self.say(into).rows([row]).say(&replace)
                }
                None => {
                    let from = format!("DELETE FROM {} WHERE CONTAINER = ", self.tables.marks);
                    self.say(from).give(name.as_str())
                }
            };
            self.database.tell(sentence)?;
        }
        Ok(())
    }
}

/// As ActiveMQ fills the columns; without prioritized destinations its priority is 0.
fn row(id: u64, added: &Added) -> Vec<Value> {
    vec![
        id.into(),
        added.container.as_str().into(),
        Value::Text(added.producer.clone()),
        added.envelope.producer_sequence.into(),
        added.envelope.expiration.into(),
        added.blob.clone().into(),
        0_i64.into(),
    ]
}

fn of_subscription(sentence: Sentence, key: &SubscriptionKey) -> Sentence {
    sentence.is("CLIENT_ID", &key.client_id).say(" AND ").is("SUB_NAME", &key.name)
}

/// ActiveMQ's mark is on the last one that is not left, -1 before all.
fn last_acked(next: u64) -> i64 {
    super::value::clamp(next) - 1
}
