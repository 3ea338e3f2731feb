//! What `relaismq` does with any broker. Also run against a real ActiveMQ.

use std::collections::BTreeSet;

use futures::StreamExt;
use nix::sys::signal::Signal;
use relaismq::{Connection, Message, Value};
use serde_json::{Value as Json, json};
use tokio::time::timeout;

use crate::running::{Ended, PATIENCE, Running};

/// Hands the names of all scenarios to a macro, so that none is run with one broker only.
macro_rules! with_each_scenario {
    ($run:ident) => {
        $run!(
            a_move_that_is_killed_leaves_each_message_in_one_place,
            a_request_prints_its_answer_or_ends_with_124,
            bench_measures_and_leaves_nothing_behind,
            browse_shows_what_is_there_and_leaves_it,
            buried_messages_go_back_to_where_they_came_from,
            ctrl_c_ends_every_command_in_order,
            lines_go_through_a_queue_in_order,
            move_keeps_messages_as_they_are,
            move_takes_what_is_selected_and_no_more_than_asked,
            purge_empties_a_queue_and_leaves_what_is_not_selected,
            what_another_consumer_holds_is_not_called_purged,
            what_consume_prints_as_json_produce_sends_again_with_all_its_types,
        );
    };
}
pub(crate) use with_each_scenario;

/// The program, and the broker that it talks to.
pub(crate) struct Scene<'a> {
    pub(crate) program: &'a str,
    pub(crate) url: String,
}

impl Scene<'_> {
    fn start(&self, arguments: &[&str]) -> Running {
        let [command, rest @ ..] = arguments else { panic!("no subcommand") };
        let all = [&[*command, "--url", self.url.as_str()][..], rest].concat();
        Running::start(self.program, &all)
    }

    async fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with("", arguments).await
    }

    async fn run_with(&self, input: &str, arguments: &[&str]) -> Ended {
        let mut running = self.start(arguments);
        running.feed(input).await;
        running.end().await
    }

    async fn connect(&self) -> Connection {
        Connection::builder(&self.url).connect_timeout(PATIENCE).connect().await.unwrap()
    }

    /// Sends texts.
    async fn fill(&self, queue: &str, count: usize) {
        let lines: String = (0..count).map(|number| format!("{number}\n")).collect();
        self.run_with(&lines, &["produce", queue]).await.expect(0);
    }

    /// The bodies in a queue, which is emptied.
    async fn drained(&self, queue: &str) -> Vec<String> {
        let ended = self.run(&["consume", queue, "--idle", "1"]).await.expect(0);
        ended.stdout.lines().map(str::to_owned).collect()
    }
}

fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|number| number.to_string()).collect()
}

pub(crate) async fn lines_go_through_a_queue_in_order(scene: Scene<'_>) {
    scene.fill("LINES", 300).await;
    assert_eq!(scene.drained("LINES").await, numbers(300));
    let sent = scene.run(&["produce", "LINES", "two\nteas", "--count=2", "--summary"]).await;
    let sent = sent.expect(0).json();
    assert_eq!((&sent["sent"], &sent["confirmed"]), (&2.into(), &2.into()));
    assert!(sent["latency_ms"]["p50"].as_f64().unwrap() > 0.0, "{sent}");
    assert_eq!(scene.drained("LINES").await, ["two", "teas", "two", "teas"]);
}

