//! Brokers that find each other through ZooKeeper, and show people there who is the master. Nothing that is
//! found there makes a master or ends one: it says where the others are, and who should stand first.

use std::{collections::BTreeMap, time::Duration};

use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

use crate::{
    config::{Connector, ReplicatedConfig, ZooKeeperPlace},
    replica::{Insight, Member, Replica, Standing},
    zookeeper::{Announcement, View, ZooKeeper},
};

/// What is told to the replica, from what ZooKeeper says.
#[derive(Clone)]
pub(super) struct Discovery {
    place: ZooKeeperPlace,
    /// What does not change of what this broker says of itself.
    said: Announcement,
    /// Where they are, unless they are named beforehand.
    others: Option<watch::Sender<Vec<Member>>>,
    rank: watch::Sender<usize>,
}

/// It, at work.
pub(super) struct Discovering {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// How often is published how far a broker is.
const NEWS: Duration = Duration::from_secs(10);

impl Discovery {
    /// For a broker with this name, which serves clients there. Nothing if it is not to use ZooKeeper.
    pub(super) fn of(
        config: &ReplicatedConfig,
        name: &str,
        listen: &[Connector],
        (others, rank): (watch::Sender<Vec<Member>>, watch::Sender<usize>),
    ) -> Option<Self> {
        // Whoever read the configuration has refused what cannot be meant.
        let place = config.zookeeper.as_ref()?.place().ok()?;
        let said = Announcement {
            name: name.to_owned(),
            container: config.container.clone(),
            clients: clients(config, listen),
            weight: config.weight,
            ..Announcement::default()
        };
        let others = config.nodes.is_empty().then_some(others);
        Some(Self { place, said, others, rank })
    }

    /// Begins, with a replica that has begun.
    pub(super) fn begin(mut self, replica: &Replica) -> Discovering {
        let (number, member) = replica.own();
        self.said.node = *number;
        self.said.member.clone_from(&member.name);
        self.said.replication = format!("tcp://{}", member.address);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(self.run(replica.standing(), replica.insight().clone(), stopped));
        Discovering { stop, task }
    }

    async fn run(
        self,
        mut standing: watch::Receiver<Standing>,
        insight: Insight,
        mut stopped: oneshot::Receiver<()>,
    ) {
        let now = self.now(&standing.borrow_and_update(), &insight);
        let zookeeper = ZooKeeper::start(self.place.clone(), now);
        let mut view = zookeeper.view();
        let mut news = interval(NEWS);
        news.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let now = self.now(&standing.borrow_and_update(), &insight);
            zookeeper.announce(now);
            self.tell(&view.borrow_and_update());
            tokio::select! {
                changed = view.changed() => if changed.is_err() { break },
                changed = standing.changed() => if changed.is_err() { break },
                _ = news.tick() => {}
                _ = &mut stopped => break,
            }
        }
        drop(insight);
        zookeeper.stop().await;
    }

    fn now(&self, standing: &Standing, insight: &Insight) -> Announcement {
        let (term, position) = insight.progress();
        let is_master = matches!(standing, Standing::Master { .. });
        Announcement { term, position, is_master, ..self.said.clone() }
    }

    fn tell(&self, view: &View) {
        self.rank.send_replace(view.rank(self.said.node));
        if let Some(known) = &self.others {
            known.send_replace(others(view, &self.said.member));
        }
    }
}

impl Discovering {
    /// Leaves ZooKeeper, so that the others see it at once.
    pub(super) async fn stop(self) {
        drop(self.stop);
        // It does not panic; and if, there is nothing left to leave.
        drop(self.task.await);
    }
}

/// All but this one; of several with one name the one that came last.
fn others(view: &View, own: &str) -> Vec<Member> {
    let mut members: Vec<_> = view.members.values().collect();
    members.sort_by_key(|it| it.sequence);
    let addresses: BTreeMap<_, _> = members
        .into_iter()
        .filter(|it| it.said.member != own)
        .map(|it| (it.said.member.clone(), it.said.replication.replacen("tcp://", "", 1)))
        .collect();
    addresses.into_iter().map(|(name, address)| Member { name, address }).collect()
}

/// Where clients reach it while it is the master; ports that the system will choose are left out.
fn clients(config: &ReplicatedConfig, listen: &[Connector]) -> String {
    let usual = [Connector::default()];
    let listen = if listen.is_empty() { &usual[..] } else { listen };
    let addresses = listen.iter().map(|it| (it.scheme().as_str(), it.host_and_port()));
    let addresses = addresses.filter(|(_, (_, port))| *port != 0).map(|(scheme, (host, port))| {
        let is_any = matches!(host, "0.0.0.0" | "::");
        let host = config.hostname.as_deref().filter(|_| is_any).unwrap_or(host);
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        format!("{scheme}://{host}:{port}")
    });
    addresses.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(members: &[(u64, u64, &str)]) -> View {
        let member = |(node, sequence, member): &(u64, u64, &str)| {
            let replication = format!("tcp://host:{sequence}");
            let member = (*member).to_owned();
            let said = Announcement { node: *node, member, replication, ..Announcement::default() };
            (*node, crate::zookeeper::Member { sequence: *sequence, said })
        };
        View { members: members.iter().map(member).collect(), ..View::default() }
    }

    /// A broker that has lost its disk comes back under another number before its old session has run out.
    #[test]
    fn of_two_brokers_with_one_name_the_newer_is_meant_and_one_with_ones_own_is_oneself() {
        let view = view(&[(9, 4, "b"), (3, 7, "b"), (5, 1, "c"), (1, 2, "a"), (2, 3, "a")]);
        let known: Vec<_> = others(&view, "a").iter().map(ToString::to_string).collect();
        assert_eq!(known, ["b at host:7", "c at host:1"]);
    }

    #[test]
    fn clients_are_shown_an_address_that_they_can_use() {
        let listen = ["ssl://0.0.0.0:61616", "tcp://[::1]:61617", "tcp://127.0.0.1:0"];
        let listen = listen.map(|address| address.parse().unwrap());
        let config =
            ReplicatedConfig { hostname: Some("broker1".into()), ..ReplicatedConfig::default() };
        assert_eq!(clients(&config, &listen), "ssl://broker1:61616,tcp://[::1]:61617");
        assert_eq!(clients(&config, &[]), "tcp://127.0.0.1:61616");
    }
}
