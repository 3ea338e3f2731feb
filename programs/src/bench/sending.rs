//! One producer that is measured.

use std::time::Duration;

use relaismq::{Connection, Message, Pipeline, Settled};
use tokio::time::Instant;

use super::shared::Shared;
use crate::rate::Rate;

/// Messages whose outcome may be unknown at the same time.
const UNDER_WAY: usize = 1000;

/// Sends its share.
pub(super) async fn send(
    shared: Shared,
    connection: Connection,
    number: u32,
) -> anyhow::Result<()> {
    let target = shared.plan.broker.target()?;
    let producer = connection.producer(target).options(shared.plan.options()).build().await?;
    let pipeline = producer.pipeline();
    let rate = shared.plan.rate.map(|messages| Rate::new(messages, shared.plan.producers));
    let end = shared.plan.duration.map(|duration| Instant::now() + duration);
    for sent in 0..shared.plan.share(number) {
        if let Some(rate) = &rate {
            shared.interrupt.pause(rate.wait(sent)).await;
        }
        if shared.interrupt.is_asked() || end.is_some_and(|end| Instant::now() >= end) {
            break;
        }
        let begin = shared.since_begin();
        let message = Message::bytes(body(begin, shared.plan.size));
        pipeline.send_with(begin, message, &shared.plan.options()).await?;
        note(&shared, pipeline.settled_now());
        while pipeline.under_way() >= UNDER_WAY {
            settle(&shared, &pipeline).await;
        }
    }
    while pipeline.under_way() > 0 {
        settle(&shared, &pipeline).await;
    }
    note(&shared, pipeline.settled_now());
    Ok(())
}

async fn settle(shared: &Shared, pipeline: &Pipeline) {
    note(shared, pipeline.settled().await);
}

fn note(shared: &Shared, settled: Vec<Settled>) {
    let now = shared.begin.elapsed();
    for Settled { tag, outcome, .. } in settled {
        let confirmed = outcome.as_ref().ok().map(relaismq::Receipt::confirmed);
        shared.figures.settled(confirmed, now);
        if confirmed == Some(true) {
            let taken = now.saturating_sub(Duration::from_micros(tag));
            shared.figures.confirmation.note(taken);
        }
        if let Err(error) = outcome {
            shared.progress.line(&error.to_string());
        }
    }
}

/// The time, and dots.
fn body(begin: u64, size: usize) -> Vec<u8> {
    let mut body = vec![b'.'; size.max(TIME)];
    body.iter_mut().zip(begin.to_be_bytes()).for_each(|(byte, time)| *byte = time);
    body
}

/// The time of sending in a body.
pub(super) fn begun(body: &[u8]) -> Option<Duration> {
    let time = body.first_chunk::<TIME>()?;
    Some(Duration::from_micros(u64::from_be_bytes(*time)))
}

/// Bytes that a time takes.
pub(super) const TIME: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_tells_when_it_was_sent() {
        assert_eq!(body(7, 10), [0, 0, 0, 0, 0, 0, 0, 7, b'.', b'.']);
        assert_eq!(begun(&body(1_000_007, 8)), Some(Duration::from_micros(1_000_007)));
        assert_eq!(begun(b"short"), None);
    }
}
