//! Making and removing destinations, temporary ones above all.

use relaismq_openwire::{Destination, DestinationInfo};

use super::{Engine, Reply, advisory, io::Link, refuse::Refusal};

impl Engine {
    pub(super) fn change_destination(
        &mut self,
        link: Link,
        info: &DestinationInfo,
    ) -> Result<Reply, Refusal> {
        let destination =
            info.destination.clone().ok_or_else(|| Refusal::destination("no destination"))?;
        if info.operation_type == DestinationInfo::ADD {
            return self.add_destination(link, &destination);
        }
        self.delete_destination(link, &destination, info.timeout)
    }

    fn add_destination(&mut self, link: Link, destination: &Destination) -> Result<Reply, Refusal> {
        if !destination.kind.is_temporary() {
            self.ensure_destination(destination)?;
            self.batch.sync = true;
            return Ok(Reply::Done);
        }
        let Some(client) = self.clients.get_mut(&link) else { return Ok(Reply::Done) };
        let owner = client.connection.as_ref().map(ToString::to_string).unwrap_or_default();
        let own =
            destination.name.strip_prefix(owner.as_str()).is_some_and(|rest| rest.starts_with(':'));
        if !own {
            let message = format!("{destination} does not begin with the connection's id");
            return Err(Refusal::destination(message));
        }
        if !client.temporaries.contains(destination) {
            client.temporaries.push(destination.clone());
            self.make_destination(destination);
        }
        Ok(Reply::Done)
    }

    fn delete_destination(
        &mut self,
        link: Link,
        destination: &Destination,
        timeout: i64,
    ) -> Result<Reply, Refusal> {
        if destination.kind.is_temporary() {
            let Some(client) = self.clients.get_mut(&link) else { return Ok(Reply::Done) };
            let count = client.temporaries.len();
            client.temporaries.retain(|other| other != destination);
            if client.temporaries.len() == count && self.destinations.exists(destination) {
                let message = format!("{destination} belongs to another connection");
                return Err(Refusal::destination(message));
            }
        } else if timeout == 0 && self.is_listened_to(destination) {
            return Err(Refusal::jms(format!(
                "Destination: {destination} still has an active subscription"
            )));
        }
        if self.destinations.exists(destination) {
            self.remove_destination(destination);
            self.batch.sync |= !destination.kind.is_temporary();
            self.advise_destination(destination, advisory::Change::Gone);
        }
        Ok(Reply::Done)
    }

    fn is_listened_to(&self, destination: &Destination) -> bool {
        let queue = self.destinations.queues.get(destination);
        let consumed = queue
            .and_then(|line| self.destinations.lines_ref(*line))
            .is_some_and(|line| !line.subscribers.is_empty());
        consumed
            || self
                .destinations
                .topics
                .get(destination)
                .is_some_and(|it| !it.subscribers.is_empty())
    }
}
