//! Three ActiveMQ that know each other, and a hundred clients that are told of one of them.
#![allow(clippy::indexing_slicing, reason = "three brokers, by number")]

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use relaismq::{Connection, State};
use relaismq_tests::activemq::ActiveMq;
use relaismq_tests::ports;
use relaismq_tests::server::Server;
use tokio::time::{interval, timeout};

use crate::brokers::{SOON, builder};

const CLIENTS: usize = 100;
/// A fair share is a third; what each broker must get at least.
const SHARE: usize = 15;
/// A broker, its bridges and the dwell time of the clients, on a busy machine.
const LONG: Duration = Duration::from_secs(120);

struct Cluster {
    ports: [u16; 3],
    brokers: [Option<Server>; 3],
}

impl Cluster {
    async fn start() -> Result<Self> {
        let ports = [ports::free()?, ports::free()?, ports::free()?];
        let mut cluster = Self { ports, brokers: [None, None, None] };
        for place in 0..3 {
            cluster.start_one(place).await?;
        }
        Ok(cluster)
    }

    async fn start_one(&mut self, place: usize) -> Result<()> {
        let port = self.ports[place];
        let others: Vec<u16> = self.ports.into_iter().filter(|other| *other != port).collect();
        let broker = ActiveMq::new().name(&format!("b{place}")).port(port).among(&others);
        self.brokers[place] = Some(broker.start().await?);
        Ok(())
    }

    async fn kill_one(&mut self, place: usize) -> Result<()> {
        self.brokers[place].take().context("it is not there")?.kill().await
    }

    /// How many clients are at each broker.
    fn shares(&self, clients: &[Connection]) -> [usize; 3] {
        let mut shares = BTreeMap::<u16, usize>::new();
        for client in clients {
            if let State::Connected { broker } = client.state() {
                *shares.entry(broker.port()).or_default() += 1;
            }
        }
        self.ports.map(|port| shares.get(&port).copied().unwrap_or_default())
    }

    /// Waits until all clients are at brokers, and enough of them at each that is there.
    async fn until_spread(&self, clients: &[Connection]) -> Result<[usize; 3]> {
        let mut looks = interval(Duration::from_millis(50));
        let looking = async {
            loop {
                looks.tick().await;
                let shares = self.shares(clients);
                let is_fair = |(share, broker): (&usize, &Option<Server>)| {
                    broker.is_none() || *share >= SHARE
                };
                let all = shares.iter().sum::<usize>() == CLIENTS;
                if all && shares.iter().zip(&self.brokers).all(is_fair) {
                    return shares;
                }
            }
        };
        let found = timeout(LONG, looking).await;
        found.with_context(|| format!("they stay at {:?}", self.shares(clients)))
    }
}

/// 29 and 31: three brokers, then two, then three again.
#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_hundred_clients_spread_over_three_brokers_over_two_and_over_three_again() -> Result<()> {
    let mut cluster = Cluster::start().await?;
    let first = format!("failover:(tcp://127.0.0.1:{})?maxReconnectDelay=500", cluster.ports[0]);
    let connecting = (0..CLIENTS).map(|_| {
        let builder = builder(&first).connect_timeout(LONG).configure(|mut options| {
            options.reconnect.dwell_time = Duration::from_secs(1);
            options
        });
        builder.connect()
    });
    let clients = try_join_all(connecting).await?;
    cluster.until_spread(&clients).await?;
    cluster.kill_one(1).await?;
    let two = cluster.until_spread(&clients).await?;
    ensure!(two[1] == 0, "{two:?}");
    cluster.start_one(1).await?;
    cluster.until_spread(&clients).await?;
    // All of them are of use.
    let sends = clients.iter().enumerate().map(async |(number, client)| {
        let producer = client.producer(format!("q{number}")).build().await?;
        producer.send("x").await?;
        anyhow::Ok(())
    });
    timeout(SOON, try_join_all(sends)).await??;
    Ok(())
}
