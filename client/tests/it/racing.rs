//! Real sockets that keep us waiting.

use std::net::SocketAddr;
use std::time::Duration;

use relaismq::{Connection, Event, State};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};

use crate::broker::{Broker, soon};

/// A port whose queue of connections is full: further ones are not even refused.
struct Hole {
    address: SocketAddr,
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl Hole {
    async fn dig() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queue = Vec::new();
        while let Ok(stream) =
            timeout(Duration::from_millis(300), TcpStream::connect(address)).await
        {
            queue.push(stream.unwrap());
            assert!(queue.len() < 100, "the queue does not fill");
        }
        Self { address, _listener: listener, _queue: queue }
    }
}

fn broker_of(connection: &Connection) -> u16 {
    match connection.state() {
        State::Connected { broker } => broker.port(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_silent_broker_and_a_black_hole_cost_less_than_a_second_at_first_and_at_a_switch() {
    let (silent, hole) = (Broker::bind().await, Hole::dig().await);
    let (first, second) = (Broker::bind().await, Broker::bind().await);
    let addresses = [silent.address, hole.address, first.address, second.address];
    let list = addresses.map(|address| format!("tcp://{address}")).join(",");
    let uri = format!("failover:({list})?randomize=false&initialReconnectDelay=10");
    let begun = Instant::now();
    let (connection, mut peer) = tokio::join!(Connection::builder(uri).connect(), async {
        let mut peer = first.accept().await;
        peer.login().await;
        peer
    });
    let connection = connection.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(broker_of(&connection), first.address.port());
    let mut events = connection.events();
    let port = second.address.port();
    tokio::spawn(second.serve());
    drop(first);
    peer.send_bytes(&[0xff; 8]).await;
    drop(peer);
    let begun = Instant::now();
    while !matches!(soon(events.recv()).await.unwrap(), Event::Resumed { .. }) {}
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(broker_of(&connection), port);
}
