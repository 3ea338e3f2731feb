//! Brokers that keep the same messages: whoever a majority follows is the master.

use std::sync::Arc;

use tokio::{sync::watch, task::spawn_blocking};
use tracing::info;

#[cfg(feature = "zookeeper")]
use super::discovery::{Discovering, Discovery};
use super::mastership::{Holder, Mastership, OpenStore, Pending, Term, Waits};
use crate::{
    error::BrokerError,
    replica::{Insight, Replica, ReplicaOptions, Standing, Trouble},
    store::{Store, StoreError},
};

/// A broker among them. Its replica begins with the first wish to be the master, and goes on as long as the broker.
pub(crate) struct Quorum {
    options: ReplicaOptions,
    replica: Option<Arc<Replica>>,
    /// For whoever looks at this broker.
    shown: watch::Sender<Option<Insight>>,
    #[cfg(feature = "zookeeper")]
    discovery: Option<Discovery>,
    #[cfg(feature = "zookeeper")]
    discovering: Option<Discovering>,
    /// The term that it has.
    term: Option<u64>,
}

impl Quorum {
    /// Nothing is touched yet.
    pub(crate) const fn new(
        options: ReplicaOptions,
        shown: watch::Sender<Option<Insight>>,
    ) -> Self {
        Self {
            options,
            replica: None,
            shown,
            #[cfg(feature = "zookeeper")]
            discovery: None,
            #[cfg(feature = "zookeeper")]
            discovering: None,
            term: None,
        }
    }

    /// The same, and the others are looked for.
    #[cfg(feature = "zookeeper")]
    pub(super) fn finding_others(self, discovery: Option<Discovery>) -> Self {
        Self { discovery, ..self }
    }

    async fn begin(&mut self) -> Result<Arc<Replica>, BrokerError> {
        if let Some(replica) = &self.replica {
            return Ok(replica.clone());
        }
        let options = self.options.clone();
        let started = spawn_blocking(move || Replica::start(options)).await;
        let started = started.unwrap_or_else(|error| Err(self.failed(error.to_string())));
        let replica = Arc::new(started?);
        #[cfg(feature = "zookeeper")]
        {
            self.discovering = self.discovery.clone().map(|it| it.begin(&replica));
        }
        self.shown.send_replace(Some(replica.insight().clone()));
        self.replica = Some(replica.clone());
        Ok(replica)
    }

    async fn take(&mut self, waits: &Waits<'_>) -> Result<Term, BrokerError> {
        let replica = self.begin().await?;
        let mut standing = replica.standing();
        loop {
            let now = standing.borrow_and_update().clone();
            match now {
                Standing::Master { term } => {
                    info!(term, "Promoted to master");
                    self.term = Some(term);
                    let open: OpenStore =
                        Box::new(move || Ok(Box::new(replica.store(term)) as Box<dyn Store>));
                    return Ok(Term { number: term, open });
                }
                Standing::Slave { of } => {
                    info!(master = %of, "Slave started");
                    waits(self.holder(Some(of.name)));
                }
                Standing::Electing => waits(self.holder(None)),
                Standing::Failed(why) => return Err(self.ended(why).into()),
            }
            if standing.changed().await.is_err() {
                return Err(self.failed("its replica has ended".to_owned()).into());
            }
        }
    }

    async fn watch(&mut self) -> Result<String, BrokerError> {
        let (Some(replica), Some(term)) = (&self.replica, self.term) else {
            return std::future::pending().await;
        };
        let mut standing: watch::Receiver<Standing> = replica.standing();
        let over = standing.wait_for(|now| *now != Standing::Master { term }).await;
        let now = over.map(|now| now.clone());
        match now {
            Ok(Standing::Failed(why)) => Err(self.ended(why).into()),
            Ok(Standing::Slave { of }) => Ok(format!("{} is the master now", of.name)),
            Ok(Standing::Master { term }) => Ok(format!("a new term, {term}, has begun")),
            Ok(Standing::Electing) => Ok("a majority of the brokers does not answer".to_owned()),
            Err(_) => Err(self.failed("its replica has ended".to_owned()).into()),
        }
    }

    fn holder(&self, name: Option<String>) -> Holder {
        let others = self.options.others.borrow();
        let names = others.iter().chain([&self.options.member]).map(|member| member.name.as_str());
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        Holder { lock: format!("quorum({})", names.join(",")), name }
    }

    fn failed(&self, detail: String) -> StoreError {
        self.ended(Trouble::Io(detail))
    }

    fn ended(&self, why: Trouble) -> StoreError {
        why.of(&self.options.dir.display().to_string())
    }

    /// When there is room again, the same files can be used.
    fn lacks_room(&self) -> bool {
        let standing = self.replica.as_ref().map(|it| it.standing().borrow().clone());
        matches!(standing, Some(Standing::Failed(Trouble::NoRoom(_))))
    }

    /// Ends the replica, and waits until its files are closed.
    async fn leave(&mut self) {
        self.shown.send_replace(None);
        #[cfg(feature = "zookeeper")]
        if let Some(discovering) = self.discovering.take() {
            discovering.stop().await;
        }
        if let Some(replica) = self.replica.take()
            && let Some(mut replica) = Arc::into_inner(replica)
        {
            drop(spawn_blocking(move || replica.stop()).await);
        }
    }
}

impl Mastership for Quorum {
    fn acquire<'a>(&'a mut self, waits: &'a Waits<'a>) -> Pending<'a, Result<Term, BrokerError>> {
        Box::pin(self.take(waits))
    }

    fn lost(&mut self) -> Pending<'_, Result<String, BrokerError>> {
        Box::pin(self.watch())
    }

    fn release(&mut self) -> Pending<'_, ()> {
        self.term = None;
        Box::pin(async {
            if self.lacks_room() {
                self.leave().await;
            }
        })
    }

    fn end(&mut self) -> Pending<'_, ()> {
        Box::pin(self.leave())
    }
}
