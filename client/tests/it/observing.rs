//! Spans, and traces that go through messages.

use std::io::Write;
use std::sync::{Arc, Mutex};

use relaismq::{Connection, Message, TraceContext};
use relaismq_openwire::Command;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::broker::{Broker, Peer, soon};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const OTHER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

/// What is logged, spans included when they end.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn begin(level: tracing::Level) -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .with_max_level(level)
            .with_span_events(FmtSpan::CLOSE)
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        (log, guard)
    }

    fn lines(&self, what: &str) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| line.contains(what)).map(str::to_owned).collect()
    }
}

async fn connect(
    broker: &Broker,
    change: impl FnOnce(relaismq::ConnectionBuilder) -> relaismq::ConnectionBuilder,
) -> (Connection, Peer) {
    let builder = change(Connection::builder(broker.uri()));
    let (connection, peer) = tokio::join!(builder.connect(), broker.accept_login());
    (connection.unwrap(), peer)
}

async fn producer(connection: &Connection, peer: &mut Peer) -> relaismq::Producer {
    let opening = connection.producer("orders").build();
    let is_opened = |it: &Command| matches!(it, Command::ProducerInfo(_));
    let (producer, _) = tokio::join!(opening, peer.answer_until(is_opened));
    producer.unwrap()
}

#[tokio::test]
async fn what_a_connection_says_stands_in_its_span() {
    let (log, _guard) = Log::begin(tracing::Level::INFO);
    let broker = Broker::bind().await;
    let named = |it: relaismq::ConnectionBuilder| it.name("billing").client_id("billing-1");
    let (connection, peer) = connect(&broker, named).await;
    drop(peer);
    let mut events = connection.events();
    while !matches!(soon(events.recv()).await.unwrap(), relaismq::Event::Interrupted { .. }) {}
    for what in ["connected to", "lost:"] {
        let lines = log.lines(what);
        assert!(!lines.is_empty());
        for line in lines {
            assert!(
                line.contains("connection{name=\"billing\" client_id=\"billing-1\"}"),
                "{line}"
            );
        }
    }
    connection.close().await;
}

#[tokio::test]
async fn sends_and_handlers_are_spans_with_what_they_are_about() {
    let (log, _guard) = Log::begin(tracing::Level::DEBUG);
    let broker = Broker::bind().await;
    let (connection, mut peer) = connect(&broker, |it| it).await;
    let producer = producer(&connection, &mut peer).await;
    let traced = Message::text("x").trace_context(&TraceContext::new(PARENT).unwrap());
    let (sent, message) = tokio::join!(producer.send(traced), peer.answer_message());
    let id = sent.unwrap().message_id().unwrap().to_string();
    let refusing = async {
        let message = peer.read_until(|it| matches!(it, Command::Message(_))).await;
        peer.refuse(&message, "javax.jms.JMSException", "too much").await;
    };
    let (refused, ()) = tokio::join!(producer.send("y"), refusing);
    assert!(refused.is_err());
    let opening = connection.consumer("orders").build();
    let (consumer, info) = tokio::join!(opening, peer.answer_consumer());
    let mut consumer = consumer.unwrap();
    peer.dispatch(&info, (*message).clone()).await;
    let mut listening = Box::pin(consumer.listen(async |_| {
        tracing::info!("at work");
        Err::<(), _>("later")
    }));
    let handled = async {
        while log.lines("at work").is_empty() {
            tokio::task::yield_now().await;
        }
    };
    soon(async {
        tokio::select! {
            ended = &mut listening => panic!("{ended:?}"),
            () = handled => {}
        }
    })
    .await;
    let [first, second] = &log.lines(" send{")[..] else { panic!("{:?}", log.lines("send")) };
    assert!(first.contains(&format!("message_id={id}")), "{first}");
    assert!(first.contains("destination=queue://orders session="), "{first}");
    assert!(second.contains("error=") && second.contains("too much"), "{second}");
    let at_work = &log.lines("at work")[0];
    let fields =
        ["process{destination=queue://orders message_id=", "consumer=", "delivery_count=1", PARENT];
    for field in fields {
        assert!(at_work.contains(field), "{at_work}");
    }
    for opened in ["session open", "producer open", "consumer open"] {
        assert!(!log.lines(opened).is_empty(), "{opened}");
    }
}

