//! What an application does on another thread while the connection's task is at work, made to happen at
//! that very moment: the task wakes whoever waits for an answer in the middle of its turn, and here that
//! wakes no task, but does what the other thread would do.

use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use relaismq::options::RedeliveryPolicy;
use relaismq::{Connection, Consumer, Producer, TransactedSession};
use relaismq_openwire::{Command, TransactionInfo};
use tokio::sync::oneshot;

use crate::broker::{Broker, Peer, soon};
use crate::consuming::message;

/// Does something instead of waking somebody, once.
struct Meanwhile(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl Wake for Meanwhile {
    fn wake(self: Arc<Self>) {
        let deed = self.0.lock().unwrap().take();
        if let Some(deed) = deed {
            deed();
        }
    }
}

/// Polls `waiting`; `deed` is done when its answer is there, before the task does anything else.
fn when_answered<T>(waiting: &mut BoxFuture<'_, T>, deed: impl FnOnce() + Send + 'static) {
    let waker = Waker::from(Arc::new(Meanwhile(Mutex::new(Some(Box::new(deed))))));
    assert!(waiting.poll_unpin(&mut Context::from_waker(&waker)).is_pending());
}

/// A transaction that has taken the first of two messages; the second one waits for its consumer.
struct Transaction {
    session: Arc<TransactedSession>,
    consumer: Consumer,
    /// For sends whose answer is the moment.
    producer: Producer,
    peer: Peer,
}

impl Transaction {
    async fn begin(broker: &Broker) -> Self {
        let (connection, mut peer) =
            tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
        let connection = connection.unwrap();
        let session = Arc::new(connection.transacted_session().await.unwrap());
        let mut at_once = RedeliveryPolicy::default();
        at_once.initial_redelivery_delay = Duration::ZERO;
        let opening = session.consumer("orders").redelivery(at_once).build();
        let (consumer, info) = tokio::join!(opening, peer.answer_consumer());
        let mut consumer = consumer.unwrap();
        peer.dispatch(&info, message(1)).await;
        peer.dispatch(&info, message(2)).await;
        soon(consumer.receive()).await.unwrap();
        let producer = connection.producer("answers").build();
        let opened = |command: &Command| matches!(command, Command::ProducerInfo(_));
        let (producer, _) = tokio::join!(producer, peer.answer_until(opened));
        Self { session, consumer, producer: producer.unwrap(), peer }
    }

    /// Takes the second message and asks for the end of the transaction, both after the connection's task has
    /// looked at what was taken, and before it looks for requests.
    async fn take_and_end<E: Send + 'static>(
        self,
        end: impl FnOnce(Arc<TransactedSession>) -> BoxFuture<'static, E> + Send + 'static,
    ) -> (BoxFuture<'static, E>, Consumer, Peer) {
        let Self { session, mut consumer, producer, mut peer } = self;
        let (told, ending) = oneshot::channel();
        let mut sending: BoxFuture<'_, _> = Box::pin(producer.send("x"));
        when_answered(&mut sending, move || {
            assert!(consumer.receive_now().now_or_never().unwrap().unwrap().is_some());
            let mut end = end(session);
            assert!((&mut end).now_or_never().is_none());
            assert!(told.send((end, consumer)).is_ok());
        });
        peer.answer_message().await;
        let (end, consumer) = soon(ending).await.unwrap();
        (end, consumer, peer)
    }
}

/// What the broker hears of acknowledgements until a transaction ends: how many messages, up to which.
async fn acknowledged(peer: &mut Peer) -> Vec<(i32, i64)> {
    let mut acknowledged = Vec::new();
    loop {
        let command = soon(peer.next()).await.expect("more commands");
        peer.answer(&command).await;
        match command {
            Command::MessageAck(ack) => {
                let last = ack.last_message_id.unwrap();
                acknowledged.push((ack.message_count, last.producer_sequence_id));
            }
            Command::TransactionInfo(info) if info.transaction_type != TransactionInfo::BEGIN => {
                return acknowledged;
            }
            _ => {}
        }
    }
}

/// The task had looked at what was taken, and then took up the commit, which went without the last message.
/// That was confirmed to be consumed and was not: it came again.
#[tokio::test]
async fn a_commit_covers_what_was_taken_before_it_however_busy_the_task_is() {
    let transaction = Transaction::begin(&Broker::bind().await).await;
    let commit = |session: Arc<TransactedSession>| -> BoxFuture<'static, _> {
        Box::pin(async move { session.commit().await })
    };
    let (committed, _consumer, mut peer) = transaction.take_and_end(commit).await;
    assert_eq!(acknowledged(&mut peer).await, [(2, 2)]);
    soon(committed).await.unwrap();
}

/// Likewise: the last message did not come again, and the next commit acknowledged it.
#[tokio::test]
async fn a_rollback_gives_back_what_was_taken_before_it_however_busy_the_task_is() {
    let transaction = Transaction::begin(&Broker::bind().await).await;
    let roll_back = |session: Arc<TransactedSession>| -> BoxFuture<'static, _> {
        Box::pin(async move { session.rollback().await })
    };
    let (rolled_back, mut consumer, _peer) = transaction.take_and_end(roll_back).await;
    soon(rolled_back).await.unwrap();
    for text in ["m1", "m2"] {
        assert_eq!(soon(consumer.receive()).await.unwrap().text().unwrap(), text);
    }
}
