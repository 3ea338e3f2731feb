//! Questions and answers over temporary queues between the two clients.

use anyhow::{Context, Result, ensure};
use relaismq::{Message, TemporaryQueue};
use relaismq_tests::make::Make;
use relaismq_tests::peer::{self, AckMode, JmsMessage, JmsPeer, JmsSession};
use tempfile::tempdir;

use crate::brokers::{SOON, builder, on_each_broker};

on_each_broker!(
    java_asks_and_we_answer,
    we_ask_and_java_answers,
    a_question_to_a_requester_that_is_gone_is_refused_to_both,
);

const ROUNDS: usize = 20;

async fn java_asks_and_we_answer(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let broker = make.start_in(directory.path()).await?;
    let ours = builder(&broker.url()?).connect().await?;
    let answering = tokio::spawn(async move {
        let mut orders = ours.consumer("orders").build().await?;
        let producer = ours.anonymous_producer().persistent(false).build().await?;
        for _ in 0..ROUNDS {
            let order = orders.receive_timeout(SOON).await?.context("no question came")?;
            let reply_to = order.reply_to().context("nowhere to answer")?.clone();
            let id = order.message_id().context("no id")?.to_string();
            let answer = Message::text(format!("re: {}", order.text()?)).correlation_id(id);
            producer.send_to(reply_to, answer).await?;
        }
        anyhow::Ok(())
    });
    let peer = JmsPeer::start()?;
    let session = peer.connect(&broker.url()?).await?.session(AckMode::Auto).await?;
    let answers = session.temporary_queue().await?;
    let (producer, consumer) =
        (session.producer("orders").await?, session.consumer(&answers).await?);
    for number in 0..ROUNDS {
        let question = JmsMessage::text(&number.to_string()).reply_to(&answers);
        let sent = producer.send(&question).await?;
        let answer = consumer.receive(peer::SOON).await?.context("no answer came")?;
        assert_eq!(answer.text(), Some(format!("re: {number}")));
        assert_eq!(answer.header("correlation_id"), Some(sent.id.as_str()));
    }
    answering.await?
}

async fn answer_all(session: &JmsSession, rounds: usize) -> Result<()> {
    let consumer = session.consumer("orders").await?;
    let producer = session.anonymous_producer().await?;
    for _ in 0..rounds {
        let order = consumer.receive(peer::SOON).await?.context("no question came")?;
        let answer = JmsMessage::text(&format!("re: {}", order.text().unwrap_or_default()))
            .correlation_id(order.header("correlation_id").or(order.header("id")).unwrap_or(""));
        let destination = order.header("reply_to").map(str::to_owned);
        let options =
            peer::SendOptions { destination, non_persistent: true, ..peer::SendOptions::default() };
        producer.send_with(&answer, &options).await?;
    }
    Ok(())
}

async fn we_ask_and_java_answers(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let broker = make.start_in(directory.path()).await?;
    let peer = JmsPeer::start()?;
    let session = peer.connect(&broker.url()?).await?.session(AckMode::Auto).await?;
    let answering = tokio::spawn(async move { answer_all(&session, ROUNDS).await });
    let ours = builder(&broker.url()?).connect().await?;
    for number in 0..ROUNDS {
        let mut question = Message::text(number.to_string());
        if number % 2 == 1 {
            question = question.correlation_id(format!("c{number}"));
        }
        let answer = ours.request("orders", question, SOON).await?;
        assert_eq!(answer.text()?, format!("re: {number}").as_str());
    }
    answering.await?
}

async fn a_question_to_a_requester_that_is_gone_is_refused_to_both(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let broker = make.start_in(directory.path()).await?;
    let ours = builder(&broker.url()?).connect().await?;
    let peer = JmsPeer::start()?;
    let java = peer.connect(&broker.url()?).await?;
    let session = java.session(AckMode::Auto).await?;

    // Its name is still known to both, the queue is not.
    let asking = builder(&broker.url()?).connect().await?;
    let answers: TemporaryQueue = asking.temporary_queue().await?;
    let (destination, name) = (relaismq::Destination::from(&answers), answers.to_string());
    let producer = ours.anonymous_producer().build().await?;
    let late = session.anonymous_producer().await?;
    let options = peer::SendOptions { destination: Some(name), ..peer::SendOptions::default() };
    producer.send_to(destination.clone(), "in time").await?;
    late.send_with(&JmsMessage::text("in time"), &options).await?;
    drop(answers);
    asking.close().await;

    let refused = producer.send_to(destination, "too late").await;
    ensure!(matches!(refused, Err(relaismq::SendError::Refused(_))), "{refused:?}");
    let refused = late.send_with(&JmsMessage::text("too late"), &options).await;
    // Of the client if the news has reached it, or else of the broker.
    let class = refused.as_ref().err().and_then(|error| error.class());
    ensure!(class.is_some_and(|class| class.contains("Destination")), "{refused:?}");
    Ok(())
}
