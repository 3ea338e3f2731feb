//! Ports of another kind, and peers that hang up or stall.

use bytes::BytesMut;
use relaismq::options::TlsOptions;
use relaismq_openwire::{Encoder, Preferences};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::authority::Authority;
use super::{assert_says, failed_once, good_broker, refused};
use crate::broker::{Broker, soon};

fn tls() -> (Authority, TlsOptions) {
    let authority = Authority::new("Test CA");
    let tls = TlsOptions::new().ca_file(authority.file());
    (authority, tls)
}

/// Has each client that comes treated by `manner`.
fn treat<F: Future<Output = ()> + Send + 'static>(
    broker: Broker,
    manner: impl Fn(TcpStream) -> F + Send + 'static,
) -> String {
    let address = broker.address;
    tokio::spawn(async move {
        while let Ok((socket, _)) = broker.listener.accept().await {
            tokio::spawn(manner(socket));
        }
    });
    address.to_string()
}

/// Says something and listens until the client goes.
async fn says(mut socket: TcpStream, bytes: impl AsRef<[u8]>) {
    // The client may be gone, which the test sees in another way.
    let _ = socket.write_all(bytes.as_ref()).await;
    let _ = socket.read_to_end(&mut Vec::new()).await;
}

#[tokio::test]
async fn a_plain_broker_behind_ssl_is_recognised() {
    let (_authority, tls) = tls();
    let mut introduction = BytesMut::new();
    let info = Preferences::broker().to_info().unwrap();
    Encoder::default().encode(&info.into(), &mut introduction).unwrap();
    let address = treat(Broker::bind().await, move |socket| says(socket, introduction.clone()));
    let reason = refused(&format!("ssl://{address}"), tls).await;
    assert_says(&reason, &["OpenWire without TLS", "use tcp:// instead of ssl://"]);
}

#[tokio::test]
async fn other_protocols_behind_ssl_are_recognised() {
    let (_authority, tls) = tls();
    for (greeting, name) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "HTTP"),
        (b"ERROR\nmessage:unknown\n\n\0", "STOMP"),
        (b"AMQP\x00\x01\x00\x00", "AMQP"),
        (b"220 mail.example ready\r\n", "not TLS"),
    ] {
        let address = treat(Broker::bind().await, move |socket| says(socket, greeting));
        assert_says(&refused(&format!("ssl://{address}"), tls.clone()).await, &[name]);
    }
}

#[tokio::test]
async fn a_tls_port_behind_tcp_is_recognised() {
    let (authority, _) = tls();
    let broker = good_broker(&authority).await;
    let address = broker.address().replace("ssl", "tcp");
    tokio::spawn(broker.serve());
    let reason = refused(&address, TlsOptions::new()).await;
    assert_says(&reason, &["speaks TLS", "use ssl:// instead of tcp://"]);
}

#[tokio::test]
async fn a_broker_too_old_for_this_client_is_recognised() {
    let (_authority, tls) = tls();
    // The alert that a server of TLS 1.0 and older gives.
    let address =
        treat(Broker::bind().await, |socket| says(socket, b"\x15\x03\x01\x00\x02\x02\x46"));
    let reason = refused(&format!("ssl://{address}"), tls).await;
    assert_says(&reason, &["versions of TLS", "TLS 1.2 or 1.3"]);
}

#[tokio::test]
async fn a_peer_that_says_nothing_or_stalls_is_left_in_time_and_tried_again() {
    let (_authority, tls) = tls();
    for (beginning, words) in [
        (&b""[..], "no answer to the TLS handshake within 100ms; is this a port for TLS"),
        (b"\x16\x03\x03\x40", "the TLS handshake was not finished within 100ms"),
    ] {
        let address = treat(Broker::bind().await, move |socket| says(socket, beginning));
        let uri = format!("failover:(ssl://{address}?connectionTimeout=100)");
        let keeping = relaismq::uri::BrokerUri::parse(&uri).unwrap().into_options();
        assert_eq!(keeping.endpoints[0].options.connection_timeout.unwrap().as_millis(), 100);
        assert_says(&failed_once(&uri, tls.clone()).await, &[words]);
    }
}

#[tokio::test]
async fn a_peer_that_hangs_up_is_tried_again() {
    let (_authority, tls) = tls();
    for (beginning, words) in [
        (&b""[..], "hung up at the first word of TLS; is this a port for TLS"),
        (b"\x16\x03\x03\x00\x7a\x02", "hung up in the middle of the TLS handshake"),
    ] {
        let address = treat(Broker::bind().await, move |mut socket| async move {
            let mut hello = [0; 5];
            // It has to be read, or the hanging up becomes a reset.
            let _ = socket.read_exact(&mut hello).await;
            let rest = usize::from(hello[3]) << 8 | usize::from(hello[4]);
            let _ = socket.read_exact(&mut vec![0; rest]).await;
            let _ = socket.write_all(beginning).await;
        });
        let reason = failed_once(&format!("failover:(ssl://{address})"), tls.clone()).await;
        assert_says(&reason, &[words]);
    }
}

#[tokio::test]
async fn closing_does_not_wait_for_a_stalled_handshake() {
    let (_authority, tls) = tls();
    let address = treat(Broker::bind().await, |socket| says(socket, b""));
    let builder = relaismq::Connection::builder(format!("failover:(ssl://{address})")).tls(tls);
    let connection = builder.connect_in_background().unwrap();
    let begun = tokio::time::Instant::now();
    soon(connection.close()).await;
    assert!(begun.elapsed() < std::time::Duration::from_secs(1));
}
