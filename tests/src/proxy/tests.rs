//! The proxy before a server that sends everything back.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

const SOON: Duration = Duration::from_secs(10);

async fn echo_server() -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                tokio::io::copy(&mut from, &mut to).await
            });
        }
    });
    Ok(address)
}

async fn client(proxy: &Proxy) -> TcpStream {
    TcpStream::connect(address(&proxy.url()).unwrap()).await.unwrap()
}

async fn exchange(stream: &mut TcpStream, text: &[u8]) -> std::io::Result<()> {
    stream.write_all(text).await?;
    let mut back = vec![0; text.len()];
    timeout(SOON, stream.read_exact(&mut back)).await??;
    assert_eq!(back, text);
    Ok(())
}

async fn ends(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    match timeout(SOON, stream.read_to_end(&mut rest)).await {
        Ok(outcome) => outcome.is_err() || rest.is_empty(),
        Err(_) => false,
    }
}

#[tokio::test]
async fn passes_and_counts_bytes() {
    let proxy = Proxy::start(&echo_server().await.unwrap()).await.unwrap();
    exchange(&mut client(&proxy).await, b"hello").await.unwrap();
    assert_eq!(proxy.bytes(Direction::Upstream), 5);
    assert_eq!(proxy.bytes(Direction::Downstream), 5);
    proxy.until_accepted(1, SOON).await.unwrap();
}

#[tokio::test]
async fn a_cut_ends_connections_and_lets_new_ones_in() {
    let proxy = Proxy::start(&echo_server().await.unwrap()).await.unwrap();
    let mut stream = client(&proxy).await;
    exchange(&mut stream, b"before").await.unwrap();
    proxy.cut();
    assert!(ends(&mut stream).await);
    exchange(&mut client(&proxy).await, b"after").await.unwrap();
}

#[tokio::test]
async fn cuts_after_so_many_bytes() {
    let proxy = Proxy::start(&echo_server().await.unwrap()).await.unwrap();
    let mut stream = client(&proxy).await;
    proxy.cut_after(Direction::Upstream, 10);
    exchange(&mut stream, b"12345").await.unwrap();
    stream.write_all(b"67890").await.unwrap();
    timeout(SOON, stream.read_to_end(&mut Vec::new())).await.unwrap().ok();
    exchange(&mut client(&proxy).await, b"longer than the limit was").await.unwrap();
}

#[tokio::test]
async fn refuses_and_accepts_again() {
    let mut proxy = Proxy::start(&echo_server().await.unwrap()).await.unwrap();
    let mut kept = client(&proxy).await;
    exchange(&mut kept, b"first").await.unwrap();
    proxy.refuse().await;
    assert!(TcpStream::connect(address(&proxy.url()).unwrap()).await.is_err());
    exchange(&mut kept, b"still there").await.unwrap();
    proxy.accept().await.unwrap();
    exchange(&mut client(&proxy).await, b"again").await.unwrap();
}

#[tokio::test]
async fn a_stall_delays_and_a_swallow_loses() {
    let proxy = Proxy::start(&echo_server().await.unwrap()).await.unwrap();
    let mut stream = client(&proxy).await;
    exchange(&mut stream, b"first").await.unwrap();
    proxy.set(Direction::Downstream, Flow::Stall);
    stream.write_all(b"delayed").await.unwrap();
    proxy.pass();
    let mut back = [0; 7];
    timeout(SOON, stream.read_exact(&mut back)).await.unwrap().unwrap();
    proxy.set(Direction::Upstream, Flow::Swallow);
    stream.write_all(b"lost").await.unwrap();
    stream.shutdown().await.unwrap();
    assert!(ends(&mut stream).await);
}

#[tokio::test]
async fn a_half_close_leaves_the_other_way_open() {
    let proxy = Proxy::start(&echo_server().await.unwrap()).await.unwrap();
    let mut stream = client(&proxy).await;
    exchange(&mut stream, b"first").await.unwrap();
    let (mut from, mut to) = stream.split();
    proxy.set(Direction::Downstream, Flow::HalfClose);
    assert_eq!(timeout(SOON, from.read(&mut [0; 8])).await.unwrap().unwrap(), 0);
    to.write_all(b"one way").await.unwrap();
}
