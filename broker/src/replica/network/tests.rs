//! Who may talk to whom, and what becomes of bytes that make no sense.

use relaismq_options::Secret;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;

fn own(id: u64, token: &str) -> Own {
    Own { id, token: Token::new(Some(&Secret::new(token))) }
}

/// Both sides of a hello.
async fn hello(
    client: Own,
    server: Own,
    meant: u64,
) -> (std::io::Result<u64>, std::io::Result<u64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let greeting = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        client.greet(&mut stream, meant).await
    };
    let receiving = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        server.receive(&mut stream).await
    };
    tokio::join!(greeting, receiving)
}

#[tokio::test]
async fn both_sides_know_each_other_afterwards() {
    for meant in [0, 8] {
        let (client, server) = hello(own(7, "secret"), own(8, "secret"), meant).await;
        assert_eq!((client.unwrap(), server.unwrap()), (8, 7));
    }
}

#[tokio::test]
async fn another_token_is_refused_by_both() {
    let (client, server) = hello(own(7, "secret"), own(8, "other"), 8).await;
    for refused in [client.unwrap_err(), server.unwrap_err()] {
        assert!(refused.to_string().contains("another security token"), "{refused}");
    }
}

#[tokio::test]
async fn a_broker_that_has_lost_its_disk_is_not_taken_for_what_it_was() {
    let (client, server) = hello(own(7, "secret"), own(9, "secret"), 8).await;
    assert!(client.unwrap_err().to_string().contains("has lost its disk"));
    assert!(server.unwrap_err().to_string().contains("means another broker"));
}

#[tokio::test]
async fn a_frame_that_announces_too_much_is_refused_before_it_is_read() {
    let (mut sender, mut receiver) = tokio::io::duplex(64);
    sender.write_all(&u32::MAX.to_be_bytes()).await.unwrap();
    assert!(frame::read(&mut receiver).await.unwrap_err().to_string().contains("is announced"));
    let (mut sender, mut receiver) = tokio::io::duplex(64);
    sender.write_all(&[0, 0, 0, 9, 1, 2]).await.unwrap();
    drop(sender);
    assert!(frame::read(&mut receiver).await.is_err(), "it is cut short");
    let (sender, mut receiver) = tokio::io::duplex(64);
    drop(sender);
    assert!(frame::read(&mut receiver).await.unwrap().is_none());
}

#[tokio::test]
async fn whoever_speaks_another_protocol_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let receiving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        own(8, "secret").receive(&mut stream).await
    });
    stream.write_all(&[b'x'; 200]).await.unwrap();
    assert!(receiving.await.unwrap().unwrap_err().to_string().contains("no broker of this kind"));
    let mut rest = Vec::new();
    drop(stream.read_to_end(&mut rest).await);
}

#[test]
fn any_bytes_are_a_question_or_none() {
    let mut random = crate::store::disk::simulated::Random(3);
    for _ in 0..20_000 {
        let len = random.below(60);
        let mut bytes: Vec<u8> = (0..len).map(|_| random.next().to_le_bytes()[0]).collect();
        if let Some(kind) = bytes.first_mut() {
            *kind %= 8;
        }
        drop(Answer::decode(&bytes));
        drop(Request::decode(&bytes.into()));
    }
}
