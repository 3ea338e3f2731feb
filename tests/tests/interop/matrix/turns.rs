//! A real ActiveMQ 5.17.2 and our broker take turns on one database: what one has stored the other
//! delivers and deletes, and has left what the first one has left again.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use relaismq_examples::demo::databases::{DatabaseServer, Make};
use relaismq_tests::activemq::ActiveMq;
use relaismq_tests::peer::{
    AckMode, Connect, ConsumerOptions, JmsMessage, JmsPeer, Received, SendOptions,
};
use relaismq_tests::relais::Relais;
use relaismq_tests::server::Server;

use super::client::Client;
use super::specimen::Specimen;
use super::{brief, check, clients, queue, specimens};
use crate::brokers::{QUIET, SOON};

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    ActiveMq,
    Ours,
}

impl Turn {
    async fn start(self, database: &DatabaseServer) -> Result<Server> {
        self.start_with(database, &[]).await
    }

    /// With these queues in the order of priorities. Waits for the lease of the one before, if that was killed.
    pub(super) async fn start_with(
        self,
        database: &DatabaseServer,
        prioritized: &[&str],
    ) -> Result<Server> {
        let mut server = match self {
            Self::ActiveMq => {
                let broker = ActiveMq::new().database(&database.jdbc_url(), "lease");
                prioritized.iter().fold(broker, |it, queue| it.prioritized(queue)).start().await?
            }
            Self::Ours => {
                let broker = Relais::new().store(&format!("sql:{}", database.url()));
                let option = "--prioritized-queues";
                let with = |it: Relais, queue: &&str| it.argument(option).argument(queue);
                prioritized.iter().fold(broker, with).start().await?
            }
        };
        server.until_ready(SOON).await?;
        Ok(server)
    }
}

/// Messages of a queue by their ids, as they were sent.
type Sent = BTreeMap<String, BTreeMap<String, Specimen>>;

/// Fills on one, drains half on the other and the rest on the first one again.
async fn turns(make: Make, first: Turn, second: Turn) -> Result<()> {
    let database = DatabaseServer::start(make).await?;
    let peer = JmsPeer::start()?;
    let mut broker = first.start(&database).await?;
    let mut sent = fill(&peer, &broker).await?;
    publish(&peer, &broker).await?;
    broker.kill().await?;

    let some: [(&str, usize, &[i64]); 3] =
        [("all", 3, &[1, 2, 3]), ("some", 1, &[3]), ("wild", 7, &[1, 2, 3, 4, 5, 6])];
    turn(second, &database, &peer, (&mut sent, 2), some).await?;
    let rest: [(&str, usize, &[i64]); 3] =
        [("all", 7, &[4, 5, 6]), ("some", 7, &[4, 5, 6]), ("wild", 7, &[])];
    turn(first, &database, &peer, (&mut sent, 1), rest).await?;
    // Acknowledgements are on their way while their broker runs; now all of them have been written.
    nothing_is_left(&peer, &second.start(&database).await?, sent.keys()).await
}

/// One of so many of what was sent to queues, and these numbers of the subscriptions, so many at most.
async fn turn(
    whose: Turn,
    database: &DatabaseServer,
    peer: &JmsPeer,
    (sent, of): (&mut Sent, usize),
    subscriptions: [(&str, usize, &[i64]); 3],
) -> Result<()> {
    let mut broker = whose.start(database).await?;
    drain(peer, &broker, sent, of).await.with_context(|| format!("on {whose:?}"))?;
    for (name, most, expected) in subscriptions {
        assert_eq!(numbers(peer, &broker.url()?, name, most).await?, expected, "{name}");
    }
    broker.stop().await?;
    Ok(())
}

async fn nothing_is_left(
    peer: &JmsPeer,
    broker: &Server,
    queues: impl Iterator<Item = &String>,
) -> Result<()> {
    for queue in queues {
        let more = browse(peer, broker, queue).await?;
        ensure!(more.is_empty(), "{queue} has more than was sent: {more:?}");
    }
    Ok(())
}

/// Every kind of message from both clients, and one that has expired before anybody sees it.
async fn fill(peer: &JmsPeer, broker: &Server) -> Result<Sent> {
    let mut sent = Sent::new();
    let senders = clients(peer, broker, false).await?;
    for from in &senders {
        for to in &senders {
            let queue = queue(from, to);
            let sender = from.sender(&queue).await?;
            let messages = sent.entry(queue).or_default();
            for mut specimen in specimens(from, to) {
                specimen.headers.persistent = true;
                messages.insert(sender.send(&specimen).await?, specimen);
            }
            let mut expired = Specimen::from(relaismq_tests::peer::Body::None);
            expired.headers.time_to_live = Some(Duration::from_millis(1));
            sender.send(&expired).await?;
        }
    }
    Ok(sent)
}

