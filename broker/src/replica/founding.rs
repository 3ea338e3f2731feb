//! How a cluster begins, and how a broker becomes one of it.
//!
//! A cluster is founded once, when all brokers that it is to have are there and none of them has ever belonged to
//! one. Then the first of them by name says who they are. A broker that comes with an empty disk later finds at
//! least one that knows better, and asks to be taken in; if it finds too few of them, it waits.
#![expect(clippy::disallowed_methods, reason = "it looks again after a while")]

use std::{collections::BTreeMap, time::Duration};

use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::{
    network::{About, Answer, Joined, Network, Request},
    types::{Member, Raft},
};

/// What a broker does until it is one of a cluster.
pub(super) struct Founding {
    pub(super) raft: Raft,
    /// This broker's number.
    pub(super) id: u64,
    pub(super) network: Network,
    pub(super) member: Member,
    /// All but this one, as far as they are known.
    pub(super) others: watch::Receiver<Vec<Member>>,
    /// How many there are to be with this one.
    pub(super) replicas: usize,
}

impl Founding {
    /// Returns when this broker is one of a cluster, with the address that it has now.
    pub(super) async fn run(self) {
        let mut told = None;
        while !self.is_member() {
            let others = self.others.borrow().clone();
            let (answers, why) = self.ask_all(&others).await;
            let why = why.or_else(|| self.wrong_number(others.len() + 1));
            let all_answer = why.is_none();
            if told != why {
                if let Some(why) = &why {
                    tracing::info!(broker = %self.member, why, "waits for other brokers");
                }
                told = why;
            }
            let founded = answers.iter().any(|(_, about)| about.founded);
            if founded || self.raft.is_initialized().await.unwrap_or(true) {
                self.join(&others).await;
            } else if all_answer {
                self.found(&answers).await;
            }
            sleep(PAUSE).await;
        }
    }

    /// As many as there are to be, no more and no less: two halves of them must not found two clusters.
    fn wrong_number(&self, known: usize) -> Option<String> {
        let replicas = self.replicas;
        (known != replicas)
            .then(|| format!("{known} brokers are known, and there are to be {replicas}"))
    }

    fn is_member(&self) -> bool {
        let metrics = self.raft.metrics().borrow().clone();
        let members = metrics.membership_config.membership();
        members.voter_ids().any(|voter| voter == self.id)
            && members.get_node(&self.id) == Some(&self.member)
    }

    /// What the others say of themselves, and why some do not.
    async fn ask_all(&self, others: &[Member]) -> (Vec<(Member, About)>, Option<String>) {
        let (mut answers, mut missing) = (Vec::new(), Vec::new());
        for other in others {
            match self.ask(&other.address, &Request::About).await {
                Ok(Answer::About(about)) if about.member.name == other.name => {
                    answers.push((other.clone(), about));
                }
                Ok(Answer::About(about)) => {
                    missing.push(format!("{other} calls itself {}", about.member.name));
                }
                Ok(_) => missing.push(format!("{other} says something else")),
                Err(error) => missing.push(format!("{other}: {error}")),
            }
        }
        let why = (!missing.is_empty()).then(|| missing.join("; "));
        (answers, why)
    }

    async fn found(&self, answers: &[(Member, About)]) {
        if answers.iter().any(|(other, _)| other.name < self.member.name) {
            return;
        }
        let mut members: BTreeMap<u64, Member> =
            answers.iter().map(|(other, about)| (about.id, other.clone())).collect();
        members.insert(self.id, self.member.clone());
        let names: Vec<_> = members.values().map(ToString::to_string).collect();
        match self.raft.initialize(members).await {
            Ok(()) => tracing::info!(members = names.join(", "), "a new cluster is founded"),
            Err(error) => tracing::warn!(%error, "the cluster cannot be founded"),
        }
    }

    /// Asks whoever decides.
    async fn join(&self, others: &[Member]) {
        let request = Request::Join(self.id, self.member.clone());
        let mut addresses: Vec<String> = others.iter().map(|other| other.address.clone()).collect();
        let mut asked = 0;
        while let Some(address) = addresses.pop()
            && asked < MOST_ASKED
        {
            asked += 1;
            match self.ask(&address, &request).await {
                Ok(Answer::Joined(Joined::Ask(Some(leader)))) => addresses.push(leader),
                Ok(Answer::Joined(Joined::No(why))) => {
                    tracing::warn!(broker = %self.member, why, "is not taken in");
                    return sleep(LONG_PAUSE).await;
                }
                Ok(Answer::Joined(Joined::Yes | Joined::Soon)) => return,
                _ => {}
            }
        }
    }

    async fn ask(&self, address: &str, request: &Request) -> std::io::Result<Answer> {
        let asked = async { self.network.connect(address, 0).await?.ask(request).await };
        timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
    }
}

const PAUSE: Duration = Duration::from_millis(250);
const LONG_PAUSE: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(3);
const MOST_ASKED: usize = 16;