#[tokio::test]
async fn messages_carry_the_trace_that_they_are_sent_in() {
    let broker = Broker::bind().await;
    let current = Arc::new(Mutex::new(None));
    let source = Arc::clone(&current);
    let asking =
        |it: relaismq::ConnectionBuilder| it.trace_context(move || source.lock().unwrap().clone());
    let (connection, mut peer) = connect(&broker, asking).await;
    let producer = producer(&connection, &mut peer).await;
    let mut carried = async |message: Message| {
        let (sent, message) = tokio::join!(producer.send(message), peer.answer_message());
        sent.unwrap();
        let properties = message.properties().unwrap();
        let text =
            |name: &str| properties.get(name).and_then(<String as relaismq::FromValue>::from_value);
        (text("traceparent"), text("tracestate"))
    };
    let own = TraceContext::new(OTHER).unwrap().with_state("a=1");
    assert_eq!(carried(Message::text("x")).await, (None, None));
    let given = carried(Message::text("x").trace_context(&own)).await;
    assert_eq!(given, (Some(OTHER.into()), Some("a=1".into())), "what the application gives");
    *current.lock().unwrap() = Some(TraceContext::new(PARENT).unwrap());
    assert_eq!(carried(Message::text("x")).await, (Some(PARENT.into()), None));
    let replaced = carried(Message::text("x").trace_context(&own)).await;
    assert_eq!(replaced, (Some(PARENT.into()), Some(String::new())), "nothing of the other trace");
}

#[tokio::test]
async fn receivers_read_the_trace_and_only_a_valid_one() {
    let broker = Broker::bind().await;
    let (connection, mut peer) = connect(&broker, |it| it).await;
    let opening = connection.consumer("orders").build();
    let (consumer, info) = tokio::join!(opening, peer.answer_consumer());
    let mut consumer = consumer.unwrap();
    let given = [Some(PARENT), Some("00-nonsense"), None];
    for (number, parent) in (1..).zip(given) {
        let mut message = relaismq_openwire::Message::new_text("x").unwrap();
        let producer = relaismq_openwire::ConnectionId::new("ID:other").session(1).producer(1);
        message.message_id = Some(producer.message(number));
        if let Some(parent) = parent {
            message.set_property("traceparent", parent).unwrap();
            message.set_property("tracestate", "b=2").unwrap();
        }
        peer.dispatch(&info, message).await;
    }
    let first = soon(consumer.receive()).await.unwrap().trace_context().unwrap();
    assert_eq!((first.parent(), first.state()), (PARENT, Some("b=2")));
    for _ in 0..2 {
        assert_eq!(soon(consumer.receive()).await.unwrap().trace_context(), None);
    }
}

#[tokio::test]
async fn statistics_tell_what_waits_from_what_the_application_has() {
    let broker = Broker::bind().await;
    let (connection, mut peer) = connect(&broker, |it| it).await;
    let opening = connection.consumer("orders").ack(relaismq::AckMode::Individual).prefetch(10);
    let (consumer, info) = tokio::join!(opening.build(), peer.answer_consumer());
    let mut consumer = consumer.unwrap();
    let producer = relaismq_openwire::ConnectionId::new("ID:other").session(1).producer(1);
    for number in 1..=5 {
        let mut message = relaismq_openwire::Message::new_text("x").unwrap();
        message.message_id = Some(producer.message(number));
        peer.dispatch(&info, message).await;
    }
    for _ in 0..2 {
        soon(consumer.receive()).await.unwrap();
    }
    let all_there = async {
        loop {
            let now = connection.statistics().await;
            if now.received == 5 {
                return now;
            }
        }
    };
    let now = soon(all_there).await;
    assert_eq!((now.waiting, now.held, now.prefetch), (3, 2, 10));
    drop(peer);
    connection.close().await;
    let last = connection.statistics().await;
    assert_eq!((last.received, last.waiting, last.held, last.connected), (5, 0, 0, 0));
}