/// Receives one of `of` of what is left in each queue, in any order, compared value by value; all of it if
/// that is one.
async fn drain(peer: &JmsPeer, broker: &Server, sent: &mut Sent, of: usize) -> Result<()> {
    let [ours, java] = clients(peer, broker, false).await?;
    for (queue, messages) in sent {
        let to = if queue.ends_with("java") { &java } else { &ours };
        let mut receiver = to.receiver(queue).await?;
        let rest = messages.len() - messages.len() / of;
        while messages.len() > rest || of == 1 && !messages.is_empty() {
            let seen = receiver.receive().await.with_context(|| queue.clone())?;
            let found = messages.remove(&seen.id);
            let specimen = found.with_context(|| format!("unknown or again: {}", seen.id))?;
            check(queue, &specimen, &seen).with_context(|| brief(&specimen))?;
        }
    }
    drop::<[Client; 2]>([ours, java]);
    Ok(())
}

async fn browse(peer: &JmsPeer, broker: &Server, queue: &str) -> Result<Vec<Received>> {
    let session = peer.connect(&broker.url()?).await?.session(AckMode::Auto).await?;
    Ok(session.browse(queue, None).await?)
}

const TOPIC: &str = "topic://prices.a";

fn subscription(name: &str) -> ConsumerOptions {
    let (topic, selector) = match name {
        "wild" => ("topic://prices.>", None),
        "some" => (TOPIC, Some("n > 2".to_owned())),
        _ => (TOPIC, None),
    };
    ConsumerOptions {
        destination: topic.to_owned(),
        subscription: Some(name.to_owned()),
        selector,
        ..ConsumerOptions::default()
    }
}

/// Six messages for three subscriptions that are away.
async fn publish(peer: &JmsPeer, broker: &Server) -> Result<()> {
    let connect = Connect::to(&broker.url()?).client_id("turns");
    let connection = peer.connect_with(&connect).await?;
    let session = connection.session(AckMode::Auto).await?;
    let producer = session.producer(TOPIC).await?;
    // The topic is there before whoever subscribes to a pattern.
    producer.send(&JmsMessage::text("nobody is there")).await?;
    for name in ["all", "some", "wild"] {
        session.consumer_with(&subscription(name)).await?.close().await?;
    }
    for number in 1..=6 {
        let message = JmsMessage::text("price").property("n", number);
        producer.send_with(&message, &SendOptions::default()).await?;
    }
    connection.close().await?;
    Ok(())
}

/// The numbers of the next messages of a subscription, `most` of them.
async fn numbers(peer: &JmsPeer, url: &str, name: &str, most: usize) -> Result<Vec<i64>> {
    // One by one: what is not received is not acknowledged with what is.
    let url = format!("{url}?jms.prefetchPolicy.durableTopicPrefetch=1");
    let connection = peer.connect_with(&Connect::to(&url).client_id("turns")).await?;
    let session = connection.session(AckMode::Auto).await?;
    let consumer = session.consumer_with(&subscription(name)).await?;
    let mut numbers = Vec::new();
    while numbers.len() < most {
        let within = if numbers.is_empty() && most < 7 { SOON } else { 10 * QUIET };
        let Some(message) = consumer.receive(within).await? else { break };
        let number = message.properties.get("n").context("a message without a number")?;
        numbers.push(
            format!("{number:?}")
                .chars()
                .filter(char::is_ascii_digit)
                .collect::<String>()
                .parse()?,
        );
    }
    connection.close().await?;
    Ok(numbers)
}

/// Both ways on each database.
macro_rules! turns {
    ($($name:ident: $make:ident, $first:ident, $second:ident;)*) => { $(
        #[tokio::test]
        #[ignore = "needs ActiveMQ, Java, PostgreSQL and MariaDB: run tests/run"]
        async fn $name() -> Result<()> {
            turns(Make::$make, Turn::$first, Turn::$second).await
        }
    )* };
}

turns! {
    what_activemq_stored_in_postgresql_is_ours_and_its_own_again: PostgreSql, ActiveMq, Ours;
    what_we_stored_in_postgresql_is_activemqs_and_ours_again: PostgreSql, Ours, ActiveMq;
    what_activemq_stored_in_mariadb_is_ours_and_its_own_again: MariaDb, ActiveMq, Ours;
    what_we_stored_in_mariadb_is_activemqs_and_ours_again: MariaDb, Ours, ActiveMq;
}