/// One message of each kind, with a property of each type.
pub(crate) async fn send_one_of_each_kind(connection: &Connection, queue: &str) {
    let producer = connection.producer(queue).build().await.unwrap();
    for message in [
        Message::empty(),
        Message::text("tee für zwei\n"),
        Message::bytes(vec![0, 255]),
        Message::map([("n", Value::from(1)), ("list", Value::List(vec![Value::Long(2)]))]),
        Message::stream([Value::Char(0x20ac), Value::Bytes(vec![1].into()), Value::Null]),
        Message::object(vec![0xac, 0xed]),
    ] {
        let message = message
            .property("byte", Value::Byte(1))
            .property("short", Value::Short(-2))
            .property("int", 3)
            .property("long", Value::Long(4))
            .property("float", Value::Float(0.1))
            .property("double", 1e300)
            .property("infinite", f64::INFINITY)
            .property("flag", false)
            .property("text", "5")
            .correlation_id("c")
            .message_type("t")
            .reply_to(relaismq::Destination::topic("answers"))
            .group("g")
            .group_sequence(3);
        producer.send(message).await.unwrap();
    }
    producer.close().await.unwrap();
}

/// What a message is, apart from what the broker gives it.
fn lasting(ended: &Ended) -> Vec<Json> {
    let mut lines = ended.json_lines();
    for line in &mut lines {
        let line = line.as_object_mut().unwrap();
        for name in ["id", "destination", "timestamp"] {
            assert!(line.remove(name).is_some(), "{name}: {line:?}");
        }
    }
    lines
}

pub(crate) async fn what_consume_prints_as_json_produce_sends_again_with_all_its_types(
    scene: Scene<'_>,
) {
    let connection = scene.connect().await;
    send_one_of_each_kind(&connection, "KINDS").await;
    connection.close().await;
    let first = scene.run(&["consume", "KINDS", "--json", "--count=6"]).await.expect(0);
    assert_eq!(first.stdout.lines().count(), 6, "{first:?}");
    scene.run_with(&first.stdout, &["produce", "KINDS.COPY", "--json"]).await.expect(0);
    let second = scene.run(&["consume", "KINDS.COPY", "--json", "--count=6"]).await.expect(0);
    assert_eq!(lasting(&first), lasting(&second));
    assert_eq!(first.json_lines()[0]["properties"]["long"], json!({ "long": 4 }));
}

pub(crate) async fn browse_shows_what_is_there_and_leaves_it(scene: Scene<'_>) {
    scene.fill("LOOK", 20).await;
    let seen = scene.run(&["browse", "LOOK"]).await.expect(0);
    assert_eq!(seen.stdout.lines().collect::<Vec<_>>(), numbers(20));
    let first = scene.run(&["browse", "LOOK", "--json", "--count", "3"]).await.expect(0);
    assert_eq!(first.json_lines().len(), 3);
    assert_eq!(first.json_lines()[2]["text"], "2");
    scene.run(&["produce", "LOOK", "green", "--property", "hot:boolean=false"]).await.expect(0);
    let selected = ["browse", "LOOK", "--selector", "hot = FALSE", "--summary"];
    let selected = scene.run(&selected).await.expect(0);
    assert_eq!(selected.stdout, "green\n{\"seen\":1}\n");
    assert_eq!(scene.drained("LOOK").await.len(), 21);
}

pub(crate) async fn move_keeps_messages_as_they_are(scene: Scene<'_>) {
    let connection = scene.connect().await;
    send_one_of_each_kind(&connection, "HERE").await;
    connection.close().await;
    let before = scene.run(&["browse", "HERE", "--json"]).await.expect(0);
    let looked = scene.run(&["move", "HERE", "THERE", "--dry-run", "--summary"]).await.expect(0);
    assert_eq!(looked.json(), json!({ "messages": 6 }));
    let moved = scene.run(&["move", "HERE", "THERE", "--yes", "--summary"]).await.expect(0);
    assert_eq!((&moved.json()["moved"], &moved.json()["some_left"]), (&6.into(), &false.into()));
    let after = scene.run(&["browse", "THERE", "--json"]).await.expect(0);
    assert_eq!(lasting(&before), lasting(&after));
    assert_eq!(scene.run(&["browse", "HERE"]).await.expect(0).stdout, "");
    scene.run(&["purge", "THERE", "--yes"]).await.expect(0);
}

