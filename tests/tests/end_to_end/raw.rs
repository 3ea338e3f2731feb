//! A client that speaks OpenWire frame by frame, so that it can misbehave.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::BytesMut;
use relaismq_openwire::{
    Command, ConnectionId, ConnectionInfo, ConsumerInfo, Decoder, Destination, Encoder,
    Preferences, SessionInfo, WireFormatInfo,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longest wait for a broker to answer or to hang up.
const PATIENCE: Duration = Duration::from_secs(10);

/// A socket, and frames on it once it has introduced itself.
pub(crate) struct Raw {
    pub(crate) socket: TcpStream,
    input: BytesMut,
    encoder: Encoder,
    decoder: Decoder,
}

impl Raw {
    /// Connects to `tcp://HOST:PORT` and says nothing.
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let socket = TcpStream::connect(url.trim_start_matches("tcp://")).await?;
        let (encoder, decoder) = (Encoder::default(), Decoder::default());
        Ok(Self { socket, input: BytesMut::new(), encoder, decoder })
    }

    /// Introduces itself.
    pub(crate) async fn introduced(url: &str) -> Result<Self> {
        let mut raw = Self::connect(url).await?;
        let ours = Preferences::client("localhost");
        raw.send(ours.to_info()?).await?;
        let theirs = WireFormatInfo::from_first(raw.receive().await?)?;
        let agreed = ours.negotiate(&theirs)?;
        (raw.encoder, raw.decoder) = (agreed.encoder(), agreed.decoder());
        Ok(raw)
    }

    /// Logs in and opens a consumer.
    pub(crate) async fn consumer(url: &str, queue: &str, prefetch: i32) -> Result<Self> {
        let mut raw = Self::introduced(url).await?;
        let connection = ConnectionId::new(format!("ID:raw-{queue}"));
        raw.send(ConnectionInfo {
            client_id: Some("raw".into()),
            connection_id: Some(connection.clone()),
            ..ConnectionInfo::default()
        })
        .await?;
        let session = connection.session(1);
        raw.send(SessionInfo { session_id: Some(session.clone()), ..SessionInfo::default() })
            .await?;
        raw.send(ConsumerInfo {
            consumer_id: Some(session.consumer(1)),
            destination: Some(Destination::queue(queue)),
            prefetch_size: prefetch,
            ..ConsumerInfo::default()
        })
        .await?;
        Ok(raw)
    }

    pub(crate) async fn send(&mut self, command: impl Into<Command>) -> Result<()> {
        let mut frame = BytesMut::new();
        self.encoder.encode(&command.into(), &mut frame)?;
        self.write(&frame).await
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.socket.write_all(bytes).await?)
    }

    pub(crate) async fn receive(&mut self) -> Result<Command> {
        loop {
            if let Some(command) = self.decoder.decode(&mut self.input)? {
                return Ok(command);
            }
            let read = timeout(PATIENCE, self.socket.read_buf(&mut self.input)).await?;
            if read? == 0 {
                bail!("the broker hung up");
            }
        }
    }

    /// Waits until the broker has hung up.
    pub(crate) async fn hung_up(mut self) -> Result<()> {
        let to_the_end = async {
            // A reset is an end too.
            while matches!(self.socket.read_buf(&mut self.input).await, Ok(1..)) {}
        };
        timeout(PATIENCE, to_the_end).await.context("the broker does not hang up")
    }
}
