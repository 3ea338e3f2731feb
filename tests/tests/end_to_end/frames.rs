//! Frames that were well-formed once, and crowds of clients.

use anyhow::{Context, Result, ensure};
use bytes::BytesMut;
use relaismq_openwire::{
    BrokerInfo, Command, ConnectionId, ConnectionInfo, ConsumerInfo, Destination, Encoder,
    KeepAliveInfo, Message, Preferences, TransactionId, TransactionInfo, XaTransactionId,
};
use relaismq_tests::{raw::Raw, relais::Relais, server::Server};
use tokio::io::AsyncReadExt;

use crate::hostile::{SOON, serves};

/// What hostile bytes may cost in memory, in MiB.
const MODEST: u64 = 64;

/// A broker, and what it takes in memory before anything happens.
async fn start() -> Result<(Server, String, u64)> {
    let mut server = Relais::new().log("error").start().await?;
    let url = server.url()?;
    serves(&url).await?;
    let memory = server.process().largest_memory()?;
    Ok((server, url, memory))
}

/// A client still gets what it wants, and memory has not grown by much.
async fn unimpressed(mut server: Server, url: &str, before: u64) -> Result<()> {
    serves(url).await?;
    let grown = server.process().largest_memory()? - before;
    ensure!(grown < MODEST, "{grown} MiB more than before");
    ensure!(server.stop().await?.success());
    Ok(())
}

fn encoded(command: impl Into<Command>) -> Result<Vec<u8>> {
    let ours = Preferences::client("localhost");
    let mut encoder = ours.negotiate(&Preferences::broker().to_info()?)?.encoder();
    frame(&mut encoder, command)
}

fn frame(encoder: &mut Encoder, command: impl Into<Command>) -> Result<Vec<u8>> {
    let mut frame = BytesMut::new();
    encoder.encode(&command.into(), &mut frame)?;
    Ok(frame.to_vec())
}

fn peers(count: usize, info: &BrokerInfo) -> Option<Vec<Option<BrokerInfo>>> {
    Some(vec![Some(info.clone()); count])
}