pub(crate) async fn move_takes_what_is_selected_and_no_more_than_asked(scene: Scene<'_>) {
    scene.fill("MANY", 30).await;
    for _ in 0..3 {
        scene.run(&["produce", "MANY", "x", "--priority", "7"]).await.expect(0);
    }
    let selected = ["move", "MANY", "FEW", "--yes", "--selector", "JMSPriority = 7", "--count=2"];
    scene.run(&selected).await.expect(0);
    assert_eq!(scene.drained("FEW").await, ["x", "x"]);
    scene.run(&["move", "MANY", "FEW", "--yes", "--count", "10", "--batch", "3"]).await.expect(0);
    assert_eq!(scene.drained("FEW").await.len(), 10);
    assert_eq!(scene.drained("MANY").await.len(), 21);
}

/// Messages, enough for a move in transactions of one to last a while.
const LONG: usize = 5000;

pub(crate) async fn a_move_that_is_killed_leaves_each_message_in_one_place(scene: Scene<'_>) {
    scene.fill("FROM", LONG).await;
    let connection = scene.connect().await;
    // Takes nothing: what it holds goes back when it closes.
    let watching = connection.consumer("TO").ack(relaismq::AckMode::Individual);
    let mut watching = watching.prefetch(1).build().await.unwrap();
    let moving = scene.start(&["move", "FROM", "TO", "--yes", "--batch", "1"]);
    timeout(PATIENCE, watching.next()).await.unwrap().unwrap().unwrap();
    moving.signal(Signal::SIGKILL);
    assert_eq!(moving.end().await.status, None);
    connection.close().await;
    let (left, moved) = (scene.drained("FROM").await, scene.drained("TO").await);
    assert!(!left.is_empty() && !moved.is_empty(), "{} and {}", left.len(), moved.len());
    assert_eq!(left.len() + moved.len(), LONG);
    let distinct: BTreeSet<_> = left.into_iter().chain(moved).collect();
    assert_eq!(distinct.len(), LONG);
}

pub(crate) async fn purge_empties_a_queue_and_leaves_what_is_not_selected(scene: Scene<'_>) {
    scene.fill("WASTE", 500).await;
    scene.run(&["produce", "WASTE", "keep", "--type", "kept"]).await.expect(0);
    let purge = ["purge", "WASTE", "--yes", "--selector", "JMSType IS NULL", "--summary"];
    assert_eq!(scene.run(&purge).await.expect(0).json()["moved"], 500);
    assert_eq!(scene.drained("WASTE").await, ["keep"]);
}

pub(crate) async fn what_another_consumer_holds_is_not_called_purged(scene: Scene<'_>) {
    scene.fill("HELD", 1).await;
    let connection = scene.connect().await;
    let holding = connection.consumer("HELD").ack(relaismq::AckMode::Individual);
    let mut holding = holding.build().await.unwrap();
    let held = timeout(PATIENCE, holding.next()).await.unwrap().unwrap().unwrap();
    let ended = scene.run(&["purge", "HELD", "--yes", "--summary"]).await.expect(3);
    assert_eq!((&ended.json()["moved"], &ended.json()["some_left"]), (&0.into(), &true.into()));
    assert!(ended.stderr.contains("another consumer has them"), "{ended:?}");
    held.ack().await.unwrap();
    connection.close().await;
}

/// Rolled back until the client gives it up, which sends it to the dead letter queue.
async fn bury(connection: &Connection, queue: &str) {
    let mut policy = relaismq::options::RedeliveryPolicy::default();
    policy.maximum_redeliveries = Some(0);
    let session = connection.transacted_session().await.unwrap();
    let consumer = session.consumer(queue).redelivery(policy).build().await;
    let mut consumer = consumer.unwrap();
    timeout(PATIENCE, consumer.next()).await.unwrap().unwrap().unwrap();
    session.rollback().await.unwrap();
    consumer.close().await.unwrap();
}

