//! What the Raft library asks of another broker.

use std::{io, time::Duration};

use openraft::{
    AnyError, OptionalSend, RaftNetwork, RaftNetworkFactory, Snapshot,
    error::{
        Fatal, NetworkError, RPCError, RaftError, ReplicationClosed, StreamingError, Unreachable,
    },
    network::{Backoff, RPCOption},
    raft::{
        AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, VoteRequest, VoteResponse,
    },
};

use super::{
    message::{Answer, Request},
    pool::Network,
};
use crate::replica::types::{Kind, Member, Vote};

/// Another broker.
#[derive(Debug)]
pub(crate) struct Peer {
    network: Network,
    id: u64,
    member: Member,
}

type Failure = RPCError<u64, Member, RaftError<u64>>;

impl Peer {
    const fn new(network: Network, id: u64, member: Member) -> Self {
        Self { network, id, member }
    }

    async fn ask(&self, request: &Request) -> Result<Answer, Failure> {
        let asked = self.network.ask(self.id, &self.member, request).await;
        asked.map_err(|error| self.unreachable(&error))
    }

    fn unreachable(&self, error: &io::Error) -> Failure {
        tracing::debug!(to = %self.member, %error, "no answer");
        RPCError::Unreachable(Unreachable::new(error))
    }

    fn unexpected(&self, answer: &Answer) -> AnyError {
        let what = match answer {
            Answer::Failed(why) => why.clone(),
            _ => "it answered something else".to_owned(),
        };
        AnyError::error(format!("{}: {what}", self.member))
    }

    async fn send(&self, vote: Vote, snapshot: &Snapshot<Kind>) -> io::Result<Answer> {
        let files = &snapshot.snapshot;
        let disk = files.disk().ok_or_else(|| io::Error::other("the snapshot has no files"))?;
        let mut link = self.network.take(self.id, &self.member).await?;
        let request = Request::Snapshot(vote, snapshot.meta.clone(), files.files().to_vec());
        link.send(&request.encode()).await?;
        for file in files.files() {
            let source = disk.open(&files.path(file))?;
            let mut at = 0;
            while at < file.bytes {
                let len = usize::try_from(file.bytes - at).map_or(PIECE, |left| left.min(PIECE));
                let mut piece = vec![0; len];
                source.read_at(&mut piece, at)?;
                link.send(&piece).await?;
                at += len as u64;
            }
        }
        let answer = link.answer().await?;
        self.network.give_back(link);
        Ok(answer)
    }
}

impl RaftNetworkFactory<Kind> for Network {
    type Network = Peer;

    async fn new_client(&mut self, target: u64, node: &Member) -> Peer {
        Peer::new(self.clone(), target, node.clone())
    }
}

impl RaftNetwork<Kind> for Peer {
    async fn append_entries(
        &mut self,
        rpc: AppendEntriesRequest<Kind>,
        _: RPCOption,
    ) -> Result<AppendEntriesResponse<u64>, Failure> {
        match self.ask(&Request::Append(rpc)).await? {
            Answer::Append(answer) => Ok(answer),
            other => Err(RPCError::Network(NetworkError::from(self.unexpected(&other)))),
        }
    }

    async fn vote(
        &mut self,
        rpc: VoteRequest<u64>,
        _: RPCOption,
    ) -> Result<VoteResponse<u64>, Failure> {
        match self.ask(&Request::Vote(rpc)).await? {
            Answer::Vote(answer) => Ok(answer),
            other => Err(RPCError::Network(NetworkError::from(self.unexpected(&other)))),
        }
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: Snapshot<Kind>,
        cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        _: RPCOption,
    ) -> Result<SnapshotResponse<u64>, StreamingError<Kind, Fatal<u64>>> {
        tracing::info!(to = %self.member, snapshot = %snapshot.meta, "sends a snapshot");
        let sent = tokio::select! {
            closed = cancel => return Err(StreamingError::Closed(closed)),
            sent = self.send(vote, &snapshot) => sent,
        };
        match sent {
            Ok(Answer::Snapshot(answer)) => Ok(answer),
            Ok(other) => Err(StreamingError::Network(NetworkError::from(self.unexpected(&other)))),
            Err(error) => {
                self.network.forget(self.id);
                Err(StreamingError::Unreachable(Unreachable::new(&error)))
            }
        }
    }

    fn backoff(&self) -> Backoff {
        Backoff::new(std::iter::repeat(PAUSE))
    }
}

/// Snapshots are sent in such pieces.
pub(super) const PIECE: usize = 1 << 20;
/// Before a broker that was not there is tried again.
const PAUSE: Duration = Duration::from_millis(200);
