//! One socket to one broker: bytes in, bytes out, neither ever waiting for the other.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use relaismq_openwire::{Agreed, Command, DecodeError, Decoder, EncodeError, Encoder};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

use super::fault::Fault;
use super::greeting::Greeting;

/// What [`Link`] runs over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Space offered to each read.
const READ_BYTES: usize = 64 * 1024;
/// Output beyond which nothing more should be encoded before some is written.
const HIGH_WATER: usize = 256 * 1024;
/// Capacity that an idle output buffer may keep.
const KEPT_CAPACITY: usize = 1024 * 1024;
/// A link whose end is its first news.
const SILENT_END: &str = "the broker closed the connection before it said anything; is this its port for \
                          OpenWire? One with TLS needs ssl:// instead of tcp://";

/// A socket with its codec and buffers.
pub(super) struct Link {
    stream: Box<dyn Stream>,
    input: BytesMut,
    output: BytesMut,
    decoder: Decoder,
    encoder: Encoder,
    greeting: Greeting,
    /// The stream may hold back bytes that it has taken.
    unflushed: bool,
    /// The peer has been told that nothing more comes.
    shut: bool,
}

/// What a turn at the socket brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// Bytes read.
    pub(super) read: usize,
    /// Bytes written.
    pub(super) written: usize,
}