pub(crate) async fn buried_messages_go_back_to_where_they_came_from(scene: Scene<'_>) {
    scene.run(&["produce", "GRAVE", "undead"]).await.expect(0);
    let connection = scene.connect().await;
    bury(&connection, "GRAVE").await;
    connection.close().await;
    let back = ["move", "ActiveMQ.DLQ", "--back", "--yes", "--summary"];
    assert_eq!(scene.run(&back).await.expect(0).json()["moved"], 1);
    assert_eq!(scene.drained("GRAVE").await, ["undead"]);
    scene.run(&["produce", "GRAVE", "lost"]).await.expect(0);
    let ended = scene.run(&["move", "GRAVE", "--back", "--yes"]).await.expect(1);
    assert!(ended.stderr.contains("does not say where it came from"), "{ended:?}");
    assert_eq!(scene.drained("GRAVE").await, ["lost"]);
}

pub(crate) async fn a_request_prints_its_answer_or_ends_with_124(scene: Scene<'_>) {
    let connection = scene.connect().await;
    let mut questions = connection.consumer("ASK").build().await.unwrap();
    let asking = scene.start(&["request", "ASK", "1+1", "--property", "n:byte=1", "--json"]);
    let question = timeout(PATIENCE, questions.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(question.text().unwrap().as_str(), "1+1");
    assert_eq!(question.property::<Value>("n"), Some(Value::Byte(1)));
    let answers = connection.anonymous_producer().build().await.unwrap();
    let to = question.reply_to().unwrap().clone();
    let id = question.message_id().unwrap().to_string();
    answers.send_to(to, Message::text("2").correlation_id(id)).await.unwrap();
    assert_eq!(asking.end().await.expect(0).json()["text"], "2");
    connection.close().await;
    let ended = scene.run(&["request", "NOBODY", "?", "--timeout", "1"]).await.expect(124);
    assert!(ended.stderr.contains("no answer from NOBODY within 1 s"), "{ended:?}");
    scene.run(&["purge", "NOBODY", "--yes"]).await.expect(0);
}

pub(crate) async fn bench_measures_and_leaves_nothing_behind(scene: Scene<'_>) {
    let ended = scene.run(&["bench", "--count", "500", "--size", "64", "--json"]).await.expect(0);
    let json = ended.json();
    for (name, value) in [("sent", 500), ("confirmed", 500), ("received", 500), ("missing", 0)] {
        assert_eq!(json[name], value, "{name}: {json}");
    }
    for times in ["confirmation_ms", "journey_ms"] {
        let [p50, most] = ["p50", "max"].map(|name| json[times][name].as_f64().unwrap());
        assert!(0.0 < p50 && p50 <= most, "{times}: {json}");
    }
    let topic = ["bench", "topic://BENCH", "--count=200", "--consumers=2", "--non-persistent"];
    let table = scene.run(&topic).await.expect(0).stdout;
    assert!(table.contains("non-persistent messages of 1024 bytes"), "{table}");
    assert!(table.contains("received         400"), "{table}");
    let slow = ["bench", "--rate", "50", "--duration", "1", "--json"];
    let sent = scene.run(&slow).await.expect(0).json()["sent"].as_u64().unwrap();
    assert!((2..=51).contains(&sent), "{sent}");
}

pub(crate) async fn ctrl_c_ends_every_command_in_order(scene: Scene<'_>) {
    let mut consuming = scene.start(&["consume", "END", "--summary"]);
    scene.run(&["produce", "END", "last"]).await.expect(0);
    consuming.printed("last").await;
    consuming.signal(Signal::SIGINT);
    assert_eq!(consuming.end().await.expect(130).json()["received"], 1);
    assert_eq!(scene.drained("END").await.len(), 0);
    let mut measuring = scene.start(&["bench", "--rate", "1", "--duration", "600", "--json"]);
    measuring.reported("measuring").await;
    measuring.signal(Signal::SIGINT);
    assert_eq!(measuring.end().await.expect(130).json()["missing"], 0);
}