fn samples() -> Result<Vec<Vec<u8>>> {
    let connection = ConnectionId::new("ID:broken");
    let mut message = Message::new_bytes(vec![7; 40]);
    message.producer_id = Some(connection.session(1).producer(1));
    message.message_id = message.producer_id.as_ref().map(|id| id.message(1));
    message.destination = Some(Destination::queue("q"));
    let login = ConnectionInfo { connection_id: Some(connection), ..ConnectionInfo::default() };
    let consumer = ConsumerInfo {
        selector: Some("a = 1".into()),
        destination: Some(Destination::queue("q")),
        ..ConsumerInfo::default()
    };
    let broker =
        BrokerInfo { peer_broker_infos: peers(3, &BrokerInfo::default()), ..BrokerInfo::default() };
    Ok(vec![encoded(message)?, encoded(login)?, encoded(consumer)?, encoded(broker)?])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_with_any_four_bytes_overwritten_costs_its_connection_at_most() -> Result<()> {
    let (server, url, before) = start().await?;
    let wrong = [[0xff; 4], [0x7f, 0xff, 0xff, 0xff], [0x80, 0, 0, 0]];
    let mut sent = 0;
    for sample in samples()? {
        for (place, value) in (4..sample.len()).flat_map(|place| wrong.map(|it| (place, it))) {
            let mut broken = sample.clone();
            let room = broken.len() - place;
            broken[place..].iter_mut().zip(value.iter().take(room)).for_each(|(to, it)| *to = *it);
            let mut raw = Raw::introduced(&url).await?;
            raw.write(&broken).await?;
            sent += 1;
        }
    }
    ensure!(sent > 500, "{sent} frames");
    unimpressed(server, &url, before).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_truncation_of_a_frame_costs_its_connection_only() -> Result<()> {
    let (server, url, before) = start().await?;
    for sample in samples()? {
        for length in 1..sample.len() {
            let mut raw = Raw::introduced(&url).await?;
            raw.write(&sample[..length]).await?;
        }
    }
    unimpressed(server, &url, before).await
}

fn nested(depth: usize) -> BrokerInfo {
    (0..depth).fold(BrokerInfo::default(), |inner, _| BrokerInfo {
        peer_broker_infos: peers(1, &inner),
        ..BrokerInfo::default()
    })
}

#[tokio::test]
async fn structures_nested_too_deep_end_their_connection() -> Result<()> {
    let (server, url, before) = start().await?;
    let mut raw = Raw::consumer(&url, "nested", 1).await?;
    raw.send(nested(20)).await?;
    raw.send(KeepAliveInfo { response_required: true, ..KeepAliveInfo::default() }).await?;
    while !matches!(raw.receive().await?, Command::KeepAliveInfo(_)) {}
    raw.send(nested(200)).await?;
    raw.hung_up().await?;
    unimpressed(server, &url, before).await
}

/// A login and what belongs to it arrive together; before the login they would be a stranger's.
#[tokio::test]
async fn what_arrives_together_with_a_login_may_be_what_comes_after_one() -> Result<()> {
    let (server, url, before) = start().await?;
    for attempt in 0..50 {
        let mut raw = Raw::introduced(&url).await?;
        let connection = ConnectionId::new(format!("ID:together-{attempt}"));
        let client_id = Some(format!("together-{attempt}").into());
        let connection_id = Some(connection);
        let login = ConnectionInfo { client_id, connection_id, ..ConnectionInfo::default() };
        let beat = KeepAliveInfo { response_required: true, ..KeepAliveInfo::default() };
        let frames = [raw.frame(login)?, raw.frame(nested(20))?, raw.frame(beat)?];
        raw.write(&frames.concat()).await?;
        while !matches!(raw.receive().await?, Command::KeepAliveInfo(_)) {}
    }
    unimpressed(server, &url, before).await
}

/// Twenty times the largest frame is announced and never sent.
#[tokio::test]
async fn announced_sizes_cost_no_memory() -> Result<()> {
    let (server, url, before) = start().await?;
    let mut waiting = Vec::new();
    for _ in 0..20 {
        let mut raw = Raw::introduced(&url).await?;
        raw.write(&(99 * 1024 * 1024u32).to_be_bytes()).await?;
        raw.write(&[0; 1024]).await?;
        waiting.push(raw);
    }
    unimpressed(server, &url, before).await
}

#[tokio::test]
async fn an_unknown_distributed_transaction_is_refused_and_the_connection_goes_on() -> Result<()> {
    let (server, url, before) = start().await?;
    let mut raw = Raw::consumer(&url, "xa", 1).await?;
    let xid = XaTransactionId { format_id: 1, ..XaTransactionId::default() };
    let mut prepare = Command::from(TransactionInfo {
        connection_id: Some(ConnectionId::new("ID:raw-xa")),
        transaction_id: Some(TransactionId::Xa(xid.into())),
        transaction_type: TransactionInfo::PREPARE,
        ..TransactionInfo::default()
    });
    prepare.set_request(77, true);
    raw.send(prepare).await?;
    let refusal = loop {
        if let Command::ExceptionResponse(refusal) = raw.receive().await? {
            break refusal;
        }
    };
    ensure!(refusal.correlation_id == 77);
    let said = format!("{refusal:?}");
    ensure!(said.contains("XAException") && said.contains("there is no branch"), "{said}");
    raw.send(KeepAliveInfo { response_required: true, ..KeepAliveInfo::default() }).await?;
    while !matches!(raw.receive().await?, Command::KeepAliveInfo(_)) {}
    unimpressed(server, &url, before).await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_1100_clients_a_thousand_are_served_and_the_others_turned_away() -> Result<()> {
    let mut server = Relais::new().log("error").start().await?;
    let url = server.url()?;
    let mut crowd = Vec::new();
    for _ in 0..1100 {
        crowd.push(Raw::connect(&url).await?);
    }
    let mut served = 0;
    for raw in &mut crowd {
        let mut first = [0];
        let greeting = tokio::time::timeout(SOON, raw.socket.read(&mut first)).await;
        served += usize::from(matches!(greeting.context("neither served nor closed")?, Ok(1)));
    }
    ensure!(served == 1000, "{served} served");
    drop(crowd);
    // Places are free a moment after their clients have gone.
    serves(&format!("failover:({url})?maxReconnectDelay=100")).await?;
    ensure!(server.stop().await?.success());
    Ok(())
}