impl Link {
    /// A link that speaks as peers do before they have agreed on anything.
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            stream,
            input: BytesMut::new(),
            output: BytesMut::new(),
            decoder: Decoder::default(),
            encoder: Encoder::default(),
            greeting: Greeting::default(),
            unflushed: false,
            shut: false,
        }
    }

    /// From here on frames are as agreed, in both directions.
    pub(super) fn agree(&mut self, agreed: &Agreed) {
        self.decoder = agreed.decoder();
        self.encoder = agreed.encoder();
    }

    /// Encodes a command behind those that wait to be written.
    pub(super) fn send(&mut self, command: &Command) -> Result<(), EncodeError> {
        self.encoder.encode(command, &mut self.output)
    }

    /// The next command that has arrived whole.
    pub(super) fn receive(&mut self) -> Result<Option<Command>, DecodeError> {
        self.decoder.decode(&mut self.input)
    }

    /// So much waits to be written that producers should pause.
    pub(super) fn is_congested(&self) -> bool {
        self.output.len() >= HIGH_WATER
    }

    /// Something waits to be written.
    pub(super) fn has_output(&self) -> bool {
        !self.output.is_empty() || self.unflushed
    }

    /// Ready when bytes have been read, or written, or both. Between polls nothing is under way, so
    /// that waiting may stop at any time.
    pub(super) fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Progress>> {
        let mut progress = Progress::default();
        while !self.output.is_empty() {
            match Pin::new(&mut self.stream).poll_write(context, &self.output) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(written)) => self.wrote(written, &mut progress),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => break,
            }
        }
        if self.unflushed && self.poll_flush(context)?.is_ready() {
            self.unflushed = false;
        }
        match self.poll_read(context) {
            Poll::Ready(Ok(0)) => return Poll::Ready(Err(self.end_of_stream())),
            Poll::Ready(Ok(read)) => progress.read = read,
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => {}
        }
        if progress == Progress::default() { Poll::Pending } else { Poll::Ready(Ok(progress)) }
    }

    /// Writes what is left, tells the peer that nothing more comes, and reads until it says the same. Ready
    /// when that is done, or when it cannot be.
    ///
    /// A socket that is closed with something unread in it resets the connection, and then the peer's system
    /// throws away what the peer has not read yet.
    pub(super) fn poll_leave(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.has_output() {
            match self.poll_turn(context) {
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending if self.has_output() => return Poll::Pending,
                Poll::Ready(Ok(_)) | Poll::Pending => self.input.clear(),
            }
        }
        if !self.shut {
            // However it ends, the peer may still have something to read.
            let _ = ready!(Pin::new(&mut self.stream).poll_shutdown(context));
            self.shut = true;
        }
        loop {
            self.input.clear();
            match ready!(self.poll_read(context)) {
                Ok(0) | Err(_) => return Poll::Ready(()),
                Ok(_) => {}
            }
        }
    }

    fn wrote(&mut self, written: usize, progress: &mut Progress) {
        self.output.advance(written);
        self.unflushed = true;
        progress.written += written;
        if self.output.is_empty() && self.output.capacity() > KEPT_CAPACITY {
            self.output = BytesMut::new();
        }
    }

    fn end_of_stream(&self) -> io::Error {
        if self.greeting.is_empty() {
            return Fault::passing(SILENT_END).into();
        }
        io::ErrorKind::UnexpectedEof.into()
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let wanted = self.decoder.missing(&self.input).clamp(READ_BYTES, 8 * READ_BYTES);
        self.input.reserve(wanted);
        // The future holds no state of its own, so that it may be made anew for each poll.
        let read = pin!(self.stream.read_buf(&mut self.input)).poll(context);
        if self.greeting.is_empty() {
            self.greeting.hear(&self.input);
        }
        read
    }

    /// What to do if the peer does not speak OpenWire.
    pub(super) fn foreign_protocol(&self) -> Option<&'static str> {
        self.greeting.protocol()?.advice()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use relaismq_openwire::KeepAliveInfo;
    use tokio::io::{AsyncWriteExt, duplex};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    async fn turn(link: &mut Link) -> io::Result<Progress> {
        poll_fn(|context| link.poll_turn(context)).await
    }

    #[tokio::test]
    async fn reads_while_the_peer_does_not() {
        let (ours, mut theirs) = duplex(64);
        let mut link = Link::new(Box::new(ours));
        for _ in 0..100 {
            link.send(&KeepAliveInfo::default().into()).unwrap();
        }
        assert_eq!(turn(&mut link).await.unwrap(), Progress { read: 0, written: 64 });
        // The peer has read nothing, so nothing more can be written, but what it says is heard.
        let mut encoder = Encoder::default();
        let mut frame = BytesMut::new();
        encoder.encode(&KeepAliveInfo::default().into(), &mut frame).unwrap();
        theirs.write_all(&frame).await.unwrap();
        assert_eq!(turn(&mut link).await.unwrap().written, 0);
        assert!(matches!(link.receive(), Ok(Some(Command::KeepAliveInfo(_)))));
        let mut some = [0; 64];
        theirs.read_exact(&mut some).await.unwrap();
        assert_eq!(turn(&mut link).await.unwrap().written, 64);
    }

    /// TLS takes more than the network does, and keeps the rest.
    #[tokio::test]
    async fn what_the_stream_holds_back_is_output_until_it_is_flushed() {
        let (ours, mut theirs) = duplex(64);
        let mut link = Link::new(Box::new(tokio::io::BufWriter::new(ours)));
        for _ in 0..100 {
            link.send(&KeepAliveInfo::default().into()).unwrap();
        }
        let written = turn(&mut link).await.unwrap().written;
        let mut read = 0;
        while link.has_output() {
            read += theirs.read(&mut [0; 64]).await.unwrap();
            // Flushing alone is no progress to report.
            let _ = poll_fn(|context| Poll::Ready(link.poll_turn(context))).await;
        }
        read += theirs.read(&mut [0; 64]).await.unwrap();
        assert_eq!(read, written);
    }

    /// The system of a peer that is slow to read threw away what it had not read.
    #[tokio::test]
    async fn a_peer_that_reads_late_gets_everything_although_it_still_talks() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (ours, theirs) =
            tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        let (mut link, mut theirs) = (Link::new(Box::new(ours.unwrap())), theirs.unwrap().0);
        for _ in 0..1000 {
            link.send(&KeepAliveInfo::default().into()).unwrap();
        }
        let expected = link.output.len();
        theirs.write_all(&[0; 1000]).await.unwrap();
        let leaving = tokio::spawn(poll_fn(move |context| link.poll_leave(context)));
        // When this is there, all is written, and the link has been told to end.
        let mut bytes = vec![0; 1];
        theirs.read_exact(&mut bytes).await.unwrap();
        for _ in 0..100 {
            theirs.write_all(&[0; 1000]).await.unwrap();
            tokio::task::yield_now().await;
        }
        theirs.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(bytes.len(), expected);
        assert!(!leaving.is_finished(), "it left before the peer did");
        drop(theirs);
        leaving.await.unwrap();
    }

    #[tokio::test]
    async fn the_end_of_the_stream_is_an_error() {
        let (ours, theirs) = duplex(64);
        drop(theirs);
        let error = turn(&mut Link::new(Box::new(ours))).await.unwrap_err();
        assert!(error.to_string().contains("before it said anything"), "{error}");
    }
}
