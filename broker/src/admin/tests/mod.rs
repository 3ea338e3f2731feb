//! A broker is started and asked over HTTP, as a master and as a slave.

mod actions;
mod answers;
mod client;
mod jolokia;
mod refusals;
mod slave;

use std::net::SocketAddr;

use relaismq_options::Secret;
use serde_json::{Value, json};

use self::client::{Answer, DEADLINE, Listener, exchange, get, get_with, post};
use crate::{AdminConfig, Broker, Builder, StoreConfig};

const TOKEN: &str = "a token of the tests";

fn builder(name: &str, store: StoreConfig) -> Builder {
    let address = "127.0.0.1:0".parse().expect("an address");
    let admin = AdminConfig { token: Some(Secret::new(TOKEN)), ..AdminConfig::at(address) };
    let listen = "tcp://127.0.0.1:0".parse().expect("an address");
    Broker::builder().name(name).listen(listen).store(store).admin(admin)
}

/// A master, and where it is looked after.
async fn master() -> (Broker, SocketAddr) {
    let broker = builder("m", StoreConfig::Memory).start();
    broker.serving().await.expect("it serves");
    let address = broker.admin_address().expect("its admin page is served");
    (broker, address)
}

/// One more message for a queue.
async fn send(address: SocketAddr, queue: &str, said: Value) {
    let answer = post(address, &format!("/api/v1/queues/{queue}/send"), TOKEN, &said).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "done": 1 })));
}
