//! Strangers, and requests that no browser makes.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use super::*;
use crate::{AdminAddress, BrokerError, Role};

#[tokio::test]
async fn a_name_that_is_not_ours_is_not_answered() {
    let (broker, address) = master().await;
    for path in ["/api/v1/node", "/admin/", "/metrics", "/api/jolokia", "/no"] {
        let answer = get_with(address, path, "Host: evil.example\r\n").await;
        assert_eq!(answer.status, 421, "{path}");
        assert!(answer.failure().contains("--admin-host"), "{answer:?}");
    }
    let answer =
        get_with(address, "/api/v1/node", "Host: localhost\r\nOrigin: http://evil.example\r\n");
    assert_eq!(answer.await.status, 403);
    // Load balancers use any name.
    assert_eq!(get_with(address, "/readyz", "Host: evil.example\r\n").await.status, 200);
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn what_is_not_there_is_said_to_be_that() {
    let (broker, address) = master().await;
    for (path, status) in [
        ("/no", 404),
        ("/api/v1/no", 404),
        ("/api/v1/queues/no/messages", 404),
        ("/api/v1/queues/no/messages?after=x", 400),
        ("/api/v1/queues/no/messages?selector=(", 400),
        ("/api/v1/connections?after=x", 400),
    ] {
        let answer = get(address, path).await;
        assert_eq!(answer.status, status, "{path}");
        answer.failure();
    }
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn a_huge_body_is_refused_before_it_is_read() {
    let (broker, address) = master().await;
    let request = format!(
        "POST /api/v1/queues/a/send HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nContent-Length: 1000000000\r\nConnection: close\r\n\r\n"
    );
    let answer = exchange(address, &request).await;
    assert_eq!(answer.status, 413);
    answer.failure();
    broker.stop().await.unwrap();
}

/// Each connection has a place, and there are not many of them.
#[tokio::test]
async fn who_says_nothing_or_half_a_request_is_cut_off() {
    let (broker, address) = master().await;
    for said in ["", "GET /api", "GET /api/v1/node HTTP/1.1\r\nHost: local"] {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(said.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let read = timeout(DEADLINE, socket.read_to_end(&mut rest)).await;
        assert!(read.is_ok(), "{said:?} was waited for");
    }
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn an_address_in_use_ends_the_broker_only_if_it_was_asked_for() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = taken.local_addr().unwrap().to_string();
    let config = AdminConfig::at(place.parse().unwrap());
    let broker = builder("m", StoreConfig::Memory).admin(config).start();
    let refused = broker.serving().await.unwrap_err();
    assert!(
        matches!(&refused, BrokerError::Listen { .. }) && refused.to_string().contains(&place),
        "{refused}"
    );
    assert!(matches!(broker.role(), Role::Failed { .. }));
    // Whether or not somebody has the usual address.
    let usual = AdminConfig { address: AdminAddress::Usual, ..AdminConfig::default() };
    let broker = builder("m", StoreConfig::Memory).admin(usual).start();
    broker.serving().await.unwrap();
    broker.stop().await.unwrap();
}
