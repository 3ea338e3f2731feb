//! A scripted OpenWire broker for tests: each test decides what it answers.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use bytes::BytesMut;
use relaismq_openwire::{
    BrokerId, BrokerInfo, Command, ConsumerInfo, Decoder, Encoder, ExceptionResponse, Message,
    MessageDispatch, Preferences, Response, Throwable, WireFormatInfo,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Longest wait for anything that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Fails the test if `future` takes longer than [`PATIENCE`].
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("this should have happened by now")
}

/// An address where nobody listens and that nobody else gets before this process ends: without that,
/// a client that looks for a broker that is gone could find the broker of another test.
///
/// It is bound by a socket that does not listen. Only who asks for this very port may listen on it.
pub(crate) fn reserved_address() -> SocketAddr {
    static RESERVED: Mutex<Vec<TcpSocket>> = Mutex::new(Vec::new());
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    RESERVED.lock().unwrap().push(socket);
    address
}

/// A listening socket.
pub(crate) struct Broker {
    pub(crate) listener: TcpListener,
    pub(crate) address: SocketAddr,
}

impl Broker {
    pub(crate) async fn bind() -> Self {
        let address = reserved_address();
        let listener = TcpListener::bind(address).await.unwrap();
        Self { listener, address }
    }

    /// `failover:(tcp://...)` with quick reconnects.
    pub(crate) fn uri(&self) -> String {
        format!("failover:(tcp://{})?initialReconnectDelay=10&maxReconnectDelay=50", self.address)
    }

    /// A client's socket, without a word said.
    pub(crate) async fn accept_raw(&self) -> TcpStream {
        soon(self.listener.accept()).await.unwrap().0
    }

    /// A client that has agreed on a wire format.
    pub(crate) async fn accept(&self) -> Peer {
        Peer::negotiate(self.accept_raw().await).await
    }

    /// A client that has logged in.
    pub(crate) async fn accept_login(&self) -> Peer {
        let mut peer = self.accept().await;
        peer.login().await;
        peer
    }

    /// Answers every client for ever, as [`Peer::serve`].
    pub(crate) async fn serve(self) {
        loop {
            let Ok((stream, _)) = self.listener.accept().await else { return };
            tokio::spawn(async move { Peer::negotiate(stream).await.serve().await });
        }
    }
}

/// What a client may come over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// The link to one client.
pub(crate) struct Peer {
    stream: Box<dyn Stream>,
    input: BytesMut,
    decoder: Decoder,
    encoder: Encoder,
}

impl Peer {
    pub(crate) async fn negotiate(stream: impl Stream + 'static) -> Self {
        Self::try_negotiate(stream).await.expect("a WireFormatInfo")
    }

    /// `None` if the client goes without having introduced itself.
    pub(crate) async fn try_negotiate(stream: impl Stream + 'static) -> Option<Self> {
        let mut peer = Self {
            stream: Box::new(stream),
            input: BytesMut::new(),
            decoder: Decoder::default(),
            encoder: Encoder::default(),
        };
        let preferences = Preferences::broker();
        peer.send(preferences.to_info().unwrap()).await;
        let first = soon(peer.next()).await?;
        let info = WireFormatInfo::from_first(first).unwrap();
        let agreed = preferences.negotiate(&info).unwrap();
        (peer.decoder, peer.encoder) = (agreed.decoder(), agreed.encoder());
        let broker_id = Some(BrokerId::new("scripted"));
        peer.send(BrokerInfo { broker_id, ..BrokerInfo::default() }).await;
        Some(peer)
    }

    /// Answers everything up to and including the login.
    pub(crate) async fn login(&mut self) {
        self.answer_until(|command| matches!(command, Command::ConnectionInfo(_))).await;
    }

    /// The next command; `None` when the client has hung up.
    pub(crate) async fn next(&mut self) -> Option<Command> {
        loop {
            if let Some(command) = self.decoder.decode(&mut self.input).unwrap() {
                return Some(command);
            }
            match self.stream.read_buf(&mut self.input).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    pub(crate) async fn send(&mut self, command: impl Into<Command>) {
        let mut out = BytesMut::new();
        self.encoder.encode(&command.into(), &mut out).unwrap();
        // The client may have hung up, which the test will see in another way.
        let _ = self.stream.write_all(&out).await;
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// Confirms a command, if it asks for that.
    pub(crate) async fn answer(&mut self, command: &Command) {
        if command.response_required() {
            let correlation_id = command.command_id().unwrap();
            self.send(Response { correlation_id, ..Response::default() }).await;
        }
    }

    /// Refuses a command.
    pub(crate) async fn refuse(&mut self, command: &Command, class: &str, message: &str) {
        self.send(ExceptionResponse {
            correlation_id: command.command_id().unwrap(),
            exception: Some(Throwable::new(class, message)),
            ..ExceptionResponse::default()
        })
        .await;
    }

    /// Answers all commands up to the first that `wanted` accepts, and that one too.
    pub(crate) async fn answer_until(&mut self, wanted: impl Fn(&Command) -> bool) -> Command {
        let command = self.read_until(wanted).await;
        self.answer(&command).await;
        command
    }

    /// Answers all commands up to the first that `wanted` accepts, which is left unanswered.
    pub(crate) async fn read_until(&mut self, wanted: impl Fn(&Command) -> bool) -> Command {
        loop {
            let command = soon(self.next()).await.expect("more commands");
            if wanted(&command) {
                return command;
            }
            self.answer(&command).await;
        }
    }

    /// Answers until a consumer is opened for something else than advisories.
    pub(crate) async fn answer_consumer(&mut self) -> Box<ConsumerInfo> {
        let is_wanted = |command: &Command| match command {
            Command::ConsumerInfo(info) => info
                .destination
                .as_ref()
                .is_some_and(|it| !it.name.starts_with("ActiveMQ.Advisory")),
            _ => false,
        };
        match self.answer_until(is_wanted).await {
            Command::ConsumerInfo(info) => info,
            other => panic!("{other:?}"),
        }
    }

    /// Answers until a message comes, and that too.
    pub(crate) async fn answer_message(&mut self) -> std::sync::Arc<Message> {
        match self.answer_until(|command| matches!(command, Command::Message(_))).await {
            Command::Message(message) => message,
            other => panic!("{other:?}"),
        }
    }

    /// Hands a message to a consumer.
    pub(crate) async fn dispatch(&mut self, consumer: &ConsumerInfo, message: Message) {
        self.send(MessageDispatch {
            consumer_id: consumer.consumer_id.clone(),
            destination: consumer.destination.clone(),
            message: Some(std::sync::Arc::new(message)),
            ..MessageDispatch::default()
        })
        .await;
    }

    /// Confirms everything until the client hangs up.
    pub(crate) async fn serve(&mut self) {
        while let Some(command) = self.next().await {
            self.answer(&command).await;
        }
    }
}
