//! A producer and a consumer that write down what they do.

use std::sync::Arc;

use relaismq::{Consumer, Message, Producer, ReceiptFuture, ReceiveError, SendError, SendOutcome};
use tokio::sync::mpsc;

use super::{
    ledger::{Ledger, Outcome},
    pace::Permit,
};
use relaismq_programs::numbering::{NUMBER_PROPERTY, Number, RUN_PROPERTY};

/// Persistent sends that wait for their confirmation at the same time.
const WINDOW: usize = 64;

/// Sends in order, with a window of unconfirmed messages, as a service under load would.
pub(super) async fn send(producer: Producer, ledger: Arc<Ledger>, permit: Permit, messages: u64) {
    let (under_way, receipts) = mpsc::channel(WINDOW);
    tokio::join!(
        hand_over(&producer, &ledger, permit, messages, under_way),
        settle(&ledger, receipts)
    );
}

type Pending = (u64, Result<ReceiptFuture, SendError>);

async fn hand_over(
    producer: &Producer,
    ledger: &Ledger,
    mut permit: Permit,
    messages: u64,
    under_way: mpsc::Sender<Pending>,
) {
    for number in 0..messages {
        if !permit.wait(number).await {
            return;
        }
        let message = Message::text(format!("message {number}"))
            .property(RUN_PROPERTY, ledger.run())
            .property(NUMBER_PROPERTY, i64::try_from(number).unwrap_or(i64::MAX));
        ledger.begun(number);
        if under_way.send((number, producer.enqueue(message).await)).await.is_err() {
            return;
        }
    }
}

async fn settle(ledger: &Ledger, mut receipts: mpsc::Receiver<Pending>) {
    while let Some((number, pending)) = receipts.recv().await {
        let outcome = match pending {
            Ok(receipt) => receipt.await,
            Err(error) => Err(error),
        };
        ledger.sent(number, judged(&outcome));
    }
}

fn judged<T>(sent: &Result<T, SendError>) -> Outcome {
    match sent {
        Ok(_) => Outcome::Confirmed,
        Err(error) if error.outcome() == SendOutcome::Unknown => Outcome::Unknown,
        Err(_) => Outcome::NotSent,
    }
}

/// Acknowledges each message when it is in the ledger, until the connection ends. What becomes of an
/// acknowledgement need not be waited for: one that is lost with its link makes the message come again.
pub(super) async fn receive(mut consumer: Consumer, ledger: Arc<Ledger>) -> ReceiveError {
    loop {
        match consumer.receive().await {
            Ok(delivery) => {
                ledger.received(Number::of(&delivery), delivery.redelivered());
                drop(delivery.ack());
            }
            Err(error) => return error,
        }
    }
}
