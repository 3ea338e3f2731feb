//! Sessions and producers come and go.

use relaismq_openwire::{ProducerId, ProducerInfo, SessionId, SessionInfo};

use crate::engine::{
    Engine,
    destinations::advisory::Event,
    io::Link,
    state::{
        client::Producer,
        fits,
        refusal::{Refusal, Reply},
    },
};

impl Engine {
    pub(crate) fn open_session(
        &mut self,
        link: Link,
        info: &SessionInfo,
    ) -> Result<Reply, Refusal> {
        let id = info.session_id.clone().ok_or_else(|| Refusal::order("a session needs an id"))?;
        let limit = self.settings.members_per_connection;
        let Some(client) = self.clients.get_mut(link) else { return Ok(Reply::Done) };
        if client.sessions.len() >= limit && !client.sessions.contains(&id) {
            return Err(Refusal::limit(format!("a connection may have {limit} sessions")));
        }
        client.sessions.insert(id);
        Ok(Reply::Done)
    }

    pub(crate) fn check_session(&self, link: Link, id: &SessionId) -> Result<(), Refusal> {
        if self.clients.get(link).is_some_and(|client| client.sessions.contains(id)) {
            return Ok(());
        }
        Err(Refusal::order(format!("there is no session {id}")))
    }

    pub(crate) fn open_producer(
        &mut self,
        link: Link,
        info: &ProducerInfo,
    ) -> Result<Reply, Refusal> {
        let id =
            info.producer_id.clone().ok_or_else(|| Refusal::order("a producer needs an id"))?;
        if self.clients.get(link).is_some_and(|client| client.producers.has(&id)) {
            return Ok(Reply::Done);
        }
        self.check_session(link, &id.session())?;
        self.check_members(link)?;
        fits::check_producer(&self.limits, &id)?;
        if let Some(destination) = &info.destination {
            for part in destination.parts() {
                self.check_target(&part)?;
                self.ensure_destination(&part)?;
            }
        }
        if let Some(client) = self.clients.get_mut(link) {
            client.producers.insert(id, Producer::new(info.clone()));
            self.advise_producer(info, Event::New);
        }
        Ok(Reply::Done)
    }

    pub(crate) fn check_members(&self, link: Link) -> Result<(), Refusal> {
        let limit = self.settings.members_per_connection;
        let members =
            self.clients.get(link).map_or(0, |it| it.producers.len() + it.consumers.len());
        if members < limit {
            return Ok(());
        }
        Err(Refusal::limit(format!("a connection may have {limit} producers and consumers")))
    }

    /// Returns how many that were.
    pub(crate) fn close_producers(
        &mut self,
        link: Link,
        which: impl Fn(&ProducerId) -> bool,
    ) -> usize {
        let Some(client) = self.clients.get_mut(link) else { return 0 };
        let mut ids: Vec<ProducerId> =
            client.producers.iter().map(|(id, _)| id).filter(|id| which(id)).cloned().collect();
        ids.sort();
        let gone: Vec<ProducerInfo> =
            ids.iter().filter_map(|id| Some(client.producers.remove(id)?.info)).collect();
        for producer in &gone {
            self.advise_producer(producer, Event::Gone);
        }
        gone.len()
    }
}
